/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that plays a tone of 1 kHz and records it, through a real PulseAudio daemon of our own
 * whose only ear is a null sink, and whose only microphone is what that sink hears.
 */
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <pulse/pulseaudio.h>

#include "backend/sandbox.h"
#include "guest-card.h"
#include "pulse-volume.h"
#include "pulse.h"
#include "sndif.h"

#define RATE      48000
#define FRAME     4                    /* octets */
#define BUFFER    (16 * 1024u)         /* 85 ms */
#define PERIOD    (RATE / 100 * FRAME) /* 10 ms */
#define TONE_HZ   1000
#define AMPLITUDE 12000
#define SECONDS   3 /* of recording that are kept */

/* Of a process of this test's to those that it starts. */
#define DIRECTORY_VARIABLE "AUDIO_TEST_DIRECTORY"

static char *directory; /* where the server has its socket */

struct fixture {
    GSubprocess *server;
    struct guest *guest;
    struct pulse *pulse;
    struct sound *sound;
    struct sndif *sndif;
    struct xenbus_class class;
    bool there, told[SOUND_STATES];
    int mixed_percent; /* as the mixer had it last, -1: not at all */
    bool mixed_mute;

    /* The guest, in octets since the start: */
    uint64_t written, played, read, recorded;
    int16_t heard[SECONDS * RATE];
    size_t heard_count;
};

/* --- the server --- */

/*
 * An idle null sink has rendered up to two seconds ahead, which a new stream would have to wait
 * for: so it is suspended whenever it is idle.
 */
#define SINK "module-null-sink sink_name=ear rate=48000 channels=2"
#define IDLE "module-suspend-on-idle timeout=0"

/* It does not outlive the test, however that ends. */
static void on_child(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void start_server(struct fixture *f)
{
    g_autofree char *protocol =
        g_strdup_printf("module-native-protocol-unix auth-anonymous=1 socket=%s/native", directory);
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDERR_SILENCE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    g_autoptr(GError) error = NULL;

    g_subprocess_launcher_setenv(launcher, "HOME", directory, TRUE);
    g_subprocess_launcher_setenv(launcher, "XDG_RUNTIME_DIR", directory, TRUE);
    g_subprocess_launcher_setenv(launcher, "PULSE_RUNTIME_PATH", directory, TRUE);
    g_subprocess_launcher_unsetenv(launcher, "PULSE_SERVER");
    g_subprocess_launcher_set_child_setup(launcher, on_child, NULL, NULL);
    f->server = g_subprocess_launcher_spawn(launcher, &error, "pulseaudio", "-n", "--daemonize=no",
                                            "--use-pid-file=no", "--exit-idle-time=-1",
                                            "--realtime=no", "--high-priority=no", "-L", SINK, "-L",
                                            IDLE, "-L", protocol, NULL);
    g_assert_no_error(error);
}

static void wait_for_socket(void)
{
    g_autofree char *path = g_strdup_printf("%s/native", directory);

    for (unsigned ms = 0; !g_file_test(path, G_FILE_TEST_EXISTS) && ms < 10000; ms++)
        g_usleep(1000);
}

static void stop_server(struct fixture *f)
{
    if (!f->server)
        return;
    g_subprocess_force_exit(f->server);
    g_subprocess_wait(f->server, NULL, NULL);
    g_clear_object(&f->server);
}

static void on_server(void *data, bool there)
{
    struct fixture *f = data;

    f->there = there;
    sound_set_server(f->sound, there);
}

static void on_changed(void *data, enum sound_state state, bool now)
{
    ((struct fixture *)data)->told[state] = now;
}

static void on_mixed(void *data, unsigned percent, bool muted)
{
    struct fixture *f = data;

    f->mixed_percent = (int)percent;
    f->mixed_mute = muted;
}

static void turn(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_usleep(1000);
}

static void wait_for(const bool *what, bool wanted)
{
    gint64 end = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;

    while (*what != wanted && g_get_monotonic_time() < end)
        turn();
    g_assert_cmpint(*what, ==, wanted);
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    g_autofree char *problem = NULL;

    fake_xen_reset();
    f->guest = guest_open(FAKE_DOMID, &problem);
    g_assert_null(problem);
    f->class = sndif_class();
    g_assert_true(xenbus_create_nodes(f->guest, &f->class, 1));
    start_server(f);
    wait_for_socket();
    f->pulse = pulse_new("Guest", "computer", on_server, f);
    g_assert_nonnull(f->pulse);
    f->sound = sound_new(pulse_player(f->pulse), on_changed, f);
    f->mixed_percent = -1;
    sound_tell_mixed(f->sound, on_mixed);
    f->sndif = sndif_start(f->guest, f->sound);
    g_assert_nonnull(f->sndif);
}

static void remove_directory(const char *path)
{
    g_autoptr(GDir) opened = g_dir_open(path, 0, NULL);
    const char *name;

    while (opened && (name = g_dir_read_name(opened))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR) && !g_file_test(child, G_FILE_TEST_IS_SYMLINK))
            remove_directory(child);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    sndif_stop(f->sndif);
    pulse_free(f->pulse);
    sound_free(f->sound);
    guest_close(f->guest);
    stop_server(f);
    g_assert_cmpuint(fake_mapped_pages(), ==, 0);
}

