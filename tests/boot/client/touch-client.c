/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Touches a guest's screen, as a viewer that maps its picture does, at its display server's socket.
 *
 *   touch-client SOCKET WORD...
 *       once the guest takes fingers, says "N fingers WIDTHxHEIGHT", does what the words say, one
 *       after the other, and hangs up: N:down:X,Y, N:motion:X,Y and N:up of finger N, and
 *       pointer:X,Y
 *
 * Status 1 with what there was instead. VITRINE_TEST_PATIENCE is a factor for how long it waits. */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "display/local/protocol.h"

#define WAIT_S 100

static int must(int result, const char *what)
{
    if (result >= 0)
        return result;
    perror(what);
    exit(EXIT_FAILURE);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "a socket");

    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    must(connect(fd, (struct sockaddr *)&address, sizeof(address)), path);
    return fd;
}

static void say(int fd, const struct local_request *request)
{
    must(send(fd, request, sizeof(*request), MSG_NOSIGNAL) == sizeof(*request) ? 0 : -1,
         "the display server");
}

/* The next frame; the descriptors that come with it are left with the socket. False if the time is
 * over, or there is none any more. */
static bool hear(int fd, struct local_frame *frame, time_t deadline)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    time_t left = deadline - time(NULL);

    if (left <= 0 || poll(&poll_fd, 1, (int)left * 1000) != 1)
        return false;
    return recv(fd, frame, sizeof(*frame), MSG_WAITALL) == sizeof(*frame) &&
           frame->version == LOCAL_VERSION;
}

/* Until the guest takes fingers. */
static bool await_touch_screen(int fd, struct local_frame *frame)
{
    const char *patience = getenv("VITRINE_TEST_PATIENCE");
    time_t deadline = time(NULL) + (time_t)(WAIT_S * (patience ? atof(patience) : 1));

    do {
        say(fd, &(struct local_request){.type = LOCAL_READY});
        if (!hear(fd, frame, deadline))
            return false;
    } while (frame->contact_count == 0);
    return true;
}

static bool read_word(const char *word, struct local_request *request)
{
    static const char *const phases[] = {"down", "motion", "up"};
    unsigned contact;
    char phase[8];
    int x = 0, y = 0;

    if (sscanf(word, "pointer:%d,%d", &x, &y) == 2) {
        *request = (struct local_request){.type = LOCAL_POINTER, .pointer = {.x = x, .y = y}};
        return true;
    }
    if (sscanf(word, "%u:%7[a-z]:%d,%d", &contact, phase, &x, &y) < 2)
        return false;
    for (uint16_t i = 0; i <= LOCAL_TOUCH_UP; i++) {
        if (strcmp(phases[i], phase) != 0)
            continue;
        *request = (struct local_request){
            .type = LOCAL_TOUCH,
            .touch = {.contact = (uint16_t)contact, .phase = i, .x = x, .y = y}};
        return true;
    }
    return false;
}

/* Until the server has taken all that was said, and hung up. */
static void finish(int fd)
{
    struct local_frame frame;

    shutdown(fd, SHUT_WR);
    while (recv(fd, &frame, sizeof(frame), 0) > 0)
        ;
}

int main(int argc, char **argv)
{
    struct local_frame frame = {0};
    struct local_request request;
    int fd;

    if (argc < 2) {
        fprintf(stderr, "touch-client: SOCKET WORD...\n");
        return 2;
    }
    fd = connect_to(argv[1]);
    if (!await_touch_screen(fd, &frame)) {
        printf("%u fingers in version %u\n", frame.contact_count, frame.version);
        return EXIT_FAILURE;
    }
    printf("%u fingers %ux%u\n", frame.contact_count, frame.width, frame.height);
    for (int i = 2; i < argc; i++) {
        if (!read_word(argv[i], &request)) {
            printf("not a word: %s\n", argv[i]);
            return EXIT_FAILURE;
        }
        say(fd, &request);
    }
    finish(fd);
    return EXIT_SUCCESS;
}
