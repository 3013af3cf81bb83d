/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying damaged rows out of a framebuffer: what was named and no more, in any format. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "surface.h"

#define WIDTH  8
#define HEIGHT 4

static void fill_source(uint32_t *pixels, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        pixels[i] = 0x10000 + i;
}

static void test_copy_named_only(void)
{
    uint32_t pixels[WIDTH * HEIGHT];
    struct pixel_source source = {.base = (const uint8_t *)pixels,
                                  .stride = WIDTH * 4,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .depth = 32};
    struct surface *surface = surface_new(WIDTH, HEIGHT);

    fill_source(pixels, G_N_ELEMENTS(pixels));
    (void)surface_update(surface, 0, 0, &source, &(struct rect){2, 1, 3, 2});
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++) {
            bool named = x >= 2 && x < 5 && y >= 1 && y < 3;

            g_assert_cmphex(surface->pixels[y * WIDTH + x], ==, named ? pixels[y * WIDTH + x] : 0);
        }
    surface_free(surface);
}

/* The address sanitizer watches both ends: the source has exactly the bytes that it promises. */
static void test_clip(void)
{
    static const struct rect rects[] = {
        {-100, -100, 1000, 1000},   {WIDTH, 0, 1, 1},    {0, HEIGHT, 1, 1}, {-5, -5, 5, 5},
        {G_MAXINT, 0, G_MAXINT, 1}, {0, 0, G_MAXINT, 1}, {3, 3, -2, -2},    {7, 3, 100, 100},
    };
    size_t size = 4 + WIDTH * 4 * (HEIGHT - 1) + (WIDTH - 1) * 4;
    uint8_t *bytes = g_malloc0(size);
    struct pixel_source source = {.base = bytes,
                                  .offset = 4,
                                  .stride = WIDTH * 4,
                                  .width = WIDTH - 1,
                                  .height = HEIGHT,
                                  .depth = 32};
    struct surface *surface = surface_new(WIDTH - 2, HEIGHT - 1);

    bytes[4] = 0xab;
    for (size_t i = 0; i < G_N_ELEMENTS(rects); i++)
        (void)surface_update(surface, 0, 0, &source, &rects[i]);
    g_assert_cmphex(surface->pixels[0], ==, 0xab);
    surface_free(surface);
    g_free(bytes);
}

static void test_crop(void)
{
    static const struct rect bad[] = {
        {-1, 0, 2, 2}, {0, -1, 2, 2}, {0, 0, 11, 1}, {9, 0, 2, 1},
        {0, 6, 1, 2},  {0, 0, 0, 1},  {0, 0, 1, -1}, {INT_MAX, 0, INT_MAX, 1}};
    const struct pixel_source whole = {
        .offset = 4, .stride = 48, .width = 10, .height = 7, .depth = 32};
    struct pixel_source source = whole;

    g_assert_true(pixel_source_crop(&source, &(struct rect){3, 2, 7, 5}));
    g_assert_cmpuint(source.offset, ==, 4 + 2 * 48 + 3 * 4);
    g_assert_cmpuint(source.stride, ==, 48);
    g_assert_cmpuint(source.width, ==, 7);
    g_assert_cmpuint(source.height, ==, 5);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        source = whole;
        g_assert_false(pixel_source_crop(&source, &bad[i]));
        g_assert_cmpmem(&source, sizeof(source), &whole, sizeof(whole));
    }
}

static void test_565(void)
{
    uint16_t pixels[] = {0xffff, 0xf800, 0x07e0, 0x001f, 0x0000};
    struct pixel_source source = {.base = (const uint8_t *)pixels,
                                  .stride = sizeof(pixels),
                                  .width = G_N_ELEMENTS(pixels),
                                  .height = 1,
                                  .depth = 16};
    struct surface *surface = surface_new(G_N_ELEMENTS(pixels), 1);

    (void)surface_update(surface, 0, 0, &source, &(struct rect){0, 0, G_N_ELEMENTS(pixels), 1});
    g_assert_cmphex(surface->pixels[0], ==, 0xffffff);
    g_assert_cmphex(surface->pixels[1], ==, 0xff0000);
    g_assert_cmphex(surface->pixels[2], ==, 0x00ff00);
    g_assert_cmphex(surface->pixels[3], ==, 0x0000ff);
    g_assert_cmphex(surface->pixels[4], ==, 0x000000);
    surface_free(surface);
}

/* @was is the picture, @is the source, one letter a pixel; @rect is looked at. Returns where they
 * differed there, "x,y+wxh", and checks that they are alike there now. */
