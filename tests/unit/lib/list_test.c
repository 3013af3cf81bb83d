/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linked lists: order, removal, and walking while removing. */
#include "check.h"
#include "lib/list.h"

struct item {
    int before; /* so that the link is not at offset zero */
    struct list link;
    char name;
};

static struct item items[5] = {
    {.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}, {.name = 'e'},
};

/* The names on the list, forwards; checks the links backwards on the way. */
static const char *names(struct list *head)
{
    static char text[sizeof(items) / sizeof(items[0]) + 1];
    struct item *item;
    unsigned int n = 0;

    list_for_each (item, head, link) {
        CHECK(item->link.next->prev == &item->link);
        CHECK(item->link.prev->next == &item->link);
        if (!CHECK(n < sizeof(text) - 1))
            break;
        text[n++] = item->name;
    }
    text[n] = '\0';
    return text;
}

static void test_order(void)
{
    struct list head = LIST_INIT(head);

    CHECK(list_empty(&head));
    CHECK_STR(names(&head), "");
    list_add_tail(&head, &items[1].link);
    CHECK(!list_empty(&head));
    list_add_tail(&head, &items[3].link);
    list_add_head(&head, &items[0].link);
    list_add_before(&items[3].link, &items[2].link);
    list_add_before(&head, &items[4].link);
    CHECK_STR(names(&head), "abcde");
    CHECK(list_first(&head, struct item, link) == &items[0]);
    CHECK(list_entry(head.prev, struct item, link) == &items[4]);
}

static void test_removal(void)
{
    struct list head;

    list_init(&head);
    for (unsigned int n = 0; n < 5; n++)
        list_add_tail(&head, &items[n].link);
    list_del(&items[2].link);
    CHECK_STR(names(&head), "abde");
    CHECK(list_empty(&items[2].link));
    list_del(&items[2].link); /* twice is safe */
    CHECK_STR(names(&head), "abde");
    list_del(&items[0].link);
    list_del(&items[4].link);
    CHECK_STR(names(&head), "bd");
    list_del(&items[1].link);
    list_del(&items[3].link);
    CHECK(list_empty(&head));
}

static void test_removal_while_walking(void)
{
    struct list head = LIST_INIT(head);
    struct item *item, *next;
    unsigned int seen = 0;

    for (unsigned int n = 0; n < 5; n++)
        list_add_tail(&head, &items[n].link);
    list_for_each_safe (item, next, &head, link) {
        seen++;
        if (item->name != 'c')
            list_del(&item->link);
    }
    CHECK_EQ(seen, 5);
    CHECK_STR(names(&head), "c");
}

int main(void)
{
    RUN(test_order);
    RUN(test_removal);
    RUN(test_removal_while_walking);
    return check_done();
}
