/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen of an HVM guest, by SPICE: the window, the service's stand-in, and a QEMU as the
 * service has one started. The guest is a boot sector; what it is given as input QEMU itself notes.
 */
#include "harness-screen.h"

#include "qemu-spice.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <stdlib.h>

/* The colours 4 and 1 of the VGA's. */
#define RED  0xa80000
#define BLUE 0x0000a8

/* As QEMU shows the mode of 320 by 200. */
#define WIDTH  640
#define HEIGHT 400

/* Paints the upper half of the screen red and the lower one blue. */
static const guint8 boot_sector[] = {
    0xb8, 0x13, 0x00,             /* mov $0x13, %ax */
    0xcd, 0x10,                   /* int $0x10, which sets that mode */
    0x68, 0x00, 0xa0, 0x07,       /* push $0xa000; pop %es */
    0x31, 0xff, 0xfc,             /* xor %di, %di; cld */
    0xb0, 0x04, 0xb9, 0x00, 0x7d, /* mov $4, %al; mov $32000, %cx */
    0xf3, 0xaa,                   /* rep stosb */
    0xb0, 0x01, 0xb9, 0x00, 0x7d, /* mov $1, %al; mov $32000, %cx */
    0xf3, 0xaa,                   /* rep stosb */
    0xf4, 0xeb, 0xfd,             /* hlt, for ever */
};

static char *folder, *disk, *path, *noted;
static GSubprocess *qemu;

/* --- QEMU --- */

static void write_disk(void)
{
    guint8 sector[512] = {0};
    g_autoptr(GError) error = NULL;

    memcpy(sector, boot_sector, sizeof(boot_sector));
    sector[510] = 0x55;
    sector[511] = 0xaa;
    g_file_set_contents(disk, (const char *)sector, sizeof(sector), &error);
    g_assert_no_error(error);
}

static int connect_to_qemu(void)
{
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GSocket) socket =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);

    return g_socket_connect(socket, address, NULL, NULL) ? dup(g_socket_get_fd(socket)) : -1;
}

static gboolean is_up(void)
{
    int fd = connect_to_qemu();

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void start_qemu(void)
{
    g_autofree char *drive = g_strdup_printf("file=%s,format=raw,if=ide", disk);
    const QemuSpice server = {QEMU_SPICE_SCREEN, path};
    g_auto(GStrv) spice = qemu_spice_arguments(&server);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
    g_auto(GStrv) arguments = NULL;
    g_autoptr(GError) error = NULL;

    write_disk();
    g_strv_builder_add_many(builder, "qemu-system-x86_64", "-accel", "tcg", "-m", "32",
                            "-nodefaults", "-vga", "std", "-drive", drive, "-trace",
                            "input_event_*", "-D", noted, NULL);
    g_strv_builder_addv(builder, (const char **)spice);
    arguments = g_strv_builder_end(builder);
    harness_tie_server(launcher);
    qemu = g_subprocess_launcher_spawnv(launcher, (const char *const *)arguments, &error);
    g_assert_no_error(error);
    harness_await(is_up());
}

static void kill_qemu(void)
{
    if (!qemu)
        return;
    g_subprocess_force_exit(qemu);
    g_subprocess_wait(qemu, NULL, NULL);
    g_clear_object(&qemu);
    g_unlink(path);
}

/* --- the window --- */

static guint32 pixel(double x, double y)
{
    return harness_screen_pixel(WIDTH, HEIGHT, x, y);
}

static gboolean shows_guest(void)
{
    return pixel(5, 5) == RED && pixel(635, 190) == RED && pixel(5, 210) == BLUE &&
           pixel(635, 395) == BLUE;
}

static void move_to(double x, double y)
{
    harness_screen_move(WIDTH, HEIGHT, x, y);
}

static void show_guest(void)
{
    g_autoptr(GVariant) protocols = NULL;

    start_qemu();
    harness_tell("ServeScreens", g_variant_new("(sss)", "refused", path, "refused"));
    protocols = harness_ask("TakeProtocols", NULL);
    harness_tell("AddGuest", g_variant_new("(ss)", "pc", "stopped"));
    harness_set_guest("pc", "{'Kind': <'hvm'>}");
    harness_set_guest("pc", "{'State': <'running'>, 'HasDisplay': <true>}");
    harness_await(harness_screen());
    harness_await(shows_guest());
}

/* --- what QEMU has noted --- */

static gboolean has_noted(const char *words)
{
    g_autofree char *text = NULL;

    return g_file_get_contents(noted, &text, NULL, NULL) && strstr(text, words) != NULL;
}

/* How far the mouse was moved so far along that axis. */
static int moved(const char *axis)
{
    g_autofree char *label = g_strdup_printf("axis %s, value ", axis);
    g_autofree char *text = NULL;
    int sum = 0;

    g_file_get_contents(noted, &text, NULL, NULL);
    for (const char *at = text; at && (at = strstr(at, label)); at += strlen(label))
        sum += atoi(at + strlen(label));
    return sum;
}

/* --- tests --- */

static void test_picture(void)
{
    show_guest();
    harness_save_picture("qemu");
}

static void test_keys(void)
{
    show_guest();
    gtk_widget_grab_focus(GTK_WIDGET(harness_screen()));
    harness_type("a");
    harness_await(has_noted("key qcode a, down 1"));
    harness_await(has_noted("key qcode a, down 0"));
    harness_press("Delete"); /* one of those with an 0xe0 before them */
    harness_await(has_noted("key qcode delete, down 1"));
}

/* The guest has a mouse only: it is moved by as much as the pointer. */
static void test_mouse(void)
{
    int before_x, before_y;

    show_guest();
    move_to(100, 100);
    harness_settle(300);
    before_x = moved("x");
    before_y = moved("y");
    move_to(300, 150);
    harness_await(ABS(moved("x") - before_x - 200) < 3 && ABS(moved("y") - before_y - 50) < 3);
    harness_button(3, TRUE);
    harness_await(has_noted("button right, down 1"));
    g_assert_false(has_noted("button right, down 0"));
    harness_button(3, FALSE);
    harness_await(has_noted("button right, down 0"));
}

static void run(gconstpointer test)
{
    harness_tolerate_spice();
    harness_run_clean(test);
    harness_tell("ServeScreens", g_variant_new("(sss)", "", "refused", "refused"));
    harness_clear_guests();
    kill_qemu();
    g_unlink(noted);
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/qemu/picture", test_picture},
        {"/qemu/keys", test_keys},
        {"/qemu/mouse", test_mouse},
    };
    int result;

    harness_init(&argc, &argv);
    folder = g_dir_make_tmp("qemu-XXXXXX", NULL);
    disk = g_build_filename(folder, "disk", NULL);
    path = g_build_filename(folder, "spice", NULL);
    noted = g_build_filename(folder, "noted", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].path, &tests[i], run);
    result = g_test_run();
    g_unlink(disk);
    g_rmdir(folder);
    harness_finish();
    return result;
}
