/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest as the windows see it: properties that follow the service's object. */
#include "model/guest.h"

#include "model/guest-facts.h"
#include "model/guest-sound.h"

struct _VitrineGuest {
    GObject parent_instance;

    VitrineGuest1 *proxy;
    VitrineJob *job;
    VitrineLoadHistory load;
    VitrineLoadHistory memory_load;
    GdkPaintable *thumbnail;
    char *heading; /* NULL: none */
};

enum {
    PROP_0,
    PROP_NAME,
    PROP_STATE,
    PROP_STATE_LABEL,
    PROP_STATUS_TEXT,
    PROP_STATE_ICON,
    PROP_COLOR,
    PROP_GROUP,
    PROP_SEARCH_TEXT,
    PROP_HEADING,
    PROP_LOAD_LABEL,
    PROP_LOAD,
    PROP_MEMORY_LOAD,
    PROP_IS_UP,
    PROP_MEMORY_TEXT,
    PROP_THUMBNAIL,
    PROP_HAS_DISPLAY,
    PROP_PROBLEM,
    PROP_JOB,
    PROP_MEMORY,
    PROP_MAXIMUM_MEMORY,
    PROP_VCPUS,
    PROP_WEIGHT,
    PROP_NETWORK,
    PROP_NETWORK_ACCESS,
    PROP_NETWORK_HOSTS,
    PROP_AUTOSTART,
    PROP_NEEDS_RESTART,
    PROP_ISO,
    PROP_SOUND,
    PROP_MONITORS,
    PROP_SOUND_ICON,
    PROP_HAS_SOUND,
    PROP_MUTED,
    PROP_VOLUME,
    PROP_MICROPHONE,
    PROP_ASKS,
    PROP_HEARS,
    PROP_HEARING_TEXT,
    PROP_START_FROM,
    PROP_START_CHOICES,
    PROP_INSTALLER_ENDED,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineGuest, vitrine_guest, G_TYPE_OBJECT)

/* Which of our properties to announce when one of the service's changes. */
static const struct {
    const char *bus_property;
    guint property;
} dependencies[] = {
    {"Name", PROP_NAME},
    {"State", PROP_STATE},
    {"State", PROP_STATE_LABEL},
    {"State", PROP_STATUS_TEXT},
    {"State", PROP_STATE_ICON},
    {"State", PROP_LOAD_LABEL},
    {"State", PROP_LOAD},
    {"State", PROP_MEMORY_LOAD},
    {"State", PROP_IS_UP},
    {"State", PROP_MEMORY_TEXT},
    {"Color", PROP_COLOR},
    {"Group", PROP_GROUP},
    {"Group", PROP_SEARCH_TEXT},
    {"Name", PROP_SEARCH_TEXT},
    {"CpuUsage", PROP_LOAD_LABEL},
    {"MemoryUsed", PROP_LOAD_LABEL},
    {"Memory", PROP_LOAD_LABEL},
    {"CpuUsage", PROP_LOAD},
    {"MemoryUsed", PROP_MEMORY_LOAD},
    {"Memory", PROP_MEMORY_LOAD},
    {"MaximumMemory", PROP_MEMORY_LOAD},
    {"MemoryUsed", PROP_MEMORY_TEXT},
    {"Memory", PROP_MEMORY_TEXT},
    {"HasDisplay", PROP_HAS_DISPLAY},
    {"Problem", PROP_PROBLEM},
    {"Memory", PROP_MEMORY},
    {"MaximumMemory", PROP_MAXIMUM_MEMORY},
    {"Vcpus", PROP_VCPUS},
    {"Weight", PROP_WEIGHT},
    {"Network", PROP_NETWORK},
    {"NetworkAccess", PROP_NETWORK_ACCESS},
    {"NetworkHosts", PROP_NETWORK_HOSTS},
    {"Autostart", PROP_AUTOSTART},
    {"NeedsRestart", PROP_NEEDS_RESTART},
    {"Kind", PROP_ISO},
    {"Iso", PROP_ISO},
    {"Sound", PROP_SOUND},
    {"Monitors", PROP_MONITORS},
    {"SoundState", PROP_SOUND_ICON},
    {"SoundState", PROP_HAS_SOUND},
    {"Muted", PROP_SOUND_ICON},
    {"Muted", PROP_MUTED},
    {"Volume", PROP_VOLUME},
    {"Microphone", PROP_MICROPHONE},
    {"Microphone", PROP_HEARS},
    {"AsksForMicrophone", PROP_ASKS},
    {"Recording", PROP_HEARING_TEXT},
    {"Name", PROP_HEARING_TEXT},
    {"StartFrom", PROP_START_FROM},
    {"StartChoices", PROP_START_CHOICES},
    {"InstallerEnded", PROP_INSTALLER_ENDED},
};

