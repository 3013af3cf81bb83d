/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes to and fro between a guest's console and the terminal that shows it. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_CONSOLE_STREAM (vitrine_console_stream_get_type())
G_DECLARE_FINAL_TYPE(VitrineConsoleStream, vitrine_console_stream, VITRINE, CONSOLE_STREAM, GObject)

VitrineConsoleStream *vitrine_console_stream_new(int fd);
gboolean vitrine_console_stream_send(VitrineConsoleStream *self, const char *data, gsize length);
void vitrine_console_stream_close(VitrineConsoleStream *self);

G_END_DECLS
