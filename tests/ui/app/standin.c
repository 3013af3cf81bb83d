/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stand-in for the service, for tests of the shell: the same objects on the session bus, with
 * nothing behind them, and an interface of its own through which a test makes things happen. It
 * does not try to be like the service beyond the contract: a test says what it wants to see.
 */
#include "standin-console.h"
#include "standin-copies.h"
#include "standin-places.h"
#include "standin-screen.h"
#include "standin-usb.h"

#include "standin-bus.h"
#include "vitrine-dbus.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

#define BUS_NAME "org.vitrine.Vitrine1"
#define ROOT     "/org/vitrine/Vitrine1"
#define MIB      (1024ull * 1024)
#define N_STEPS  10

typedef struct {
    VitrineJob1 *job;
    VitrineGuest1 *guest;
    char *state_during, *state_after; /* of the guest; after is NULL when it goes away */
    char *failure;
    guint step;
    guint timer;
} Job;

static GDBusObjectManagerServer *objects;
static VitrineManager1 *manager;
static StandinBusStandin1 *control;
static char *next_failure, *next_refusal;
static char *created; /* options of the last Create call, as text; NULL: none */
static char *isos;    /* as text; NULL: none */
static guint n_jobs, n_opened;
static char *last_opened;
static GPtrArray *settings; /* texts of the Configure calls */

static char *guest_path(const char *name)
{
    g_autofree char *id = g_strdup(name);

    return g_strdup_printf(ROOT "/guests/%s",
                           g_strcanon(id, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS, '_'));
}

static void export_object(const char *path, GDBusInterfaceSkeleton *skeleton)
{
    g_autoptr(GDBusObjectSkeleton) object = g_dbus_object_skeleton_new(path);

    g_dbus_object_skeleton_add_interface(object, skeleton);
    g_dbus_object_manager_server_export(objects, object);
}

static VitrineGuest1 *find_guest(const char *name)
{
    g_autofree char *path = guest_path(name);
    g_autoptr(GDBusInterface) guest = g_dbus_object_manager_get_interface(
        G_DBUS_OBJECT_MANAGER(objects), path, "org.vitrine.Guest1");

    /* The server keeps it; nobody else removes it while a call is handled. */
    return guest ? VITRINE_GUEST1(guest) : NULL;
}

static void remove_guest(VitrineGuest1 *guest)
{
    g_autofree char *path = guest_path(vitrine_guest1_get_name(guest));

    g_dbus_object_manager_server_unexport(objects, path);
}

static void job_free(Job *self)
{
    g_clear_handle_id(&self->timer, g_source_remove);
    g_object_unref(self->job);
    g_clear_object(&self->guest);
    g_free(self->state_during);
    g_free(self->state_after);
    g_free(self->failure);
    g_free(self);
}

static void settle_guest(Job *self, gboolean success, const char *error)
{
    gboolean is_create = g_str_equal(vitrine_job1_get_kind(self->job), "create");

    if (success ? !self->state_after : is_create) {
        remove_guest(self->guest);
    } else {
        vitrine_guest1_set_state(self->guest, success ? self->state_after : "stopped");
        vitrine_guest1_set_problem(self->guest, success ? "" : error);
        vitrine_guest1_set_has_display(self->guest,
                                       success && g_str_equal(self->state_after, "running"));
    }
}

static void end_job(Job *self, const char *state, const char *error)
{
    gboolean success = g_str_equal(state, "succeeded");

    vitrine_job1_set_error(self->job, error);
    vitrine_job1_set_cancellable(self->job, FALSE);
    vitrine_job1_set_state(self->job, state);
    vitrine_job1_emit_finished(self->job, success, error);
    if (self->guest)
        settle_guest(self, success, error);
    g_dbus_object_manager_server_unexport(
        objects, g_dbus_interface_skeleton_get_object_path(G_DBUS_INTERFACE_SKELETON(self->job)));
    job_free(self);
}

static gboolean step_job(gpointer data)
{
    Job *self = data;
    g_autofree char *phase = NULL;

    self->step++;
    if (self->failure && self->step > N_STEPS / 2) {
        self->timer = 0;
        end_job(self, "failed", self->failure);
        return G_SOURCE_REMOVE;
    }
    if (self->step == N_STEPS) {
        self->timer = 0;
        end_job(self, "succeeded", "");
        return G_SOURCE_REMOVE;
    }
    phase = g_strdup_printf("Doing part %u of %u", self->step, N_STEPS);
    vitrine_job1_set_phase(self->job, phase);
    vitrine_job1_set_progress(self->job, (double)self->step / N_STEPS);
    return G_SOURCE_CONTINUE;
}

