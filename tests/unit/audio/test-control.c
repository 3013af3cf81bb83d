/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service says, and the command line. */
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "control.h"
#include "fake-player.h"
#include "options.h"

static void test_parse(void)
{
    static const char *const bad[] = {
        "",
        "microphone",
        "microphone ",
        "microphone  on",
        "microphone on ",
        "microphoneon",
        "microphone yes",
        "Microphone on",
        "volume",
        "volume ",
        "volume 101",
        "volume -1",
        "volume 5%",
        "volume 1 2",
        "mute",
        "mute 1",
        "mute on\tvolume",
        "quit",
    };
    struct control_order order = {0};

    g_assert_true(control_parse("microphone on", &order));
    g_assert_cmpint(order.verb, ==, CONTROL_MICROPHONE);
    g_assert_true(order.on);
    g_assert_true(control_parse("microphone off", &order));
    g_assert_false(order.on);
    g_assert_true(control_parse("mute on", &order));
    g_assert_cmpint(order.verb, ==, CONTROL_MUTE);
    g_assert_true(control_parse("volume 0", &order));
    g_assert_cmpuint(order.percent, ==, 0);
    g_assert_true(control_parse("volume 100", &order));
    g_assert_cmpint(order.verb, ==, CONTROL_VOLUME);
    g_assert_cmpuint(order.percent, ==, 100);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("\"%s\"", bad[i]);
        g_assert_false(control_parse(bad[i], &order));
        g_assert_cmpuint(order.percent, ==, 100);
    }
}

struct fixture {
    struct fake_player fake;
    struct player player;
    struct sound *sound;
    struct control *control;
    int write_fd, read_fd;
    bool told[SOUND_STATES];
};

static void on_changed(void *data, enum sound_state state, bool now)
{
    ((struct fixture *)data)->told[state] = now;
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    f->read_fd = ends[0];
    f->write_fd = ends[1];
    f->player = (struct player){.ops = &fake_player_ops, .data = &f->fake};
    f->sound = sound_new(&f->player, on_changed, f);
    f->control = control_new(f->read_fd, f->sound, false);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    control_free(f->control);
    sound_free(f->sound);
    close(f->read_fd);
    if (f->write_fd >= 0)
        close(f->write_fd);
}

static void say(struct fixture *f, const char *text)
{
    g_assert_cmpint(write(f->write_fd, text, strlen(text)), ==, (ssize_t)strlen(text));
}

static void wait_for_microphone(struct fixture *f, bool wanted)
{
    for (unsigned ms = 0; f->told[SOUND_MICROPHONE] != wanted && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_cmpint(f->told[SOUND_MICROPHONE], ==, wanted);
}

/* Lines in pieces, and what is no order. */
static void test_lines(struct fixture *f, gconstpointer data)
{
    g_autofree char *zeros = g_strnfill(1000, '0');

    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "No order: \"volume 0*");
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "No order: \"hello\"*");
    say(f, "volume ");
    say(f, zeros); /* its beginning alone would be an order */
    say(f, "\nhello\nmicro");
    for (unsigned i = 0; i < 20; i++)
        g_main_context_iteration(NULL, FALSE);
    g_assert_false(f->told[SOUND_MICROPHONE]);
    say(f, "phone on\n");
    wait_for_microphone(f, true);
    g_test_assert_expected_messages();
}

/* Nobody could take the microphone back. */
static void test_end(struct fixture *f, gconstpointer data)
{
    say(f, "microphone on\n");
    wait_for_microphone(f, true);
    close(f->write_fd);
    f->write_fd = -1;
    wait_for_microphone(f, false);
    for (unsigned i = 0; i < 100; i++) /* and it is not looked at any more */
        g_assert_false(g_main_context_iteration(NULL, FALSE));
}

/* --- the mixer --- */

static uint32_t nothing_queued(void *data)
{
    return 0;
}

static const struct player_owner quiet_guest = {.queued = nothing_queued};

static unsigned mixed_percent, mixed_count;
static bool mixed_mute;

static void on_mixed(void *data, unsigned percent, bool muted)
{
    mixed_percent = percent;
    mixed_mute = muted;
    mixed_count++;
}

