/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names the service's errors on the bus. */
#include "error.h"

#include <gio/gio.h>

static const GDBusErrorEntry entries[] = {
    {SERVICE_ERROR_FAILED, "org.vitrine.Error.Failed"},
    {SERVICE_ERROR_INVALID_NAME, "org.vitrine.Error.InvalidName"},
    {SERVICE_ERROR_NAME_TAKEN, "org.vitrine.Error.NameTaken"},
    {SERVICE_ERROR_INVALID_OPTION, "org.vitrine.Error.InvalidOption"},
    {SERVICE_ERROR_UNKNOWN_TEMPLATE, "org.vitrine.Error.UnknownTemplate"},
    {SERVICE_ERROR_TEMPLATE_BROKEN, "org.vitrine.Error.TemplateBroken"},
    {SERVICE_ERROR_BAD_CONFIG, "org.vitrine.Error.BadConfig"},
    {SERVICE_ERROR_WRONG_STATE, "org.vitrine.Error.WrongState"},
    {SERVICE_ERROR_NO_MEMORY, "org.vitrine.Error.NoMemory"},
    {SERVICE_ERROR_NO_DISK_SPACE, "org.vitrine.Error.NoDiskSpace"},
    {SERVICE_ERROR_NO_DISPLAY, "org.vitrine.Error.NoDisplay"},
    {SERVICE_ERROR_NOT_AUTHORIZED, "org.vitrine.Error.NotAuthorized"},
    {SERVICE_ERROR_UNSUPPORTED, "org.vitrine.Error.Unsupported"},
    {SERVICE_ERROR_GUEST_GONE, "org.vitrine.Error.GuestGone"},
    {SERVICE_ERROR_TIMED_OUT, "org.vitrine.Error.TimedOut"},
    {SERVICE_ERROR_UNKNOWN_SNAPSHOT, "org.vitrine.Error.UnknownSnapshot"},
    {SERVICE_ERROR_NO_CONSOLE, "org.vitrine.Error.NoConsole"},
    {SERVICE_ERROR_NEEDS_CONFIRMATION, "org.vitrine.Error.NeedsConfirmation"},
    {SERVICE_ERROR_NO_USB_TOOL, "org.vitrine.Error.NoUsbTool"},
};

GQuark service_error_quark(void)
{
    static gsize quark;

    g_dbus_error_register_error_domain("vitrine-service-error", &quark, entries,
                                       G_N_ELEMENTS(entries));
    return (GQuark)quark;
}