static gboolean on_cancel(VitrineJob1 *skeleton, GDBusMethodInvocation *invocation, Job *self)
{
    vitrine_job1_complete_cancel(skeleton, invocation);
    end_job(self, "cancelled", "Cancelled.");
    return TRUE;
}

/* Starts a job on @guest, which may be NULL, and returns its path, to be freed. */
static char *start_job(VitrineGuest1 *guest, const char *kind, const char *during,
                       const char *after)
{
    Job *self = g_new0(Job, 1);
    char *path = g_strdup_printf(ROOT "/jobs/%u", ++n_jobs);

    self->job = vitrine_job1_skeleton_new();
    self->guest = guest ? g_object_ref(guest) : NULL;
    self->state_during = g_strdup(during);
    self->state_after = g_strdup(after);
    self->failure = g_steal_pointer(&next_failure);
    vitrine_job1_set_kind(self->job, kind);
    vitrine_job1_set_guest_name(self->job, guest ? vitrine_guest1_get_name(guest) : "");
    vitrine_job1_set_state(self->job, "running");
    vitrine_job1_set_phase(self->job, "Looking around");
    vitrine_job1_set_cancellable(self->job, TRUE);
    g_signal_connect(self->job, "handle-cancel", G_CALLBACK(on_cancel), self);
    if (guest)
        vitrine_guest1_set_state(guest, during);
    export_object(path, G_DBUS_INTERFACE_SKELETON(self->job));
    self->timer = g_timeout_add(
        MAX(standin_bus_standin1_get_job_milliseconds(control) / N_STEPS, 1), step_job, self);
    return path;
}

/* Answers with the prepared refusal, if there is one. */
static gboolean refuse(GDBusMethodInvocation *invocation)
{
    g_autofree char *sentence = g_steal_pointer(&next_refusal);

    if (sentence)
        g_dbus_method_invocation_return_dbus_error(invocation, "org.vitrine.Error.Refused",
                                                   sentence);
    return sentence != NULL;
}

static const struct {
    const char *signal;
    const char *kind;
    const char *during, *after;
} operations[] = {
    {"handle-start", "start", "starting", "running"},
    {"handle-shutdown", "shutdown", "stopping", "stopped"},
    {"handle-reboot", "reboot", "starting", "running"},
    {"handle-force-off", "force-off", "stopping", "stopped"},
    {"handle-save", "save", "saving", "saved"},
    {"handle-discard-saved", "discard", "saved", "stopped"},
    {"handle-delete", "delete", "deleting", NULL},
};

static gboolean on_operation(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                             gpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autofree char *path = NULL;

    if (refuse(invocation))
        return TRUE;
    path = start_job(guest, operations[i].kind, operations[i].during, operations[i].after);
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(o)", path));
    return TRUE;
}

static gboolean on_pause(VitrineGuest1 *guest, GDBusMethodInvocation *invocation, gpointer state)
{
    if (refuse(invocation))
        return TRUE;
    vitrine_guest1_set_state(guest, state);
    g_dbus_method_invocation_return_value(invocation, NULL);
    return TRUE;
}

static gboolean on_open_display(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                                GUnixFDList *fds_in, const char *protocol, gpointer data)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    int fd;

    /* What is not there at all does not use a refusal up. */
    if (standin_places_is_there(protocol) && refuse(invocation))
        return TRUE;
    fd = standin_places_open(protocol);
    if (fd < 0) {
        if (standin_places_is_denied(protocol))
            g_dbus_method_invocation_return_dbus_error(
                invocation, "org.vitrine.Error.NotAuthorized", "You may not see it.");
        else
            g_dbus_method_invocation_return_dbus_error(invocation, "org.vitrine.Error.NoDisplay",
                                                       "The guest has no display now.");
        return TRUE;
    }
    n_opened++;
    g_free(last_opened);
    last_opened = g_strdup(vitrine_guest1_get_name(guest));
    g_unix_fd_list_append(fds, fd, NULL);
    close(fd);
    vitrine_guest1_complete_open_display(guest, invocation, fds, g_variant_new_handle(0));
    return TRUE;
}

