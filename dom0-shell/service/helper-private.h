/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of a helper, for helper.c, which minds the process, and helper-talk.c, which hears it
 * and speaks to it. */
#pragma once

#include "helper.h"

struct _Helper {
    GObject parent;

    const HelperKind *kind;
    char *name;
    char **argv;
    char **environment;
    char **files;
    GSubprocess *process;
    GCancellable *cancellable; /* of all that waits for the present process */
    guint timer;               /* for readiness, or until the next start */
    guint restarts;
    gint64 started;
    gboolean available;
    HelperMessage message; /* NULL: it has nothing to say but "ready" */
    gboolean lines;        /* it says so in lines, and not on a channel */
    char *input;           /* what it is given to read, or NULL */
    int channel;           /* our end; -1 while there is no process */
    guint channel_source;
    HelperReady ready; /* NULL once called */
    HelperChanged changed;
    gpointer data;
};

/* In helper.c: the process has said TEXT. It may have been dropped over that when this returns. */
void helper_heard(Helper *helper, const char *text);

/* In helper-talk.c. Which pipes the process gets; and what becomes its standard input, to be taken
 * over by it, -1 if there is nothing of ours. FALSE and ERROR if there is none to be had. */
GSubprocessFlags helper_pipes(const Helper *helper);
gboolean helper_open_end(Helper *helper, int *ret_end, GError **error);
/* Hears the process, which has been started, until it is dropped. */
void helper_listen(Helper *helper);
/* Whether it speaks by messages on a channel, and not by lines; closes our end of that. */
gboolean helper_has_channel(const Helper *helper);
void helper_close_channel(Helper *helper);
