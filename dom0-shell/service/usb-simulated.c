/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stand-in for the USB process of a guest: the same command line and messages, but no guest
 * behind it. A device is attached at once, unless its node is a file that says otherwise: "failed
 * WORD", "silent" (no answer to an attach), "late" (one after half a second), "stuck" (none to an
 * attach, nor to a detach), "clinging" (none to a detach), "slow" (given back after 0.7 seconds),
 * "let-go" (detached soon after), "exit" (the process ends), "nonsense". Of a device that was given
 * back, at its detach or at the end of the channel, the node says that. The guest's tool is there
 * but for a guest whose name begins with "bare". */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_MAX 255

#define DEVICES_MAX 16

/* Devices that were handed over: few, as in a test. */
static struct device {
    char key[32];
    char text[64]; /* of the node */
    int fd;        /* the node, while it is here; else -1 */
} devices[DEVICES_MAX];

static void say(const char *text)
{
    send(STDIN_FILENO, text, strlen(text), MSG_NOSIGNAL);
}

static void say_of(const char *verb, const char *key, const char *word)
{
    char text[MESSAGE_MAX + 1];

    snprintf(text, sizeof text, "%s %s%s%s", verb, key, *word ? " " : "", word);
    say(text);
}

/* The device KEY, or the place where it can be. */
static struct device *find(const char *key)
{
    unsigned slot = 0;

    while (slot + 1 < DEVICES_MAX && devices[slot].key[0] != '\0' &&
           strcmp(devices[slot].key, key) != 0)
        slot++;
    return &devices[slot];
}

/* The text of the node FD, which is taken over. */
static const char *keep(const char *key, int fd)
{
    struct device *device = find(key);
    ssize_t length;

    snprintf(device->key, sizeof device->key, "%s", key);
    length = pread(fd, device->text, sizeof device->text - 1, 0);
    device->text[length > 0 ? length : 0] = '\0';
    device->text[strcspn(device->text, "\n")] = '\0';
    device->fd = fd;
    return device->text;
}

/* The node says so from now on. */
static void give_back(struct device *device)
{
    static const char text[] = "given back";

    if (device->key[0] == '\0' || device->fd < 0)
        return;
    if (strcmp(device->text, "slow") == 0)
        usleep(700000);
    if (ftruncate(device->fd, 0) != 0 || pwrite(device->fd, text, strlen(text), 0) < 0)
        perror(device->key);
    close(device->fd);
    device->fd = -1;
}

static void say_nonsense(const char *key)
{
    char text[MESSAGE_MAX * 4];

    say("attached");
    say("attached 9-9");
    say("detached 9-9");
    say_of("detached", key, "please");
    say("\xff\xfe");
    memset(text, 'x', sizeof text);
    send(STDIN_FILENO, text, sizeof text, MSG_NOSIGNAL);
    say("ready");
    say_of("failed", key, "");
    say_of("attached", key, "");
}

/* -1: the process is to end. */
static int attach(const char *key, int fd)
{
    const char *text = keep(key, fd);

    if (strcmp(text, "exit") == 0)
        return -1;
    if (strcmp(text, "late") == 0)
        usleep(500000);
    if (strncmp(text, "failed ", 7) == 0)
        say_of("failed", key, text + 7);
    else if (strcmp(text, "nonsense") == 0)
        say_nonsense(key);
    else if (strcmp(text, "silent") != 0 && strcmp(text, "stuck") != 0)
        say_of("attached", key, "");
    if (strcmp(text, "let-go") == 0) {
        usleep(100000);
        say_of("detached", key, "");
    }
    return 0;
}

static int is_obedient(const struct device *device)
{
    return strcmp(device->text, "stuck") != 0 && strcmp(device->text, "clinging") != 0;
}

static int obey(char *text, int fd)
{
    char *key = strchr(text, ' ');

    if (key)
        *key++ = '\0';
    if (key && strcmp(text, "attach") == 0 && fd >= 0)
        return attach(key, fd);
    if (key && strcmp(text, "detach") == 0 && is_obedient(find(key))) {
        give_back(find(key));
        say_of("detached", key, "");
    }
    return 0;
}

/* The next message, and the descriptor that came with it, or -1. 0 at the end. */
static ssize_t receive(char *text, int *fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {.iov_base = text, .iov_len = MESSAGE_MAX};
    struct msghdr message = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof control.space,
    };
    ssize_t length = recvmsg(STDIN_FILENO, &message, 0);
    const struct cmsghdr *header = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;

    *fd = -1;
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(header), sizeof *fd);
    text[length > 0 ? length : 0] = '\0';
    return length;
}

int main(int argc, char **argv)
{
    char text[MESSAGE_MAX + 1];
    int fd;

    if (argc != 5 || strcmp(argv[1], "--domid") != 0 || strcmp(argv[3], "--name") != 0)
        return 2;
    say("ready");
    if (strncmp(argv[4], "bare", 4) != 0)
        say("guest present");
    while (receive(text, &fd) > 0) {
        if (obey(text, fd) != 0)
            return 1;
    }
    for (unsigned slot = 0; slot < DEVICES_MAX; slot++)
        give_back(&devices[slot]);
    return 0;
}
