/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of sentences. */
#include "usb-failure.h"

#include <string.h>

#include "error.h"

/* %s is the guest's name; what is not in the table is the last line. */
static const struct {
    const char *word;
    ServiceError code;
    const char *sentence;
} failures[] = {
    {"no-tool", SERVICE_ERROR_NO_USB_TOOL,
     N_("“%s” has no USB tool that runs: install the package vitrine-guest-tools in it, or, if it "
        "has "
        "only just been started, try again when it is up.")},
    {"busy", SERVICE_ERROR_WRONG_STATE,
     N_("This computer is using the device, and “%s” can't have it: close what uses it and try "
        "again.")},
    {"refused", SERVICE_ERROR_FAILED,
     N_("The system in “%s” did not take the device. Its own log (dmesg) says why.")},
    {"full", SERVICE_ERROR_FAILED,
     N_("“%s” has no USB port left that fits: release another of its devices first.")},
    {"unplugged", SERVICE_ERROR_FAILED,
     N_("The device was unplugged before “%s” had it. Plug it in again.")},
    {"unsupported", SERVICE_ERROR_UNSUPPORTED,
     N_("The device can't be given to “%s”: it is of a kind that can't be passed on. Use it "
        "here.")},
    {"limit", SERVICE_ERROR_FAILED,
     N_("“%s” has as many devices as a guest can have: release another one first.")},
    {"no-controller", SERVICE_ERROR_UNSUPPORTED,
     N_("“%s” runs without a USB controller of the kind that is needed: “usbversion = 3” in its "
        "file "
        "gives it one, with the next start.")},
    {"speed", SERVICE_ERROR_UNSUPPORTED,
     N_("The USB controller of “%s” does not take a device of this speed: “usbversion = 3” in its "
        "file gives it one that takes all, with the next start.")},
    {"no-model", SERVICE_ERROR_FAILED,
     N_("The device model (QEMU) of “%s”, which its USB devices go through, can't be reached: it "
        "has "
        "ended, or is just about to. Start the guest again.")},
    {"model-error", SERVICE_ERROR_FAILED,
     N_("The device model (QEMU) of “%s” could not take the device. Its log, "
        "/var/log/xen/qemu-dm-%s.log, says more. Plug the device in again before the next try.")},
    {"kept", SERVICE_ERROR_FAILED,
     N_("The device model (QEMU) of “%s” does not give the device back. Try again, or shut the "
        "guest "
        "down.")},
    {"hangs", SERVICE_ERROR_TIMED_OUT,
     N_("The device model (QEMU) of “%s” does not answer. The device may be the guest's until that "
        "does, or until the guest is forced off.")},
    {"error", SERVICE_ERROR_FAILED,
     N_("The device could not be given to “%s”. The log (journalctl -u vitrine-service) says more. "
        "Plug the device in again before the next try.")},
};

GError *usb_failure(const char *word, const char *guest)
{
    g_autoptr(GString) sentence = g_string_new(NULL);
    guint i = 0;

    while (i + 1 < G_N_ELEMENTS(failures) && strcmp(failures[i].word, word) != 0)
        i++;
    g_string_assign(sentence, failures[i].sentence);
    g_string_replace(sentence, "%s", guest, 0);
    return g_error_new_literal(SERVICE_ERROR, (gint)failures[i].code, sentence->str);
}
