/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that come back are offered to dom0's drivers, also after the service was killed. */
#include "fake-usb.h"
#include "usb-return.h"

static char *probed(const char *root)
{
    g_autofree char *path = g_build_filename(root, "bus/usb/drivers_probe", NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void test_return(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autofree char *text = NULL;

    usb_file(root, "bus/usb/drivers_probe", "");
    usb_plug(root, "1-1", "046d:c31c", 2);
    usb_interface(root, "1-1", 0, "03:01:01");
    usb_interface(root, "1-1", 1, "03:00:00");
    usb_interface(root, "1-1", 2, "03:00:00");
    usb_link(root, USB_DEVICES "1-1/1-1:1.1/driver", "../../../drivers/usbhid");
    g_assert_cmpuint(usb_return(root, "1-1"), ==, 2);
    text = probed(root);
    g_assert_cmpstr(text, ==, "1-1:1.01-1:1.2");
    g_assert_cmpuint(usb_return(root, "1-2"), ==, 0);
}

static void test_no_kernel(void)
{
    g_autoptr(ScratchDir) root = scratch_new();

    usb_plug(root, "1-1", "046d:c31c", 2);
    usb_interface(root, "1-1", 0, "03:01:01");
    g_assert_cmpuint(usb_return(root, "1-1"), ==, 0);
}

static void note(const char *notes, const char *key)
{
    g_autofree char *own = g_strdup(key);
    const UsbNote note = {.key = own};

    usb_return_note(notes, &note);
}

static void test_notes(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autofree char *notes = g_build_filename(root, "run", "away", NULL);
    g_autofree char *odd = g_build_filename(notes, "odd name", NULL);
    g_autofree char *text = NULL;

    usb_file(root, "bus/usb/drivers_probe", "");
    usb_plug(root, "1-1", "046d:c31c", 2);
    usb_interface(root, "1-1", 0, "03:01:01");
    usb_plug(root, "1-2", "046d:c31c", 3);
    usb_interface(root, "1-2", 0, "03:01:01");
    usb_return_all(root, notes);
    note(notes, "1-1");
    note(notes, "1-1");
    note(notes, "1-2");
    note(notes, "1-3");
    usb_return_forget(notes, "1-1");
    usb_return_forget(notes, "1-9");
    scratch_write(odd, "", 0);
    usb_return_all(root, notes);
    text = probed(root);
    g_assert_cmpstr(text, ==, "1-2:1.0");
    g_assert_cmpuint(scratch_count(notes), ==, 0);
}

/* A place where nothing can be noted costs a message. */
static void test_no_notes(void)
{
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*plugged in again*");
    note("/dev/null/away", "1-1");
    g_test_assert_expected_messages();
}

/* What a device model has is for those to bring back who ask it. */
static void test_kept(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autofree char *notes = g_build_filename(root, "away", NULL);
    g_autofree char *odd = g_build_filename(notes, "1-3", NULL);
    g_autofree char *key = g_strdup("1-1");
    g_autofree char *guest = g_strdup("pc");
    const UsbNote own = {.key = key, .guest = guest, .domid = 7, .number = 12};
    g_autoptr(GPtrArray) kept = NULL;
    const UsbNote *found;

    usb_file(root, "bus/usb/drivers_probe", "");
    usb_return_note(notes, &own);
    note(notes, "1-2");
    scratch_write(odd, "-7 12 pc", -1);
    kept = usb_return_kept(notes);
    g_assert_cmpuint(kept->len, ==, 1);
    found = kept->pdata[0];
    g_assert_cmpstr(found->key, ==, "1-1");
    g_assert_cmpstr(found->guest, ==, "pc");
    g_assert_cmpint(found->domid, ==, 7);
    g_assert_cmpuint(found->number, ==, 12);
    usb_return_all(root, notes);
    g_assert_cmpuint(scratch_count(notes), ==, 1);
    usb_return_forget(notes, "1-1");
    g_assert_cmpuint(scratch_count(notes), ==, 0);
}

static gpointer let_go(gpointer link)
{
    g_usleep(150000);
    g_assert_cmpint(unlink(link), ==, 0);
    return NULL;
}

/* Another program has an interface, and lets go of it; or does not. */
static void test_wait(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autofree char *link = g_build_filename(root, USB_DEVICES "1-1/1-1:1.1/driver", NULL);
    gint64 begin = g_get_monotonic_time();
    GThread *thread;

    usb_plug(root, "1-1", "046d:c31c", 2);
    usb_interface(root, "1-1", 0, "03:01:01");
    usb_interface(root, "1-1", 1, "03:00:00");
    usb_link(root, USB_DEVICES "1-1/1-1:1.0/driver", "../../../drivers/usbhid");
    usb_return_wait(root, "1-1", 10000);
    usb_return_wait(root, "1-2", 10000);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 1000000);
    usb_link(root, USB_DEVICES "1-1/1-1:1.1/driver", "../../../drivers/usbfs");
    begin = g_get_monotonic_time();
    usb_return_wait(root, "1-1", 100);
    g_assert_cmpint(g_get_monotonic_time() - begin, >=, 100000);
    thread = g_thread_new("let-go", let_go, link);
    usb_return_wait(root, "1-1", 10000);
    g_thread_join(thread);
    g_assert_cmpint(g_get_monotonic_time() - begin, >=, 250000);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 5000000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb-return/return", test_return);
    g_test_add_func("/usb-return/no-kernel", test_no_kernel);
    g_test_add_func("/usb-return/notes", test_notes);
    g_test_add_func("/usb-return/kept", test_kept);
    g_test_add_func("/usb-return/wait", test_wait);
    g_test_add_func("/usb-return/no-notes", test_no_notes);
    return g_test_run();
}