static gboolean on_open_console(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                                GUnixFDList *fds_in, gpointer data)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    int fd;

    if (refuse(invocation))
        return TRUE;
    fd = standin_console_open();
    g_unix_fd_list_append(fds, fd, NULL);
    close(fd);
    vitrine_guest1_complete_open_console(guest, invocation, fds, g_variant_new_handle(0),
                                         "what was said before\r\n");
    return TRUE;
}

static gboolean on_read_console_log(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                                    gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    vitrine_guest1_complete_read_console_log(guest, invocation,
                                             "what was said in the last run\r\n");
    return TRUE;
}

/* Numbers and words of the contract's properties, as a test or a Configure call has them. */
static void set_settings(VitrineGuest1 *guest, GVariant *values, gboolean is_configure)
{
    static const struct {
        const char *property, *option, *name; /* of the bus, of Configure, of GObject */
    } names[] = {
        {"Memory", "memory", "memory"},
        {"MaximumMemory", "maximum-memory", "maximum-memory"},
        {"Vcpus", "vcpus", "vcpus"},
        {"Weight", "weight", "weight"},
        {"Color", "color", "color"},
        {"Group", "group", "group"},
        {"Network", "network", "network"},
        {"NetworkAccess", "network-access", "network-access"},
        {"NetworkHosts", "network-hosts", "network-hosts"},
        {"Autostart", "autostart", "autostart"},
        {"NeedsRestart", "", "needs-restart"},
        {"Kind", "", "kind"},
        {"Iso", "", "iso"},
        {"Sound", "sound", "sound"},
        {"SoundState", "", "sound-state"},
        {"Muted", "", "muted"},
        {"DiskUsed", "", "disk-used"},
        {"Volume", "", "volume"},
        {"Microphone", "", "microphone"},
        {"Recording", "", "recording"},
        {"AsksForMicrophone", "", "asks-for-microphone"},
        {"StartFrom", "start-from", "start-from"},
        {"Monitors", "monitors", "monitors"},
        {"StartChoices", "", "start-choices"},
        {"InstallerEnded", "", "installer-ended"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(
            values, is_configure ? names[i].option : names[i].property, NULL);
        g_auto(GValue) converted = G_VALUE_INIT;

        if (!value)
            continue;
        g_dbus_gvariant_to_gvalue(value, &converted);
        g_object_set_property(G_OBJECT(guest), names[i].name, &converted);
    }
}

static gboolean on_configure(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                             GVariant *options, gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    g_ptr_array_add(settings, g_variant_print(options, FALSE));
    set_settings(guest, options, TRUE);
    vitrine_guest1_complete_configure(guest, invocation);
    return TRUE;
}

static gboolean on_set_microphone(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                                  const char *how, gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    vitrine_guest1_set_microphone(guest, how);
    vitrine_guest1_complete_set_microphone(guest, invocation);
    return TRUE;
}

static gboolean on_set_muted(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                             gboolean muted, gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    vitrine_guest1_set_muted(guest, muted);
    vitrine_guest1_complete_set_muted(guest, invocation);
    return TRUE;
}

static gboolean on_set_volume(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                              guint percent, gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    vitrine_guest1_set_volume(guest, percent);
    vitrine_guest1_complete_set_volume(guest, invocation);
    return TRUE;
}

static gboolean on_insert_iso(VitrineGuest1 *guest, GDBusMethodInvocation *invocation,
                              const char *path, gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    vitrine_guest1_set_iso(guest, path);
    vitrine_guest1_complete_insert_iso(guest, invocation);
    return TRUE;
}

static gboolean on_eject_iso(VitrineGuest1 *guest, GDBusMethodInvocation *invocation, gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    vitrine_guest1_set_iso(guest, "");
    vitrine_guest1_complete_eject_iso(guest, invocation);
    return TRUE;
}

static VitrineGuest1 *add_guest(const char *name, const char *state, const char *color)
{
    g_autoptr(VitrineGuest1) guest = vitrine_guest1_skeleton_new();
    g_autofree char *path = guest_path(name);

    vitrine_guest1_set_name(guest, name);
    vitrine_guest1_set_state(guest, state);
    vitrine_guest1_set_domid(guest, -1);
    vitrine_guest1_set_color(guest, color);
    vitrine_guest1_set_memory(guest, 512 * MIB);
    vitrine_guest1_set_maximum_memory(guest, 512 * MIB);
    vitrine_guest1_set_vcpus(guest, 1);
    vitrine_guest1_set_kind(guest, "pv");
    vitrine_guest1_set_iso(guest, "");
    vitrine_guest1_set_sound_state(guest, "none");
    vitrine_guest1_set_microphone(guest, "off");
    vitrine_guest1_set_volume(guest, 100);
    vitrine_guest1_set_network(guest, "nat");
    vitrine_guest1_set_network_access(guest, "all");
    vitrine_guest1_set_start_from(guest, "disk");
    vitrine_guest1_set_start_choices(guest, (const char *const[]){"disk", NULL});
    vitrine_guest1_set_problem(guest, "");
    vitrine_guest1_set_has_display(guest, g_str_equal(state, "running"));
    for (guint i = 0; i < G_N_ELEMENTS(operations); i++)
        g_signal_connect(guest, operations[i].signal, G_CALLBACK(on_operation),
                         GUINT_TO_POINTER(i));
    g_signal_connect(guest, "handle-pause", G_CALLBACK(on_pause), (gpointer) "paused");
    g_signal_connect(guest, "handle-unpause", G_CALLBACK(on_pause), (gpointer) "running");
    g_signal_connect(guest, "handle-configure", G_CALLBACK(on_configure), NULL);
    g_signal_connect(guest, "handle-set-microphone", G_CALLBACK(on_set_microphone), NULL);
    g_signal_connect(guest, "handle-set-muted", G_CALLBACK(on_set_muted), NULL);
    g_signal_connect(guest, "handle-set-volume", G_CALLBACK(on_set_volume), NULL);
    g_signal_connect(guest, "handle-insert-iso", G_CALLBACK(on_insert_iso), NULL);
    g_signal_connect(guest, "handle-eject-iso", G_CALLBACK(on_eject_iso), NULL);
    g_signal_connect(guest, "handle-open-display", G_CALLBACK(on_open_display), NULL);
    g_signal_connect(guest, "handle-open-console", G_CALLBACK(on_open_console), NULL);
    g_signal_connect(guest, "handle-read-console-log", G_CALLBACK(on_read_console_log), NULL);
    standin_copies_connect(guest, start_job);
    export_object(path, G_DBUS_INTERFACE_SKELETON(guest));
    return find_guest(name);
}

/* Answers Import and ImportConfig too, whose path is shown as the template. */
static gboolean on_create(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                          const char *template, const char *name, GVariant *options, gpointer data)
{
    g_autofree char *path = NULL;
    const char *color = "";
    VitrineGuest1 *guest;
    guint64 memory;
    guint vcpus;

    if (refuse(invocation))
        return TRUE;
    g_free(created);
    created = g_variant_print(options, FALSE);
    g_variant_lookup(options, "color", "&s", &color);
    guest = add_guest(name, "creating", color);
    if (g_variant_lookup(options, "memory", "t", &memory))
        vitrine_guest1_set_memory(guest, memory);
    if (g_variant_lookup(options, "vcpus", "u", &vcpus))
        vitrine_guest1_set_vcpus(guest, vcpus);
    vitrine_guest1_set_template(guest, template);
    path = start_job(guest, "create", "creating", "running");
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(o)", path));
    return TRUE;
}

static gboolean on_suggest_name(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                                const char *template, gpointer data)
{
    g_autofree char *name = g_strdup(template);

    for (guint i = 2; find_guest(name); i++) {
        g_free(name);
        name = g_strdup_printf("%s-%u", template, i);
    }
    vitrine_manager1_complete_suggest_name(skeleton, invocation, name);
    return TRUE;
}

/* Both are shown as new guests, named after what was asked for. */
static gboolean on_clone_guest(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                               const char *from, const char *name, GVariant *options, gpointer data)
{
    g_autofree char *path = NULL;

    if (refuse(invocation))
        return TRUE;
    add_guest(name, "stopped", "#2ec27e");
    path = start_job(find_guest(from), "clone", "stopped", "stopped");
    vitrine_manager1_complete_clone_guest(skeleton, invocation, path);
    return TRUE;
}

static gboolean on_make_template(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                                 const char *from, const char *name, const char *description,
                                 gpointer data)
{
    g_autofree char *shown = g_strconcat(name, "-", description, NULL);
    g_autofree char *path = NULL;

    if (refuse(invocation))
        return TRUE;
    add_guest(shown, "stopped", "#2ec27e");
    path = start_job(find_guest(from), "make-template", "stopped", "stopped");
    vitrine_manager1_complete_make_template(skeleton, invocation, path);
    return TRUE;
}

static gboolean on_list_recipes(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                                gpointer data)
{
    vitrine_manager1_complete_list_recipes(
        skeleton, invocation,
        g_variant_new_parsed("[{'id': <'debian-12-desktop'>, 'title': <'Debian 12 desktop'>, "
                             "'user': <'user'>, 'locale': <'de_DE.UTF-8'>, 'keyboard': <'de'>}]"));
    return TRUE;
}

/* Shown as a new guest, named after what was asked for. */
static gboolean on_build_template(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                                  const char *recipe, const char *name, GVariant *options,
                                  gpointer data)
{
    const char *locale = "", *keyboard = "";
    g_autofree const char **packages = NULL;
    g_autofree char *words = NULL;
    g_autofree char *shown = NULL;
    g_autofree char *path = NULL;

    if (refuse(invocation))
        return TRUE;
    g_variant_lookup(options, "locale", "&s", &locale);
    g_variant_lookup(options, "keyboard", "&s", &keyboard);
    g_variant_lookup(options, "packages", "^a&s", &packages);
    words = g_strjoinv("+", (char **)packages);
    shown = g_strdup_printf("%s %s %s %s %s", recipe, name, words, locale, keyboard);
    add_guest(shown, "stopped", "#2ec27e");
    path = start_job(NULL, "build-template", NULL, NULL);
    vitrine_manager1_complete_build_template(skeleton, invocation, path);
    return TRUE;
}

static gboolean on_list_isos(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                             gpointer data)
{
    vitrine_manager1_complete_list_isos(skeleton, invocation,
                                        g_variant_new_parsed(isos ? isos : "@aa{sv} []"));
    return TRUE;
}

static gboolean on_set_kinds(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                             const char *const *kinds, gpointer data)
{
    vitrine_manager1_set_kinds(manager, kinds);
    standin_bus_standin1_complete_set_kinds(skeleton, invocation);
    return TRUE;
}

static char *deleted_template; /* the last one; NULL: none since all were set */

static GVariant *make_templates(guint count)
{
    static const struct {
        const char *id, *title, *description, *broken;
        guint64 mib;
        guint vcpus;
    } templates[] = {
        {"debian-12-desktop", "Debian 12 desktop", "A light desktop with a browser.", "", 768, 2},
        {"debian-12-minimal", "Debian 12 minimal", "A console and a package manager.", "", 256, 1},
        {"old-image", "Old image", "An image that lost its disk.",
         "Its disk image is missing: install the template again.", 512, 1},
    };
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < MIN(count, G_N_ELEMENTS(templates)); i++) {
        if (g_strcmp0(deleted_template, templates[i].id) == 0)
            continue;
        g_variant_builder_open(&list, G_VARIANT_TYPE_VARDICT);
        g_variant_builder_add(&list, "{sv}", "id", g_variant_new_string(templates[i].id));
        g_variant_builder_add(&list, "{sv}", "title", g_variant_new_string(templates[i].title));
        g_variant_builder_add(&list, "{sv}", "description",
                              g_variant_new_string(templates[i].description));
        g_variant_builder_add(&list, "{sv}", "broken", g_variant_new_string(templates[i].broken));
        g_variant_builder_add(&list, "{sv}", "memory",
                              g_variant_new_uint64(templates[i].mib * MIB));
        g_variant_builder_add(&list, "{sv}", "vcpus", g_variant_new_uint32(templates[i].vcpus));
        g_variant_builder_close(&list);
    }
    return g_variant_builder_end(&list);
}

