/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Understands the three commands that are given to a device model. */
#include "simulate-qemu.h"

#include <stdio.h>
#include <string.h>

#include "error.h"

/* The first has the pointer. */
#define PORTS   4
#define LATE_MS 500
/* Marks what was asked of one that has ended. */
#define ENDED "simulate-qemu-ended"

struct SimulateQemu {
    char *nodes;
    gboolean has_controller;
    GMainContext *context;
    GHashTable *held;   /* name -> the path of its node */
    GPtrArray *waiting; /* GTask: not answered yet, or never */
    gboolean mute;
    gboolean dead;
};

/* ---- Answers ---- */

static void answer(GTask *task, const char *text)
{
    g_task_return_pointer(task, g_strdup(text), g_free);
}

typedef struct {
    SimulateQemu *qemu;
    GTask *task;
    char *text;
} Late;

static void late_free(gpointer data)
{
    Late *late = data;

    g_object_unref(late->task);
    g_free(late->text);
    g_free(late);
}

static gboolean answer_late(gpointer data)
{
    const Late *late = data;

    /* Unless the device model has ended: then there is no `qemu`, either. */
    if (!g_object_get_data(G_OBJECT(late->task), ENDED)) {
        answer(late->task, late->text);
        g_ptr_array_remove(late->qemu->waiting, late->task);
    }
    return G_SOURCE_REMOVE;
}

static void never(SimulateQemu *qemu, GTask *task)
{
    g_ptr_array_add(qemu->waiting, g_object_ref(task));
}

static void later(SimulateQemu *qemu, GTask *task, const char *text)
{
    GSource *source = g_timeout_source_new(LATE_MS);
    Late *late = g_new0(Late, 1);

    never(qemu, task);
    late->qemu = qemu;
    late->task = g_object_ref(task);
    late->text = g_strdup(text);
    g_source_set_callback(source, answer_late, late, late_free);
    g_source_attach(source, qemu->context);
    g_source_unref(source);
}

/* ---- Devices ---- */

static char *read_node(const char *path)
{
    char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

static void give_back(const char *path)
{
    g_file_set_contents(path, "given back", -1, NULL);
}

static gboolean is_taken(SimulateQemu *qemu, guint port)
{
    /* Ports are given out in their order, and come free as a pile does: good enough for a test. */
    return port <= 1 + g_hash_table_size(qemu->held) || port > PORTS;
}

static void plug(SimulateQemu *qemu, GTask *task, const char *name, const char *node)
{
    g_autofree char *text = read_node(node);

    g_strchomp(text);
    if (strcmp(text, "silent") == 0) {
        qemu->mute = TRUE;
        never(qemu, task);
        return;
    }
    if (g_str_has_prefix(text, "failed ")) {
        g_autofree char *complaint = g_strdup_printf("Error: failed to %s\r\n", text + 7);

        answer(task, complaint);
        return;
    }
    if (strcmp(text, "slow") == 0) {
        answer(task,
               "Warning: speed mismatch trying to attach usb device \"mouse\" (full speed) to "
               "bus \"usb.0\", port \"2\" (high speed)\r\n"
               "Error: failed to open host usb device 1:3\r\n");
        return;
    }
    g_hash_table_insert(qemu->held, g_strdup(name), g_strdup(node));
    qemu->dead = strcmp(text, "deadly") == 0;
    if (strcmp(text, "late") == 0)
        later(qemu, task, "");
    else
        answer(task, strcmp(text, "hostile") == 0 ? "\x1b[2J%s%n\xff" : "");
}

static void add_device(SimulateQemu *qemu, GTask *task, const char *name, guint port,
                       const char *node)
{
    g_autofree char *complaint = NULL;

    if (!qemu->has_controller)
        complaint = g_strdup("Error: Bus 'usb.0' not found\r\n");
    else if (is_taken(qemu, port))
        complaint = g_strdup_printf("Error: usb port %u (bus usb.0) not found (in use?)\r\n", port);
    if (complaint)
        answer(task, complaint);
    else
        plug(qemu, task, name, node);
}

static void delete_device(SimulateQemu *qemu, GTask *task, const char *name)
{
    const char *node = g_hash_table_lookup(qemu->held, name);
    g_autofree char *text = node ? read_node(node) : NULL;

    if (!node) {
        g_autofree char *complaint = g_strdup_printf("Error: Device '%s' not found\r\n", name);

        answer(task, complaint);
    } else if (g_str_has_prefix(text, "clinging")) {
        never(qemu, task);
    } else if (g_str_has_prefix(text, "kept")) {
        answer(task, "Error: it is in the process of unplug\r\n");
    } else {
        give_back(node);
        g_hash_table_remove(qemu->held, name);
        answer(task, "");
    }
}

static void list_devices(SimulateQemu *qemu, GTask *task)
{
    g_autoptr(GString) list = g_string_new("type (string)\n");
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, qemu->held);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_string_append_printf(list, "%s (child<usb-host>)\n", (const char *)name);
    answer(task, list->str);
}

