/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connects tables of methods to what gdbus-codegen made, and asks polkit before it has a method
 * answered. */
#include "bus-methods.h"

typedef void (*Act)(gpointer target, GDBusMethodInvocation *invocation);

/* What a method's signal has come to. */
typedef struct {
    const BusMethod *method;
    const BusTarget *keeping;
    Authority *authority;
} Handler;

/* A method call between its arrival and polkit's word. */
typedef struct {
    const BusMethod *method;
    const BusTarget *keeping;
    gpointer target;
    GDBusMethodInvocation *invocation; /* answering it gives it up */
} Call;

static void act(const BusMethod *method, gpointer target, GDBusMethodInvocation *invocation)
{
    /* As with GLib's signals, a pointer to any type of target is passed as one to nothing. */
    ((Act)method->act)(target, invocation);
}

static void decided(const GError *error, gpointer data)
{
    g_autofree Call *call = data;

    if (error)
        g_dbus_method_invocation_return_gerror(call->invocation, error);
    else if (!call->keeping->refuse || !call->keeping->refuse(call->target, call->invocation))
        act(call->method, call->target, call->invocation);
    if (call->keeping->drop)
        call->keeping->drop(call->target);
}

static void authorize(const Handler *handler, gpointer target, GDBusMethodInvocation *invocation)
{
    Call *call = g_new0(Call, 1);

    call->method = handler->method;
    call->keeping = handler->keeping;
    call->target = handler->keeping->hold ? handler->keeping->hold(target) : target;
    call->invocation = invocation;
    authority_check(handler->authority, invocation, decided, call);
}

/* The generated signals differ in the parameters that they take out of the invocation beforehand.
 * Nobody here wants those, so that one marshaller serves all of them: it takes the invocation,
 * which comes after the skeleton, and says that the method is answered. */
static void marshal(GClosure *closure, GValue *answered, guint count, const GValue *parameters,
                    gpointer hint, gpointer data)
{
    GDBusMethodInvocation *invocation = g_value_get_object(&parameters[1]);
    const Handler *handler = data;

    g_value_set_boolean(answered, TRUE);
    if (handler->method->callers == BUS_ALL)
        act(handler->method, closure->data, invocation);
    else
        authorize(handler, closure->data, invocation);
}

static void free_handler(gpointer data, GClosure *closure)
{
    g_free(data);
}

/* The name of gdbus-codegen's signal: "handle-roll-back" of "RollBack". */
static char *signal_name(const char *method)
{
    GString *name = g_string_new("handle");

    for (const char *c = method; *c; c++) {
        if (g_ascii_isupper(*c))
            g_string_append_c(name, '-');
        g_string_append_c(name, g_ascii_tolower(*c));
    }
    return g_string_free(name, FALSE);
}

static void connect_method(GDBusInterfaceSkeleton *skeleton, const Handler *model, gpointer target)
{
    GClosure *closure = g_closure_new_simple(sizeof(GClosure), target);
    g_autofree char *name = signal_name(model->method->name);
    Handler *handler = g_memdup2(model, sizeof(*model));

    g_closure_set_meta_marshal(closure, handler, marshal);
    g_closure_add_finalize_notifier(closure, handler, free_handler);
    g_signal_connect_closure(skeleton, name, closure, FALSE);
}

void bus_methods_connect(GDBusInterfaceSkeleton *skeleton, const BusMethod *methods, gsize count,
                         const BusTarget *keeping, gpointer target, Authority *authority)
{
    for (gsize i = 0; i < count; i++)
        connect_method(skeleton, &(Handler){&methods[i], keeping, authority}, target);
}
