/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A USB device as the windows see it: follows the service's object and speaks in words and icons.
 */
#include "model/usb-device.h"

#include <glib/gi18n.h>

#include "sentence.h"

#define NEEDS_CONFIRMATION "org.vitrine.Error.NeedsConfirmation"
/* A person may be typing a password, and a guest may take a while to take a device up. */
#define CALL_TIMEOUT_MS (120 * 1000)

struct _VitrineUsbDevice {
    GObject parent_instance;

    VitrineUsbDevice1 *proxy;
};

enum {
    PROP_0,
    PROP_NAME,
    PROP_DESCRIPTION,
    PROP_ICON,
    PROP_GUEST,
    PROP_PLACE,
    PROP_CONCERN,
    PROP_PROBLEM,
    PROP_REMEMBERED,
    N_PROPS,
};

enum {
    CHANGED,
    N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineUsbDevice, vitrine_usb_device, G_TYPE_OBJECT)

/* What a person looks for comes first: what is carried about before what stays plugged in. */
static const struct {
    const char *kind;
    const char *icon;
} kinds[] = {
    {"storage", "drive-removable-media-symbolic"},
    {"camera", "camera-web-symbolic"},
    {"sound", "audio-headset-symbolic"},
    {"printer", "printer-symbolic"},
    {"serial", "utilities-terminal-symbolic"},
    {"network", "network-wired-symbolic"},
    {"other", "vitrine-usb-symbolic"},
    {"pointer", "input-mouse-symbolic"},
    {"keyboard", "input-keyboard-symbolic"},
};

/* Which of our properties to announce when one of the service's changes. */
static const struct {
    const char *bus_property;
    guint property;
} dependencies[] = {
    {"Name", PROP_NAME},
    {"Description", PROP_DESCRIPTION},
    {"Kind", PROP_ICON},
    {"Guest", PROP_GUEST},
    {"Guest", PROP_PLACE},
    {"State", PROP_PLACE},
    {"Concern", PROP_CONCERN},
    {"Problem", PROP_PROBLEM},
    {"Remembered", PROP_REMEMBERED},
};

static void on_properties_changed(GDBusProxy *proxy, GVariant *changed,
                                  const char *const *invalidated, gpointer data)
{
    VitrineUsbDevice *self = VITRINE_USB_DEVICE(data);

    g_object_freeze_notify(G_OBJECT(self));
    for (guint i = 0; i < G_N_ELEMENTS(dependencies); i++) {
        g_autoptr(GVariant) value =
            g_variant_lookup_value(changed, dependencies[i].bus_property, NULL);

        if (value)
            g_object_notify_by_pspec(G_OBJECT(self), properties[dependencies[i].property]);
    }
    g_object_thaw_notify(G_OBJECT(self));
    g_signal_emit(self, signals[CHANGED], 0);
}

