/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The touch screen of a guest, as its file has it. */
#pragma once

#include <glib.h>

/* The most fingers that a display server tells apart. */
#define TOUCH_SCREEN_MAX_CONTACTS 10

typedef struct {
    gboolean said;  /* FALSE: the file says nothing, and it is the display server's default */
    guint contacts; /* fingers that it takes at a time; 0: there is none */
} TouchScreen;

/* Reads that from VALUE, what xl.cfg has for `vkb`, or NULL: the first of the list counts. */
void touch_screen_scan(const char *value, TouchScreen *ret_screen);