static gboolean on_set_templates(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                 guint count, gpointer data)
{
    g_clear_pointer(&deleted_template, g_free);
    vitrine_manager1_set_templates(manager, make_templates(count));
    standin_bus_standin1_complete_set_templates(skeleton, invocation);
    return TRUE;
}

static gboolean on_delete_template(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                                   const char *id, gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    g_free(deleted_template);
    deleted_template = g_strdup(id);
    vitrine_manager1_set_templates(manager, make_templates(G_MAXUINT));
    vitrine_manager1_complete_delete_template(skeleton, invocation);
    return TRUE;
}

static gboolean on_set_switched_off(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                                    const char *how, gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    vitrine_manager1_set_when_switched_off(skeleton, how);
    vitrine_manager1_complete_set_when_switched_off(skeleton, invocation);
    return TRUE;
}

static void export_manager(void)
{
    manager = vitrine_manager1_skeleton_new();
    vitrine_manager1_set_templates(manager, make_templates(G_MAXUINT));
    vitrine_manager1_set_kinds(manager, (const char *const[]){"pv", "pvh", "hvm", NULL});
    vitrine_manager1_set_hypervisor_version(manager, "stand-in");
    vitrine_manager1_set_cpu_count(manager, 4);
    vitrine_manager1_set_total_memory(manager, 4096 * MIB);
    vitrine_manager1_set_free_memory(manager, 2048 * MIB);
    vitrine_manager1_set_free_disk(manager, 8192 * MIB);
    vitrine_manager1_set_disk_state(manager, "ok");
    vitrine_manager1_set_bridged_problem(manager, "");
    vitrine_manager1_set_when_switched_off(manager, "shut-down");
    g_signal_connect(manager, "handle-set-when-switched-off", G_CALLBACK(on_set_switched_off),
                     NULL);
    g_signal_connect(manager, "handle-create", G_CALLBACK(on_create), NULL);
    g_signal_connect(manager, "handle-import", G_CALLBACK(on_create), NULL);
    g_signal_connect(manager, "handle-import-config", G_CALLBACK(on_create), NULL);
    g_signal_connect(manager, "handle-clone-guest", G_CALLBACK(on_clone_guest), NULL);
    g_signal_connect(manager, "handle-delete-template", G_CALLBACK(on_delete_template), NULL);
    g_signal_connect(manager, "handle-make-template", G_CALLBACK(on_make_template), NULL);
    g_signal_connect(manager, "handle-list-recipes", G_CALLBACK(on_list_recipes), NULL);
    g_signal_connect(manager, "handle-build-template", G_CALLBACK(on_build_template), NULL);
    g_signal_connect(manager, "handle-list-isos", G_CALLBACK(on_list_isos), NULL);
    g_signal_connect(manager, "handle-suggest-name", G_CALLBACK(on_suggest_name), NULL);
    export_object(ROOT "/Manager", G_DBUS_INTERFACE_SKELETON(manager));
}