static char *update(unsigned depth, const char *was, const char *is, const struct rect *rect)
{
    g_autofree uint8_t *bytes = g_malloc0(WIDTH * HEIGHT * depth / 8);
    struct pixel_source source = {.base = bytes,
                                  .stride = WIDTH * depth / 8,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .depth = depth};
    struct surface *surface = surface_new(WIDTH, HEIGHT);
    struct rect new;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
            bytes[i * depth / 8] = (uint8_t)((pass ? is : was)[i] == 'x' ? 31 : 0);
        new = surface_update(surface, 0, 0, &source,
                             pass ? rect : &(struct rect){0, 0, WIDTH, HEIGHT});
    }
    for (int y = rect->y; y < rect->y + rect->height; y++)
        for (int x = rect->x; x < rect->x + rect->width; x++)
            g_assert_cmpint(surface->pixels[y * WIDTH + x] != 0, ==, is[y * WIDTH + x] == 'x');
    surface_free(surface);
    return g_strdup_printf("%d,%d+%dx%d", new.x, new.y, new.width, new.height);
}

static void test_new(void)
{
    static const struct {
        const char *was, *is;
        struct rect rect;
        const char *expected;
    } cases[] = {
        {"................................",
         "................................",
         {0, 0, 8, 4},
         "0,0+0x0"},
        {"................................",
         "x..............................x",
         {0, 0, 8, 4},
         "0,0+8x4"},
        {"................................",
         "..........xx....................",
         {0, 0, 8, 4},
         "2,1+2x1"},
        {"..........xx....................",
         "................................",
         {0, 0, 8, 4},
         "2,1+2x1"},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
         "xxxxxxxxxxx.xxxxxxxxxxxxx.xxxxxx",
         {0, 0, 8, 4},
         "1,1+3x3"},
        {"................................",
         "x..........x....................",
         {1, 1, 3, 2},
         "3,1+1x1"},
        {"................................",
         ".............x....x.............",
         {0, 1, 8, 2},
         "2,1+4x2"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *deep = update(32, cases[i].was, cases[i].is, &cases[i].rect);
        g_autofree char *flat = update(16, cases[i].was, cases[i].is, &cases[i].rect);

        g_assert_cmpstr(deep, ==, cases[i].expected);
        g_assert_cmpstr(flat, ==, cases[i].expected);
    }
}

static void assert_refused(int result, int error)
{
    g_assert_cmpint(result, ==, -1);
    g_assert_cmpint(errno, ==, error);
}

/* Who is handed the memory sees the picture, also what comes later, and can do nothing else. */
static void test_sealed(void)
{
    struct surface *surface = surface_new(WIDTH, HEIGHT);
    const size_t size = WIDTH * HEIGHT * 4;
    int fd = dup(surface->fd);
    struct stat st;
    const uint32_t *seen = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

    g_assert_true(seen != MAP_FAILED);
    g_assert_cmpint(fstat(fd, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, size);
    surface->pixels[5] = 0x123456;
    g_assert_cmphex(seen[5], ==, 0x123456);

    g_assert_true(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    assert_refused(mprotect((void *)seen, size, PROT_READ | PROT_WRITE), EACCES);
    assert_refused((int)pwrite(fd, "x", 1, 0), EPERM);
    assert_refused((int)pwrite(fd, "x", 1, (off_t)size), EPERM);
    assert_refused(ftruncate(fd, 0), EPERM);
    assert_refused(ftruncate(fd, (off_t)size * 2), EPERM);
    assert_refused(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size),
                   EPERM);
    assert_refused(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    surface->pixels[6] = 0x654321; /* and we can as before */

    surface_free(surface);
    g_assert_cmphex(seen[5], ==, 0x123456); /* it stays for who has it */
    munmap((void *)seen, size);
    close(fd);
}

static unsigned count_descriptors(void)
{
    GDir *directory = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned count = 0;

    while (g_dir_read_name(directory))
        count++;
    g_dir_close(directory);
    return count;
}

static bool is_mapped(void)
{
    g_autofree char *maps = NULL;

    g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    return strstr(maps, "vitrine-picture") != NULL;
}

/* Nothing of a surface is left when it is gone. */
static void test_gone(void)
{
    unsigned before = count_descriptors();
    struct surface *surface = surface_new(WIDTH, HEIGHT);

    g_assert_cmpuint(count_descriptors(), ==, before + 1);
    g_assert_true(is_mapped());
    surface_free(surface);
    g_assert_cmpuint(count_descriptors(), ==, before);
    g_assert_false(is_mapped());
    surface_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/surface/copy-named-only", test_copy_named_only);
    g_test_add_func("/surface/clip", test_clip);
    g_test_add_func("/surface/crop", test_crop);
    g_test_add_func("/surface/new", test_new);
    g_test_add_func("/surface/565", test_565);
    g_test_add_func("/surface/sealed", test_sealed);
    g_test_add_func("/surface/gone", test_gone);
    return g_test_run();
}
