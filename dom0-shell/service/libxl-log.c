/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A logger for libxl: everything goes to the journal, the errors of one operation are kept. */
#include "libxl-log.h"

#include <gio/gio.h>
#include <libxl.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

/* One failure rarely has more to say, and a loop in libxl must not fill memory. */
#define LINES_MAX 32

struct LibxlLog {
    xentoollog_logger logger; /* first: libxl hands it back */
    GPtrArray *lines;         /* errors of the present operation, in the order they came */
};

/* Pieces of libxl's and libxenguest's lines that a person can do something about. The first that
 * any line has wins, so that the more telling come first. */
static const struct {
    const char *piece;
    ServiceError code;
    const char *sentence;
} known[] = {
    /* Said when what was half built is to be removed, and somebody has removed it already. */
    {"Non-existant domain", SERVICE_ERROR_GUEST_GONE,
     N_("it was destroyed from outside. Start it again")},
    {"no loader found", SERVICE_ERROR_BAD_CONFIG,
     N_("its kernel is not one that can be started as this kind of guest. Check the kernel in the "
        "guest's file")},
    {"xc_dom_find_loader", SERVICE_ERROR_BAD_CONFIG,
     N_("its kernel is not one that can be started as this kind of guest. Check the kernel in the "
        "guest's file")},
    {"is loopback-mounted", SERVICE_ERROR_WRONG_STATE,
     N_("its disk is in use by another guest. Shut that one down first")},
    {"already exists", SERVICE_ERROR_NAME_TAKEN,
     N_("a domain of this name is running already. Look at “xl list”")},
    {"Could not find bridge", SERVICE_ERROR_FAILED,
     N_("the network bridge it wants is not there. Check “vif” in the guest's file and this "
        "computer's network")},
    {"bridge=", SERVICE_ERROR_FAILED,
     N_("the network bridge it wants is not there. Check “vif” in the guest's file and this "
        "computer's network")},
    {"because of timeout", SERVICE_ERROR_TIMED_OUT,
     N_("its disk or network was not ready in time, which happens while the computer is very busy. "
        "Try "
        "again in a moment")},
    {"Cannot allocate memory", SERVICE_ERROR_NO_MEMORY,
     N_("there is not enough memory. Give it less, or shut down another guest")},
    {"not enough memory", SERVICE_ERROR_NO_MEMORY,
     N_("there is not enough memory. Give it less, or shut down another guest")},
    {"failed to allocate", SERVICE_ERROR_NO_MEMORY,
     N_("there is not enough memory. Give it less, or shut down another guest")},
    {"No space left on device", SERVICE_ERROR_NO_DISK_SPACE,
     N_("the disk is full. Delete a guest that is not needed any more")},
};

static GLogLevelFlags glib_level(xentoollog_level level)
{
    if (level >= XTL_ERROR)
        return G_LOG_LEVEL_MESSAGE;
    return level >= XTL_NOTICE ? G_LOG_LEVEL_INFO : G_LOG_LEVEL_DEBUG;
}

/* libxenguest ends some of its lines itself, and libxl then says more. */
static char *one_line(const char *text)
{
    char *line = g_utf8_make_valid(text, -1);

    return g_strchomp(g_strdelimit(line, "\r\n\t", ' '));
}

static void on_message(xentoollog_logger *logger, xentoollog_level level, int error_number,
                       const char *context, const char *format, va_list arguments)
{
    LibxlLog *log = (LibxlLog *)logger;
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    g_autofree char *line = one_line(text);

    if (error_number >= 0) {
        g_autofree char *whole = g_strdup_printf("%s: %s", line, g_strerror(error_number));

        g_free(line);
        line = g_steal_pointer(&whole);
    }
    g_log("libxl", glib_level(level), "%s: %s", context ? context : "libxl", line);
    if (level >= XTL_ERROR && log->lines->len < LINES_MAX)
        g_ptr_array_add(log->lines, g_steal_pointer(&line));
}

static void on_progress(xentoollog_logger *logger, const char *context, const char *doing_what,
                        int percent, unsigned long done, unsigned long total)
{
}

static void on_destroy(xentoollog_logger *logger)
{
}

LibxlLog *libxl_log_new(void)
{
    LibxlLog *log = g_new0(LibxlLog, 1);

    log->logger.vmessage = on_message;
    log->logger.progress = on_progress;
    log->logger.destroy = on_destroy;
    log->lines = g_ptr_array_new_with_free_func(g_free);
    return log;
}

void libxl_log_free(LibxlLog *log)
{
    if (!log)
        return;
    g_ptr_array_unref(log->lines);
    g_free(log);
}

xentoollog_logger *libxl_log_logger(LibxlLog *log)
{
    return &log->logger;
}

void libxl_log_begin(LibxlLog *log)
{
    g_ptr_array_set_size(log->lines, 0);
}

static gboolean any_line_has(const LibxlLog *log, const char *piece)
{
    for (guint i = 0; i < log->lines->len; i++) {
        if (strstr(log->lines->pdata[i], piece))
            return TRUE;
    }
    return FALSE;
}

/* libxl puts "libxl_create.c:1234:function: " and "Domain 7:" in front, which tell a person
 * nothing. */
static const char *without_place(const char *line)
{
    const char *rest = strstr(line, ".c:");

    if (rest) {
        rest = strchr(rest + 3, ':');
        rest = rest ? strchr(rest + 1, ' ') : NULL;
        line = rest ? rest + 1 : line;
    }
    if (g_str_has_prefix(line, "Domain ") && strchr(line, ':'))
        line = strchr(line, ':') + 1;
    while (*line == ' ')
        line++;
    return line;
}

gboolean libxl_log_fail(LibxlLog *log, int status, const char *what, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        if (any_line_has(log, known[i].piece)) {
            g_set_error(error, SERVICE_ERROR, known[i].code, N_("%s: %s."), what,
                        known[i].sentence);
            return FALSE;
        }
    }
    if (status == ERROR_NOMEM)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_MEMORY,
                    N_("%s: there is not enough memory. Give it less, or shut down another guest."),
                    what);
    else if (status == ERROR_DOMAIN_NOTFOUND || status == ERROR_DOMAIN_DESTROYED)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                    N_("%s: it was destroyed from outside. Start it again."), what);
    else if (log->lines->len > 0)
        /* The first error is the cause, the others are what it led to. */
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, N_("%s. libxl says: %s."), what,
                    without_place(log->lines->pdata[0]));
    else
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    N_("%s, and libxl does not say why (error %d)."), what, status);
    return FALSE;
}
