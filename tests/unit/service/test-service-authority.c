/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client may do, any method of any object, is asked of polkit, for which something stands in
 * here that says no or yes. Arguments: the service, the stand-in display server. */
#include "service-harness.h"

#include <gio/gunixfdlist.h>

#define POLKIT "org.freedesktop.PolicyKit1"

static const char introspection[] =
    "<node><interface name='" POLKIT ".Authority'><method name='CheckAuthorization'>"
    "<arg type='(sa{sv})' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='a{ss}' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='(bba{ss})' direction='out'/>"
    "</method></interface></node>";

/* On a thread of its own: the test's waits for the service, which waits for polkit. */
static GMainLoop *loop;
static gint allows, asked, interactive;

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *parameters,
                    GDBusMethodInvocation *invocation, gpointer data)
{
    const char *action;
    guint32 flags;

    g_variant_get_child(parameters, 1, "&s", &action);
    g_variant_get_child(parameters, 3, "u", &flags);
    g_assert_cmpstr(action, ==, "org.vitrine.manage");
    g_atomic_int_inc(&asked);
    g_atomic_int_set(&interactive, (gint)(flags & 1));
    g_dbus_method_invocation_return_value(invocation,
                                          g_variant_new("((bb@a{ss}))", g_atomic_int_get(&allows),
                                                        FALSE, g_variant_new_parsed("@a{ss} {}")));
}

static gpointer serve(gpointer data)
{
    static const GDBusInterfaceVTable table = {.method_call = on_call};
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(introspection, NULL);
    GDBusConnection *connection = data;
    guint object, name;

    g_main_context_push_thread_default(g_main_loop_get_context(loop));
    object = g_dbus_connection_register_object(connection, "/org/freedesktop/PolicyKit1/Authority",
                                               node->interfaces[0], &table, NULL, NULL, NULL);
    name = g_bus_own_name_on_connection(connection, POLKIT, G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL,
                                        NULL, NULL);
    g_main_loop_run(loop);
    g_bus_unown_name(name);
    g_dbus_connection_unregister_object(connection, object);
    g_main_context_pop_thread_default(g_main_loop_get_context(loop));
    return NULL;
}

static gboolean has_polkit(Fixture *fixture)
{
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_sync(fixture->connection, "org.freedesktop.DBus",
                                    "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                    g_variant_new("(s)", POLKIT), NULL, AS_USUAL, NULL, NULL);
    gboolean has = FALSE;

    if (answer)
        g_variant_get(answer, "(b)", &has);
    return has;
}

static GThread *start_polkit(Fixture *fixture)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    GThread *thread;

    loop = g_main_loop_new(context, FALSE);
    thread = g_thread_new("polkit", serve, fixture->connection);
    wait_until(has_polkit(fixture));
    return thread;
}

static int open_console(VitrineGuest1 *guest, GDBusCallFlags flags, GError **error)
{
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) handle = NULL;
    g_autofree char *history = NULL;

    if (!vitrine_guest1_call_open_console_sync(guest, flags, -1, NULL, &handle, &history, &fds,
                                               NULL, error))
        return -1;
    return g_unix_fd_list_get(fds, g_variant_get_handle(handle), error);
}

static void end_polkit(GThread *polkit)
{
    g_main_loop_quit(loop);
    g_thread_join(polkit);
    g_main_loop_unref(loop);
}

static VitrineUsbDevice1 *find_camera(Fixture *fixture)
{
    GDBusInterface *camera;

    wait_until(
        (camera = g_dbus_object_manager_get_interface(fixture->objects, SERVICE_PATH "/usb/1_2d2",
                                                      "org.vitrine.UsbDevice1")) != NULL);
    return VITRINE_USB_DEVICE1(camera);
}

static void assert_forbidden(GError *error)
{
    g_autofree char *remote = g_dbus_error_get_remote_error(error);

    g_assert_cmpstr(remote, ==, "org.vitrine.Error.NotAuthorized");
    g_error_free(error);
}

/* Everybody may look; nothing else. */
static void test_usb(Fixture *fixture, gconstpointer pace)
{
    GThread *polkit = start_polkit(fixture);
    g_autoptr(VitrineUsbDevice1) camera = NULL;
    GVariant *options = g_variant_new("a{sv}", NULL);
    GError *errors[4] = {NULL};

    stop_service(fixture);
    fixture->asks = TRUE;
    start_service(fixture, "5");
    camera = find_camera(fixture);
    g_assert_cmpstr(vitrine_usb_device1_get_kind(camera), ==, "camera");
    g_atomic_int_set(&allows, FALSE);
    vitrine_usb_device1_call_assign_sync(camera, "g", options, AS_USUAL, NULL, &errors[0]);
    vitrine_usb_device1_call_release_sync(camera, AS_USUAL, NULL, &errors[1]);
    vitrine_usb_device1_call_remember_sync(camera, "g", "port", AS_USUAL, NULL, &errors[2]);
    vitrine_usb_device1_call_forget_sync(camera, AS_USUAL, NULL, &errors[3]);
    for (guint i = 0; i < G_N_ELEMENTS(errors); i++)
        assert_forbidden(errors[i]);
    g_assert_cmpstr(vitrine_usb_device1_get_remembered(camera), ==, "");
    end_polkit(polkit);
}

