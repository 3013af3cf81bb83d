/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions with two answers, of which Enter and Escape are the harmless one. */
#include "ui/ask.h"

#include <glib/gi18n.h>

/* A dialog over @parent, ready to be presented, whose answers are @response, on a button @label
 * that looks dangerous, and "cancel". Texts are translated, and no markup. */
AdwMessageDialog *vitrine_ask_new(GtkWindow *parent, const char *heading, const char *body,
                                  const char *response, const char *label)
{
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(adw_message_dialog_new(parent, heading, body));

    adw_message_dialog_add_responses(dialog, "cancel", _("_Cancel"), response, label, NULL);
    adw_message_dialog_set_response_appearance(dialog, response, ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(dialog, "cancel");
    adw_message_dialog_set_close_response(dialog, "cancel");
    return dialog;
}
