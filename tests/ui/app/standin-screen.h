/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's screen for tests: a VNC server with a known picture that notes all input. */
#pragma once

#include <glib.h>

void standin_screen_init(void);
int standin_screen_open(void);
void standin_screen_paint(guint x, guint y, guint width, guint height, guint32 color);
void standin_screen_resize(guint width, guint height);
void standin_screen_drop(void);
void standin_screen_set_silent(gboolean is_silent);
guint standin_screen_count_viewers(void);
char **standin_screen_take_input(void);
