/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the shell remembers for a person. Its schema lies in a directory of its own, ready to be
 * used, so that no step of an installation can have left it out; and a shell without it works all
 * the same, and forgets.
 */
#include "model/preferences.h"

#include "config.h"

/* Guests come and go, and their names must not pile up. */
#define MAX_ZOOMS 256

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

/* What the guest of that name was last zoomed to, in percent; 0: as there is room. */
guint vitrine_preferences_get_zoom(const char *guest)
{
    GSettings *settings = vitrine_preferences_get();
    g_autoptr(GVariant) zooms = settings ? g_settings_get_value(settings, "zoom") : NULL;
    guint percent = 0;

    if (zooms)
        g_variant_lookup(zooms, guest, "u", &percent);
    /* A person may have written anything. */
    return percent == 100 || percent == 200 ? percent : 0;
}

/* A copy of @old, floating, in which @guest has @percent, or is not there if that is 0. It comes
 * last: what is first was set first, and is forgotten when there are too many. */
static GVariant *copy_with_zoom(GVariant *old, const char *guest, guint percent)
{
    gsize n_known = g_variant_n_children(old);
    GVariantBuilder zooms;
    GVariantIter iter;
    const char *name;
    guint zoom;

    g_variant_builder_init(&zooms, G_VARIANT_TYPE("a{su}"));
    g_variant_iter_init(&iter, old);
    for (gsize i = 0; g_variant_iter_next(&iter, "{&su}", &name, &zoom); i++) {
        if (i + MAX_ZOOMS > n_known && !g_str_equal(name, guest))
            g_variant_builder_add(&zooms, "{su}", name, zoom);
    }
    if (percent)
        g_variant_builder_add(&zooms, "{su}", guest, percent);
    return g_variant_builder_end(&zooms);
}

/* Remembers that, for when the guest is shown again. */
void vitrine_preferences_set_zoom(const char *guest, guint percent)
{
    GSettings *settings = vitrine_preferences_get();
    g_autoptr(GVariant) old = settings ? g_settings_get_value(settings, "zoom") : NULL;

    if (!old || vitrine_preferences_get_zoom(guest) == percent)
        return;
    g_settings_set_value(settings, "zoom", copy_with_zoom(old, guest, percent));
}
