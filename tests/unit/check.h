/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unit test in three words: CHECK() and CHECK_EQ() inside test functions, RUN() for each of those
 * in main(), and check_done() as the exit status. A failed check is printed and counted and the
 * test goes on; a test function that checks nothing counts as failed.
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Meson takes this exit status for "skipped". */
#define CHECK_EXIT_SKIP 77

static unsigned long check_passed, check_failed;

static inline bool check_that(bool holds, const char *file, int line, const char *text)
{
    if (holds) {
        check_passed++;
    } else {
        check_failed++;
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
    }
    return holds;
}

static inline bool check_equal(long long got, long long wanted, const char *file, int line,
                               const char *text)
{
    if (!check_that(got == wanted, file, line, text)) {
        fprintf(stderr, "    got    %lld (0x%llx)\n    wanted %lld (0x%llx)\n", got,
                (unsigned long long)got, wanted, (unsigned long long)wanted);
        return false;
    }
    return true;
}

static inline bool check_same_text(const char *got, const char *wanted, const char *file, int line,
                                   const char *text)
{
    bool same = got == wanted || (got && wanted && strcmp(got, wanted) == 0);

    if (!check_that(same, file, line, text)) {
        fprintf(stderr, "    got    \"%s\"\n    wanted \"%s\"\n", got ? got : "(none)",
                wanted ? wanted : "(none)");
        return false;
    }
    return true;
}

/* All three say whether the check held, so that a test can stop where going on makes no sense. */
#define CHECK(condition) check_that(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(got, wanted) \
    check_equal((long long)(got), (long long)(wanted), __FILE__, __LINE__, #got " == " #wanted)
#define CHECK_STR(got, wanted) \
    check_same_text((got), (wanted), __FILE__, __LINE__, #got " == " #wanted)

static inline void check_run(const char *name, void (*test)(void))
{
    unsigned long passed = check_passed, failed = check_failed;

    test();
    if (check_passed == passed && check_failed == failed) {
        check_failed++;
        fprintf(stderr, "%s: checked nothing\n", name);
    }
    printf("%s %s (%lu checks)\n", check_failed == failed ? "ok  " : "FAIL", name,
           check_passed - passed + check_failed - failed);
    fflush(stdout);
}

#define RUN(test) check_run(#test, test)

/* The exit status of the whole program; a program that ran no test fails. */
static inline int check_done(void)
{
    printf("%lu checks passed, %lu failed\n", check_passed, check_failed);
    return check_failed == 0 && check_passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