void simulate_qemu_ask(SimulateQemu *qemu, const char *command, GTask *task)
{
    char name[64];
    guint port, bus, number;

    if (qemu->dead) {
        g_task_return_new_error(task, SERVICE_ERROR, SERVICE_ERROR_FAILED, "Nobody is there");
    } else if (qemu->mute) {
        never(qemu, task);
    } else if (sscanf(command,
                      "device_add usb-host,bus=usb.0,port=%u,hostbus=%u,hostaddr=%u,id=%63s", &port,
                      &bus, &number, name) == 4) {
        g_autofree char *node = g_strdup_printf("%s/%03u/%03u", qemu->nodes, bus, number);

        add_device(qemu, task, name, port, node);
    } else if (sscanf(command, "device_del %63s", name) == 1) {
        delete_device(qemu, task, name);
    } else if (strcmp(command, "qom-list /machine/peripheral") == 0) {
        list_devices(qemu, task);
    } else {
        answer(task, "unknown command\r\n");
    }
}

char **simulate_qemu_held(SimulateQemu *qemu)
{
    g_autofree gpointer *names = g_hash_table_get_keys_as_array(qemu->held, NULL);

    return g_strdupv((char **)names);
}

void simulate_qemu_hold(SimulateQemu *qemu, const char *name)
{
    guint bus = 0, number = 0;

    if (sscanf(name, "usb_%u-%*[0-9.]_%u", &bus, &number) != 2)
        g_warning("%s: not a device's name", name);
    g_hash_table_insert(qemu->held, g_strdup(name),
                        g_strdup_printf("%s/%03u/%03u", qemu->nodes, bus, number));
}

void simulate_qemu_leave(SimulateQemu *qemu)
{
    g_hash_table_remove_all(qemu->held);
}

/* ---- Life ---- */

SimulateQemu *simulate_qemu_new(const char *nodes, gboolean has_controller, GMainContext *context)
{
    SimulateQemu *qemu = g_new0(SimulateQemu, 1);

    qemu->nodes = g_strdup(nodes);
    qemu->has_controller = has_controller;
    qemu->context = context;
    qemu->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    qemu->waiting = g_ptr_array_new_with_free_func(g_object_unref);
    return qemu;
}

void simulate_qemu_free(SimulateQemu *qemu)
{
    GHashTableIter iter;
    gpointer node;

    if (!qemu)
        return;
    g_hash_table_iter_init(&iter, qemu->held);
    while (g_hash_table_iter_next(&iter, NULL, &node))
        give_back(node);
    for (guint i = 0; i < qemu->waiting->len; i++) {
        g_object_set_data(qemu->waiting->pdata[i], ENDED, GINT_TO_POINTER(TRUE));
        g_task_return_new_error(qemu->waiting->pdata[i], SERVICE_ERROR, SERVICE_ERROR_FAILED,
                                "The device model has ended");
    }
    g_ptr_array_unref(qemu->waiting);
    g_hash_table_unref(qemu->held);
    g_free(qemu->nodes);
    g_free(qemu);
}