static void wait_for_mixed(unsigned count)
{
    for (unsigned ms = 0; mixed_count < count && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_cmpuint(mixed_count, ==, count);
}

/* What a person does to one stream in the desktop's mixer holds for all that the guest plays. */
static void test_mixed(struct fixture *f, gconstpointer data)
{
    const struct player_spec plays = {.shape = {.rate = 48000, .channels = 2, .frame = 4}};
    const struct player_spec records = {.capture = true, .shape = plays.shape};
    struct sound_stream *streams[3];
    struct fake_stream *fake = f->fake.streams;

    mixed_count = 0;
    sound_tell_mixed(f->sound, on_mixed);
    sound_set_server(f->sound, true);
    sound_set_microphone(f->sound, true);
    streams[0] = sound_stream_open(f->sound, &plays, &quiet_guest, NULL);
    streams[1] = sound_stream_open(f->sound, &plays, &quiet_guest, NULL);
    streams[2] = sound_stream_open(f->sound, &records, &quiet_guest, NULL);
    g_assert_cmpuint(fake[1].volume.percent, ==, 100);
    fake[0].owner->mixed(fake[0].data, 40, true);
    fake[0].owner->mixed(fake[0].data, 30, false);
    wait_for_mixed(1);
    g_assert_cmpuint(mixed_percent, ==, 30);
    g_assert_false(mixed_mute);
    g_assert_cmpuint(fake[1].volume.percent, ==, 30);
    g_assert_true(fake[1].volume.said);

    /* The service knows what it has said itself. */
    say(f, "volume 80\nmute on\nmicrophone off\n");
    for (unsigned i = 0; i < 200 && !fake[0].volume.muted; i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    wait_for_microphone(f, false);
    g_assert_cmpuint(fake[0].volume.percent, ==, 80);
    g_assert_true(fake[0].volume.muted);
    g_assert_cmpuint(mixed_count, ==, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(streams); i++)
        sound_stream_close(streams[i]);
}

/* --- the command line --- */

static bool parse_for(enum options_guest guest, const char *line, struct options *options,
                      char **problem)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    g_autofree char **argv = g_memdup2(words, (g_strv_length(words) + 1) * sizeof(*words));

    return options_parse((int)g_strv_length(words), argv, guest, options, problem);
}

static bool parse(const char *line, struct options *options, char **problem)
{
    return parse_for(OPTIONS_DOMID, line, options, problem);
}

static void test_options(void)
{
    struct options options;
    char *problem = NULL;

    g_assert_true(parse("x --domid 3 --name Work", &options, &problem));
    g_assert_cmpuint(options.domid, ==, 3);
    g_assert_cmpstr(options.name, ==, "Work");
    g_assert_cmpstr(options.icon, ==, "computer");
    g_assert_false(options.microphone);
    options_clear(&options);
    g_assert_true(parse("x --domid 3 --name Work --icon y --microphone on", &options, &problem));
    g_assert_cmpstr(options.icon, ==, "y");
    g_assert_true(options.microphone);
    options_clear(&options);
}

/* A card of a device model's has a socket, and no number. */
static void test_socket(void)
{
    static const char *const bad[] = {
        "x --name Work",
        "x --domid 3 --name Work",
        "x --socket here --name Work",
        "x --socket /run/0123456789012345678901234567890123456789012345678901234567890123456789"
        "012345678901234567890123456789012345 --name Work",
    };
    struct options options;
    char *problem = NULL;

    g_assert_true(parse_for(OPTIONS_SOCKET, "x --socket /run/x --name W", &options, &problem));
    g_assert_cmpstr(options.socket, ==, "/run/x");
    options_clear(&options);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_false(parse_for(OPTIONS_SOCKET, bad[i], &options, &problem));
        g_assert_nonnull(problem);
        g_clear_pointer(&problem, g_free);
    }
}

static void test_bad_options(void)
{
    static const char *const bad[] = {
        "x",
        "x --domid 3",
        "x --name Work",
        "x --domid 0 --name Work",
        "x --domid 32752 --name Work",
        "x --domid 3 --name \t",
        "x --domid 3 --name Work --icon \x1b",
        "x --domid 3 --name Work --microphone yes",
        "x --domid 3 --name Work more",
        "x --domid 3 --name Work --nonsense",
        "x --domid 3 --name Work --socket /run/x",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *problem = NULL;
        struct options options;

        g_test_message("%s", bad[i]);
        g_assert_false(parse(bad[i], &options, &problem));
        g_assert_nonnull(problem);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/control/parse", test_parse);
    g_test_add("/control/lines", struct fixture, NULL, fixture_set_up, test_lines,
               fixture_tear_down);
    g_test_add("/control/end", struct fixture, NULL, fixture_set_up, test_end, fixture_tear_down);
    g_test_add("/control/mixed", struct fixture, NULL, fixture_set_up, test_mixed,
               fixture_tear_down);
    g_test_add_func("/options/good", test_options);
    g_test_add_func("/options/bad", test_bad_options);
    g_test_add_func("/options/socket", test_socket);
    return g_test_run();
}
