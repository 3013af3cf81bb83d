/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks, snapshots and copies of the stand-in's guests: one list for all of them. */
#include "standin-copies.h"

static GPtrArray *labels; /* of the snapshots; the id is the place in the list */
static StandinStartJob start_job;

static gboolean on_take(VitrineGuest1 *guest, GDBusMethodInvocation *invocation, const char *label,
                        gpointer data)
{
    g_autofree char *id = g_strdup_printf("%u", labels->len);
    g_autofree char *path = NULL;

    g_ptr_array_add(labels, g_strdup(label));
    path = start_job(guest, "snapshot", "stopped", "stopped");
    vitrine_guest1_complete_take_snapshot(guest, invocation, id, path);
    return TRUE;
}

static gboolean on_list(VitrineGuest1 *guest, GDBusMethodInvocation *invocation, gpointer data)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < labels->len; i++) {
        g_autoptr(GVariantDict) dict = g_variant_dict_new(NULL);
        g_autofree char *id = g_strdup_printf("%u", i);

        g_variant_dict_insert(dict, "id", "s", id);
        g_variant_dict_insert(dict, "label", "s", labels->pdata[i]);
        g_variant_dict_insert(dict, "taken", "t", G_GUINT64_CONSTANT(1700000000));
        g_variant_builder_add_value(&builder, g_variant_dict_end(dict));
    }
    vitrine_guest1_complete_list_snapshots(guest, invocation, g_variant_builder_end(&builder));
    return TRUE;
}

/* The guest's problem tells which one. */
static gboolean on_roll_back(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                             const char *id, gpointer data)
{
    g_autofree char *said = g_strdup_printf("Rolled back to %s", id);
    g_autofree char *path = start_job(guest, "roll-back", "stopped", "stopped");

    vitrine_guest1_set_problem(guest, said);
    vitrine_guest1_complete_roll_back(guest, invocation, path);
    return TRUE;
}

static gboolean on_delete(VitrineGuest1 *guest, GDBusMethodInvocation *invocation, const char *id,
                          gpointer data)
{
    g_ptr_array_remove_index(labels, (guint)g_ascii_strtoull(id, NULL, 10));
    vitrine_guest1_complete_delete_snapshot(guest, invocation);
    return TRUE;
}

static GArray *sizes; /* of the disks, in GiB; 0: there is none of that place's name */

/* This guest's disks are on a file system that does not answer. */
#define FAR_GUEST "far"

static gboolean on_list_disks(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                              gpointer data)
{
    gboolean answers = g_strcmp0(vitrine_guest1_get_name(guest), FAR_GUEST) != 0;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < sizes->len; i++) {
        g_autoptr(GVariantDict) dict = g_variant_dict_new(NULL);
        g_autofree char *name = g_strdup_printf("xvd%c", 'a' + i);
        guint64 size = g_array_index(sizes, guint64, i);

        if (size == 0)
            continue;
        g_variant_dict_insert(dict, "name", "s", name);
        g_variant_dict_insert(dict, "path", "s", "/disks/<desk>.img");
        g_variant_dict_insert(dict, "size", "t", answers ? size : 0);
        g_variant_dict_insert(dict, "used", "t", answers ? size / 4 : 0);
        g_variant_dict_insert(dict, "answers", "b", answers);
        g_variant_dict_insert(dict, "removable", "b", i > 0);
        g_variant_dict_insert(dict, "deletes", "b", i > 0);
        g_variant_builder_add_value(&builder, g_variant_dict_end(dict));
    }
    vitrine_guest1_complete_list_disks(guest, invocation, g_variant_builder_end(&builder));
    return TRUE;
}

static gboolean on_add_disk(VitrineGuest1 *guest, GDBusMethodInvocation *invocation, guint64 size,
                            gpointer data)
{
    g_array_append_val(sizes, size);
    vitrine_guest1_complete_add_disk(guest, invocation, "");
    return TRUE;
}

static gboolean on_remove_disk(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                               const char *name, gpointer data)
{
    g_array_index(sizes, guint64, name[3] - 'a') = 0;
    vitrine_guest1_complete_remove_disk(guest, invocation);
    return TRUE;
}

static gboolean on_resize_disk(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                               const char *name, guint64 size, gpointer data)
{
    g_array_index(sizes, guint64, name[3] - 'a') = size;
    vitrine_guest1_complete_resize_disk(guest, invocation);
    return TRUE;
}

static void connect_disks(VitrineGuest1 *guest)
{
    guint64 first = 16 * (G_GUINT64_CONSTANT(1) << 30);

    if (!sizes)
        sizes = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_array_set_size(sizes, 0);
    g_array_append_val(sizes, first);
    g_signal_connect(guest, "handle-list-disks", G_CALLBACK(on_list_disks), NULL);
    g_signal_connect(guest, "handle-add-disk", G_CALLBACK(on_add_disk), NULL);
    g_signal_connect(guest, "handle-remove-disk", G_CALLBACK(on_remove_disk), NULL);
    g_signal_connect(guest, "handle-resize-disk", G_CALLBACK(on_resize_disk), NULL);
}

void standin_copies_connect(VitrineGuest1 *guest, StandinStartJob start)
{
    start_job = start;
    if (!labels)
        labels = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(labels, 0);
    connect_disks(guest);
    g_signal_connect(guest, "handle-take-snapshot", G_CALLBACK(on_take), NULL);
    g_signal_connect(guest, "handle-list-snapshots", G_CALLBACK(on_list), NULL);
    g_signal_connect(guest, "handle-roll-back", G_CALLBACK(on_roll_back), NULL);
    g_signal_connect(guest, "handle-delete-snapshot", G_CALLBACK(on_delete), NULL);
}
