/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process of ours that serves one running guest: started, watched, started again, stopped.
 *
 * The process says "ready" on its standard output once it serves the guest, or on a channel of
 * messages if it is given one. It ends by itself, with status 0, when its domain is gone. */
#pragma once

#include <gio/gio.h>

#define HELPER_TYPE (helper_get_type())
G_DECLARE_FINAL_TYPE(Helper, helper, SERVICE, HELPER, GObject)

/* It is ready (ERROR is NULL), or will never be. Called once a start. */
typedef void (*HelperReady)(const GError *error, gpointer data);

/* Whether it serves the guest has changed; or, with the sentence PROBLEM, it never will again. */
typedef void (*HelperChanged)(gboolean available, const char *problem, gpointer data);

/* What helpers of one kind are called, and what it means that one is given up. */
typedef struct {
    const char *what;    /* "The guest's WHAT ended ..." */
    int error;           /* of SERVICE_ERROR, when it ends at its start */
    const char *problem; /* a sentence */
} HelperKind;

/* A helper, not yet running, of the guest NAME: ARGV is its command line, ENVIRONMENT what is added
 * to ours (`NAME=value`; NULL: nothing), FILES what it makes and leaves behind. KIND has to be
 * static, the rest is copied. */
Helper *helper_new(const HelperKind *kind, const char *name, const char *const *argv,
                   const char *const *environment, const char *const *files);

/* A helper's words beside "ready": one line of UTF-8, which may be anything else. */
typedef void (*HelperMessage)(const char *text, gpointer data);

/* Before the first start: the process gets one end of a pair of sockets (AF_UNIX, SOCK_SEQPACKET),
 * as its standard input, and says on it, a datagram each, what others say on standard output, and
 * more: MESSAGE is called for that, with the data of helper_start(). */
void helper_open_channel(Helper *helper, HelperMessage message);

/* Before the first start, in place of a channel: the process gets a pipe as its standard input, for
 * orders of a line each, and goes on to say lines on its standard output: MESSAGE is called for
 * those behind "ready". */
void helper_open_lines(Helper *helper, HelperMessage message);

/* Before the first start, in place of both: the process gets TEXT as its standard input, at each of
 * its starts, and says lines as above. */
void helper_set_input(Helper *helper, const char *text, HelperMessage message);

/* Sends TEXT, and FD (borrowed) unless it is -1, to the process; a line, which takes no FD, if it
 * reads lines. FALSE if it can't be reached, or does not listen. */
gboolean helper_send(Helper *helper, const char *text, int fd);

/* Starts the process. READY can be NULL: then one that fails at its start is tried again, too.
 * CHANGED may be called until helper_stop(). One that dies afterwards is started again, ever more
 * slowly, and given up when it keeps dying. */
void helper_start(Helper *helper, HelperReady ready, HelperChanged changed, gpointer data);

/* Ends the process and removes its files; no callback is called any more. */
void helper_stop(Helper *helper);

/* The same, but a helper with a channel, whose end it hears, has three seconds to end by itself. */
void helper_end(Helper *helper);

gboolean helper_is_available(Helper *helper);
