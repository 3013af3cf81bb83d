/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to be said of a guest, out of the service's object, and words made of that. */
#include "model/guest-facts.h"

#include "model/memory-text.h"
#include "sentence.h"

#include <glib/gi18n.h>

/* Its object path: what tells two guests apart, whatever they are called. */
const char *vitrine_guest_get_path(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), NULL);
    return g_dbus_proxy_get_object_path(G_DBUS_PROXY(vitrine_guest_get_proxy(self)));
}

/* Never NULL. */
const char *vitrine_guest_get_name(VitrineGuest *self)
{
    const char *name;

    g_return_val_if_fail(VITRINE_IS_GUEST(self), NULL);
    name = vitrine_guest1_get_name(vitrine_guest_get_proxy(self));
    return name ? name : "";
}

VitrineGuestState vitrine_guest_get_state(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), VITRINE_GUEST_STATE_UNKNOWN);
    return vitrine_guest_state_from_string(vitrine_guest1_get_state(vitrine_guest_get_proxy(self)));
}

/* Whether it has a domain, as far as its state tells. */
gboolean vitrine_guest_has_domain(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), FALSE);

    switch (vitrine_guest_get_state(self)) {
    case VITRINE_GUEST_STATE_STARTING:
    case VITRINE_GUEST_STATE_RUNNING:
    case VITRINE_GUEST_STATE_PAUSED:
    case VITRINE_GUEST_STATE_OUT_OF_DISK:
    case VITRINE_GUEST_STATE_NOT_RESPONDING:
    case VITRINE_GUEST_STATE_STOPPING:
        return TRUE;
    default:
        return FALSE;
    }
}

/* Whether it is there for longer, and not on its way, when its progress wants the room. */
gboolean vitrine_guest_is_up(VitrineGuest *self)
{
    VitrineGuestState state = vitrine_guest_get_state(self);

    return state == VITRINE_GUEST_STATE_RUNNING || state == VITRINE_GUEST_STATE_PAUSED ||
           state == VITRINE_GUEST_STATE_OUT_OF_DISK;
}

/* Whether it makes sense to offer @operation. What is left of a guest that has crashed may be kept
 * for a look at it, as its file says: only then there is something to be forced off, and nothing to
 * be started. */
gboolean vitrine_guest_allows(VitrineGuest *self, VitrineOperation operation)
{
    VitrineGuestState state;
    gboolean is_kept;

    g_return_val_if_fail(VITRINE_IS_GUEST(self), FALSE);

    state = vitrine_guest_get_state(self);
    is_kept = vitrine_guest1_get_domid(vitrine_guest_get_proxy(self)) >= 0;
    return vitrine_guest_state_allows(state, operation) &&
           (state != VITRINE_GUEST_STATE_CRASHED ||
            (operation == VITRINE_OPERATION_FORCE_OFF) == is_kept);
}

/* Why it is crashed or did not start, as a sentence; NULL when there is nothing to say. */
const char *vitrine_guest_get_problem(VitrineGuest *self)
{
    const char *problem;

    g_return_val_if_fail(VITRINE_IS_GUEST(self), NULL);
    problem = vitrine_guest1_get_problem(vitrine_guest_get_proxy(self));
    return problem && *problem ? sentence_localise_for(G_OBJECT(self), "problem", problem) : NULL;
}

/* Whether its display can be opened now. */
gboolean vitrine_guest_get_has_display(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), FALSE);
    return vitrine_guest1_get_has_display(vitrine_guest_get_proxy(self));
}

/* What its screen is best seen by, if that is to be had, of protocols that are not in the set
 * @without. */
VitrineScreenProtocol vitrine_guest_get_screen_protocol(VitrineGuest *self, guint without)
{
    const char *const *monitors;

    g_return_val_if_fail(VITRINE_IS_GUEST(self), VITRINE_SCREEN_VNC);
    monitors = vitrine_guest1_get_monitors(vitrine_guest_get_proxy(self));
    return vitrine_screen_protocol_choose(vitrine_guest1_get_kind(vitrine_guest_get_proxy(self)),
                                          monitors ? g_strv_length((char **)monitors) : 0, without);
}

/* That it is listed in; empty for none. */
const char *vitrine_guest_get_group(VitrineGuest *self)
{
    const char *group;

    g_return_val_if_fail(VITRINE_IS_GUEST(self), "");
    group = vitrine_guest1_get_group(vitrine_guest_get_proxy(self));
    return group ? group : "";
}

