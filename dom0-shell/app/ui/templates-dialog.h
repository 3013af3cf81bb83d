/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A window with the templates that there are, to delete what is not needed. */
#pragma once

#include <adwaita.h>

#include "model/connection.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_TEMPLATES_DIALOG (vitrine_templates_dialog_get_type())
G_DECLARE_FINAL_TYPE(VitrineTemplatesDialog, vitrine_templates_dialog, VITRINE, TEMPLATES_DIALOG,
                     AdwWindow)

VitrineTemplatesDialog *vitrine_templates_dialog_new(GtkWindow *parent,
                                                     VitrineConnection *connection);

G_END_DECLS