/* A guest that is off has no load, and none to remember. */
static void note_load(VitrineGuest *self)
{
    gint64 now = g_get_monotonic_time();

    if (vitrine_guest_has_domain(self)) {
        vitrine_load_history_add(&self->load, now, vitrine_guest_get_load(self));
        vitrine_load_history_add(&self->memory_load, now, vitrine_guest_get_memory_load(self));
    } else {
        vitrine_load_history_clear(&self->load);
        vitrine_load_history_clear(&self->memory_load);
    }
}

static void on_properties_changed(GDBusProxy *proxy, GVariant *changed,
                                  const char *const *invalidated, gpointer data)
{
    VitrineGuest *self = VITRINE_GUEST(data);

    note_load(self);
    if (!vitrine_guest_has_domain(self))
        vitrine_guest_set_thumbnail(self, NULL);
    g_object_freeze_notify(G_OBJECT(self));
    for (guint i = 0; i < G_N_ELEMENTS(dependencies); i++) {
        g_autoptr(GVariant) value =
            g_variant_lookup_value(changed, dependencies[i].bus_property, NULL);

        if (value)
            g_object_notify_by_pspec(G_OBJECT(self), properties[dependencies[i].property]);
    }
    g_object_thaw_notify(G_OBJECT(self));
}

/* What its load was until now, to be looked at before the main loop goes on. */
const VitrineLoadHistory *vitrine_guest_get_load_history(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), NULL);
    vitrine_load_history_advance(&self->load, g_get_monotonic_time());
    return &self->load;
}

/* The same of its memory. */
const VitrineLoadHistory *vitrine_guest_get_memory_history(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), NULL);
    vitrine_load_history_advance(&self->memory_load, g_get_monotonic_time());
    return &self->memory_load;
}

/* The guest on the bus, for calls that change none of its properties. */
VitrineGuest1 *vitrine_guest_get_proxy(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), NULL);
    return self->proxy;
}