/* Whether the guest has a CD drive. */
gboolean vitrine_guest_has_drive(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), FALSE);
    return g_strcmp0(vitrine_guest1_get_kind(vitrine_guest_get_proxy(self)), "hvm") == 0;
}

/* The path of the image in its CD drive; empty if there is none. */
const char *vitrine_guest_get_iso(VitrineGuest *self)
{
    const char *iso;

    g_return_val_if_fail(VITRINE_IS_GUEST(self), "");
    iso = vitrine_guest1_get_iso(vitrine_guest_get_proxy(self));
    return iso ? iso : "";
}

/* Whether it is off because its installer is done. */
gboolean vitrine_guest_has_installed(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), FALSE);
    return vitrine_guest_get_state(self) == VITRINE_GUEST_STATE_STOPPED &&
           vitrine_guest1_get_installer_ended(vitrine_guest_get_proxy(self));
}

/* The share of its CPUs that the guest uses now, 0 to 1. */
double vitrine_guest_get_load(VitrineGuest *self)
{
    return vitrine_guest1_get_cpu_usage(vitrine_guest_get_proxy(self)) /
           MAX(vitrine_guest1_get_vcpus(vitrine_guest_get_proxy(self)), 1);
}

/* The share of the most memory that it may have that it has now, 0 to 1; 0 if that is not known. */
double vitrine_guest_get_memory_load(VitrineGuest *self)
{
    VitrineGuest1 *proxy = vitrine_guest_get_proxy(self);
    guint64 most = MAX(vitrine_guest1_get_memory(proxy), vitrine_guest1_get_maximum_memory(proxy));

    return most ? MIN((double)vitrine_guest1_get_memory_used(proxy) / (double)most, 1) : 0;
}

/* "12 % · 768 MiB" while there is a domain, else only what it is configured with. */
char *vitrine_guest_dup_load_label(VitrineGuest *self)
{
    g_autofree char *memory = NULL;
    guint64 used = vitrine_guest1_get_memory_used(vitrine_guest_get_proxy(self));

    if (!vitrine_guest_has_domain(self))
        return vitrine_memory_text(vitrine_guest1_get_memory(vitrine_guest_get_proxy(self)));

    memory =
        vitrine_memory_text(used ? used : vitrine_guest1_get_memory(vitrine_guest_get_proxy(self)));
    /* Translators: CPU use in percent and memory in use, in a narrow row. */
    return g_strdup_printf(_("%.0f %% CPU · %s"),
                           100.0 * vitrine_guest1_get_cpu_usage(vitrine_guest_get_proxy(self)),
                           memory);
}

/* "256 MiB of 512 MiB" while there is a domain, else what it is configured with. */
char *vitrine_guest_dup_memory_text(VitrineGuest *self)
{
    g_autofree char *size =
        vitrine_memory_text(vitrine_guest1_get_memory(vitrine_guest_get_proxy(self)));
    guint64 used = vitrine_guest1_get_memory_used(vitrine_guest_get_proxy(self));
    g_autofree char *part = vitrine_memory_text(used);

    if (!used || !vitrine_guest_has_domain(self))
        return g_strdup_printf(_("Memory: %s"), size);
    return g_strdup_printf(_("Memory: %s of %s"), part, size);
}

/* "Being created · 40 %" while something with an end goes on, else the state alone. */
char *vitrine_guest_dup_status_text(VitrineGuest *self)
{
    const char *state = vitrine_guest_state_get_label(vitrine_guest_get_state(self));
    VitrineJob *job = vitrine_guest_get_job(self);
    double progress = job ? vitrine_job_get_progress(job) : -1;

    return progress >= 0 ? g_strdup_printf(_("%s · %.0f %%"), state, 100 * MIN(progress, 1))
                         : g_strdup(state);
}

/* Not by the proxy's own function, which keeps a copy that is old while the change is told. */
char **vitrine_guest_dup_words(VitrineGuest *self, const char *property)
{
    g_autoptr(GVariant) words =
        g_dbus_proxy_get_cached_property(G_DBUS_PROXY(vitrine_guest_get_proxy(self)), property);

    return words && g_variant_is_of_type(words, G_VARIANT_TYPE_STRING_ARRAY)
               ? g_variant_dup_strv(words, NULL)
               : NULL;
}
