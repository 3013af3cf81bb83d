/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The touch screen of a guest, as its file has it. */
#include "touch-screen.h"

#include <string.h>

/* The number that the word KEY=N has in a list with commas; FALSE if there is no such word. */
static gboolean find_number(char *const *words, const char *key, guint64 most, guint64 *ret_number)
{
    for (; *words; words++) {
        const char *word = g_strstrip(*words);
        gsize length = strlen(key);

        if (g_str_has_prefix(word, key) && word[length] == '=')
            return g_ascii_string_to_unsigned(word + length + 1, 10, 0, most, ret_number, NULL);
    }
    return FALSE;
}

/* xl.cfg has "feature-multi-touch=1,multi-touch-num-contacts=5", and more, in a string of a list.
 */
void touch_screen_scan(const char *value, TouchScreen *ret_screen)
{
    const char *start = value ? strpbrk(value, "\"'") : NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) words = NULL;
    guint64 wanted = 0, contacts = TOUCH_SCREEN_MAX_CONTACTS;

    *ret_screen = (TouchScreen){0};
    if (!start)
        return;
    text = g_strndup(start + 1, strcspn(start + 1, "\"'"));
    words = g_strsplit(text, ",", -1);
    ret_screen->said = TRUE;
    find_number(words, "feature-multi-touch", 1, &wanted);
    find_number(words, "multi-touch-num-contacts", G_MAXUINT32, &contacts);
    if (wanted)
        ret_screen->contacts = (guint)CLAMP(contacts, 1, TOUCH_SCREEN_MAX_CONTACTS);
}
