/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saves domains to files and makes domains of them, where a cancel is heard meanwhile. */
#include "libxl-save.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <libxl_event.h>

#include "error.h"

/* How often a cancel is listened for, and progress told. */
#define LISTEN_MS 200
/* No domain is described at such length. */
#define CONFIG_MAX (1u << 20)

/* What an `xl save` file begins with; numbers are in the machine's own order, which BYTE_ORDER
 * shows. OPTIONAL_LENGTH bytes follow: the length of the JSON, 32 bits, and the JSON. */
#define MAGIC           "Xen saved domain, xl format\n \0 \r"
#define BYTE_ORDER_MARK 0x01020304u
#define HAS_JSON        (1u << 0)
#define IS_V2           (1u << 1)
#define V2              2

typedef struct {
    char magic[32];
    guint32 byte_order;
    guint32 mandatory_flags;
    guint32 optional_flags;
    guint32 optional_length;
} Header;

G_STATIC_ASSERT(sizeof(MAGIC) == 32 + 1); /* with its NUL, which the file has not */
G_STATIC_ASSERT(sizeof(Header) == 48);

/* ---- libxl's operations that take long ---- */

typedef struct {
    gboolean done;
    int status;
} Waiting;

static void on_done(libxl_ctx *ctx, int status, void *data)
{
    Waiting *waiting = data;

    waiting->done = TRUE;
    waiting->status = status;
}

/* Lets libxl go on with what it waits for, or for LISTEN_MS with nothing. */
static int turn(libxl_ctx *ctx, GArray *fds)
{
    int count = (int)fds->len;
    int timeout = LISTEN_MS;
    struct timeval now;
    int status;

    gettimeofday(&now, NULL);
    status =
        libxl_osevent_beforepoll(ctx, &count, (struct pollfd *)(void *)fds->data, &timeout, now);
    if (status == ERROR_BUFFERFULL) {
        g_array_set_size(fds, (guint)count);
        return 0;
    }
    if (status != 0)
        return status;
    if (poll((struct pollfd *)(void *)fds->data, (nfds_t)count, timeout) < 0 && errno != EINTR)
        return ERROR_FAIL;
    gettimeofday(&now, NULL);
    libxl_osevent_afterpoll(ctx, count, (struct pollfd *)(void *)fds->data, now);
    return 0;
}

typedef struct {
    int fd;
    guint64 expected;
    BackendProgress progress;
    gpointer data;
} Meter;

static void tell(const Meter *meter)
{
    struct stat st;

    if (meter->progress && meter->expected > 0 && fstat(meter->fd, &st) == 0)
        meter->progress((double)st.st_size / (double)meter->expected, meter->data);
}

/* Stays until the operation that HOW began is over, which it also is soon after a cancel. */
static int wait_for(libxl_ctx *ctx, const libxl_asyncop_how *how, Waiting *waiting,
                    const Meter *meter, GCancellable *cancellable)
{
    g_autoptr(GArray) fds = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
    gboolean aborted = FALSE;

    while (!waiting->done) {
        int status = turn(ctx, fds);

        /* Without its events the operation never ends, and what it uses has to stay. */
        if (status != 0)
            g_error("libxl can't go on: error %d", status);
        if (meter)
            tell(meter);
        if (!aborted && g_cancellable_is_cancelled(cancellable)) {
            aborted = TRUE;
            libxl_ao_abort(ctx, how);
        }
    }
    return waiting->status;
}

/* ---- Saving ---- */

static gboolean fail_file(GError **error, const char *what, const char *path, int code)
{
    g_set_error(error, SERVICE_ERROR,
                code == ENOSPC ? SERVICE_ERROR_NO_DISK_SPACE : SERVICE_ERROR_FAILED,
                N_("The file %s can't be %s: %s."), path, what, g_strerror(code));
    return FALSE;
}