/* A kind that is not known here is among the others. */
static guint get_rank(VitrineUsbDevice *self)
{
    const char *kind = vitrine_usb_device1_get_kind(self->proxy);
    guint other = 0;

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_strcmp0(kinds[i].kind, kind) == 0)
            return i;
        if (g_str_equal(kinds[i].kind, "other"))
            other = i;
    }
    return other;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void vitrine_usb_device_get_property(GObject *object, guint id, GValue *value,
                                            GParamSpec *pspec)
{
    VitrineUsbDevice *self = VITRINE_USB_DEVICE(object);

    switch (id) {
    case PROP_NAME:
        g_value_set_string(value, vitrine_usb_device_get_name(self));
        break;
    case PROP_DESCRIPTION:
        g_value_set_string(value, vitrine_usb_device_get_description(self));
        break;
    case PROP_ICON:
        g_value_set_string(value, vitrine_usb_device_get_icon(self));
        break;
    case PROP_GUEST:
        g_value_set_string(value, vitrine_usb_device_get_guest(self));
        break;
    case PROP_PLACE:
        g_value_take_string(value, vitrine_usb_device_dup_place(self));
        break;
    case PROP_CONCERN:
        g_value_set_string(value, vitrine_usb_device_get_concern(self));
        break;
    case PROP_PROBLEM:
        g_value_set_string(value, vitrine_usb_device_get_problem(self));
        break;
    case PROP_REMEMBERED:
        g_value_set_string(value, vitrine_usb_device_get_remembered(self));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void vitrine_usb_device_dispose(GObject *object)
{
    VitrineUsbDevice *self = VITRINE_USB_DEVICE(object);

    if (self->proxy)
        g_signal_handlers_disconnect_by_data(self->proxy, self);
    g_clear_object(&self->proxy);
    G_OBJECT_CLASS(vitrine_usb_device_parent_class)->dispose(object);
}

static void vitrine_usb_device_class_init(VitrineUsbDeviceClass *klass)
{
    static const struct {
        guint id;
        const char *name;
    } names[] = {
        {PROP_NAME, "name"},       {PROP_DESCRIPTION, "description"},
        {PROP_ICON, "icon"},       {PROP_GUEST, "guest"},
        {PROP_PLACE, "place"},     {PROP_CONCERN, "concern"},
        {PROP_PROBLEM, "problem"}, {PROP_REMEMBERED, "remembered"},
    };
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->dispose = vitrine_usb_device_dispose;
    object_class->get_property = vitrine_usb_device_get_property;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        properties[names[i].id] = g_param_spec_string(names[i].name, NULL, NULL, NULL,
                                                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);
    /* Any of what is said about it is another now. */
    signals[CHANGED] = g_signal_new("changed", VITRINE_TYPE_USB_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void vitrine_usb_device_init(VitrineUsbDevice *self)
{
}

/* Wraps @proxy, which is kept. */
VitrineUsbDevice *vitrine_usb_device_new(VitrineUsbDevice1 *proxy)
{
    VitrineUsbDevice *self = g_object_new(VITRINE_TYPE_USB_DEVICE, NULL);

    self->proxy = g_object_ref(proxy);
    g_signal_connect(proxy, "g-properties-changed", G_CALLBACK(on_properties_changed), self);
    return self;
}

const char *vitrine_usb_device_get_path(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), NULL);
    return g_dbus_proxy_get_object_path(G_DBUS_PROXY(self->proxy));
}

/* The kernel's name of its bus and ports: "3-1.2". */
const char *vitrine_usb_device_get_key(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), "");
    return or_empty(vitrine_usb_device1_get_key(self->proxy));
}

const char *vitrine_usb_device_get_name(VitrineUsbDevice *self)
{
    const char *name;

    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), "");
    name = or_empty(vitrine_usb_device1_get_name(self->proxy));
    return *name ? name : _("USB Device");
}

const char *vitrine_usb_device_get_icon(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), "");
    return kinds[get_rank(self)].icon;
}

const char *vitrine_usb_device_get_description(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), "");
    return or_empty(vitrine_usb_device1_get_description(self->proxy));
}

/* The guest that has it, gets it or gives it back; empty if it is this computer's. */
const char *vitrine_usb_device_get_guest(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), "");
    return or_empty(vitrine_usb_device1_get_guest(self->proxy));
}

/* What this computer would lose with it, as a sentence; empty if nothing. */
const char *vitrine_usb_device_get_concern(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), "");
    return or_empty(sentence_localise_for(G_OBJECT(self), "concern",
                                          vitrine_usb_device1_get_concern(self->proxy)));
}

/* Why it is not where it was to be, as a sentence; empty if nothing is wrong. */
const char *vitrine_usb_device_get_problem(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), "");
    return or_empty(sentence_localise_for(G_OBJECT(self), "problem",
                                          vitrine_usb_device1_get_problem(self->proxy)));
}

/* The guest that gets it by itself, VITRINE_USB_NEVER, or empty. */
const char *vitrine_usb_device_get_remembered(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), "");
    return or_empty(vitrine_usb_device1_get_remembered(self->proxy));
}

/* Where it is, in words; to be freed. */
char *vitrine_usb_device_dup_place(VitrineUsbDevice *self)
{
    static const struct {
        const char *state;
        const char *words; /* %s is the guest */
    } places[] = {
        {"attaching", N_("Going to “%s”…")},
        {"detaching", N_("Coming back from “%s”…")},
        {"attached", N_("In “%s”")},
    };
    const char *guest = vitrine_usb_device_get_guest(self);

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        if (g_strcmp0(vitrine_usb_device1_get_state(self->proxy), places[i].state) == 0)
            return g_strdup_printf(_(places[i].words), guest);
    }
    return g_strdup(_("On this computer"));
}