/* --- the guest --- */

static void guest_opens(unsigned stream)
{
    guest_grants_buffer(stream, BUFFER / FAKE_PAGE_SIZE);
    g_assert_cmpint(guest_asks(stream, guest_open_request(stream, BUFFER, PERIOD), NULL), ==, 0);
}

static void guest_starts(unsigned stream)
{
    g_assert_cmpint(guest_asks(stream, guest_trigger_request(XENSND_OP_TRIGGER_START), NULL), ==,
                    0);
}

static void rw(unsigned stream, uint8_t operation, uint64_t position, uint32_t length)
{
    struct xensnd_req request = guest_rw_request(operation, (uint32_t)(position % BUFFER), length);

    g_assert_cmpint(guest_asks(stream, request, NULL), ==, 0);
}

/* As much of the tone as there is room for, in one run. */
static void guest_writes(struct fixture *f)
{
    uint64_t room = f->played + BUFFER - f->written;
    uint32_t length = (uint32_t)MIN(room, BUFFER - f->written % BUFFER);

    if (f->written > f->played + BUFFER || room < PERIOD / 2)
        return;
    for (uint32_t i = 0; i < length; i += FRAME) {
        double at = (double)((f->written + i) / FRAME) * TONE_HZ / RATE;
        int16_t sample = (int16_t)lrint(AMPLITUDE * sin(2 * G_PI * at));

        for (unsigned channel = 0; channel < 2; channel++)
            memcpy(guest_buffer(PLAYBACK, (uint32_t)((f->written + i) % BUFFER) + 2 * channel),
                   &sample, sizeof(sample));
    }
    rw(PLAYBACK, XENSND_OP_WRITE, f->written, length);
    f->written += length;
}

/* What was recorded, in one run; the left channel is kept. */
static void guest_reads(struct fixture *f)
{
    uint32_t length = (uint32_t)MIN(f->recorded - f->read, BUFFER - f->read % BUFFER);

    if (length == 0)
        return;
    rw(CAPTURE, XENSND_OP_READ, f->read, length);
    for (uint32_t i = 0; i < length && f->heard_count < G_N_ELEMENTS(f->heard); i += FRAME)
        memcpy(&f->heard[f->heard_count++],
               guest_buffer(CAPTURE, (uint32_t)((f->read + i) % BUFFER)), sizeof(int16_t));
    f->read += length;
}

