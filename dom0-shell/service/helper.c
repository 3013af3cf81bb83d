/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Supervises one process that serves a guest. */
#include "helper.h"

#include <errno.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"

/* A dom0 under emulation needs a while to load a program. */
#define READY_TIMEOUT_S  60
#define RESTART_DELAY_MS 500
#define RESTARTS_MAX     5
#define END_TIMEOUT_US   (G_USEC_PER_SEC / 2)
/* For one that ends by itself, and has things to put back before. */
#define LEAVE_TIMEOUT_US (3 * G_USEC_PER_SEC)
/* The longest message of a channel. */
#define MESSAGE_MAX 255
/* A helper that has lived so long has earned a fresh count. */
#define SETTLED_US (60 * G_USEC_PER_SEC)

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

G_DEFINE_FINAL_TYPE(Helper, helper, G_TYPE_OBJECT)

static void launch(Helper *helper);

static void helper_finalize(GObject *object)
{
    Helper *helper = SERVICE_HELPER(object);

    helper_stop(helper);
    g_free(helper->name);
    g_strfreev(helper->argv);
    g_strfreev(helper->environment);
    g_strfreev(helper->files);
    if (helper->input)
        explicit_bzero(helper->input, strlen(helper->input));
    g_free(helper->input);
    G_OBJECT_CLASS(helper_parent_class)->finalize(object);
}

static void helper_class_init(HelperClass *class)
{
    G_OBJECT_CLASS(class)->finalize = helper_finalize;
}

static void helper_init(Helper *helper)
{
    helper->channel = -1;
}

Helper *helper_new(const HelperKind *kind, const char *name, const char *const *argv,
                   const char *const *environment, const char *const *files)
{
    Helper *helper = g_object_new(HELPER_TYPE, NULL);

    helper->kind = kind;
    helper->name = g_strdup(name);
    helper->argv = g_strdupv((char **)argv);
    helper->environment = g_strdupv((char **)environment);
    helper->files = g_strdupv((char **)files);
    return helper;
}

static void remove_files(Helper *helper)
{
    for (char **path = helper->files; path && *path; path++)
        unlink(*path);
}

static void set_available(Helper *helper, gboolean available)
{
    if (helper->available == available)
        return;
    helper->available = available;
    if (helper->changed)
        helper->changed(available, NULL, helper->data);
}

/* Waits until a process that has been told to end is gone, and leaves it to GLib to reap. One that
 * isn't let go is not waited for any longer than TIMEOUT, in µs. */
static void await_end(GSubprocess *process, gint64 timeout)
{
    gint64 end = g_get_monotonic_time() + timeout;
    const char *identifier;
    siginfo_t info;

    while ((identifier = g_subprocess_get_identifier(process)) != NULL) {
        memset(&info, 0, sizeof info);
        if (waitid(P_PID, (id_t)g_ascii_strtoull(identifier, NULL, 10), &info,
                   WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid != 0 || g_get_monotonic_time() > end)
            return;
        g_usleep(1000);
    }
}

static void close_channel(Helper *helper)
{
    g_clear_handle_id(&helper->channel_source, g_source_remove);
    if (helper->channel >= 0)
        close(helper->channel);
    helper->channel = -1;
}

/* Forgets the present process; kills it if it still lives. */
static void drop_process(Helper *helper)
{
    close_channel(helper);
    g_clear_handle_id(&helper->timer, g_source_remove);
    if (helper->cancellable)
        g_cancellable_cancel(helper->cancellable);
    g_clear_object(&helper->cancellable);
    /* Not a request: it would remove its socket, perhaps the next one's, whenever it got to it. It
     * holds nothing that outlives it, and its nodes are cleared away with its domain. Killed in the
     * middle of making its socket, it still makes it. */
    if (helper->process) {
        g_subprocess_force_exit(helper->process);
        await_end(helper->process, END_TIMEOUT_US);
    }
    g_clear_object(&helper->process);
    remove_files(helper);
}

/* Tells the starter, once. */
static void report(Helper *helper, const GError *error)
{
    HelperReady ready = helper->ready;

    helper->ready = NULL;
    if (ready)
        ready(error, helper->data);
}

static gboolean restart(gpointer data)
{
    Helper *helper = data;

    helper->timer = 0;
    launch(helper);
    return G_SOURCE_REMOVE;
}

/* The process ended or never became ready. ERROR is taken over. */
static void failed(Helper *helper, GError *error)
{
    g_autoptr(GError) own = error;

    g_object_ref(helper);
    drop_process(helper);
    set_available(helper, FALSE);
    if (helper->ready) {
        /* Who waits for it takes the guest down again: no second try. */
        helper->changed = NULL;
        report(helper, own);
    }
    if (g_get_monotonic_time() - helper->started > SETTLED_US)
        helper->restarts = 0;
    if (helper->changed && ++helper->restarts <= RESTARTS_MAX) {
        g_message("%s: %s Starting it again.", helper->name, own->message);
        helper->timer = g_timeout_add(RESTART_DELAY_MS << helper->restarts, restart, helper);
    } else if (helper->changed) {
        g_warning("%s: %s It keeps failing and is given up.", helper->name, own->message);
        helper->changed(FALSE, helper->kind->problem, helper->data);
    }
    g_object_unref(helper);
}

static gboolean ready_timed_out(gpointer data)
{
    Helper *helper = data;

    helper->timer = 0;
    failed(helper, g_error_new(SERVICE_ERROR, SERVICE_ERROR_TIMED_OUT,
                               "The guest's %s was not ready after %d seconds.", helper->kind->what,
                               READY_TIMEOUT_S));
    return G_SOURCE_REMOVE;
}

static void exited(GObject *source, GAsyncResult *result, gpointer data)
{
    GSubprocess *process = G_SUBPROCESS(source);
    g_autoptr(GError) cancelled = NULL;
    Helper *helper = data;

    g_subprocess_wait_finish(process, result, &cancelled);
    if (cancelled)
        return;
    if (g_subprocess_get_if_exited(process))
        failed(helper, g_error_new(SERVICE_ERROR, helper->kind->error,
                                   "The guest's %s ended with status %d.", helper->kind->what,
                                   g_subprocess_get_exit_status(process)));
    else
        failed(helper, g_error_new(SERVICE_ERROR, helper->kind->error,
                                   "The guest's %s was killed by signal %d.", helper->kind->what,
                                   g_subprocess_get_term_sig(process)));
}

static void became_ready(Helper *helper)
{
    g_clear_handle_id(&helper->timer, g_source_remove);
    set_available(helper, TRUE);
    report(helper, NULL);
}

static void heard(Helper *helper, const char *text)
{
    if (!helper->available && strcmp(text, "ready") == 0)
        became_ready(helper);
    else if (helper->available && helper->message)
        helper->message(text, helper->data);
}

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
    heard(helper, line);
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
        heard(helper, text);
    } else {
        g_message("%s: the %s says what makes no sense.", helper->name, helper->kind->what);
    }
    /* The process may have been dropped over it, and another one started. */
    return helper->channel == fd ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* The child's end, to be taken over; -1 and ERROR if there is none to be had. */