/* Whether it is on its way, so that nothing can be asked of it. */
gboolean vitrine_usb_device_is_moving(VitrineUsbDevice *self)
{
    const char *state;

    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), FALSE);
    state = vitrine_usb_device1_get_state(self->proxy);
    return g_strcmp0(state, "attaching") == 0 || g_strcmp0(state, "detaching") == 0;
}

/* Whether nobody has it, is to have it by itself, or would miss it: somebody may be asked. */
gboolean vitrine_usb_device_is_open(VitrineUsbDevice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_DEVICE(self), FALSE);
    return !*vitrine_usb_device_get_guest(self) && !*vitrine_usb_device_get_remembered(self) &&
           !*vitrine_usb_device_get_concern(self);
}

/* The order of lists: by kind, then by name, then by port. */
int vitrine_usb_device_compare(VitrineUsbDevice *a, VitrineUsbDevice *b)
{
    guint rank_a = get_rank(a), rank_b = get_rank(b);
    int order;

    if (rank_a != rank_b)
        return rank_a < rank_b ? -1 : 1;
    order = g_utf8_collate(vitrine_usb_device_get_name(a), vitrine_usb_device_get_name(b));
    return order ? order : g_strcmp0(vitrine_usb_device_get_key(a), vitrine_usb_device_get_key(b));
}

static void on_called(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    GError *error = NULL;
    g_autoptr(GVariant) reply = g_dbus_proxy_call_finish(G_DBUS_PROXY(source), result, &error);

    if (reply)
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void call(VitrineUsbDevice *self, const char *method, GVariant *parameters,
                 GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(self, NULL, callback, user_data);

    g_task_set_source_tag(task, call);
    g_dbus_proxy_call(G_DBUS_PROXY(self->proxy), method, parameters,
                      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, CALL_TIMEOUT_MS, NULL,
                      on_called, task);
}

/* Gives it to the running guest @guest. @confirmed: what its concern says may be. */
void vitrine_usb_device_assign_async(VitrineUsbDevice *self, const char *guest, gboolean confirmed,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
    GVariantDict options;

    g_return_if_fail(VITRINE_IS_USB_DEVICE(self));

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "confirmed", "b", confirmed);
    call(self, "Assign", g_variant_new("(s@a{sv})", guest, g_variant_dict_end(&options)), callback,
         user_data);
}

/* Takes it back. */
void vitrine_usb_device_release_async(VitrineUsbDevice *self, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
    g_return_if_fail(VITRINE_IS_USB_DEVICE(self));
    call(self, "Release", NULL, callback, user_data);
}

/* Keeps in mind who gets it, or VITRINE_USB_NEVER, for the "device", "port" or "kind"; with NULL
 * for @guest, forgets. */
void vitrine_usb_device_remember_async(VitrineUsbDevice *self, const char *guest, const char *scope,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(VITRINE_IS_USB_DEVICE(self));

    if (guest)
        call(self, "Remember", g_variant_new("(ss)", guest, scope), callback, user_data);
    else
        call(self, "Forget", NULL, callback, user_data);
}

/* Of each of the calls. FALSE with @error set to the service's sentence if it refused;
 * @ret_needs_confirmation (may be NULL) tells whether that was for want of a word only. */
gboolean vitrine_usb_device_call_finish(VitrineUsbDevice *self, GAsyncResult *result,
                                        gboolean *ret_needs_confirmation, GError **error)
{
    GError *failure = NULL;
    g_autofree char *name = NULL;

    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);

    g_task_propagate_boolean(G_TASK(result), &failure);
    if (failure) {
        name = g_dbus_error_get_remote_error(failure);
        sentence_localise_error(failure);
    }
    if (ret_needs_confirmation)
        *ret_needs_confirmation = g_strcmp0(name, NEEDS_CONFIRMATION) == 0;
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}
