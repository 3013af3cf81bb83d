/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PulseAudio as a player: the client, and that it is there. */
#include "pulse.h"

#include <glib.h>
#include <pulse/glib-mainloop.h>

#include "pulse-stream.h"

#define RETRY_MS 1000

struct pulse {
    struct pulse_client client;
    char *name, *icon;
    pa_glib_mainloop *loop;
    struct player player;
    void (*there)(void *data, bool there);
    void *data;
    bool is_there;
    bool known; /* whether there is a server */
    guint retry_timer;
};

static void set_there(struct pulse *pulse, bool there)
{
    pulse->known = true;
    if (pulse->is_there == there)
        return;
    pulse->is_there = there;
    pulse->there(pulse->data, there);
}

static void let_go(struct pulse *pulse)
{
    if (!pulse->client.context)
        return;
    pulse_mixer_stop(&pulse->client.mixer);
    pa_context_set_state_callback(pulse->client.context, NULL, NULL);
    pa_context_disconnect(pulse->client.context);
    g_clear_pointer(&pulse->client.context, pa_context_unref);
}

static void connect_again(struct pulse *pulse);

static gboolean on_retry(gpointer data)
{
    struct pulse *pulse = data;

    pulse->retry_timer = 0;
    let_go(pulse);
    connect_again(pulse);
    return G_SOURCE_REMOVE;
}

static void fail(struct pulse *pulse)
{
    set_there(pulse, false);
    if (!pulse->retry_timer)
        pulse->retry_timer = g_timeout_add(RETRY_MS, on_retry, pulse);
}

static void on_state(pa_context *context, void *data)
{
    struct pulse *pulse = data;

    switch (pa_context_get_state(context)) {
    case PA_CONTEXT_READY:
        pulse_mixer_start(&pulse->client.mixer, context);
        set_there(pulse, true);
        break;
    case PA_CONTEXT_FAILED:
    case PA_CONTEXT_TERMINATED:
        fail(pulse);
        break;
    default:
        break;
    }
}

static pa_context *make_context(struct pulse *pulse)
{
    pa_proplist *properties = pa_proplist_new();
    pa_context *context;

    pa_proplist_sets(properties, PA_PROP_APPLICATION_NAME, pulse->name);
    pa_proplist_sets(properties, PA_PROP_APPLICATION_ICON_NAME, pulse->icon);
    context = pa_context_new_with_proplist(pa_glib_mainloop_get_api(pulse->loop), pulse->name,
                                           properties);
    pa_proplist_free(properties);
    return context;
}

static void connect_again(struct pulse *pulse)
{
    pulse->client.context = make_context(pulse);
    if (!pulse->client.context) {
        fail(pulse);
        return;
    }
    pa_context_set_state_callback(pulse->client.context, on_state, pulse);
    /* What fails at once has told so by its state. */
    if (pa_context_connect(pulse->client.context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) < 0)
        fail(pulse);
}

struct pulse *pulse_new(const char *name, const char *icon, void (*there)(void *data, bool there),
                        void *data)
{
    struct pulse *pulse = g_new0(struct pulse, 1);

    pulse->name = g_strdup(name);
    pulse->icon = g_strdup(icon);
    pulse->client.name = pulse->name;
    pulse->client.icon = pulse->icon;
    pulse_mixer_init(&pulse->client.mixer);
    pulse->player = (struct player){.ops = &pulse_stream_ops, .data = &pulse->client};
    pulse->there = there;
    pulse->data = data;
    pulse->loop = pa_glib_mainloop_new(NULL);
    if (!pulse->loop) {
        pulse_free(pulse);
        return NULL;
    }
    connect_again(pulse);
    return pulse;
}

void pulse_free(struct pulse *pulse)
{
    if (!pulse)
        return;
    g_clear_handle_id(&pulse->retry_timer, g_source_remove);
    let_go(pulse);
    pulse_mixer_clear(&pulse->client.mixer);
    if (pulse->loop)
        pa_glib_mainloop_free(pulse->loop);
    g_free(pulse->name);
    g_free(pulse->icon);
    g_free(pulse);
}

static gboolean on_waited(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_CONTINUE;
}

void pulse_wait(struct pulse *pulse, unsigned ms)
{
    bool waited = false;
    guint timer = g_timeout_add(ms, on_waited, &waited);

    while (!pulse->known && !waited)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(timer);
}

const struct player *pulse_player(struct pulse *pulse)
{
    return &pulse->player;
}