static void guest_runs(struct fixture *f, unsigned ms)
{
    gint64 end = g_get_monotonic_time() + ms * G_TIME_SPAN_MILLISECOND;

    while (g_get_monotonic_time() < end) {
        turn();
        guest_takes_events(PLAYBACK, &f->played);
        guest_takes_events(CAPTURE, &f->recorded);
        guest_writes(f);
        guest_reads(f);
    }
}

/* --- what was heard --- */

struct verdict {
    double hertz;
    unsigned quiet_ms; /* in which there was no tone */
    unsigned breaks;   /* milliseconds with a sample that does not follow from those before */
};

static bool is_quiet(const int16_t *samples)
{
    int loudest = 0;

    for (unsigned i = 0; i < RATE / 1000; i++)
        loudest = MAX(loudest, abs(samples[i]));
    return loudest < AMPLITUDE / 2;
}

/* Of a sine, each sample follows from the two before it. */
static bool is_broken(const int16_t *samples)
{
    double factor = 2 * cos(2 * G_PI * TONE_HZ / RATE);

    for (unsigned i = 2; i < RATE / 1000 + 2; i++)
        if (fabs(samples[i] - (factor * samples[i - 1] - samples[i - 2])) > 100)
            return true;
    return false;
}

/* From one rise through zero to the next, where nothing was lost in between. */
static double frequency(const int16_t *samples, size_t count)
{
    size_t last = 0, frames = 0, waves = 0;

    for (size_t i = 1; i < count; i++) {
        if (samples[i - 1] >= 0 || samples[i] < 0)
            continue;
        if (last > 0 && i - last > RATE / TONE_HZ / 2 && i - last < RATE / TONE_HZ * 3 / 2) {
            frames += i - last;
            waves++;
        }
        last = i;
    }
    return waves ? (double)waves * RATE / (double)frames : 0;
}

static struct verdict judge(const int16_t *samples, size_t count)
{
    struct verdict verdict = {.hertz = frequency(samples, count)};

    for (size_t i = 0; i + RATE / 1000 + 2 < count; i += RATE / 1000) {
        verdict.quiet_ms += is_quiet(samples + i);
        verdict.breaks += is_broken(samples + i);
    }
    return verdict;
}

/* --- tests --- */

static void test_tone(struct fixture *f, gconstpointer data)
{
    const size_t skipped = RATE * 3 / 10; /* until everything has started */
    struct verdict verdict;
    uint64_t played;
    int64_t start_us;
    double rate;

    wait_for(&f->there, true);
    guest_connects(2);
    guest_opens(CAPTURE);
    guest_opens(PLAYBACK);
    sound_set_microphone(f->sound, true);
    guest_starts(CAPTURE);
    guest_writes(f);
    guest_starts(PLAYBACK);
    guest_runs(f, 300);
    played = f->played;
    start_us = g_get_monotonic_time();
    guest_runs(f, 900);
    rate = (double)(f->played - played) / FRAME * G_USEC_PER_SEC /
           (double)(g_get_monotonic_time() - start_us);
    g_test_message("%.0f frames a second", rate);
    g_assert_cmpfloat(fabs(rate - RATE), <, RATE / 20);
    g_assert_true(f->told[SOUND_PLAYING] && f->told[SOUND_RECORDING]);
    g_assert_cmpuint(f->heard_count, >, RATE * 4 / 5);
    verdict = judge(f->heard + skipped, f->heard_count - skipped);
    g_test_message("%.1f Hz, %u ms quiet, %u breaks in %zu ms; played %" G_GUINT64_FORMAT " ms",
                   verdict.hertz, verdict.quiet_ms, verdict.breaks,
                   (f->heard_count - skipped) * 1000 / RATE, f->played / FRAME * 1000 / RATE);
    g_assert_cmpfloat(fabs(verdict.hertz - TONE_HZ), <, 10);
    /* None of either, on a machine that is not busy with something else. */
    g_assert_cmpuint(verdict.quiet_ms, <, 300);
    g_assert_cmpuint(verdict.breaks, <, 100);

    /* Muted by the person. */
    sound_set_muted(f->sound, true);
    guest_runs(f, 150);
    f->heard_count = 0;
    guest_runs(f, 150);
    verdict = judge(f->heard, f->heard_count);
    g_assert_cmpuint(f->heard_count, >, RATE / 20);
    g_assert_cmpuint(verdict.quiet_ms, >=, f->heard_count * 1000 / RATE - 2);
}

