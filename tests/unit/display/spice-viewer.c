/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SPICE viewer without a window, for the tests: spice-viewer SOCKET PICTURE, or
 * spice-viewer URI PICTURE PASSWORD CA-FILE for one that comes through the network.
 *
 * Says on its standard output what it is shown ("picture W H", "changed X Y W H", "gone",
 * "refused"), and does what it reads from its standard input: "press CODE", "release CODE", "move X
 * Y", "down BUTTON", "up BUTTON", "look" (writes the picture's pixels to the file PICTURE, and says
 * "seen"), "count" (says where its monitors are: "monitors: WxH+X+Y ..."). Ends with its input.
 * Every connection is one that it makes itself and hands to the library, as a viewer does that gets
 * them from the service.
 */
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <spice-client.h>

static struct {
    const char *socket_path, *picture_path;
    SpiceSession *session;
    SpiceChannel *display, *inputs;
    int buttons;
    GMainLoop *loop;
} viewer;

G_GNUC_PRINTF(1, 2) static void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    fflush(stdout);
}

static int connect_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, viewer.socket_path, sizeof(address.sun_path));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        perror("spice-viewer");
        exit(1);
    }
    return fd;
}

static void on_open_fd(SpiceChannel *channel, int with_tls, gpointer data)
{
    spice_channel_open_fd(channel, connect_socket());
}

static void on_primary(SpiceChannel *channel, int format, int width, int height, int stride,
                       int shmid, gpointer pixels, gpointer data)
{
    say("picture %d %d\n", width, height);
}

static void on_invalidate(SpiceChannel *channel, int x, int y, int width, int height, gpointer data)
{
    say("changed %d %d %d %d\n", x, y, width, height);
}

static const char *name_of(SpiceChannel *channel)
{
    if (SPICE_IS_DISPLAY_CHANNEL(channel))
        return "display";
    return SPICE_IS_INPUTS_CHANNEL(channel) ? "inputs" : "other";
}

static void on_channel_event(SpiceChannel *channel, SpiceChannelEvent event, gpointer data)
{
    if (event == SPICE_CHANNEL_OPENED)
        say("open %s\n", name_of(channel));
    else if (event == SPICE_CHANNEL_ERROR_AUTH)
        say("refused\n");
    else
        say("gone\n");
}

static void on_new_channel(SpiceSession *session, SpiceChannel *channel, gpointer data)
{
    if (viewer.socket_path)
        g_signal_connect(channel, "open-fd", G_CALLBACK(on_open_fd), NULL);
    g_signal_connect(channel, "channel-event", G_CALLBACK(on_channel_event), NULL);
    if (SPICE_IS_DISPLAY_CHANNEL(channel)) {
        viewer.display = channel;
        g_signal_connect(channel, "display-primary-create", G_CALLBACK(on_primary), NULL);
        g_signal_connect(channel, "display-invalidate", G_CALLBACK(on_invalidate), NULL);
        spice_channel_connect(channel);
    } else if (SPICE_IS_INPUTS_CHANNEL(channel)) {
        viewer.inputs = channel;
        spice_channel_connect(channel);
    }
}

static void look(void)
{
    SpiceDisplayPrimary primary;
    FILE *file = fopen(viewer.picture_path, "w");

    if (spice_display_channel_get_primary(viewer.display, 0, &primary))
        for (int y = 0; y < primary.height; y++)
            fwrite(primary.data + (size_t)y * (size_t)primary.stride, 4, (size_t)primary.width,
                   file);
    fclose(file);
    say("seen\n");
}

static void count(void)
{
    g_autoptr(GArray) monitors = NULL;

    g_object_get(viewer.display, "monitors", &monitors, NULL);
    say("monitors:");
    for (guint i = 0; monitors && i < monitors->len; i++) {
        const SpiceDisplayMonitorConfig *monitor =
            &g_array_index(monitors, SpiceDisplayMonitorConfig, i);

        say(" %ux%u+%u+%u", monitor->width, monitor->height, monitor->x, monitor->y);
    }
    say(".\n");
}

static void move_button(int button, gboolean down)
{
    SpiceInputsChannel *inputs = SPICE_INPUTS_CHANNEL(viewer.inputs);

    viewer.buttons =
        down ? viewer.buttons | 1 << (button - 1) : viewer.buttons & ~(1 << (button - 1));
    if (down)
        spice_inputs_channel_button_press(inputs, button, viewer.buttons);
    else
        spice_inputs_channel_button_release(inputs, button, viewer.buttons);
}

static void obey(const char *line)
{
    SpiceInputsChannel *inputs = SPICE_INPUTS_CHANNEL(viewer.inputs);
    int a, b;

    if (strcmp(line, "look") == 0)
        look();
    else if (strcmp(line, "count") == 0)
        count();
    else if (sscanf(line, "press %i", &a) == 1)
        spice_inputs_channel_key_press(inputs, (guint)a);
    else if (sscanf(line, "release %i", &a) == 1)
        spice_inputs_channel_key_release(inputs, (guint)a);
    else if (sscanf(line, "move %d %d", &a, &b) == 2)
        spice_inputs_channel_position(inputs, a, b, 0, viewer.buttons);
    else if (sscanf(line, "down %d", &a) == 1)
        move_button(a, TRUE);
    else if (sscanf(line, "up %d", &a) == 1)
        move_button(a, FALSE);
    else
        say("what is %s?\n", line);
}

static void on_line(GObject *source, GAsyncResult *result, gpointer data)
{
    GDataInputStream *stream = G_DATA_INPUT_STREAM(source);
    g_autofree char *line = g_data_input_stream_read_line_finish(stream, result, NULL, NULL);

    if (!line) {
        g_main_loop_quit(viewer.loop);
        return;
    }
    obey(line);
    g_data_input_stream_read_line_async(stream, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
}

static gboolean connect_session(char **arguments, int count)
{
    if (count == 2)
        return spice_session_open_fd(viewer.session, connect_socket());
    g_object_set(viewer.session, "uri", arguments[0], "password", arguments[2], "ca-file",
                 arguments[3], NULL);
    return spice_session_connect(viewer.session);
}

int main(int argc, char **argv)
{
    g_autoptr(GInputStream) input = g_unix_input_stream_new(STDIN_FILENO, FALSE);
    g_autoptr(GDataInputStream) lines = g_data_input_stream_new(input);

    if (argc != 3 && argc != 5)
        return 2;
    viewer.socket_path = argc == 3 ? argv[1] : NULL;
    viewer.picture_path = argv[2];
    viewer.loop = g_main_loop_new(NULL, FALSE);
    viewer.session = spice_session_new();
    g_object_set(viewer.session, "enable-audio", FALSE, "enable-usbredir", FALSE, NULL);
    g_signal_connect(viewer.session, "channel-new", G_CALLBACK(on_new_channel), NULL);
    if (!connect_session(argv + 1, argc - 1))
        return 1;
    g_data_input_stream_read_line_async(lines, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
    g_main_loop_run(viewer.loop);
    return 0;
}
