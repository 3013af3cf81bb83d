/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libxl's log lines become sentences: the known ones in our words, others in libxl's. */
#include <errno.h>
#include <libxl.h>
#include <string.h>

#include "error.h"
#include "libxl-log.h"

static const struct {
    const char *line;
    int error_number;
    int status;
    int code;
    const char *piece;
} cases[] = {
    {"panic: xg_dom_core.c:702: xc_dom_find_loader: no loader found", -1, ERROR_FAIL,
     SERVICE_ERROR_BAD_CONFIG, "kernel is not one that can be started"},
    {"libxl_device.c:1192:device_hotplug_child_death_cb: script: File /d/x.img is "
     "loopback-mounted through /dev/loop0,",
     -1, ERROR_FAIL, SERVICE_ERROR_WRONG_STATE, "in use by another guest"},
    {"libxl_exec.c:117:x: script: Could not find bridge device xenbr0", -1, ERROR_FAIL,
     SERVICE_ERROR_FAILED, "network bridge"},
    {"libxl_aoutils.c:646:libxl__kill: Domain 2:killing execution of /etc/xen/scripts/block add "
     "because "
     "of timeout",
     -1, ERROR_FAIL, SERVICE_ERROR_TIMED_OUT, "Try again"},
    {"xc_dom_mem: populate failed", ENOMEM, ERROR_FAIL, SERVICE_ERROR_NO_MEMORY,
     "not enough memory"},
    {"libxl_create.c:99:some_function: Domain 7:odd thing happened", -1, ERROR_FAIL,
     SERVICE_ERROR_FAILED, "libxl says: odd thing happened."},
    {"libxl_domain.c:1132:libxl__destroy_domid: Domain 6:Non-existant domain", -1, ERROR_FAIL,
     SERVICE_ERROR_GUEST_GONE, "destroyed from outside"},
    {"xc_dom_x: failed to acquire d6 grant table [errno=22]\n: Internal error", -1, ERROR_FAIL,
     SERVICE_ERROR_FAILED, "libxl says: xc_dom_x: failed to acquire d6 grant table [errno=22] : "},
    {NULL, -1, ERROR_NOMEM, SERVICE_ERROR_NO_MEMORY, "not enough memory"},
    {NULL, -1, ERROR_DOMAIN_NOTFOUND, SERVICE_ERROR_GUEST_GONE, "destroyed from outside"},
    {NULL, -1, ERROR_INVAL, SERVICE_ERROR_FAILED, "error -6"},
};

static void test_cases(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        LibxlLog *log = libxl_log_new();
        g_autoptr(GError) error = NULL;

        if (cases[i].line)
            xtl_log(libxl_log_logger(log), XTL_ERROR, cases[i].error_number, "libxl", "%s",
                    cases[i].line);
        g_assert_false(libxl_log_fail(log, cases[i].status, "It can't be built", &error));
        g_test_message("%s", error->message);
        g_assert_error(error, SERVICE_ERROR, cases[i].code);
        g_assert_true(g_str_has_prefix(error->message, "It can't be built"));
        g_assert_nonnull(strstr(error->message, cases[i].piece));
        libxl_log_free(log);
    }
}

static void test_only_this_operation(void)
{
    LibxlLog *log = libxl_log_new();
    g_autoptr(GError) error = NULL;

    xtl_log(libxl_log_logger(log), XTL_ERROR, -1, "libxl", "old trouble");
    libxl_log_begin(log);
    xtl_log(libxl_log_logger(log), XTL_WARN, -1, "libxl", "a warning");
    xtl_log(libxl_log_logger(log), XTL_ERROR, -1, "libxl", "the cause \xff");
    xtl_log(libxl_log_logger(log), XTL_ERROR, -1, "libxl", "what it led to");
    libxl_log_fail(log, ERROR_FAIL, "No", &error);
    g_assert_nonnull(strstr(error->message, "the cause"));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    libxl_log_free(log);
}

static void test_bounded(void)
{
    LibxlLog *log = libxl_log_new();
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 10000; i++)
        xtl_log(libxl_log_logger(log), XTL_ERROR, -1, "libxl", "line %d", i);
    libxl_log_fail(log, ERROR_FAIL, "No", &error);
    g_assert_nonnull(strstr(error->message, "line 0."));
    libxl_log_free(log);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/libxl-log/cases", test_cases);
    g_test_add_func("/libxl-log/only-this-operation", test_only_this_operation);
    g_test_add_func("/libxl-log/bounded", test_bounded);
    return g_test_run();
}
