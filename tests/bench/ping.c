/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ping DOMAIN PORT: sends events to a guest that answers each by one, and prints the median of a round
 * trip in ticks of the TSC: two context switches between dom0 and it. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <x86intrin.h>
#include <xen/xen.h>
#include <xen/evtchn.h>

#define ROUNDS 101

static void die(const char *what)
{
    fprintf(stderr, "ping: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t round_trip(int evtchn, uint32_t port)
{
    struct ioctl_evtchn_notify notify = {.port = port};
    uint64_t began = __rdtsc();
    uint32_t seen;

    if (ioctl(evtchn, IOCTL_EVTCHN_NOTIFY, &notify) < 0 ||
        read(evtchn, &seen, sizeof(seen)) != sizeof(seen))
        die("event channel");
    began = __rdtsc() - began;
    if (write(evtchn, &seen, sizeof(seen)) != sizeof(seen))
        die("event channel");
    return began;
}

static int compare(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return (one > other) - (one < other);
}

int main(int argc, char **argv)
{
    struct ioctl_evtchn_bind_interdomain bind;
    uint64_t samples[ROUNDS];
    int evtchn, port;

    if (argc != 3) {
        fprintf(stderr, "usage: ping DOMAIN PORT\n");
        return 2;
    }
    bind.remote_domain = (unsigned int)atoi(argv[1]);
    bind.remote_port = (unsigned int)atoi(argv[2]);
    evtchn = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
    if (evtchn < 0 || (port = ioctl(evtchn, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind)) < 0)
        die("binding");
    for (int i = 0; i < ROUNDS; i++)
        samples[i] = round_trip(evtchn, (uint32_t)port);
    qsort(samples, ROUNDS, sizeof(samples[0]), compare);
    printf("event to a guest and back\t%llu\n", (unsigned long long)samples[ROUNDS / 2]);
    return 0;
}
