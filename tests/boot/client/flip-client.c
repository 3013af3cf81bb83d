/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows something on all monitors of a guest's graphics card, by page flips: what the boot tests
 * run in a guest that has no more than a kernel. Linked statically.
 *
 *   flip-client CARD FLIPS
 *       makes two buffers for each monitor, flips FLIPS times from one to the other on each, and
 *       waits for the end of each flip; says "flipped N" and stays, with monitor M (from 0) all in
 *       0x0000a0 + M where FLIPS is even and in 0x00b000 + M where it is odd. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>

#define MAX_MONITORS 4
#define BUFFERS      2

struct monitor {
    uint32_t connector, crtc;
    struct drm_mode_modeinfo mode;
    uint32_t framebuffers[BUFFERS];
};

static int card;

static void must(int result, const char *what)
{
    if (result >= 0)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

static uint32_t make_framebuffer(const struct drm_mode_modeinfo *mode, uint32_t colour)
{
    struct drm_mode_create_dumb create = {
        .width = mode->hdisplay, .height = mode->vdisplay, .bpp = 32};
    struct drm_mode_map_dumb map = {0};
    struct drm_mode_fb_cmd fb = {.width = mode->hdisplay, .height = mode->vdisplay, .depth = 24};
    uint32_t *pixels;

    must(ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &create), "a buffer");
    map.handle = create.handle;
    must(ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &map), "its place");
    pixels = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)map.offset);
    must(pixels == MAP_FAILED ? -1 : 0, "its pixels");
    for (size_t i = 0; i < create.size / sizeof(*pixels); i++)
        pixels[i] = colour;
    fb.handle = create.handle;
    fb.pitch = create.pitch;
    fb.bpp = 32;
    must(ioctl(card, DRM_IOCTL_MODE_ADDFB, &fb), "a framebuffer");
    return fb.fb_id;
}

static void set_up(struct monitor *monitor, unsigned index)
{
    /* Who asks with no room for an answer has the driver look what there is. */
    struct drm_mode_get_connector probe = {.connector_id = monitor->connector};
    struct drm_mode_get_connector connector = {
        .connector_id = monitor->connector,
        .count_modes = 1,
        .modes_ptr = (uintptr_t)&monitor->mode,
    };
    struct drm_mode_crtc crtc = {
        .crtc_id = monitor->crtc,
        .set_connectors_ptr = (uintptr_t)&monitor->connector,
        .count_connectors = 1,
        .mode_valid = 1,
    };

    must(ioctl(card, DRM_IOCTL_MODE_GETCONNECTOR, &probe), "a connector");
    must(ioctl(card, DRM_IOCTL_MODE_GETCONNECTOR, &connector), "its size");
    monitor->framebuffers[0] = make_framebuffer(&monitor->mode, 0x0000a0 + index);
    monitor->framebuffers[1] = make_framebuffer(&monitor->mode, 0x00b000 + index);
    crtc.fb_id = monitor->framebuffers[0];
    crtc.mode = monitor->mode;
    must(ioctl(card, DRM_IOCTL_MODE_SETCRTC, &crtc), "a picture");
}

static unsigned find(struct monitor *monitors)
{
    uint32_t connectors[MAX_MONITORS] = {0}, crtcs[MAX_MONITORS] = {0};
    struct drm_mode_card_res resources = {
        .connector_id_ptr = (uintptr_t)connectors,
        .count_connectors = MAX_MONITORS,
        .crtc_id_ptr = (uintptr_t)crtcs,
        .count_crtcs = MAX_MONITORS,
    };

    must(ioctl(card, DRM_IOCTL_MODE_GETRESOURCES, &resources), "the card's parts");
    for (unsigned i = 0; i < resources.count_connectors && i < MAX_MONITORS; i++)
        monitors[i] = (struct monitor){.connector = connectors[i], .crtc = crtcs[i]};
    return resources.count_connectors;
}

static void flip(const struct monitor *monitor, unsigned to)
{
    struct drm_mode_crtc_page_flip flip = {
        .crtc_id = monitor->crtc,
        .fb_id = monitor->framebuffers[to],
        .flags = DRM_MODE_PAGE_FLIP_EVENT,
    };
    struct drm_event_vblank event;

    must(ioctl(card, DRM_IOCTL_MODE_PAGE_FLIP, &flip), "a flip");
    must(read(card, &event, sizeof(event)) == sizeof(event) ? 0 : -1, "its end");
}

int main(int argc, char **argv)
{
    struct monitor monitors[MAX_MONITORS];
    unsigned count, flips = argc == 3 ? (unsigned)atoi(argv[2]) : 0;

    if (argc != 3) {
        fprintf(stderr, "flip-client: CARD FLIPS\n");
        return 2;
    }
    card = open(argv[1], O_RDWR | O_CLOEXEC);
    must(card, argv[1]);
    count = find(monitors);
    for (unsigned i = 0; i < count; i++)
        set_up(&monitors[i], i);
    for (unsigned n = 1; n <= flips; n++)
        for (unsigned i = 0; i < count; i++)
            flip(&monitors[i], n % BUFFERS);
    printf("flipped %u\n", flips * count);
    fflush(stdout);
    pause();
    return EXIT_SUCCESS;
}
