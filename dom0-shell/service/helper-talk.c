/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said between us and a helper: messages on a channel, lines on pipes, a text in memory. */
#include "helper-private.h"

#include <errno.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "error.h"

/* The longest message of a channel. */
#define MESSAGE_MAX 255

void helper_open_channel(Helper *helper, HelperMessage message)
{
    helper->message = message;
}

void helper_open_lines(Helper *helper, HelperMessage message)
{
    helper->message = message;
    helper->lines = TRUE;
}

void helper_set_input(Helper *helper, const char *text, HelperMessage message)
{
    helper_open_lines(helper, message);
    helper->input = g_strdup(text);
}

/* ---- What it says ---- */

static void line_read(GObject *source, GAsyncResult *result, gpointer data)
{
    GDataInputStream *stream = G_DATA_INPUT_STREAM(source);
    g_autoptr(GError) error = NULL;
    g_autofree char *line = g_data_input_stream_read_line_finish_utf8(stream, result, NULL, &error);
    g_autoptr(GCancellable) cancellable = NULL;
    g_autoptr(Helper) helper = NULL;

    /* Cancelled: the helper may be gone. End of output: exited() tells why. */
    if (error || !line)
        return;
    helper = g_object_ref(data);
    cancellable = g_object_ref(helper->cancellable);
    helper_heard(helper, line);
    /* The process may have been dropped over it. */
    if (!g_cancellable_is_cancelled(cancellable) && (helper->lines || !helper->available))
        g_data_input_stream_read_line_async(stream, G_PRIORITY_DEFAULT, cancellable, line_read,
                                            helper);
}

/* What is no message is not heard; at the end exited() tells why. */
static gboolean receive(gint fd, GIOCondition condition, gpointer data)
{
    g_autoptr(Helper) helper = g_object_ref(data);
    char text[MESSAGE_MAX + 1];
    ssize_t length = recv(fd, text, MESSAGE_MAX, MSG_DONTWAIT | MSG_TRUNC);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (length <= 0) {
        helper->channel_source = 0;
        return G_SOURCE_REMOVE;
    }
    if (length <= MESSAGE_MAX && g_utf8_validate_len(text, (gsize)length, NULL)) {
        text[length] = '\0';
        helper_heard(helper, text);
    } else {
        g_message("%s: the %s says what makes no sense.", helper->name, helper->kind->what);
    }
    /* The process may have been dropped over it, and another one started. */
    return helper->channel == fd ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void helper_listen(Helper *helper)
{
    g_autoptr(GDataInputStream) stream = NULL;

    if (helper_has_channel(helper))
        return;
    stream = g_data_input_stream_new(g_subprocess_get_stdout_pipe(helper->process));
    g_data_input_stream_read_line_async(stream, G_PRIORITY_DEFAULT, helper->cancellable, line_read,
                                        helper);
}

/* ---- What it is started with ---- */

gboolean helper_has_channel(const Helper *helper)
{
    return helper->message && !helper->lines;
}

GSubprocessFlags helper_pipes(const Helper *helper)
{
    if (helper->input)
        return G_SUBPROCESS_FLAGS_STDOUT_PIPE;
    if (helper->lines)
        return G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE;
    return helper->message ? G_SUBPROCESS_FLAGS_STDOUT_SILENCE : G_SUBPROCESS_FLAGS_STDOUT_PIPE;
}

/* The child's end, to be taken over; -1 and ERROR if there is none to be had. */
static int open_channel(Helper *helper, GError **error)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    N_("No connection to the guest's %s can be made: %s."), helper->kind->what,
                    g_strerror(errno));
        return -1;
    }
    helper->channel = ends[0];
    helper->channel_source = g_unix_fd_add(ends[0], G_IO_IN | G_IO_HUP, receive, helper);
    return ends[1];
}

void helper_close_channel(Helper *helper)
{
    g_clear_handle_id(&helper->channel_source, g_source_remove);
    if (helper->channel >= 0)
        close(helper->channel);
    helper->channel = -1;
}

/* A file in memory with what the process is to read; -1 and ERROR if there is none to be had. */
static int open_input(const Helper *helper, GError **error)
{
    size_t length = strlen(helper->input);
    int fd = memfd_create("input", MFD_CLOEXEC);

    if (fd >= 0 && write(fd, helper->input, length) == (ssize_t)length &&
        lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                N_("The guest's %s can't be told anything: %s."), helper->kind->what,
                g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

gboolean helper_open_end(Helper *helper, int *ret_end, GError **error)
{
    *ret_end = -1;
    if (helper->input)
        *ret_end = open_input(helper, error);
    else if (helper_has_channel(helper))
        *ret_end = open_channel(helper, error);
    else
        return TRUE;
    return *ret_end >= 0;
}

/* ---- What it is told ---- */

/* A line is so short that a pipe takes all of it or, when nobody reads there, nothing. */
static gboolean send_line(Helper *helper, const char *text)
{
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    size_t length = strlen(line);
    int fd;

    if (!helper->process || helper->input || length > MESSAGE_MAX)
        return FALSE;
    fd = g_unix_output_stream_get_fd(
        G_UNIX_OUTPUT_STREAM(g_subprocess_get_stdin_pipe(helper->process)));
    return g_unix_set_fd_nonblocking(fd, TRUE, NULL) && write(fd, line, length) == (ssize_t)length;
}

gboolean helper_send(Helper *helper, const char *text, int fd)
{
    union {
        struct cmsghdr header; /* for its alignment */
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec data = {.iov_base = (char *)text, .iov_len = strlen(text)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

    if (helper->lines)
        return send_line(helper, text);
    if (helper->channel < 0 || data.iov_len > MESSAGE_MAX)
        return FALSE;
    if (fd >= 0) {
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    }
    return sendmsg(helper->channel, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)data.iov_len;
}
