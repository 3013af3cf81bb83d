/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service says and is told, over one socket that keeps messages apart. */
#include "control.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

/* Descriptors that are taken from a message; more than one is wrong, and all must be closed. */
#define DESCRIPTORS_MAX 4

struct control {
    int fd;
    const struct control_owner *owner;
    void *data;
    guint source;
};

/* --- messages --- */

static const char *skip_digits(const char *text)
{
    while (isdigit((unsigned char)*text))
        text++;
    return text;
}

/* [0-9]+-[0-9]+(\.[0-9]+)* */
static bool is_key(const char *text)
{
    const char *end = skip_digits(text);
    char separator = '-';

    if (end == text)
        return false;
    do {
        if (*end != separator)
            return false;
        text = end + 1;
        end = skip_digits(text);
        if (end == text)
            return false;
        separator = '.';
    } while (*end);
    return true;
}

bool control_parse(const char *text, size_t length, struct control_order *ret_order)
{
    static const char *const verbs[] = {
        [CONTROL_ATTACH] = "attach ",
        [CONTROL_DETACH] = "detach ",
    };

    for (unsigned verb = 0; verb < G_N_ELEMENTS(verbs); verb++) {
        struct control_order order = {.verb = verb};
        size_t prefix = strlen(verbs[verb]);

        if (length <= prefix || length - prefix > CONTROL_KEY_MAX ||
            memcmp(text, verbs[verb], prefix) != 0)
            continue;
        memcpy(order.key, text + prefix, length - prefix);
        if (strlen(order.key) != length - prefix || !is_key(order.key))
            return false;
        *ret_order = order;
        return true;
    }
    return false;
}

/* --- the socket --- */

struct descriptors {
    int fds[DESCRIPTORS_MAX];
    unsigned count;
};

static void note_descriptors(struct msghdr *message, struct descriptors *descriptors)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count && descriptors->count < DESCRIPTORS_MAX; i++)
            memcpy(&descriptors->fds[descriptors->count++], CMSG_DATA(part) + i * sizeof(int),
                   sizeof(int));
    }
}

/* Returns what recvmsg() does. A message that is too long for @text is none that means something.
 */
static ssize_t receive(int fd, char text[CONTROL_MESSAGE_MAX], struct descriptors *descriptors)
{
    union {
        struct cmsghdr align;
        char octets[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    } rights;
    struct iovec part = {.iov_base = text, .iov_len = CONTROL_MESSAGE_MAX};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = rights.octets,
        .msg_controllen = sizeof(rights.octets),
    };
    ssize_t length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    if (length >= 0)
        note_descriptors(&message, descriptors);
    return length;
}

static void obey(struct control *control, const char *text, size_t length,
                 struct descriptors *descriptors)
{
    struct control_order order;

    if (!control_parse(text, length, &order) ||
        descriptors->count != (order.verb == CONTROL_ATTACH ? 1 : 0)) {
        g_warning("No order came from the service, or one without its device.");
        return;
    }
    if (order.verb == CONTROL_DETACH) {
        control->owner->detach(control->data, order.key);
        return;
    }
    descriptors->count = 0;
    control->owner->attach(control->data, order.key, descriptors->fds[0]);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct control *control = data;
    struct descriptors descriptors = {0};
    char text[CONTROL_MESSAGE_MAX];
    ssize_t length = receive(fd, text, &descriptors);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (length <= 0) {
        control->source = 0;
        control->owner->ended(control->data);
        return G_SOURCE_REMOVE;
    }
    obey(control, text, (size_t)length, &descriptors);
    for (unsigned i = 0; i < descriptors.count; i++)
        close(descriptors.fds[i]);
    return G_SOURCE_CONTINUE;
}

struct control *control_new(int fd, const struct control_owner *owner, void *data)
{
    struct control *control = g_new0(struct control, 1);

    control->fd = fd;
    control->owner = owner;
    control->data = data;
    control->source =
        g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL, on_readable, control);
    return control;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    g_clear_handle_id(&control->source, g_source_remove);
    g_free(control);
}

void control_say(struct control *control, const char *first, const char *second, const char *third)
{
    g_autofree char *text = g_strjoin(second ? " " : "", first, second, third, NULL);

    while (send(control->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        if (errno != EINTR) {
            g_debug("The service did not hear \"%s\": %s", text, g_strerror(errno));
            return;
        }
}
