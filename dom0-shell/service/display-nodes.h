/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a display server or a sound back end leaves in xenstore when it does not live to clear up
 * itself. */
#pragma once

#include <libxl.h>
#include <xenstore.h>

/* Removes dom0's nodes of the displays and sound cards of DOMID, a domain that is no more. */
void display_nodes_remove(struct xs_handle *store, int domid);

/* Does that for every domain that CTX does not know any more. */
void display_nodes_sweep(struct xs_handle *store, libxl_ctx *ctx);
