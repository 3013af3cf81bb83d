/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question before something that can't be taken back. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

AdwMessageDialog *vitrine_ask_new(GtkWindow *parent, const char *heading, const char *body,
                                  const char *response, const char *label);

G_END_DECLS
