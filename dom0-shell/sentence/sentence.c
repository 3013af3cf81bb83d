/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translated sentences of the service's; see sentence.h. */
#include "sentence.h"

#include <libintl.h>
#include <string.h>

#include "formats.h"

#define MAX_PLACES    9
#define OPENING_QUOTE "“"

/* A format, and what its sentences look like. */
typedef struct {
    const char *format;
    GRegex *regex;               /* a group for each place */
    gsize letters;               /* that stand in it as they are */
    guint places;                /* where something is filled in */
    gboolean quoted[MAX_PLACES]; /* is it in quotes? */
} Pattern;

/* A place in a format: behind it; whether it is for text; and which of the values is meant (from 0;
 * `next` if it does not say). NULL: it is no place but a percent sign. */
static const char *read_place(const char *at, guint next, gboolean *ret_text, guint *ret_value)
{
    guint number = 0;
    const char *p = at + 1;

    *ret_value = next;
    for (; g_ascii_isdigit(*p); p++)
        number = number * 10 + (guint)(*p - '0');
    if (*p == '$' && number > 0) {
        *ret_value = number - 1;
        p++;
    }
    p += strspn(p, "lhqjzt");
    if (*p == '%' || *p == '\0')
        return NULL;
    *ret_text = *p == 's';
    return p + 1;
}

static void add_literal(Pattern *pattern, GString *regex, const char *text, gsize length)
{
    g_autofree char *escaped = g_regex_escape_string(text, (int)length);

    g_string_append(regex, escaped);
    pattern->letters += length;
}

static void add_place(Pattern *pattern, GString *regex, const char *at, gboolean text)
{
    gsize quote = strlen(OPENING_QUOTE);

    g_assert(pattern->places < MAX_PLACES);
    pattern->quoted[pattern->places++] =
        (gsize)(at - pattern->format) >= quote && g_str_has_prefix(at - quote, OPENING_QUOTE);
    g_string_append(regex, text ? "(.*?)" : "(-?[0-9]+)");
}

static Pattern *pattern_new(const char *format)
{
    Pattern *pattern = g_new0(Pattern, 1);
    g_autoptr(GString) regex = g_string_new("^");
    const char *literal = format, *place;

    pattern->format = format;
    while ((place = strchr(literal, '%'))) {
        gboolean text;
        guint value;
        const char *behind = read_place(place, pattern->places, &text, &value);

        add_literal(pattern, regex, literal, (gsize)(place - literal) + (behind ? 0 : 1));
        if (behind)
            add_place(pattern, regex, place, text);
        literal = behind ? behind : place + 2;
    }
    add_literal(pattern, regex, literal, strlen(literal));
    g_string_append_c(regex, '$');
    pattern->regex = g_regex_new(regex->str, G_REGEX_DOTALL | G_REGEX_DOLLAR_ENDONLY, 0, NULL);
    g_assert(pattern->regex);
    return pattern;
}

static void pattern_free(Pattern *pattern)
{
    g_regex_unref(pattern->regex);
    g_free(pattern);
}

/* The more letters the better: a format of little else than places fits much. */
static int compare_patterns(const void *a, const void *b)
{
    const Pattern *one = *(Pattern *const *)a, *other = *(Pattern *const *)b;

    return one->letters < other->letters ? 1 : -(one->letters > other->letters);
}

static GPtrArray *patterns_get(void)
{
    static GPtrArray *patterns;

    if (!patterns) {
        patterns = g_ptr_array_new_with_free_func((GDestroyNotify)pattern_free);
        for (guint i = 0; sentence_formats[i]; i++)
            g_ptr_array_add(patterns, pattern_new(sentence_formats[i]));
        g_ptr_array_sort(patterns, compare_patterns);
    }
    return patterns;
}

static void append_value(GString *text, const Pattern *pattern, const GMatchInfo *match,
                         guint value)
{
    g_autofree char *english = g_match_info_fetch(match, (int)value + 1);
    g_autofree char *translated = NULL;

    if (!english)
        return;
    if (!pattern->quoted[value])
        translated = sentence_localise(english);
    g_string_append(text, translated ? translated : english);
}

/* The translated format, with what was filled into the English one. */
static char *fill(const char *format, const Pattern *pattern, const GMatchInfo *match)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint next = 0;

    while (*format) {
        gsize length = strcspn(format, "%");
        gboolean is_text;
        guint value;
        const char *behind;

        g_string_append_len(text, format, (gssize)length);
        format += length;
        if (!*format)
            break;
        behind = read_place(format, next, &is_text, &value);
        if (behind && value < pattern->places)
            append_value(text, pattern, match, value);
        else
            g_string_append_c(text, '%');
        next += behind != NULL;
        format = behind ? behind : format + 2;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* What is filled in is shorter than what it is filled into, so this comes to an end. */
static char *localise_filled(const char *english)
{
    GPtrArray *patterns = patterns_get();

    for (guint i = 0; i < patterns->len; i++) {
        const Pattern *pattern = patterns->pdata[i];
        g_autoptr(GMatchInfo) match = NULL;

        if (pattern->letters > 0 && g_regex_match(pattern->regex, english, 0, &match))
            return fill(gettext(pattern->format), pattern, match);
    }
    return g_strdup(english);
}

char *sentence_localise(const char *english)
{
    const char *whole = *english ? gettext(english) : english;

    if (whole == english && *english)
        whole = dgettext("libc", english); /* why a system call has failed */
    return whole == english ? localise_filled(english) : g_strdup(whole);
}

/* A sentence and its translation: finding that out takes a look at all formats, and may be asked
 * for each time that a window is drawn. */
typedef struct {
    char *english, *translated;
} Kept;

static void kept_free(Kept *kept)
{
    g_free(kept->english);
    g_free(kept->translated);
    g_free(kept);
}

const char *sentence_localise_for(GObject *owner, const char *name, const char *english)
{
    Kept *kept = g_object_get_data(owner, name);

    if (!english || !*english)
        return english;
    if (!kept || strcmp(kept->english, english) != 0) {
        kept = g_new0(Kept, 1);
        kept->english = g_strdup(english);
        kept->translated = sentence_localise(english);
        g_object_set_data_full(owner, name, kept, (GDestroyNotify)kept_free);
    }
    return kept->translated;
}

void sentence_localise_error(GError *error)
{
    char *translated;

    g_dbus_error_strip_remote_error(error);
    translated = sentence_localise(error->message);
    g_free(error->message);
    error->message = translated;
}
