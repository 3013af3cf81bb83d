/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices of ours a guest gets: by what NAME.ini says, and without a word there, NAME.cfg. */
#pragma once

#include "guest-notes.h"

/* Whether a guest of this choice and these facts gets a display server of ours. */
gboolean guest_devices_have_display(DeviceChoice choice, const GuestFacts *facts);
/* The monitors of its graphics card of ours (monitor-list.h). Borrowed. */
const char *guest_devices_find_monitors(const MonitorChoice *choice, const GuestFacts *facts);
/* Whether it gets a sound card of ours. */
gboolean guest_devices_have_sound(DeviceChoice choice, const GuestFacts *facts);
