/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Imagined device models: their monitors, as far as USB devices go. A controller has four ports,
 * and the pointer is on the first. What a device's node says, a device model does with it: "failed
 * WORD" (with WORD in its complaint), "slow" (of a speed that the controller does not take),
 * "silent" (nothing is answered from then on), "late" (answered after half a second), "clinging"
 * (no answer when it is to be given back), "kept" (a refusal then), "hostile" (nonsense). The node
 * of a device that was given back says that. */
#pragma once

#include <gio/gio.h>

typedef struct SimulateQemu SimulateQemu;

/* The device model of one domain, with a controller or without. Devices have their nodes below the
 * directory NODES; answers that come late come from CONTEXT. */
SimulateQemu *simulate_qemu_new(const char *nodes, gboolean has_controller, GMainContext *context);

/* It ends: what it had is given back, and what it was asked fails. */
void simulate_qemu_free(SimulateQemu *qemu);

/* As BackendOps.ask_model. */
void simulate_qemu_ask(SimulateQemu *qemu, const char *command, GTask *task);

/* What it has, by its own names; to be freed with g_strfreev(). */
char **simulate_qemu_held(SimulateQemu *qemu);
/* It has the device NAME, without anybody having asked for it. */
void simulate_qemu_hold(SimulateQemu *qemu, const char *name);
/* Nothing of it is given back when it is freed: it goes on elsewhere. */
void simulate_qemu_leave(SimulateQemu *qemu);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimulateQemu, simulate_qemu_free)
