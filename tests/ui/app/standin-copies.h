/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots and copies of the stand-in's guests. */
#pragma once

#include "vitrine-dbus.h"

typedef char *(*StandinStartJob)(VitrineGuest1 *guest, const char *kind, const char *during,
                                 const char *after);

/* Answers GUEST's methods for snapshots from now on, of which there are none yet. */
void standin_copies_connect(VitrineGuest1 *guest, StandinStartJob start);
