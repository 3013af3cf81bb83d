/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libxl has no time-out for this, and a device model may be its guest's by now: asked in the way
 * that waits, one that hangs would hold up all that is asked of libxl. */
#include "libxl-monitor.h"

#include <stdlib.h>

#include "error.h"

struct LibxlMonitor {
    libxl_ctx *ctx;
    guint waiting; /* orders that are not answered */
};

typedef struct {
    LibxlMonitor *monitor;
    GTask *task;
    char *answer; /* libxl's own allocation */
} Order;

static void finish(Order *order, int status)
{
    if (status == 0)
        g_task_return_pointer(order->task, g_strdup(order->answer ? order->answer : ""), g_free);
    else
        g_task_return_new_error(order->task, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                                "libxl can't ask the device model (error %d)", status);
    g_object_unref(order->task);
    free(order->answer);
    order->monitor->waiting--;
    g_free(order);
}

static void on_answer(libxl_ctx *ctx, int status, void *data)
{
    finish(data, status);
}

void libxl_monitor_ask(LibxlMonitor *monitor, int domid, const char *command, GTask *task)
{
    Order *order = g_new0(Order, 1);
    const libxl_asyncop_how how = {.callback = on_answer, .u.for_callback = order};
    int status;

    order->monitor = monitor;
    order->task = g_object_ref(task);
    monitor->waiting++;
    status =
        libxl_qemu_monitor_command(monitor->ctx, (uint32_t)domid, command, &order->answer, &how);
    /* Refused at once: then it is not called back. */
    if (status != 0)
        finish(order, status);
}

gboolean libxl_monitor_is_waiting(const LibxlMonitor *monitor)
{
    return monitor->waiting > 0;
}

LibxlMonitor *libxl_monitor_new(libxl_ctx *ctx)
{
    LibxlMonitor *monitor = g_new0(LibxlMonitor, 1);

    monitor->ctx = ctx;
    return monitor;
}

void libxl_monitor_free(LibxlMonitor *monitor)
{
    g_free(monitor);
}