static int open_channel(Helper *helper, GError **error)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    "No connection to the guest's %s can be made: %s.", helper->kind->what,
                    g_strerror(errno));
        return -1;
    }
    helper->channel = ends[0];
    helper->channel_source = g_unix_fd_add(ends[0], G_IO_IN | G_IO_HUP, receive, helper);
    return ends[1];
}

/* In the child: a helper must not outlive the service, for the next run starts one of its own. */
static void set_up_child(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static gboolean has_channel(const Helper *helper)
{
    return helper->message && !helper->lines;
}

static GSubprocessFlags pipes(const Helper *helper)
{
    if (helper->input)
        return G_SUBPROCESS_FLAGS_STDOUT_PIPE;
    if (helper->lines)
        return G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE;
    return helper->message ? G_SUBPROCESS_FLAGS_STDOUT_SILENCE : G_SUBPROCESS_FLAGS_STDOUT_PIPE;
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
                "The guest's %s can't be told anything: %s.", helper->kind->what,
                g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* What becomes its standard input: -1 if there is nothing of ours. FALSE and ERROR on failure. */
static gboolean open_end(Helper *helper, int *ret_end, GError **error)
{
    *ret_end = -1;
    if (helper->input)
        *ret_end = open_input(helper, error);
    else if (has_channel(helper))
        *ret_end = open_channel(helper, error);
    else
        return TRUE;
    return *ret_end >= 0;
}

static GSubprocess *spawn(Helper *helper, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(pipes(helper));
    int end;

    if (!open_end(helper, &end, error))
        return NULL;
    if (end >= 0)
        g_subprocess_launcher_take_stdin_fd(launcher, end);
    g_subprocess_launcher_set_child_setup(launcher, set_up_child, NULL, NULL);
    for (char **entry = helper->environment; entry && *entry; entry++) {
        g_auto(GStrv) parts = g_strsplit(*entry, "=", 2);

        g_subprocess_launcher_setenv(launcher, parts[0], parts[1], TRUE);
    }
    return g_subprocess_launcher_spawnv(launcher, (const char *const *)helper->argv, error);
}

static void launch(Helper *helper)
{
    g_autoptr(GDataInputStream) stream = NULL;
    GError *error = NULL;

    remove_files(helper);
    helper->started = g_get_monotonic_time();
    helper->process = spawn(helper, &error);
    if (!helper->process) {
        failed(helper, error);
        return;
    }
    helper->cancellable = g_cancellable_new();
    helper->timer = g_timeout_add_seconds(READY_TIMEOUT_S, ready_timed_out, helper);
    g_subprocess_wait_async(helper->process, helper->cancellable, exited, helper);
    if (has_channel(helper))
        return;
    stream = g_data_input_stream_new(g_subprocess_get_stdout_pipe(helper->process));
    g_data_input_stream_read_line_async(stream, G_PRIORITY_DEFAULT, helper->cancellable, line_read,
                                        helper);
}

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

void helper_start(Helper *helper, HelperReady ready, HelperChanged changed, gpointer data)
{
    helper->ready = ready;
    helper->changed = changed;
    helper->data = data;
    launch(helper);
}

void helper_stop(Helper *helper)
{
    helper->ready = NULL;
    helper->changed = NULL;
    helper->available = FALSE;
    drop_process(helper);
}

void helper_end(Helper *helper)
{
    helper->ready = NULL;
    helper->changed = NULL;
    close_channel(helper);
    if (has_channel(helper) && helper->process)
        await_end(helper->process, LEAVE_TIMEOUT_US);
    helper_stop(helper);
}

gboolean helper_is_available(Helper *helper)
{
    return helper->available;
}
