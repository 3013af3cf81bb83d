/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the main window says in passing. */
#include "ui/window-private.h"

static void add_toast(VitrineWindow *self, const char *text, AdwToastPriority priority)
{
    g_autofree char *safe = g_markup_escape_text(text, -1);
    AdwToast *toast = adw_toast_new(safe);

    adw_toast_set_priority(toast, priority);
    adw_toast_overlay_add_toast(self->toasts, toast);
}

/* Says @text, which may come from anywhere, for a few seconds. */
void vitrine_window_toast(VitrineWindow *self, const char *text)
{
    add_toast(self, text, ADW_TOAST_PRIORITY_NORMAL);
}

/* @headline has one %s for @name; @reason is a sentence. */
void vitrine_window_toast_failure(VitrineWindow *self, const char *headline, const char *name,
                                  const char *reason)
{
    g_autofree char *what = g_strdup_printf(headline, name);
    g_autofree char *text = g_strdup_printf("%s: %s", what, reason);

    /* Now, and not when what was said before has had its time. */
    add_toast(self, text, ADW_TOAST_PRIORITY_HIGH);
}
