/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service says, and the command line. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "control.h"
#include "options.h"

static bool parses(const char *text, struct control_order *order)
{
    return control_parse(text, strlen(text), order);
}

static void test_parse(void)
{
    static const char *const bad[] = {
        "",
        "attach",
        "attach ",
        "attach  1-1",
        "attach 1-1 ",
        "attach 1-1\n",
        "attach 1",
        "attach 1-",
        "attach -1",
        "attach 1-1.",
        "attach 1-1..2",
        "attach 1.1-2",
        "attach 1-1-2",
        "attach usb1",
        "attach 1-1/../..",
        "Attach 1-1",
        "detach",
        "take 1-1",
        "attach 1-1.2.3.4.5.6.7.8.9.10.11.12.123", /* 32 */
    };
    struct control_order order = {0};

    g_assert_true(parses("attach 3-1.2", &order));
    g_assert_cmpint(order.verb, ==, CONTROL_ATTACH);
    g_assert_cmpstr(order.key, ==, "3-1.2");
    g_assert_true(parses("detach 12-10", &order));
    g_assert_cmpint(order.verb, ==, CONTROL_DETACH);
    g_assert_cmpstr(order.key, ==, "12-10");
    g_assert_true(parses("attach 1-1.2.3.4.5.6.7.8.9.10.11.12.13", &order));
    g_assert_cmpuint(strlen(order.key), ==, CONTROL_KEY_MAX);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("\"%s\"", bad[i]);
        g_assert_false(parses(bad[i], &order));
    }
    g_assert_false(control_parse("attach 1-1\0002", 12, &order));
    g_assert_true(g_str_has_prefix(order.key, "1-1.2.3"));
}

/* --- over a socket --- */

struct fixture {
    int service, process;
    struct control *control;
    char key[CONTROL_KEY_MAX + 1];
    int fd;
    unsigned attached, detached, ended;
};

static void on_attach(void *data, const char *key, int fd)
{
    struct fixture *fixture = data;

    fixture->attached++;
    fixture->fd = fd;
    g_strlcpy(fixture->key, key, sizeof(fixture->key));
}

static void on_detach(void *data, const char *key)
{
    struct fixture *fixture = data;

    fixture->detached++;
    g_strlcpy(fixture->key, key, sizeof(fixture->key));
}

static void on_ended(void *data)
{
    ((struct fixture *)data)->ended++;
}

static void set_up(struct fixture *fixture, gconstpointer data)
{
    static const struct control_owner owner = {on_attach, on_detach, on_ended};
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    fixture->service = ends[0];
    fixture->process = ends[1];
    fixture->fd = -1;
    fixture->control = control_new(fixture->process, &owner, fixture);
}

static void tear_down(struct fixture *fixture, gconstpointer data)
{
    control_free(fixture->control);
    close(fixture->process);
    if (fixture->service >= 0)
        close(fixture->service);
}

static void settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static void say(struct fixture *fixture, const char *text, size_t length, const int *fds,
                unsigned count)
{
    union {
        struct cmsghdr align;
        char octets[CMSG_SPACE(8 * sizeof(int))];
    } rights = {0};
    struct iovec part = {(void *)text, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct cmsghdr *header;

    if (count > 0) {
        message.msg_control = rights.octets;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    g_assert_cmpint(sendmsg(fixture->service, &message, 0), ==, (ssize_t)length);
}

/* How many descriptors this process has open. */
static unsigned open_fds(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static void test_orders(struct fixture *fixture, gconstpointer data)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    say(fixture, "attach 1-2", 10, &fd, 1);
    settle();
    g_assert_cmpuint(fixture->attached, ==, 1);
    g_assert_cmpstr(fixture->key, ==, "1-2");
    g_assert_cmpint(fcntl(fixture->fd, F_GETFD), ==, FD_CLOEXEC);
    close(fixture->fd);
    close(fd);
    say(fixture, "detach 1-3", 10, NULL, 0);
    settle();
    g_assert_cmpuint(fixture->detached, ==, 1);
    g_assert_cmpstr(fixture->key, ==, "1-3");
    close(fixture->service);
    fixture->service = -1;
    settle();
    g_assert_cmpuint(fixture->ended, ==, 1);
}

/* Wrong ones are complained of, and leave no descriptor behind. */
static void test_wrong_orders(struct fixture *fixture, gconstpointer data)
{
    static const struct {
        const char *text;
        unsigned fds;
    } wrong[] = {
        {"attach 1-2", 0}, {"attach 1-2", 2}, {"attach 1-2", 8}, {"detach 1-2", 1}, {"hello", 3},
    };
    char longest[300];
    unsigned before = open_fds();
    int fds[8];

    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = fixture->service;
    memset(longest, 'a', sizeof(longest));
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "No order*");
        say(fixture, wrong[i].text, strlen(wrong[i].text), fds, wrong[i].fds);
        settle();
        g_test_assert_expected_messages();
        g_assert_cmpuint(open_fds(), ==, before);
    }
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "No order*");
    say(fixture, longest, sizeof(longest), fds, 1);
    settle();
    g_test_assert_expected_messages();
    g_assert_cmpuint(open_fds(), ==, before);
    g_assert_cmpuint(fixture->attached + fixture->detached + fixture->ended, ==, 0);
}

static void check_heard(struct fixture *fixture, const char *wanted)
{
    char text[300];
    ssize_t length = recv(fixture->service, text, sizeof(text), MSG_DONTWAIT);

    g_assert_cmpint(length, >, 0);
    g_assert_cmpmem(text, length, wanted, strlen(wanted));
}

static void test_say(struct fixture *fixture, gconstpointer data)
{
    control_say(fixture->control, "ready", NULL, NULL);
    control_say(fixture->control, "failed", "3-1", "no-tool");
    check_heard(fixture, "ready");
    check_heard(fixture, "failed 3-1 no-tool");
    close(fixture->service);
    fixture->service = -1;
    control_say(fixture->control, "ready", NULL, NULL); /* nobody listens: no harm */
}

static void test_options(void)
{
    static const char *const bad[][6] = {
        {"x", "--domid", "5"},
        {"x", "--name", "a"},
        {"x", "--domid", "0", "--name", "a"},
        {"x", "--domid", "5", "--name", "a\033[2J"},
        {"x", "--domid=5", "--name=a", "more"},
    };
    const char *const good[] = {"x", "--domid", "5", "--name", "work", NULL};
    struct options options;
    char *problem = NULL;

    g_assert_true(options_parse(5, (char **)good, &options, &problem));
    g_assert_cmpuint(options.domid, ==, 5);
    g_assert_cmpstr(options.name, ==, "work");
    options_clear(&options);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *words[7] = {0};
        int count = 0;

        for (; count < 6 && bad[i][count]; count++)
            words[count] = bad[i][count];
        g_assert_false(options_parse(count, (char **)words, &options, &problem));
        g_assert_nonnull(problem);
        g_clear_pointer(&problem, g_free);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb/control/parse", test_parse);
    g_test_add("/usb/control/orders", struct fixture, NULL, set_up, test_orders, tear_down);
    g_test_add("/usb/control/wrong", struct fixture, NULL, set_up, test_wrong_orders, tear_down);
    g_test_add("/usb/control/say", struct fixture, NULL, set_up, test_say, tear_down);
    g_test_add_func("/usb/options", test_options);
    return g_test_run();
}
