/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be sent to a display server, if that does not listen at once. */
#pragma once

#include "display/local/protocol.h"

#include <glib.h>

G_BEGIN_DECLS

/* More than a person can do before a server is given up. */
#define VITRINE_LOCAL_OUTBOX_MAX 1024

/* Begins as zeros. */
typedef struct {
    struct local_request requests[VITRINE_LOCAL_OUTBOX_MAX];
    guint begin, end;
    gsize sent; /* bytes of the first */
} VitrineLocalOutbox;

gboolean vitrine_local_outbox_add(VitrineLocalOutbox *self, const struct local_request *request);
gboolean vitrine_local_outbox_send(VitrineLocalOutbox *self, int fd);
gboolean vitrine_local_outbox_is_empty(const VitrineLocalOutbox *self);

G_END_DECLS