static void vitrine_guest_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    VitrineGuest *self = VITRINE_GUEST(object);

    switch (id) {
    case PROP_NAME:
        g_value_set_string(value, vitrine_guest_get_name(self));
        break;
    case PROP_STATE:
        g_value_set_uint(value, vitrine_guest_get_state(self));
        break;
    case PROP_STATE_LABEL:
        g_value_set_string(value, vitrine_guest_state_get_label(vitrine_guest_get_state(self)));
        break;
    case PROP_STATUS_TEXT:
        g_value_take_string(value, vitrine_guest_dup_status_text(self));
        break;
    case PROP_STATE_ICON:
        g_value_set_string(value, vitrine_guest_state_get_icon(vitrine_guest_get_state(self)));
        break;
    case PROP_GROUP:
        g_value_set_string(value, vitrine_guest_get_group(self));
        break;
    case PROP_SEARCH_TEXT:
        g_value_take_string(value, g_strconcat(vitrine_guest_get_name(self), "\n",
                                               vitrine_guest_get_group(self), NULL));
        break;
    case PROP_HEADING:
        g_value_set_string(value, self->heading);
        break;
    case PROP_COLOR:
        g_value_set_string(value, vitrine_guest1_get_color(self->proxy));
        break;
    case PROP_LOAD_LABEL:
        g_value_take_string(value, vitrine_guest_dup_load_label(self));
        break;
    case PROP_LOAD:
        g_value_set_double(value, vitrine_guest_get_load(self));
        break;
    case PROP_MEMORY_LOAD:
        g_value_set_double(value, vitrine_guest_get_memory_load(self));
        break;
    case PROP_IS_UP:
        g_value_set_boolean(value, vitrine_guest_is_up(self));
        break;
    case PROP_MEMORY_TEXT:
        g_value_take_string(value, vitrine_guest_dup_memory_text(self));
        break;
    case PROP_THUMBNAIL:
        g_value_set_object(value, self->thumbnail);
        break;
    case PROP_HAS_DISPLAY:
        g_value_set_boolean(value, vitrine_guest_get_has_display(self));
        break;
    case PROP_PROBLEM:
        g_value_set_string(value, vitrine_guest_get_problem(self));
        break;
    case PROP_JOB:
        g_value_set_object(value, self->job);
        break;
    case PROP_MEMORY:
        g_value_set_uint64(value, vitrine_guest1_get_memory(self->proxy));
        break;
    case PROP_MAXIMUM_MEMORY:
        g_value_set_uint64(value, vitrine_guest1_get_maximum_memory(self->proxy));
        break;
    case PROP_VCPUS:
        g_value_set_uint(value, vitrine_guest1_get_vcpus(self->proxy));
        break;
    case PROP_WEIGHT:
        g_value_set_uint(value, vitrine_guest1_get_weight(self->proxy));
        break;
    case PROP_NETWORK:
        g_value_set_string(value, vitrine_guest1_get_network(self->proxy));
        break;
    case PROP_NETWORK_ACCESS:
        g_value_set_string(value, vitrine_guest1_get_network_access(self->proxy));
        break;
    case PROP_NETWORK_HOSTS:
        g_value_take_boxed(value, vitrine_guest_dup_words(self, "NetworkHosts"));
        break;
    case PROP_AUTOSTART:
        g_value_set_boolean(value, vitrine_guest1_get_autostart(self->proxy));
        break;
    case PROP_NEEDS_RESTART:
        g_value_set_boolean(value, vitrine_guest1_get_needs_restart(self->proxy));
        break;
    case PROP_ISO:
        g_value_set_string(value, vitrine_guest_get_iso(self));
        break;
    case PROP_MONITORS:
        g_value_take_boxed(value, vitrine_guest_dup_words(self, "Monitors"));
        break;
    case PROP_SOUND:
        g_value_set_boolean(value, vitrine_guest1_get_sound(self->proxy));
        break;
    case PROP_SOUND_ICON:
        g_value_set_string(value, vitrine_guest_get_sound_icon(self));
        break;
    case PROP_HAS_SOUND:
        g_value_set_boolean(value, vitrine_guest_has_sound(self));
        break;
    case PROP_MUTED:
        g_value_set_boolean(value, vitrine_guest_is_muted(self));
        break;
    case PROP_VOLUME:
        g_value_set_uint(value, vitrine_guest_get_volume(self));
        break;
    case PROP_MICROPHONE:
        g_value_set_string(value, vitrine_guest_get_microphone(self));
        break;
    case PROP_HEARS:
        g_value_set_boolean(value, vitrine_guest_hears(self));
        break;
    case PROP_ASKS:
        g_value_set_boolean(value, vitrine_guest_asks(self));
        break;
    case PROP_HEARING_TEXT:
        g_value_take_string(value, vitrine_guest_dup_hearing_text(self));
        break;
    case PROP_START_FROM:
        g_value_set_string(value, vitrine_guest1_get_start_from(self->proxy));
        break;
    case PROP_START_CHOICES:
        g_value_take_boxed(value, vitrine_guest_dup_words(self, "StartChoices"));
        break;
    case PROP_INSTALLER_ENDED:
        g_value_set_boolean(value, vitrine_guest_has_installed(self));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void vitrine_guest_dispose(GObject *object)
{
    VitrineGuest *self = VITRINE_GUEST(object);

    if (self->proxy)
        g_signal_handlers_disconnect_by_data(self->proxy, self);
    g_clear_object(&self->proxy);
    if (self->job)
        g_signal_handlers_disconnect_by_data(self->job, self);
    g_clear_object(&self->job);
    g_clear_object(&self->thumbnail);
    g_clear_pointer(&self->heading, g_free);
    G_OBJECT_CLASS(vitrine_guest_parent_class)->dispose(object);
}

static void vitrine_guest_class_init(VitrineGuestClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object_class->dispose = vitrine_guest_dispose;
    object_class->get_property = vitrine_guest_get_property;

    properties[PROP_NAME] = g_param_spec_string("name", NULL, NULL, NULL, flags);
    properties[PROP_STATE] =
        g_param_spec_uint("state", NULL, NULL, 0, VITRINE_GUEST_N_STATES - 1, 0, flags);
    properties[PROP_STATE_LABEL] = g_param_spec_string("state-label", NULL, NULL, NULL, flags);
    properties[PROP_STATUS_TEXT] = g_param_spec_string("status-text", NULL, NULL, NULL, flags);
    properties[PROP_STATE_ICON] = g_param_spec_string("state-icon", NULL, NULL, NULL, flags);
    properties[PROP_COLOR] = g_param_spec_string("color", NULL, NULL, NULL, flags);
    properties[PROP_GROUP] = g_param_spec_string("group", NULL, NULL, NULL, flags);
    properties[PROP_SEARCH_TEXT] = g_param_spec_string("search-text", NULL, NULL, NULL, flags);
    properties[PROP_HEADING] = g_param_spec_string("heading", NULL, NULL, NULL, flags);
    properties[PROP_LOAD_LABEL] = g_param_spec_string("load-label", NULL, NULL, NULL, flags);
    properties[PROP_LOAD] = g_param_spec_double("load", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
    properties[PROP_MEMORY_LOAD] = g_param_spec_double("memory-load", NULL, NULL, 0, 1, 0, flags);
    properties[PROP_IS_UP] = g_param_spec_boolean("is-up", NULL, NULL, FALSE, flags);
    properties[PROP_MEMORY_TEXT] = g_param_spec_string("memory-text", NULL, NULL, NULL, flags);
    properties[PROP_THUMBNAIL] =
        g_param_spec_object("thumbnail", NULL, NULL, GDK_TYPE_PAINTABLE, flags);
    properties[PROP_HAS_DISPLAY] = g_param_spec_boolean("has-display", NULL, NULL, FALSE, flags);
    properties[PROP_ISO] = g_param_spec_string("iso", NULL, NULL, NULL, flags);
    properties[PROP_PROBLEM] = g_param_spec_string("problem", NULL, NULL, NULL, flags);
    properties[PROP_JOB] = g_param_spec_object("job", NULL, NULL, VITRINE_TYPE_JOB, flags);
    properties[PROP_MEMORY] = g_param_spec_uint64("memory", NULL, NULL, 0, G_MAXUINT64, 0, flags);
    properties[PROP_MAXIMUM_MEMORY] =
        g_param_spec_uint64("maximum-memory", NULL, NULL, 0, G_MAXUINT64, 0, flags);
    properties[PROP_VCPUS] = g_param_spec_uint("vcpus", NULL, NULL, 0, G_MAXUINT, 0, flags);
    properties[PROP_WEIGHT] = g_param_spec_uint("weight", NULL, NULL, 0, G_MAXUINT, 0, flags);
    properties[PROP_NETWORK] = g_param_spec_string("network", NULL, NULL, NULL, flags);
    properties[PROP_NETWORK_ACCESS] =
        g_param_spec_string("network-access", NULL, NULL, NULL, flags);
    properties[PROP_NETWORK_HOSTS] =
        g_param_spec_boxed("network-hosts", NULL, NULL, G_TYPE_STRV, flags);
    properties[PROP_AUTOSTART] = g_param_spec_boolean("autostart", NULL, NULL, FALSE, flags);
    properties[PROP_NEEDS_RESTART] =
        g_param_spec_boolean("needs-restart", NULL, NULL, FALSE, flags);
    properties[PROP_MONITORS] = g_param_spec_boxed("monitors", NULL, NULL, G_TYPE_STRV, flags);
    properties[PROP_SOUND] = g_param_spec_boolean("sound", NULL, NULL, FALSE, flags);
    properties[PROP_SOUND_ICON] = g_param_spec_string("sound-icon", NULL, NULL, NULL, flags);
    properties[PROP_HAS_SOUND] = g_param_spec_boolean("has-sound", NULL, NULL, FALSE, flags);
    properties[PROP_MUTED] = g_param_spec_boolean("muted", NULL, NULL, FALSE, flags);
    properties[PROP_VOLUME] = g_param_spec_uint("volume", NULL, NULL, 0, 100, 100, flags);
    properties[PROP_MICROPHONE] = g_param_spec_string("microphone", NULL, NULL, NULL, flags);
    properties[PROP_HEARS] = g_param_spec_boolean("hears", NULL, NULL, FALSE, flags);
    properties[PROP_ASKS] = g_param_spec_boolean("asks", NULL, NULL, FALSE, flags);
    properties[PROP_HEARING_TEXT] = g_param_spec_string("hearing-text", NULL, NULL, NULL, flags);
    properties[PROP_START_FROM] = g_param_spec_string("start-from", NULL, NULL, NULL, flags);
    properties[PROP_START_CHOICES] =
        g_param_spec_boxed("start-choices", NULL, NULL, G_TYPE_STRV, flags);
    properties[PROP_INSTALLER_ENDED] =
        g_param_spec_boolean("installer-ended", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void vitrine_guest_init(VitrineGuest *self)
{
}

/* Wraps @proxy, which is kept. */
VitrineGuest *vitrine_guest_new(VitrineGuest1 *proxy)
{
    VitrineGuest *self = g_object_new(VITRINE_TYPE_GUEST, NULL);

    self->proxy = g_object_ref(proxy);
    note_load(self);
    g_signal_connect(proxy, "g-properties-changed", G_CALLBACK(on_properties_changed), self);
    return self;
}

/* The operation that runs on it, or NULL. */
VitrineJob *vitrine_guest_get_job(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), NULL);
    return self->job;
}

static void on_job_changed(VitrineGuest *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_STATUS_TEXT]);
}

