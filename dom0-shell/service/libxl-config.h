/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a guest's xl.cfg to libxl's structure, by way of xl itself: the mapping lives there. */
#pragma once

#include <glib.h>
#include <libxl.h>

#include "backend.h"

/* Reads the file PATH as `xl create` would. RET_CONFIG is initialised; on success the caller
 * disposes it. ERROR says what is wrong with the file. */
gboolean libxl_config_load(libxl_ctx *ctx, const char *path, libxl_domain_config *ret_config,
                           GError **error);

/* What the service wants to know of CONFIG. */
void libxl_config_describe(const libxl_domain_config *config, BackendConfig *ret_config);

/* Fails with a sentence if a file that CONFIG names is not there. */
gboolean libxl_config_check_files(const libxl_domain_config *config, GError **error);

/* Takes paravirtual sound cards out of CONFIG: libxl would wait for a back end, which is started
 * when the domain is there, and makes the card. */
void libxl_config_take_sound(libxl_domain_config *config);

/* Has the device model of an HVM guest serve SPICE so, and at no place that the guest's file names.
 */
void libxl_config_set_spice(libxl_domain_config *config, const QemuSpice *spice);

/* Takes the paravirtual framebuffer and keyboard out of CONFIG, which our own display server
 * serves; with them in, libxl would start QEMU. */
void libxl_config_take_display(libxl_ctx *ctx, libxl_domain_config *config);