/* The same with everything given up that vitrine-audio gives up. */
static void test_sandboxed(struct fixture *f, gconstpointer data)
{
    const char *const nothing[SANDBOX_MAX_REMOVABLE] = {NULL};

    wait_for(&f->there, true);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL); /* what a kernel has not is warned of */
    sandbox_enter(nothing);
    test_tone(f, data);
    _exit(EXIT_SUCCESS); /* who looks for leaks would need /proc */
}

static void test_sandbox(void)
{
    g_test_trap_subprocess("/pulse/sandbox/subprocess", 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
}

static void count_late(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    unsigned *count = data;

    *count += strstr(message, "The sound was late") != NULL;
}

/* A computer on which this process comes too late gets more time for the next time. */
static void test_late(struct fixture *f, gconstpointer data)
{
    unsigned count = 0;
    GLogFunc before = g_log_set_default_handler(count_late, &count);

    wait_for(&f->there, true);
    guest_connects(2);
    guest_opens(PLAYBACK);
    guest_writes(f);
    guest_starts(PLAYBACK);
    guest_runs(f, 500);
    g_usleep(200 * 1000);
    guest_runs(f, 500);
    g_log_set_default_handler(before, NULL);
    g_assert_cmpuint(count, >, 0);
}

static void suspends(bool suspended)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) set =
        g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, "pactl", "suspend-sink", "ear",
                         suspended ? "1" : "0", NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(set, NULL, NULL));
}

/* Both of the guest's streams go on, by so much. */
static void wait_for_progress(struct fixture *f, uint64_t octets)
{
    uint64_t played = f->played + octets, recorded = f->recorded + octets;

    for (unsigned ms = 0; ms < 10000 && (f->played < played || f->recorded < recorded); ms += 20)
        guest_runs(f, 20);
    g_assert_cmpuint(f->played, >=, played);
    g_assert_cmpuint(f->recorded, >=, recorded);
}

static bool hears_a_tone(struct fixture *f)
{
    f->heard_count = 0;
    guest_runs(f, 100);
    for (size_t i = 0; i < f->heard_count; i++)
        if (abs(f->heard[i]) > AMPLITUDE / 2)
            return true;
    return false;
}

/* A server whose cards stand still does not stop the guest's: that goes on in silence until there
 * is sound again. */
static void test_still(struct fixture *f, gconstpointer data)
{
    wait_for(&f->there, true);
    guest_connects(2);
    guest_opens(CAPTURE);
    guest_opens(PLAYBACK);
    sound_set_microphone(f->sound, true);
    guest_writes(f);
    guest_starts(CAPTURE);
    guest_starts(PLAYBACK);
    wait_for_progress(f, BUFFER);
    suspends(true);
    wait_for_progress(f, RATE * FRAME * 2);
    g_assert_false(hears_a_tone(f));
    suspends(false);
    for (unsigned tries = 0; tries < 100 && !hears_a_tone(f); tries++)
        ;
    g_assert_true(hears_a_tone(f));
}

/* As a person does in the desktop's mixer. The server has one stream. */
static void mixes(const char *what, const char *value)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) list = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "pactl",
                                                   "list", "short", "sink-inputs", NULL);
    g_autoptr(GSubprocess) set = NULL;
    g_autofree char *text = NULL;
    g_autofree char *number = NULL;

    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(list, NULL, NULL, &text, NULL, NULL));
    number = g_strdup_printf("%" G_GUINT64_FORMAT, g_ascii_strtoull(text, NULL, 10));
    set = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, "pactl", what, number, value, NULL);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(set, NULL, NULL));
}