/* For the job tracker alone. @job may be NULL. */
void vitrine_guest_set_job(VitrineGuest *self, VitrineJob *job)
{
    g_return_if_fail(VITRINE_IS_GUEST(self));

    if (self->job == job)
        return;
    if (self->job)
        g_signal_handlers_disconnect_by_data(self->job, self);
    g_set_object(&self->job, job);
    if (job)
        g_signal_connect_swapped(job, "changed", G_CALLBACK(on_job_changed), self);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_JOB]);
    on_job_changed(self);
}

/* A small picture of its screen, not referenced; NULL if there is none. */
GdkPaintable *vitrine_guest_get_thumbnail(VitrineGuest *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST(self), NULL);
    return self->thumbnail;
}

/* For the thumbnailer, which makes them. A guest without a domain has none. */
void vitrine_guest_set_thumbnail(VitrineGuest *self, GdkPaintable *thumbnail)
{
    GdkPaintable *kept = vitrine_guest_has_domain(self) ? thumbnail : NULL;

    if (g_set_object(&self->thumbnail, kept))
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_THUMBNAIL]);
}

/* For the list of guests: what stands above this one there; NULL for nothing. */
void vitrine_guest_set_heading(VitrineGuest *self, const char *heading)
{
    g_return_if_fail(VITRINE_IS_GUEST(self));

    if (g_strcmp0(self->heading, heading) == 0)
        return;
    g_free(self->heading);
    self->heading = g_strdup(heading);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_HEADING]);
}
