/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's settings may be, and how a change of them is written into its file. */
#pragma once

#include <gio/gio.h>

#include "guest-config.h"
#include "network-access.h"

/* What a guest's interface is connected to. */
typedef enum {
    GUEST_NETWORK_NONE,    /* it has none */
    GUEST_NETWORK_NAT,     /* guests' own network, and by this computer's the one outside */
    GUEST_NETWORK_BRIDGED, /* the network outside, as this computer's wired card is */
} GuestNetwork;

/* The bridges that guests' interfaces are on. Strings are borrowed. */
typedef struct {
    const char *nat;         /* guests' own network; empty: there is none */
    const char *lan;         /* the network outside; likewise */
    const char *lan_problem; /* why no guest can be put on that now, or NULL */
} GuestBridges;

/* A new value for each setting that is GIVEN. */
typedef struct {
    struct {
        guint memory : 1;
        guint maximum_memory : 1;
        guint vcpus : 1;
        guint weight : 1;
        guint color : 1;
        guint group : 1;
        guint autostart : 1;
        guint network : 1;
        guint sound : 1;
        guint network_access : 1;
        guint network_hosts : 1;
        guint start : 1;
        guint monitors : 1;
    } given;
    guint64 memory;         /* bytes, whole MiB */
    guint64 maximum_memory; /* likewise; 0: as `memory` */
    guint vcpus;
    guint weight; /* 0: the scheduler's default */
    char *color;  /* "#rrggbb"; owned */
    char *group;  /* that it is listed in; owned */
    gboolean autostart;
    GuestNetwork network;
    gboolean sound;
    NetworkAccess access; /* owned */
    GuestStart start;
    MonitorList monitors;
} GuestSettings;

/* One option of a method with an a{sv}, and the function that checks VALUE, which is of TYPE, and
 * keeps it in TARGET. TOTAL is the machine's memory in bytes. */
typedef struct {
    const char *name;
    const char *type;
    gboolean (*take)(GVariant *value, guint64 total, gpointer target, GError **error);
} SettingOption;

/* Takes all of VALUES (a{sv}) by the table OPTIONS. FALSE, and a sentence on the first that is
 * wrong; TARGET is half filled then. */
gboolean settings_take(const SettingOption *options, guint n_options, GVariant *values,
                       guint64 total, gpointer target, GError **error);

/* The limits that making a guest and changing one share. Memory comes out in whole MiB. */
gboolean settings_take_memory(GVariant *value, guint64 total, guint64 *ret_bytes, GError **error);
gboolean settings_take_vcpus(GVariant *value, guint *ret_vcpus, GError **error);
/* Whether a new disk may have so many bytes. */
gboolean settings_check_disk_size(guint64 bytes, GError **error);
gboolean settings_take_color(GVariant *value, char **color, GError **error);

/* Reads the options of Guest1.Configure; after a success, release with guest_settings_clear(). */
gboolean guest_settings_parse(GVariant *options, guint64 total, GuestSettings *ret_settings,
                              GError **error);
void guest_settings_clear(GuestSettings *settings);

/* The file TEXT of LENGTH bytes, which says NOW, with SETTINGS, but for what the guest starts from
 * (guest_start_edit()), in it; NULL and a sentence if that
 * can't be. The caller owns the result. */
char *guest_settings_edit(const GuestSettings *settings, const GuestFacts *now,
                          const GuestBridges *bridges, const char *text, gsize length,
                          GError **error);

/* "nat", "bridged", "none", or "custom" for what a person has set up otherwise. */
const char *guest_settings_network(const GuestFacts *facts, const GuestBridges *bridges);

/* Whether a DOMAIN of these settings has what its FILE says now. */
gboolean guest_settings_agree(const GuestFacts *domain, const GuestFacts *file);

/* The settings as a line to be kept with a domain, and back; FALSE if TEXT is no such line. */
char *guest_settings_to_text(const GuestFacts *facts);
gboolean guest_settings_from_text(const char *text, GuestFacts *ret_facts);
