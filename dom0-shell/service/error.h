/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's error domain: what a client can be told, each with a D-Bus name of its own. */
#pragma once

#include <glib.h>
#include <glib/gi18n.h>

/* Every message in this domain is a sentence for a person: what is wrong, what to do. It is in English, and marked with N_(): programs
 * that show it look it up in the person's language (dom0-shell/sentence). */
#define SERVICE_ERROR (service_error_quark())

typedef enum {
    SERVICE_ERROR_FAILED,
    SERVICE_ERROR_INVALID_NAME,
    SERVICE_ERROR_NAME_TAKEN,
    SERVICE_ERROR_INVALID_OPTION,
    SERVICE_ERROR_UNKNOWN_TEMPLATE,
    SERVICE_ERROR_TEMPLATE_BROKEN,
    SERVICE_ERROR_BAD_CONFIG,
    SERVICE_ERROR_WRONG_STATE,
    SERVICE_ERROR_NO_MEMORY,
    SERVICE_ERROR_NO_DISK_SPACE,
    SERVICE_ERROR_NO_DISPLAY,
    SERVICE_ERROR_NOT_AUTHORIZED,
    SERVICE_ERROR_UNSUPPORTED,
    SERVICE_ERROR_GUEST_GONE,
    SERVICE_ERROR_TIMED_OUT,
    SERVICE_ERROR_UNKNOWN_SNAPSHOT,
    SERVICE_ERROR_NO_CONSOLE,
    SERVICE_ERROR_NEEDS_CONFIRMATION,
    SERVICE_ERROR_NO_USB_TOOL,
} ServiceError;

/* The domain's quark; the first call registers the D-Bus names with GDBus. */
GQuark service_error_quark(void);
