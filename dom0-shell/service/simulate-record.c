/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group for each domain. */
#include "simulate-record.h"

#include <stdlib.h>

SimulateRecord *simulate_record_new(int domid, const char *name)
{
    SimulateRecord *record = g_new0(SimulateRecord, 1);

    record->domid = domid;
    record->name = g_strdup(name);
    return record;
}

void simulate_record_free(SimulateRecord *record)
{
    if (!record)
        return;
    g_free(record->name);
    g_strfreev(record->held);
    g_free(record->settings);
    g_free(record);
}

static SimulateRecord *read_group(GKeyFile *file, const char *group)
{
    g_autofree char *name = g_key_file_get_string(file, group, "name", NULL);
    SimulateRecord *record = simulate_record_new(atoi(group), name);

    record->memory = g_key_file_get_uint64(file, group, "memory", NULL);
    record->has_controller = g_key_file_get_boolean(file, group, "controller", NULL);
    record->held = g_key_file_get_string_list(file, group, "held", NULL, NULL);
    record->settings = g_key_file_get_string(file, group, "settings", NULL);
    return record;
}

GPtrArray *simulate_record_read(const char *path)
{
    GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)simulate_record_free);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_auto(GStrv) groups = NULL;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        return records;
    groups = g_key_file_get_groups(file, NULL);
    for (guint i = 0; groups[i]; i++)
        g_ptr_array_add(records, read_group(file, groups[i]));
    return records;
}

static void write_group(GKeyFile *file, const SimulateRecord *record)
{
    g_autofree char *group = g_strdup_printf("%d", record->domid);

    g_key_file_set_string(file, group, "name", record->name);
    g_key_file_set_uint64(file, group, "memory", record->memory);
    g_key_file_set_boolean(file, group, "controller", record->has_controller);
    g_key_file_set_string_list(file, group, "held", (const char *const *)record->held,
                               g_strv_length(record->held));
    g_key_file_set_string(file, group, "settings", record->settings);
}

void simulate_record_write(const char *path, const GPtrArray *records)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < records->len; i++)
        write_group(file, records->pdata[i]);
    if (!g_key_file_save_to_file(file, path, &error))
        g_warning("%s", error->message);
}
