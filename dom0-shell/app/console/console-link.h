/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the console of one guest open while the guest runs. */
#pragma once

#include "console/console-stream.h"
#include "model/guest.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_CONSOLE_LINK (vitrine_console_link_get_type())
G_DECLARE_FINAL_TYPE(VitrineConsoleLink, vitrine_console_link, VITRINE, CONSOLE_LINK, GObject)

VitrineConsoleLink *vitrine_console_link_new(VitrineGuest *guest);
VitrineConsoleStream *vitrine_console_link_get_stream(VitrineConsoleLink *self);
void vitrine_console_link_start(VitrineConsoleLink *self);
void vitrine_console_link_close(VitrineConsoleLink *self);

G_END_DECLS
