/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs in a guest: draws on its frame buffer until it is killed. draw full|small|nothing
 * PID-FILE. A frame is drawn every 50 ms, which is how often Linux tells the screen's server. */
#include <fcntl.h>
#include <linux/fb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAME_US 50000
#define SMALL    32 /* pixels, of a rectangle like a pointer's */

struct screen {
    uint8_t *pixels;
    unsigned line, height, width; /* bytes, lines, pixels */
};

static int open_screen(struct screen *screen)
{
    struct fb_fix_screeninfo fixed;
    struct fb_var_screeninfo variable;
    int fd = open("/dev/fb0", O_RDWR);

    if (fd < 0 || ioctl(fd, FBIOGET_FSCREENINFO, &fixed) ||
        ioctl(fd, FBIOGET_VSCREENINFO, &variable) || variable.bits_per_pixel != 32)
        return -1;
    screen->line = fixed.line_length;
    screen->width = variable.xres;
    screen->height = variable.yres;
    screen->pixels = mmap(NULL, (size_t)screen->line * screen->height, PROT_READ | PROT_WRITE,
                          MAP_SHARED, fd, 0);
    return screen->pixels == MAP_FAILED ? -1 : 0;
}

/* Each line is of another shade, all of others than in the frame before. */
static void fill(const struct screen *screen, unsigned x, unsigned y, unsigned width,
                 unsigned height, unsigned shade)
{
    for (unsigned row = y; row < y + height; row++)
        memset(screen->pixels + (size_t)row * screen->line + x * 4, (int)((shade + row) & 0xff),
               (size_t)width * 4);
}

static void draw(const struct screen *screen, const char *what, unsigned frame)
{
    unsigned steps = (screen->height - SMALL) / SMALL;

    if (strcmp(what, "full") == 0)
        fill(screen, 0, 0, screen->width, screen->height, frame);
    else if (strcmp(what, "small") == 0)
        fill(screen, SMALL, frame % steps * SMALL, SMALL, SMALL, frame);
}

int main(int argc, char **argv)
{
    struct screen screen;
    FILE *file;

    if (argc != 3 || open_screen(&screen)) {
        fprintf(stderr, "no screen of 32 bits a pixel, or not called as it should be\n");
        return 1;
    }
    file = fopen(argv[2], "w");
    fprintf(file, "%d\n", (int)getpid());
    fclose(file);
    printf("%ux%u\n", screen.width, screen.height);
    fflush(stdout);
    for (unsigned frame = 0;; frame++) {
        draw(&screen, argv[1], frame);
        usleep(strcmp(argv[1], "nothing") == 0 ? 1000000000u : FRAME_US);
    }
}
