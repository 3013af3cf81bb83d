/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target over mutations of its seeds: fuzz-NAME RUNS SEED [FILE...]. The same numbers
 * give the same inputs. When a run ends the process, its input is in the file named by FUZZ_CRASH
 * (if that is set), and its number has been printed.
 */
#include <signal.h>
#include <string.h>

#include "fuzz.h"

#define SEEDS_MAX 64

struct input {
    uint8_t data[FUZZ_INPUT_MAX];
    size_t len;
};

static struct input *seeds[SEEDS_MAX];
static unsigned int seed_count;

static uint64_t random_state;
static unsigned long run;

__attribute__((weak)) size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    return 0;
}

/* A number below limit, by splitmix64. */
static size_t random_below(size_t limit)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return limit ? (z ^ (z >> 31)) % limit : 0;
}

static void flip_bit(struct input *input)
{
    if (input->len)
        input->data[random_below(input->len)] ^= (uint8_t)(1u << random_below(8));
}

static void set_byte(struct input *input)
{
    if (input->len)
        input->data[random_below(input->len)] = (uint8_t)random_below(256);
}

/* Puts in a number of the sort that goes wrong, at any of four widths. */
static void set_number(struct input *input)
{
    static const uint64_t numbers[] = {0,      1,      0x7f,       0x80,       0xff,
                                       0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff,
                                       ~0ull,  0x1000, ~0ull - 7};
    size_t width = (size_t)1 << random_below(4);
    uint64_t number = numbers[random_below(sizeof(numbers) / sizeof(numbers[0]))];

    if (random_below(2))
        number += random_below(17) - 8;
    if (input->len >= width)
        memcpy(input->data + random_below(input->len - width + 1), &number, width);
}

static void remove_some(struct input *input)
{
    size_t at = random_below(input->len), len = random_below(17);

    if (len > input->len - at)
        len = input->len - at;
    memmove(input->data + at, input->data + at + len, input->len - at - len);
    input->len -= len;
}

/* Repeats a stretch of some seed at any place. */
static void insert_some(struct input *input)
{
    const struct input *from = seeds[random_below(seed_count)];
    size_t at = random_below(input->len + 1), start = random_below(from->len);
    size_t len = random_below(33);

    if (len > from->len - start)
        len = from->len - start;
    if (len > sizeof(input->data) - input->len)
        len = sizeof(input->data) - input->len;
    memmove(input->data + at + len, input->data + at, input->len - at);
    memcpy(input->data + at, from->data + start, len);
    input->len += len;
}

static void cut_off(struct input *input)
{
    input->len = random_below(input->len + 1);
}

static void mutate(struct input *input)
{
    static void (*const ways[])(struct input *) = {
        flip_bit, flip_bit, set_byte, set_byte, set_number, set_number, remove_some, insert_some,
    };
    size_t times = 1 + random_below(6);

    while (times--)
        ways[random_below(sizeof(ways) / sizeof(ways[0]))](input);
    if (random_below(16) == 0)
        cut_off(input);
}

static struct input *new_seed(void)
{
    if (seed_count == SEEDS_MAX || !(seeds[seed_count] = calloc(1, sizeof(struct input)))) {
        fprintf(stderr, "too many seeds\n");
        exit(EXIT_FAILURE);
    }
    return seeds[seed_count++];
}

static void load_seeds(char **files)
{
    struct input *seed;

    do {
        seed = new_seed();
        seed->len = fuzz_seed(seed_count - 1, seed->data);
    } while (seed->len);
    free(seed);
    seed_count--;

    for (; *files; files++) {
        FILE *file = fopen(*files, "rb");

        if (!file) {
            perror(*files);
            exit(EXIT_FAILURE);
        }
        seed = new_seed();
        seed->len = fread(seed->data, 1, sizeof(seed->data), file);
        fclose(file);
    }
    if (!seed_count) {
        fprintf(stderr, "no seeds: nothing to start from\n");
        exit(EXIT_FAILURE);
    }
}

static void keep_input(const struct input *input)
{
    const char *path = getenv("FUZZ_CRASH");
    FILE *file = path ? fopen(path, "wb") : NULL;

    if (file) {
        fwrite(input->data, 1, input->len, file);
        fclose(file);
    }
}

static void try_input(const struct input *input)
{
    uint8_t *copy = malloc(input->len ? input->len : 1);

    if (!copy)
        abort();
    memcpy(copy, input->data, input->len);
    keep_input(input);
    LLVMFuzzerTestOneInput(copy, input->len);
    free(copy);
}

/* What the sanitizers call before they end the process; harmless without them. */
static void say_where(void)
{
    fprintf(stderr, "in run %lu\n", run);
}

static void on_abort(int signal_number)
{
    say_where();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

int main(int argc, char **argv)
{
    static struct input input;
    unsigned long runs;

    if (argc < 3) {
        fprintf(stderr, "usage: %s RUNS SEED [FILE...]\n", argv[0]);
        return EXIT_FAILURE;
    }
    runs = strtoul(argv[1], NULL, 0);
    random_state = strtoul(argv[2], NULL, 0);
    load_seeds(argv + 3);
    signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(say_where);

    for (unsigned int n = 0; n < seed_count; n++)
        try_input(seeds[n]);
    for (run = 1; run <= runs; run++) {
        input = *seeds[random_below(seed_count)];
        mutate(&input);
        try_input(&input);
    }
    printf("%u seeds, %lu mutations\n", seed_count, runs);
    return runs ? EXIT_SUCCESS : EXIT_FAILURE;
}
