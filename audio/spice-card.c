/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sound card that a guest's device model emulates. */
#include "spice-card.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "spice-playback.h"
#include "spice-record.h"

struct spice_card {
    char *path;
    struct sound *sound;
    void (*gone)(void *data); /* NULL once called */
    void *data;
    SpiceSession *session;
    struct spice_playback *playback; /* NULL until the server has told of its channel */
    struct spice_record *record;
};

/* -1 and errno on failure. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) < sizeof address.sun_path &&
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void tell_gone(struct spice_card *card)
{
    void (*gone)(void *data) = card->gone;

    card->gone = NULL;
    if (gone)
        gone(card->data);
}

/* Each channel is a connection of its own, which the library takes over. */
static void on_open_fd(SpiceChannel *channel, gint with_tls, gpointer data)
{
    struct spice_card *card = data;
    int fd = connect_to(card->path);

    if (fd < 0)
        tell_gone(card);
    else
        spice_channel_open_fd(channel, fd);
}

static void on_event(SpiceChannel *channel, SpiceChannelEvent event, gpointer data)
{
    if (event != SPICE_CHANNEL_OPENED && event != SPICE_CHANNEL_NONE)
        tell_gone(data);
}

static void on_channel(SpiceSession *session, SpiceChannel *channel, gpointer data)
{
    struct spice_card *card = data;
    bool wanted = true;

    if (SPICE_IS_PLAYBACK_CHANNEL(channel) && !card->playback)
        card->playback = spice_playback_new(channel, card->sound);
    else if (SPICE_IS_RECORD_CHANNEL(channel) && !card->record)
        card->record = spice_record_new(channel, card->sound);
    else
        wanted = false;
    if (!wanted && !SPICE_IS_MAIN_CHANNEL(channel))
        return;
    g_signal_connect(channel, "open-fd", G_CALLBACK(on_open_fd), card);
    g_signal_connect(channel, "channel-event", G_CALLBACK(on_event), card);
    /* The main channel is being opened already. */
    if (wanted)
        spice_channel_connect(channel);
}

struct spice_card *spice_card_start(const char *path, struct sound *sound, void (*gone)(void *data),
                                    void *data, char **ret_problem)
{
    struct spice_card *card;
    int fd = connect_to(path);

    if (fd < 0) {
        *ret_problem =
            g_strdup_printf("No SPICE server listens at %s: %s.", path, g_strerror(errno));
        return NULL;
    }
    card = g_new0(struct spice_card, 1);
    *card = (struct spice_card){.path = g_strdup(path), .sound = sound, .gone = gone, .data = data};
    card->session = spice_session_new();
    g_object_set(card->session, "enable-usbredir", FALSE, "enable-smartcard", FALSE, NULL);
    g_signal_connect(card->session, "channel-new", G_CALLBACK(on_channel), card);
    spice_session_open_fd(card->session, fd);
    return card;
}

static void forget_channels(struct spice_card *card)
{
    g_autoptr(GList) channels = spice_session_get_channels(card->session);

    for (GList *each = channels; each; each = each->next)
        g_signal_handlers_disconnect_by_data(each->data, card);
}

void spice_card_stop(struct spice_card *card)
{
    if (!card)
        return;
    g_signal_handlers_disconnect_by_data(card->session, card);
    forget_channels(card);
    spice_playback_free(card->playback);
    spice_record_free(card->record);
    spice_session_disconnect(card->session);
    g_object_unref(card->session);
    g_free(card->path);
    g_free(card);
}
