/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs in dom0: looks on for a while through memory that the display server shares, and reads what
 * is new once. view_local SOCKET SECONDS. Says what view.c says; bytes are those that it read. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "display/local/protocol.h"

static int fd;
static struct local_frame frame;
static const uint8_t *picture;
static size_t picture_size;
static unsigned long bytes;
static volatile uint32_t seen; /* so that reading is not left out */

static void fail(const char *what)
{
    fprintf(stderr, "view_local: %s\n", what);
    exit(1);
}

static void join(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
        fail("nobody serves that socket");
}

static void ask(void)
{
    const struct local_request request = {.type = LOCAL_READY};

    if (write(fd, &request, sizeof(request)) != sizeof(request))
        fail("the server takes nothing");
}

static void map(int memory)
{
    if (picture)
        munmap((void *)(uintptr_t)picture, picture_size);
    picture_size = (size_t)frame.stride * frame.height;
    picture = mmap(NULL, picture_size, PROT_READ, MAP_SHARED, memory, 0);
    close(memory);
    if (picture == MAP_FAILED)
        fail("the picture can't be mapped");
}

static void read_rect(const struct local_rect *rect)
{
    uint32_t sum = 0;

    for (int y = rect->y; y < rect->y + rect->height; y++) {
        const uint32_t *line =
            (const uint32_t *)(const void *)(picture + (size_t)y * frame.stride) + rect->x;

        for (int x = 0; x < rect->width; x++)
            sum ^= line[x];
    }
    seen = sum;
    bytes += (unsigned long)rect->width * (unsigned long)rect->height * sizeof(uint32_t);
}

static void take_frame(void)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {&frame, sizeof(frame)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    int memory;

    if (recvmsg(fd, &message, MSG_WAITALL) != sizeof(frame) || frame.version != LOCAL_VERSION)
        fail("the server is gone, or another one");
    if (message.msg_controllen) {
        memcpy(&memory, CMSG_DATA(&control.header), sizeof(memory));
        map(memory);
    }
    for (uint32_t i = 0; i < frame.rect_count; i++)
        read_rect(&frame.rects[i]);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    unsigned long updates = 0;
    double end, left;

    if (argc != 3)
        return 2;
    join(argv[1]);
    ask();
    take_frame();
    bytes = 0;
    end = now() + atof(argv[2]);
    ask();
    while ((left = end - now()) > 0) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

        if (poll(&poll_fd, 1, (int)(left * 1000) + 1) <= 0)
            continue;
        take_frame();
        updates++;
        ask();
    }
    printf("%ux%u %lu updates %lu bytes\n", frame.width, frame.height, updates, bytes);
    return 0;
}
