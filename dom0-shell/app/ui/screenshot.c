/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saves a guest's screen as a picture. */
#include "ui/screenshot.h"

#include <glib/gi18n.h>

/* One of its kind: the guest's name and the time. */
static char *make_file_name(VitrineGuest *guest)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%d %H-%M-%S");

    return g_strdup_printf("%s %s.png", vitrine_guest_get_name(guest), time);
}

static void save_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GdkTexture *screen = source;
    GFile *file = data;
    g_autoptr(GFile) folder = g_file_get_parent(file);
    g_autoptr(GBytes) png = gdk_texture_save_to_png_bytes(screen);
    g_autoptr(GFileOutputStream) stream = NULL;
    g_autoptr(GError) error = NULL;

    if (!g_file_make_directory_with_parents(folder, NULL, &error) &&
        !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_EXISTS)) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    g_clear_error(&error);
    stream = g_file_create(file, G_FILE_CREATE_NONE, NULL, &error);
    if (stream &&
        g_output_stream_write_all(G_OUTPUT_STREAM(stream), g_bytes_get_data(png, NULL),
                                  g_bytes_get_size(png), NULL, NULL, &error) &&
        g_output_stream_close(G_OUTPUT_STREAM(stream), NULL, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, g_steal_pointer(&error));
}

static void on_saved(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(AdwToastOverlay) toasts = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_file_get_parse_name(g_task_get_task_data(G_TASK(result)));
    g_autofree char *text = NULL, *safe = NULL;

    if (g_task_propagate_boolean(G_TASK(result), &error))
        text = g_strdup_printf(_("Saved as %s"), path);
    else
        text = g_strdup_printf(_("The screenshot could not be saved: %s"), error->message);
    safe = g_markup_escape_text(text, -1);
    adw_toast_overlay_add_toast(toasts, adw_toast_new(safe));
}

/* Writes the screen that @display shows to the pictures folder, and says in @toasts where. */
void vitrine_screenshot_take(VitrineDisplay *display, AdwToastOverlay *toasts)
{
    VitrineGuest *guest = vitrine_display_get_guest(display);
    g_autoptr(GdkTexture) screen = vitrine_display_dup_screen(display);
    const char *pictures = g_get_user_special_dir(G_USER_DIRECTORY_PICTURES);
    g_autofree char *file_name = NULL;
    g_autoptr(GTask) task = NULL;

    if (!screen || !guest)
        return;
    file_name = make_file_name(guest);
    task = g_task_new(screen, NULL, on_saved, g_object_ref(toasts));
    g_task_set_source_tag(task, vitrine_screenshot_take);
    g_task_set_task_data(
        task, g_file_new_build_filename(pictures ? pictures : g_get_home_dir(), file_name, NULL),
        g_object_unref);
    g_task_run_in_thread(task, save_in_thread);
}