static gboolean on_add_guest(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                             const char *name, const char *state, gpointer data)
{
    add_guest(name, state, "#2ec27e");
    standin_bus_standin1_complete_add_guest(skeleton, invocation);
    return TRUE;
}

static gboolean on_remove_guest(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                const char *name, gpointer data)
{
    remove_guest(find_guest(name));
    standin_bus_standin1_complete_remove_guest(skeleton, invocation);
    return TRUE;
}

static gboolean on_clear_guests(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                gpointer data)
{
    g_autolist(GDBusObject) all = g_dbus_object_manager_get_objects(G_DBUS_OBJECT_MANAGER(objects));

    for (GList *l = all; l; l = l->next) {
        const char *path = g_dbus_object_get_object_path(l->data);

        if (g_str_has_prefix(path, ROOT "/guests/"))
            g_dbus_object_manager_server_unexport(objects, path);
    }
    standin_bus_standin1_complete_clear_guests(skeleton, invocation);
    return TRUE;
}

static gboolean on_set_guest(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                             const char *name, GVariant *properties, gpointer data)
{
    VitrineGuest1 *guest = find_guest(name);
    const char *text;
    gboolean flag;
    gint32 domid;
    double fraction;
    guint64 bytes;

    if (g_variant_lookup(properties, "Domid", "i", &domid))
        vitrine_guest1_set_domid(guest, domid);
    if (g_variant_lookup(properties, "State", "&s", &text))
        vitrine_guest1_set_state(guest, text);
    if (g_variant_lookup(properties, "Problem", "&s", &text))
        vitrine_guest1_set_problem(guest, text);
    if (g_variant_lookup(properties, "HasDisplay", "b", &flag))
        vitrine_guest1_set_has_display(guest, flag);
    if (g_variant_lookup(properties, "CpuUsage", "d", &fraction))
        vitrine_guest1_set_cpu_usage(guest, fraction);
    if (g_variant_lookup(properties, "MemoryUsed", "t", &bytes))
        vitrine_guest1_set_memory_used(guest, bytes);
    set_settings(guest, properties, FALSE);
    standin_bus_standin1_complete_set_guest(skeleton, invocation);
    return TRUE;
}