static void test_console(Fixture *fixture, gconstpointer pace)
{
    GThread *polkit = start_polkit(fixture);
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autofree char *sentence = NULL, *remote = NULL, *log = NULL;
    g_autoptr(GError) error = NULL;
    int fd;

    stop_service(fixture);
    fixture->asks = TRUE;
    start_service(fixture, "5");
    g_atomic_int_set(&allows, TRUE);
    sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    guest = find_guest(fixture, "g");
    g_atomic_int_set(&asked, 0);
    fd = open_console(guest, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_atomic_int_get(&asked), ==, 1);
    g_assert_true(g_atomic_int_get(&interactive));
    close(fd);
    g_atomic_int_set(&allows, FALSE);
    g_assert_cmpint(open_console(guest, G_DBUS_CALL_FLAGS_NONE, &error), ==, -1);
    g_assert_false(g_atomic_int_get(&interactive));
    remote = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(remote, ==, "org.vitrine.Error.NotAuthorized");
    g_assert_false(vitrine_guest1_call_read_console_log_sync(guest, AS_USUAL, &log, NULL, NULL));
    end_polkit(polkit);
}

/* Something of TYPE. */
static GVariant *make_value(const char *type)
{
    if (*type == 'a')
        return g_variant_new_array(G_VARIANT_TYPE(type + 1), NULL, 0);
    if (g_str_equal(type, "s"))
        return g_variant_new_string("");
    if (g_str_equal(type, "u"))
        return g_variant_new_uint32(0);
    if (g_str_equal(type, "t"))
        return g_variant_new_uint64(0);
    if (g_str_equal(type, "b"))
        return g_variant_new_boolean(FALSE);
    g_error("there is a parameter of type %s now, which this test does not know", type);
}

static GVariant *make_parameters(const GDBusMethodInfo *method)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_TUPLE);
    for (GDBusArgInfo **arg = method->in_args; arg && *arg; arg++)
        g_variant_builder_add_value(&builder, make_value((*arg)->signature));
    return g_variant_builder_end(&builder);
}

/* Whether METHOD, which needs no more than reading, is on the list of those that are free. */
static gboolean is_free(const char *method)
{
    static const char *const free_methods[] = {"SuggestName", "ListIsos",      "ListRecipes",
                                               "ListDisks",   "ListSnapshots", NULL};

    return g_strv_contains(free_methods, method);
}

/* Calls METHOD of PROXY for somebody who may not, and says whether that was refused. */
static gboolean is_refused(GDBusProxy *proxy, const GDBusMethodInfo *method)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_proxy_call_sync(
        proxy, method->name, make_parameters(method), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
    g_autofree char *remote = error ? g_dbus_error_get_remote_error(error) : NULL;

    return g_strcmp0(remote, "org.vitrine.Error.NotAuthorized") == 0;
}

/* How many methods of INTERFACE there are. */
static guint check_methods(GDBusInterface *interface)
{
    const GDBusInterfaceInfo *info = g_dbus_interface_get_info(interface);
    guint count = 0;

    for (GDBusMethodInfo **method = info->methods; method && *method; method++, count++) {
        gboolean refused = is_refused(G_DBUS_PROXY(interface), *method);

        g_test_message("%s.%s: %s", info->name, (*method)->name, refused ? "refused" : "free");
        g_assert_true(refused == !is_free((*method)->name));
    }
    return count;
}

static void unref_objects(GList *objects)
{
    g_list_free_full(objects, g_object_unref);
}

/* Whatever is on the bus: guests, jobs, devices, and who makes guests. */
static void test_all(Fixture *fixture, gconstpointer pace)
{
    GThread *polkit = start_polkit(fixture);
    g_autofree char *sentence = NULL;
    GList *objects;
    guint count = 0;

    stop_service(fixture);
    fixture->asks = TRUE;
    start_service(fixture, "5");
    g_object_unref(find_camera(fixture));
    g_atomic_int_set(&allows, TRUE);
    sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    g_object_unref(find_guest(fixture, "g"));
    g_atomic_int_set(&allows, FALSE);
    objects = g_dbus_object_manager_get_objects(fixture->objects);
    for (GList *object = objects; object; object = object->next) {
        GList *interfaces = g_dbus_object_get_interfaces(object->data);

        for (GList *interface = interfaces; interface; interface = interface->next)
            count += check_methods(interface->data);
        unref_objects(interfaces);
    }
    unref_objects(objects);
    /* Of a manager, a guest, a job and a device at least. */
    g_assert_cmpuint(count, >, 35);
    end_polkit(polkit);
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    g_test_add("/service-authority/console", Fixture, NULL, set_up, test_console, tear_down);
    g_test_add("/service-authority/all", Fixture, NULL, set_up, test_all, tear_down);
    g_test_add("/service-authority/usb", Fixture, NULL, set_up, test_usb, tear_down);
    return g_test_run();
}