static void wait_for_mixed(struct fixture *f, int percent, bool muted)
{
    for (unsigned ms = 0; ms < 10000 && (f->mixed_percent != percent || f->mixed_mute != muted);
         ms += 20)
        guest_runs(f, 20);
    g_assert_cmpint(f->mixed_percent, ==, percent);
    g_assert_cmpint(f->mixed_mute, ==, muted);
}

/* What is set in the mixer is told; what is set from here is not told back. */
static void test_mixer(struct fixture *f, gconstpointer data)
{
    wait_for(&f->there, true);
    guest_connects(2);
    guest_opens(PLAYBACK);
    guest_starts(PLAYBACK);
    wait_for(&f->told[SOUND_PLAYING], true);
    guest_runs(f, 200);
    g_assert_cmpint(f->mixed_percent, ==, -1);
    sound_set_volume(f->sound, 70);
    sound_set_volume(f->sound, 50);
    sound_set_muted(f->sound, true);
    sound_set_muted(f->sound, false);
    guest_runs(f, 300);
    g_assert_cmpint(f->mixed_percent, ==, -1);
    mixes("set-sink-input-volume", "20%");
    wait_for_mixed(f, 20, false);
    mixes("set-sink-input-mute", "1");
    wait_for_mixed(f, 20, true);
    mixes("set-sink-input-volume", "150%");
    wait_for_mixed(f, 100, true);
}

/* The server goes away and comes back, and the guest plays on. */
static void test_server(struct fixture *f, gconstpointer data)
{
    uint64_t played;

    wait_for(&f->there, true);
    guest_connects(2);
    guest_opens(CAPTURE);
    guest_opens(PLAYBACK);
    guest_writes(f);
    guest_starts(PLAYBACK);
    wait_for(&f->told[SOUND_PLAYING], true);
    stop_server(f);
    wait_for(&f->there, false);
    played = f->played;
    guest_runs(f, 300);
    g_assert_cmpuint(f->played, >, played + BUFFER);
    g_assert_false(f->told[SOUND_PLAYING]);
    start_server(f);
    for (unsigned ms = 0; !f->there && ms < 10000; ms += 20)
        guest_runs(f, 20);
    g_assert_true(f->there);
    guest_runs(f, 300);
    g_assert_true(f->told[SOUND_PLAYING]);
    g_assert_true(f->told[SOUND_SERVER]);
}

static void test_volume(void)
{
    struct player_volume volume = {.percent = 100};
    pa_cvolume result = pulse_volume(&volume, 2);

    g_assert_cmpuint(result.channels, ==, 2);
    g_assert_cmpuint(result.values[0], ==, PA_VOLUME_NORM);
    volume.channel_mdb[0] = -6000;
    volume.channel_muted[1] = true;
    result = pulse_volume(&volume, 2);
    g_assert_cmpfloat(fabs(pa_sw_volume_to_dB(result.values[0]) + 6), <, 0.01);
    g_assert_cmpuint(result.values[1], ==, PA_VOLUME_MUTED);
    volume = (struct player_volume){.percent = 50, .channel_mdb = {INT32_MIN}};
    result = pulse_volume(&volume, 2);
    g_assert_cmpuint(result.values[0], ==, PA_VOLUME_MUTED);
    g_assert_cmpuint(result.values[1], ==, PA_VOLUME_NORM / 2);
}

