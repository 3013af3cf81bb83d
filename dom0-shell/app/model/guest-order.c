/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In which order guests are listed: by group, with those of none first, and in each by name, with
 * numbers in them as numbers. While they are few, each keeps its place whatever it does. Of many,
 * those where something is going on come first, for the others are mostly not what one looks for.
 */
#include "model/guest-order.h"

/* As strcmp(); never 0 for two different names. */
int vitrine_guest_order_compare_names(const char *a, const char *b)
{
    g_autofree char *key_a = g_utf8_collate_key_for_filename(a, -1);
    g_autofree char *key_b = g_utf8_collate_key_for_filename(b, -1);
    int order = g_strcmp0(key_a, key_b);

    return order ? order : g_strcmp0(a, b);
}

/* Whether a guest in @state is there, is coming or going, or needs somebody. */
gboolean vitrine_guest_order_is_busy(VitrineGuestState state)
{
    return state != VITRINE_GUEST_STATE_STOPPED && state != VITRINE_GUEST_STATE_UNKNOWN;
}

static int compare_groups(VitrineGuest *a, VitrineGuest *b)
{
    return vitrine_guest_order_compare_names(vitrine_guest_get_group(a),
                                             vitrine_guest_get_group(b));
}

/* Less than 0 if @a comes before @b in a list of @n_guests. */
int vitrine_guest_order_compare(VitrineGuest *a, VitrineGuest *b, guint n_guests)
{
    gboolean is_busy_a = vitrine_guest_order_is_busy(vitrine_guest_get_state(a));
    gboolean is_busy_b = vitrine_guest_order_is_busy(vitrine_guest_get_state(b));

    if (compare_groups(a, b) != 0)
        return compare_groups(a, b);
    if (n_guests > VITRINE_GUEST_ORDER_FEW && is_busy_a != is_busy_b)
        return is_busy_b - is_busy_a;
    return vitrine_guest_order_compare_names(vitrine_guest_get_name(a), vitrine_guest_get_name(b));
}
