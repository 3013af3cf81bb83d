/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the shell remembers for a person. Its schema lies in a directory of its own, ready to be
 * used, so that no step of an installation can have left it out; and a shell without it works all
 * the same, and forgets.
 */
#include "model/preferences.h"

#include "config.h"

static GSettingsSchema *find_schema(void)
{
    GSettingsSchemaSource *common = g_settings_schema_source_get_default();
    g_autoptr(GSettingsSchemaSource) own =
        g_settings_schema_source_new_from_directory(VITRINE_SCHEMA_DIR, common, FALSE, NULL);
    GSettingsSchemaSource *source = own ? own : common;

    return source ? g_settings_schema_source_lookup(source, VITRINE_APPLICATION_ID, TRUE) : NULL;
}

/* The settings, not referenced; NULL if this shell is not installed and has none. */
GSettings *vitrine_preferences_get(void)
{
    static gsize once;
    static GSettings *settings;

    if (g_once_init_enter(&once)) {
        g_autoptr(GSettingsSchema) schema = find_schema();

        if (schema)
            settings = g_settings_new_full(schema, NULL, NULL);
        g_once_init_leave(&once, 1);
    }
    return settings;
}

/* Whether the list is to show small pictures of the guests' screens. */
gboolean vitrine_preferences_get_thumbnails(void)
{
    GSettings *settings = vitrine_preferences_get();

    return !settings || g_settings_get_boolean(settings, "thumbnails");
}
