/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weighs what a guest's two files say of its devices. */
#include "guest-devices.h"

/* An HVM guest's screen is QEMU's, whatever its files say. */
gboolean guest_devices_have_display(DeviceChoice choice, const GuestFacts *facts)
{
    return facts->kind != GUEST_HVM &&
           (choice == DEVICE_YES || (choice == DEVICE_AS_IN_CFG && facts->has_vfb));
}

const char *guest_devices_find_monitors(const MonitorChoice *choice, const GuestFacts *facts)
{
    if (facts->kind == GUEST_HVM)
        return "";
    return choice->said ? choice->list : facts->monitors;
}

gboolean guest_devices_have_sound(DeviceChoice choice, const GuestFacts *facts)
{
    return choice == DEVICE_YES || (choice == DEVICE_AS_IN_CFG && facts->has_vsnd);
}