static gboolean on_set_free_memory(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                   guint64 bytes, gpointer data)
{
    vitrine_manager1_set_free_memory(manager, bytes);
    standin_bus_standin1_complete_set_free_memory(skeleton, invocation);
    return TRUE;
}

static gboolean on_set_bridged_problem(StandinBusStandin1 *skeleton,
                                       GDBusMethodInvocation *invocation, const char *sentence,
                                       gpointer data)
{
    vitrine_manager1_set_bridged_problem(manager, sentence);
    standin_bus_standin1_complete_set_bridged_problem(skeleton, invocation);
    return TRUE;
}

static gboolean on_set_disk(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                            const char *state, guint64 bytes, gpointer data)
{
    vitrine_manager1_set_disk_state(manager, state);
    vitrine_manager1_set_free_disk(manager, bytes);
    standin_bus_standin1_complete_set_disk(skeleton, invocation);
    return TRUE;
}

/* @slot is where the next job or call looks for a sentence to fail with. */
static gboolean on_prepare(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                           const char *sentence, char **slot)
{
    g_free(*slot);
    *slot = g_strdup(sentence);
    g_dbus_method_invocation_return_value(invocation, NULL);
    return TRUE;
}

static gboolean on_take_settings(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                 gpointer data)
{
    g_ptr_array_add(settings, NULL);
    standin_bus_standin1_complete_take_settings(skeleton, invocation,
                                                (const char *const *)settings->pdata);
    g_ptr_array_set_size(settings, 0);
    return TRUE;
}