/* The person's share of what the mixer has, whatever the guest has turned down besides. */
static void test_share(void)
{
    struct player_volume said = {.percent = 50, .channel_mdb = {-6000, -60000}};
    struct player_volume other;
    pa_cvolume there = pulse_volume(&said, 2);
    unsigned percent = 0;

    g_assert_false(pulse_volume_differs(&said, &there, &percent));
    g_assert_cmpuint(percent, ==, 50);
    for (unsigned wanted = 0; wanted <= 100; wanted++) {
        other = said;
        other.percent = wanted;
        there = pulse_volume(&other, 2);
        g_assert_cmpint(pulse_volume_differs(&said, &there, &percent), ==, wanted != 50);
        g_assert_cmpuint(percent, ==, wanted);
    }
    /* More than all is all. */
    pa_cvolume_set(&there, 2, 2 * PA_VOLUME_NORM);
    g_assert_true(pulse_volume_differs(&said, &there, &percent));
    g_assert_cmpuint(percent, ==, 100);
    /* To the right alone: all that there is of it is there. */
    said = (struct player_volume){.percent = 100};
    there = pulse_volume(&said, 2);
    there.values[0] = PA_VOLUME_MUTED;
    g_assert_true(pulse_volume_differs(&said, &there, &percent));
    g_assert_cmpuint(percent, ==, 100);
    /* What can't be heard says nothing. */
    said.channel_muted[0] = said.channel_muted[1] = true;
    g_assert_false(pulse_volume_differs(&said, &there, &percent));
    g_assert_cmpuint(percent, ==, 100);
}

/* Whatever a guest may open, the server has a format for, with frames of the same size. */
static void test_formats(void)
{
    struct sndif_limits limits;

    sndif_limits_init(&limits);
    for (uint8_t format = 0; format < 64; format++) {
        const struct xensnd_open_req request = {
            .pcm_rate = 8000, .pcm_format = format, .pcm_channels = 1, .buffer_sz = 4096};
        struct sndif_shape shape;

        if (sndif_open_parse(&limits, &request, &shape) == 0)
            g_assert_cmpuint(pa_sample_size_of_format(pulse_format(format)), ==, shape.frame);
        else
            g_assert_cmpint(pulse_format(format), ==, PA_SAMPLE_INVALID);
    }
}

static void skip(void)
{
    g_test_skip("there is no pulseaudio");
}

int main(int argc, char **argv)
{
    g_autofree char *program = g_find_program_in_path("pulseaudio");
    g_autofree char *server = NULL;
    bool inherited = g_getenv(DIRECTORY_VARIABLE) != NULL;
    int status;

    directory = inherited ? g_strdup(g_getenv(DIRECTORY_VARIABLE))
                          : g_dir_make_tmp("vitrine-audio-XXXXXX", NULL);
    g_setenv(DIRECTORY_VARIABLE, directory, TRUE);
    server = g_strdup_printf("unix:%s/native", directory);
    g_setenv("PULSE_SERVER", server, TRUE);
    g_setenv("HOME", directory, TRUE);
    g_setenv("XDG_RUNTIME_DIR", directory, TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pulse/volume", test_volume);
    g_test_add_func("/pulse/share", test_share);
    g_test_add_func("/pulse/formats", test_formats);
    if (program) {
        g_test_add("/pulse/tone", struct fixture, NULL, fixture_set_up, test_tone,
                   fixture_tear_down);
        g_test_add("/pulse/sandbox/subprocess", struct fixture, NULL, fixture_set_up,
                   test_sandboxed, fixture_tear_down);
        g_test_add_func("/pulse/sandbox", test_sandbox);
        g_test_add("/pulse/server", struct fixture, NULL, fixture_set_up, test_server,
                   fixture_tear_down);
        g_test_add("/pulse/late", struct fixture, NULL, fixture_set_up, test_late,
                   fixture_tear_down);
        g_test_add("/pulse/still", struct fixture, NULL, fixture_set_up, test_still,
                   fixture_tear_down);
        g_test_add("/pulse/mixer", struct fixture, NULL, fixture_set_up, test_mixer,
                   fixture_tear_down);
    } else {
        g_test_add_func("/pulse/server", skip);
    }
    status = g_test_run();
    if (!inherited)
        remove_directory(directory);
    g_free(directory);
    return status;
}
