/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs in dom0: looks on by VNC for a while, and throws away what comes. view SOCKET SECONDS
 * ENCODING; raw: pixels as they are; zrle: packed. Says how large the picture is, and how many
 * updates and bytes came. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Encodings of the protocol (RFC 6143, 7.7). */
#define RAW          0
#define ZRLE         16
#define DESKTOP_SIZE (-223)

static int fd;
static unsigned width, height;
static unsigned long bytes;

static void fail(const char *what)
{
    fprintf(stderr, "view: %s\n", what);
    exit(1);
}

static void take(void *buffer, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t got = read(fd, (char *)buffer + done, length - done);

        if (got <= 0)
            fail("the server is gone");
        done += (size_t)got;
    }
    bytes += length;
}

static void drop(size_t length)
{
    static char waste[1 << 16];

    for (; length > 0; length -= length < sizeof(waste) ? length : sizeof(waste))
        take(waste, length < sizeof(waste) ? length : sizeof(waste));
}

static void give(const void *buffer, size_t length)
{
    if (write(fd, buffer, length) != (ssize_t)length)
        fail("the server takes nothing");
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t take32(void)
{
    uint32_t value;

    take(&value, sizeof(value));
    return ntohl(value);
}

/* Encodings that may come: this one, and other sizes of the picture. */
static void choose(int32_t encoding)
{
    int32_t encodings[] = {(int32_t)htonl((uint32_t)encoding),
                           (int32_t)htonl((uint32_t)DESKTOP_SIZE)};
    uint8_t message[4 + sizeof(encodings)] = {2, 0, 0, 2};

    memcpy(message + 4, encodings, sizeof(encodings));
    give(message, sizeof(message));
}

static void join(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint8_t count, types[255], size[4], format[16];

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
        fail("nobody serves that socket");
    drop(12);
    give("RFB 003.008\n", 12);
    take(&count, 1);
    take(types, count);
    give("\1", 1); /* no password */
    if (take32() != 0)
        fail("the server lets nobody in");
    give("\1", 1); /* beside others */
    take(size, sizeof(size));
    take(format, sizeof(format));
    drop(take32());
    width = get16(size);
    height = get16(size + 2);
}

static void ask(int incremental)
{
    uint8_t message[10] = {3, (uint8_t)incremental};
    uint16_t size[2] = {htons((uint16_t)width), htons((uint16_t)height)};

    memcpy(message + 6, size, sizeof(size));
    give(message, sizeof(message));
}

static void take_rectangle(void)
{
    uint8_t head[8];
    int32_t encoding;

    take(head, sizeof(head));
    encoding = (int32_t)take32();
    if (encoding == RAW) {
        drop((size_t)get16(head + 4) * get16(head + 6) * 4);
    } else if (encoding == ZRLE) {
        drop(take32());
    } else if (encoding == DESKTOP_SIZE) {
        width = get16(head + 4);
        height = get16(head + 6);
    } else {
        fail("the server sends what it was not asked for");
    }
}

static void take_update(void)
{
    uint8_t head[4];

    take(head, sizeof(head));
    if (head[0] != 0)
        fail("the server says something else");
    for (unsigned i = get16(head + 2); i > 0; i--)
        take_rectangle();
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

    if (argc != 4)
        return 2;
    join(argv[1]);
    choose(strcmp(argv[3], "zrle") == 0 ? ZRLE : RAW);
    ask(0);
    take_update();
    bytes = 0;
    end = now() + atof(argv[2]);
    ask(1);
    while ((left = end - now()) > 0) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

        if (poll(&poll_fd, 1, (int)(left * 1000) + 1) <= 0)
            continue;
        take_update();
        updates++;
        ask(1);
    }
    printf("%ux%u %lu updates %lu bytes\n", width, height, updates, bytes);
    return 0;
}