static gboolean on_take_created(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                gpointer data)
{
    g_autofree char *options = g_steal_pointer(&created);

    standin_bus_standin1_complete_take_created(skeleton, invocation, options ? options : "");
    return TRUE;
}

static gboolean on_take_input(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                              gpointer data)
{
    g_auto(GStrv) events = standin_screen_take_input();

    standin_bus_standin1_complete_take_input(skeleton, invocation, (const char *const *)events);
    return TRUE;
}

static gboolean on_paint(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation, guint x,
                         guint y, guint width, guint height, guint color, gpointer data)
{
    standin_screen_paint(x, y, width, height, color);
    standin_bus_standin1_complete_paint(skeleton, invocation);
    return TRUE;
}

static gboolean on_resize(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                          guint width, guint height, gpointer data)
{
    standin_screen_resize(width, height);
    standin_bus_standin1_complete_resize(skeleton, invocation);
    return TRUE;
}

static gboolean on_drop_screens(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                gpointer data)
{
    standin_screen_drop();
    standin_bus_standin1_complete_drop_screens(skeleton, invocation);
    return TRUE;
}

static gboolean on_serve_screens(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                 const char *vnc, const char *spice, const char *local,
                                 gpointer data)
{
    standin_places_set(vnc, spice, local);
    standin_bus_standin1_complete_serve_screens(skeleton, invocation);
    return TRUE;
}

static gboolean on_take_protocols(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                  gpointer data)
{
    g_auto(GStrv) protocols = standin_places_take_protocols();

    standin_bus_standin1_complete_take_protocols(skeleton, invocation,
                                                 (const char *const *)protocols);
    return TRUE;
}

static gboolean on_count_viewers(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                 gpointer data)
{
    standin_bus_standin1_complete_count_viewers(skeleton, invocation,
                                                standin_screen_count_viewers());
    return TRUE;
}

static gboolean on_set_silent(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                              gboolean silent, gpointer data)
{
    standin_screen_set_silent(silent);
    standin_bus_standin1_complete_set_silent(skeleton, invocation);
    return TRUE;
}

static gboolean on_take_opened(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                               gpointer data)
{
    standin_bus_standin1_complete_take_opened(skeleton, invocation, n_opened,
                                              last_opened ? last_opened : "");
    n_opened = 0;
    return TRUE;
}

