/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates for the simulated machine. */
#pragma once

#include <glib.h>

/* Fills an empty DIRECTORY with templates that pass every check and are of no other use, one for
 * each behaviour of the simulation, and one that is broken. */
gboolean simulate_templates_write(const char *directory, GError **error);
