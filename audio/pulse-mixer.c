/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How loud our streams are in the desktop's mixer. */
#include "pulse-mixer.h"

static void done(pa_operation *operation)
{
    if (operation)
        pa_operation_unref(operation);
}

/* --- what a person sets --- */

/*
 * The server obeys and answers in turn. While something that was set here is not confirmed, an
 * answer may be older than that; who confirms it looks again.
 */
static void on_info(pa_context *context, const pa_sink_input_info *info, int end, void *data)
{
    struct pulse_mixer *mixer = data;

    if (end || !info || !info->has_volume || mixer->pending > 0)
        return;
    for (guint i = 0; i < mixer->inputs->len; i++) {
        const struct pulse_mixer_input *input = g_ptr_array_index(mixer->inputs, i);

        if (input->index == info->index)
            input->seen(input->data, &info->volume, info->mute);
    }
}

static void look(struct pulse_mixer *mixer, uint32_t index)
{
    done(pa_context_get_sink_input_info(mixer->context, index, on_info, mixer));
}

static void on_event(pa_context *context, pa_subscription_event_type_t type, uint32_t index,
                     void *data)
{
    struct pulse_mixer *mixer = data;

    if ((type & PA_SUBSCRIPTION_EVENT_TYPE_MASK) != PA_SUBSCRIPTION_EVENT_CHANGE)
        return;
    for (guint i = 0; i < mixer->inputs->len; i++) {
        const struct pulse_mixer_input *input = g_ptr_array_index(mixer->inputs, i);

        if (input->index == index)
            look(mixer, index);
    }
}

void pulse_mixer_init(struct pulse_mixer *mixer)
{
    *mixer = (struct pulse_mixer){.inputs = g_ptr_array_new()};
}

void pulse_mixer_clear(struct pulse_mixer *mixer)
{
    g_clear_pointer(&mixer->inputs, g_ptr_array_unref);
}

void pulse_mixer_start(struct pulse_mixer *mixer, pa_context *context)
{
    mixer->context = context;
    mixer->pending = 0; /* what was under way died with the last context */
    pa_context_set_subscribe_callback(context, on_event, mixer);
    done(pa_context_subscribe(context, PA_SUBSCRIPTION_MASK_SINK_INPUT, NULL, NULL));
}

void pulse_mixer_stop(struct pulse_mixer *mixer)
{
    if (mixer->context)
        pa_context_set_subscribe_callback(mixer->context, NULL, NULL);
    mixer->context = NULL;
}

void pulse_mixer_add(struct pulse_mixer *mixer, struct pulse_mixer_input *input)
{
    g_ptr_array_add(mixer->inputs, input);
    look(mixer, input->index);
}

void pulse_mixer_remove(struct pulse_mixer *mixer, struct pulse_mixer_input *input)
{
    g_ptr_array_remove(mixer->inputs, input);
}

/* --- what is set here --- */

static void on_set(pa_context *context, int success, void *data)
{
    struct pulse_mixer *mixer = data;

    if (--mixer->pending > 0)
        return;
    for (guint i = 0; i < mixer->inputs->len; i++) {
        const struct pulse_mixer_input *input = g_ptr_array_index(mixer->inputs, i);

        look(mixer, input->index);
    }
}

static void begin(struct pulse_mixer *mixer, pa_operation *operation)
{
    if (operation)
        mixer->pending++;
    done(operation);
}

void pulse_mixer_set(struct pulse_mixer *mixer, uint32_t index, bool capture,
                     const pa_cvolume *volume, bool muted)
{
    pa_context *context = mixer->context;

    if (!context)
        return;
    if (capture) {
        begin(mixer, pa_context_set_source_output_volume(context, index, volume, on_set, mixer));
        begin(mixer, pa_context_set_source_output_mute(context, index, muted, on_set, mixer));
    } else {
        begin(mixer, pa_context_set_sink_input_volume(context, index, volume, on_set, mixer));
        begin(mixer, pa_context_set_sink_input_mute(context, index, muted, on_set, mixer));
    }
}