static gboolean on_say(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                       const char *text, guint times, gpointer data)
{
    standin_console_say(text, times);
    standin_bus_standin1_complete_say(skeleton, invocation);
    return TRUE;
}

static gboolean on_hang_up(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                           gpointer data)
{
    standin_console_hang_up();
    standin_bus_standin1_complete_hang_up(skeleton, invocation);
    return TRUE;
}

static gboolean on_count_waiting(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                                 gpointer data)
{
    standin_bus_standin1_complete_count_waiting(skeleton, invocation,
                                                standin_console_count_waiting());
    return TRUE;
}

static gboolean on_take_typed(StandinBusStandin1 *skeleton, GDBusMethodInvocation *invocation,
                              gpointer data)
{
    g_autofree char *typed = standin_console_take_typed();

    standin_bus_standin1_complete_take_typed(skeleton, invocation, typed);
    return TRUE;
}

static void export_control(GDBusConnection *bus)
{
    static const struct {
        const char *signal;
        GCallback handler;
        gpointer data;
    } handlers[] = {
        {"handle-add-guest", G_CALLBACK(on_add_guest), NULL},
        {"handle-remove-guest", G_CALLBACK(on_remove_guest), NULL},
        {"handle-clear-guests", G_CALLBACK(on_clear_guests), NULL},
        {"handle-set-guest", G_CALLBACK(on_set_guest), NULL},
        {"handle-set-bridged-problem", G_CALLBACK(on_set_bridged_problem), NULL},
        {"handle-set-disk", G_CALLBACK(on_set_disk), NULL},
        {"handle-set-free-memory", G_CALLBACK(on_set_free_memory), NULL},
        {"handle-fail-next-job", G_CALLBACK(on_prepare), &next_failure},
        {"handle-refuse-next-call", G_CALLBACK(on_prepare), &next_refusal},
        {"handle-set-templates", G_CALLBACK(on_set_templates), NULL},
        {"handle-set-kinds", G_CALLBACK(on_set_kinds), NULL},
        {"handle-set-isos", G_CALLBACK(on_prepare), &isos},
        {"handle-take-created", G_CALLBACK(on_take_created), NULL},
        {"handle-take-settings", G_CALLBACK(on_take_settings), NULL},
        {"handle-take-input", G_CALLBACK(on_take_input), NULL},
        {"handle-paint", G_CALLBACK(on_paint), NULL},
        {"handle-resize", G_CALLBACK(on_resize), NULL},
        {"handle-drop-screens", G_CALLBACK(on_drop_screens), NULL},
        {"handle-set-silent", G_CALLBACK(on_set_silent), NULL},
        {"handle-take-opened", G_CALLBACK(on_take_opened), NULL},
        {"handle-serve-screens", G_CALLBACK(on_serve_screens), NULL},
        {"handle-take-protocols", G_CALLBACK(on_take_protocols), NULL},
        {"handle-count-viewers", G_CALLBACK(on_count_viewers), NULL},
        {"handle-say", G_CALLBACK(on_say), NULL},
        {"handle-hang-up", G_CALLBACK(on_hang_up), NULL},
        {"handle-count-waiting", G_CALLBACK(on_count_waiting), NULL},
        {"handle-take-typed", G_CALLBACK(on_take_typed), NULL},
    };

    control = standin_bus_standin1_skeleton_new();
    standin_bus_standin1_set_job_milliseconds(control, 100);
    for (guint i = 0; i < G_N_ELEMENTS(handlers); i++)
        g_signal_connect(control, handlers[i].signal, handlers[i].handler, handlers[i].data);
    g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(control), bus,
                                     "/org/vitrine/Standin", NULL);
}

static void on_bus_acquired(GDBusConnection *bus, const char *name, gpointer data)
{
    objects = g_dbus_object_manager_server_new(ROOT);
    export_control(bus);
    standin_usb_init(objects, control, refuse);
    export_manager();
    g_dbus_object_manager_server_set_connection(objects, bus);
}

static void on_name_lost(GDBusConnection *bus, const char *name, gpointer data)
{
    g_main_loop_quit(data);
}

int main(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);

    settings = g_ptr_array_new_with_free_func(g_free);
    standin_screen_init();
    g_bus_own_name(G_BUS_TYPE_SESSION, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_NONE, on_bus_acquired, NULL,
                   on_name_lost, loop, NULL);
    g_main_loop_run(loop);
    return 0;
}
