/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a template of a recipe: what it is to have, and then how far it is. */
#pragma once

#include "model/connection.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_NEW_TEMPLATE_DIALOG (vitrine_new_template_dialog_get_type())
G_DECLARE_FINAL_TYPE(VitrineNewTemplateDialog, vitrine_new_template_dialog, VITRINE,
                     NEW_TEMPLATE_DIALOG, AdwWindow)

VitrineNewTemplateDialog *vitrine_new_template_dialog_new(GtkWindow *parent,
                                                          VitrineConnection *connection);

/* Whether @job makes a template. */
gboolean vitrine_job_makes_template(VitrineJob *job);

G_END_DECLS