static gboolean write_all(int fd, const void *from, gsize length)
{
    const char *at = from;

    while (length > 0) {
        ssize_t written = write(fd, at, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return FALSE;
        at += written;
        length -= (gsize)written;
    }
    return TRUE;
}

static gboolean write_header(int fd, const char *json, const char *path, GError **error)
{
    guint32 length = (guint32)strlen(json);
    Header header = {
        .byte_order = BYTE_ORDER_MARK,
        .mandatory_flags = HAS_JSON | IS_V2,
        .optional_length = (guint32)sizeof length + length,
    };

    memcpy(header.magic, MAGIC, sizeof header.magic);
    return (write_all(fd, &header, sizeof header) && write_all(fd, &length, sizeof length) &&
            write_all(fd, json, length)) ||
           fail_file(error, N_("written"), path, errno);
}

/* What the domain is built of now, as JSON; to be freed with free(). */
static char *describe(libxl_ctx *ctx, LibxlLog *log, uint32_t domid, GError **error)
{
    libxl_domain_config config;
    char *json = NULL;
    int status;

    libxl_domain_config_init(&config);
    status = libxl_retrieve_domain_configuration(ctx, domid, &config, NULL);
    if (status == 0)
        json = libxl_domain_config_to_json(ctx, &config);
    libxl_domain_config_dispose(&config);
    if (!json || strlen(json) > CONFIG_MAX) {
        g_clear_pointer(&json, free);
        libxl_log_fail(log, status, N_("The guest's settings can't be read"), error);
    }
    return json;
}

static gboolean write_stream(libxl_ctx *ctx, LibxlLog *log, uint32_t domid, const Meter *meter,
                             GCancellable *cancellable, GError **error)
{
    Waiting waiting = {FALSE, 0};
    libxl_asyncop_how how = {.callback = on_done, .u.for_callback = &waiting};
    int status = libxl_domain_suspend(ctx, domid, meter->fd, 0, &how);

    if (status == 0)
        status = wait_for(ctx, &how, &waiting, meter, cancellable);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return FALSE;
    return status == 0 || libxl_log_fail(log, status, N_("The guest can't be saved"), error);
}

gboolean libxl_save_domain(libxl_ctx *ctx, LibxlLog *log, uint32_t domid, const char *path,
                           guint64 expected, BackendProgress progress, gpointer data,
                           GCancellable *cancellable, GError **error)
{
    char *json = describe(ctx, log, domid, error);
    Meter meter = {-1, expected, progress, data};
    gboolean saved = FALSE;

    if (!json)
        return FALSE;
    meter.fd = g_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (meter.fd < 0) {
        fail_file(error, N_("made"), path, errno);
    } else {
        saved = write_header(meter.fd, json, path, error) &&
                write_stream(ctx, log, domid, &meter, cancellable, error) &&
                (fsync(meter.fd) == 0 || fail_file(error, N_("written"), path, errno));
        close(meter.fd);
        if (!saved)
            g_unlink(path);
    }
    free(json);
    return saved;
}

/* ---- Restoring ---- */

static gboolean read_all(int fd, void *to, gsize length)
{
    char *at = to;

    while (length > 0) {
        ssize_t got = read(fd, at, length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return FALSE;
        at += got;
        length -= (gsize)got;
    }
    return TRUE;
}

static gboolean is_ours(const Header *header)
{
    return memcmp(header->magic, MAGIC, sizeof header->magic) == 0 &&
           header->byte_order == BYTE_ORDER_MARK && header->mandatory_flags == (HAS_JSON | IS_V2) &&
           header->optional_length > sizeof(guint32) &&
           header->optional_length <= CONFIG_MAX + sizeof(guint32);
}

/* The JSON, with the file at the stream's begin; NULL if the file is no such file. */
static char *read_header(int fd)
{
    g_autofree char *json = NULL;
    Header header;
    guint32 length;
    gsize rest;

    if (!read_all(fd, &header, sizeof header) || !is_ours(&header) ||
        !read_all(fd, &length, sizeof length))
        return NULL;
    rest = header.optional_length - sizeof length;
    if (length > rest)
        return NULL;
    json = g_malloc0(rest + 1);
    if (!read_all(fd, json, rest))
        return NULL;
    json[length] = '\0';
    return g_steal_pointer(&json);
}

int libxl_save_open(libxl_ctx *ctx, const char *path, libxl_domain_config *ret_config,
                    GError **error)
{
    int fd = g_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    g_autofree char *json = fd >= 0 ? read_header(fd) : NULL;

    libxl_domain_config_init(ret_config);
    if (json && libxl_domain_config_from_json(ctx, ret_config, json) == 0 &&
        ret_config->c_info.name)
        return fd;
    libxl_domain_config_dispose(ret_config);
    if (fd >= 0)
        close(fd);
    g_set_error(
        error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
        N_("What was saved of the guest can't be read: %s is damaged. Discard it, and start "
           "the guest anew."),
        path);
    return -1;
}

gboolean libxl_save_restore(libxl_ctx *ctx, LibxlLog *log, libxl_domain_config *config, int fd,
                            GCancellable *cancellable, uint32_t *ret_domid, GError **error)
{
    Waiting waiting = {FALSE, 0};
    libxl_asyncop_how how = {.callback = on_done, .u.for_callback = &waiting};
    libxl_domain_restore_params params;
    int status;

    libxl_domain_restore_params_init(&params);
    params.stream_version = V2;
    *ret_domid = INVALID_DOMID;
    status = libxl_domain_create_restore(ctx, config, ret_domid, fd, -1, &params, &how, NULL);
    if (status == 0)
        status = wait_for(ctx, &how, &waiting, NULL, cancellable);
    libxl_domain_restore_params_dispose(&params);
    if (status == 0)
        return TRUE;
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return FALSE;
    return libxl_log_fail(log, status, N_("The guest can't be restored"), error);
}
