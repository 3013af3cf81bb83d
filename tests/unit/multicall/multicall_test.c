/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of calls: each result in its entry, calls that stop half-way, lists that end in the void.
 */
#include "check.h"

#include <stdarg.h>

#include "hypercall/hypercall.h"
#include "hypercall/multicall.h"
#include "lib/errno.h"
#include "machine/machine.h"

#define LIST 0x1000ULL
#define SIZE 4

static struct multicall_entry list[SIZE];
static unsigned int calls, interrupted;
static bool should_yield;
static uint64_t again[3];

/* Guest memory is the list and nothing else. */
static void *guest(uint64_t address, size_t len)
{
    return address >= LIST && address - LIST + len <= sizeof(list) ? (char *)list + (address - LIST)
                                                                   : NULL;
}

int copy_from_guest(void *dst, uint64_t src, size_t len)
{
    if (!guest(src, len))
        return -XEN_EFAULT;
    memcpy(dst, guest(src, len), len);
    return 0;
}

int copy_to_guest(uint64_t dst, const void *src, size_t len)
{
    if (!guest(dst, len))
        return -XEN_EFAULT;
    memcpy(guest(dst, len), src, len);
    return 0;
}

bool hypercall_should_yield(void)
{
    return should_yield;
}

long hypercall_again(unsigned int nr, unsigned int nr_args, ...)
{
    va_list args;

    va_start(args, nr_args);
    again[0] = nr;
    again[1] = va_arg(args, uint64_t);
    again[2] = va_arg(args, uint64_t);
    va_end(args);
    return 1000;
}

/* Call 1 adds its arguments; call 2 takes as many rounds as its argument says; 3 is the multicall
 * asking for itself; the rest is unknown. */
long hypercall_dispatch(unsigned int nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                        uint64_t a5)
{
    calls++;
    if (nr == 1)
        return (long)(a1 + a2 + a3 + a4 + a5);
    if (nr == 2 && a1 > 1) {
        const uint64_t args[] = {a1 - 1, a2 + 10};

        interrupted += multicall_again(2, 2, args);
        return -77;
    }
    return nr == 2 ? (long)a2 : -XEN_ENOSYS;
}

static void begin(void)
{
    fake_machine_init(1);
    memset(list, 0, sizeof(list));
    calls = interrupted = 0;
    should_yield = false;
}

static void results_go_into_the_entries(void)
{
    begin();
    list[0] = (struct multicall_entry){.op = 1, .args = {1, 2, 3, 4, 5, 99}};
    list[1] = (struct multicall_entry){.op = 40};
    list[2] = (struct multicall_entry){.op = 1ULL << 32 | 1};
    list[3] = (struct multicall_entry){.op = 1, .args = {7}, .result = 5};
    CHECK_EQ(hypercall_multicall(LIST, 3, 0, 0, 0), 0);
    CHECK_EQ(list[0].result, 15);
    CHECK_EQ(list[1].result, -XEN_ENOSYS);
    CHECK_EQ(list[2].result, -XEN_ENOSYS);
    CHECK_EQ(list[3].result, 5);
    CHECK_EQ(hypercall_multicall(LIST, 0, 0, 0, 0), 0);
    CHECK_EQ(hypercall_multicall(8, 0, 0, 0, 0), 0);
}

static void lists_do_not_nest(void)
{
    begin();
    list[0] = (struct multicall_entry){.op = __HYPERVISOR_multicall, .args = {LIST, 1}};
    CHECK_EQ(hypercall_multicall(LIST, 1, 0, 0, 0), 0);
    CHECK_EQ(list[0].result, -XEN_EINVAL);
    CHECK_EQ(calls, 0);
}

static void a_list_may_end_in_the_void(void)
{
    begin();
    list[3] = (struct multicall_entry){.op = 1, .args = {7}};
    CHECK_EQ(hypercall_multicall(LIST + 3 * sizeof(list[0]), 2, 0, 0, 0), -XEN_EFAULT);
    CHECK_EQ(list[3].result, 7);
    CHECK_EQ(hypercall_multicall(LIST - 1, UINT32_MAX, 0, 0, 0), -XEN_EFAULT);
    CHECK(!multicall_again(1, 0, NULL)); /* and is over then */
}

static void a_call_goes_on_with_what_is_left_of_it(void)
{
    begin();
    list[0] = (struct multicall_entry){.op = 1, .args = {1}};
    list[1] = (struct multicall_entry){.op = 2, .args = {3, 0}};
    list[2] = (struct multicall_entry){.op = 1, .args = {2}};
    CHECK_EQ(hypercall_multicall(LIST, 3, 0, 0, 0), 1000);
    CHECK_EQ(again[0], __HYPERVISOR_multicall);
    CHECK_EQ(again[1], LIST + sizeof(list[0]));
    CHECK_EQ(again[2], 2);
    CHECK_EQ(list[1].args[0], 2);
    CHECK_EQ(list[1].args[1], 10);
    CHECK_EQ(hypercall_multicall(again[1], again[2], 0, 0, 0), 1000);
    CHECK_EQ(hypercall_multicall(again[1], again[2], 0, 0, 0), 0);
    CHECK_EQ(interrupted, 2);
    CHECK_EQ(list[1].result, 20);
    CHECK_EQ(list[2].result, 2);
    CHECK(!multicall_again(1, 0, NULL));
}

static void others_get_their_turn_between_entries(void)
{
    begin();
    should_yield = true;
    list[0] = (struct multicall_entry){.op = 1, .args = {1}};
    list[1] = (struct multicall_entry){.op = 1, .args = {2}};
    CHECK_EQ(hypercall_multicall(LIST, 2, 0, 0, 0), 1000);
    CHECK_EQ(again[1], LIST + sizeof(list[0]));
    CHECK_EQ(again[2], 1);
    CHECK_EQ(calls, 1);
    CHECK_EQ(hypercall_multicall(again[1], again[2], 0, 0, 0), 0);
    CHECK_EQ(list[1].result, 2);
}

int main(void)
{
    RUN(results_go_into_the_entries);
    RUN(lists_do_not_nest);
    RUN(a_list_may_end_in_the_void);
    RUN(a_call_goes_on_with_what_is_left_of_it);
    RUN(others_get_their_turn_between_entries);
    return check_done();
}
