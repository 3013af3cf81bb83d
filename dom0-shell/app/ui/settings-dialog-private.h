/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the settings' dialog share: what it shows, and what it asks for. */
#pragma once

#include "ui/settings-dialog.h"

#include "model/guest-choice.h"

struct _VitrineSettingsDialog {
    AdwWindow parent_instance;

    GtkWidget *spinner;
    GtkWidget *restart_banner;
    GtkWidget *error;
    GtkSpinButton *memory;
    GtkSpinButton *maximum; /* no less than that */
    GtkSpinButton *vcpus;
    AdwComboRow *share;
    AdwComboRow *network;
    AdwComboRow *access;
    AdwEntryRow *hosts;
    AdwComboRow *start;
    AdwPreferencesGroup *screens;
    AdwComboRow *monitors;
    AdwComboRow *sizes[VITRINE_MONITORS_MAX];
    GtkSwitch *autostart;
    GtkEditable *group;
    GtkSwitch *sound;
    GtkBox *colors;

    VitrineConnection *connection;
    VitrineGuest *guest;
    char **starts;        /* what the choices of `start` are on the bus */
    char **screen_sizes;  /* of the monitors, as the guest has them or was to have them last */
    GVariantDict *wanted; /* changed here and not asked for yet */
    guint timer;          /* until it will be */
    gboolean loading;     /* the fields change by our own hand */
    gboolean busy;        /* a call is on its way */
    gboolean closed;
};

/* settings-show.c */
void vitrine_settings_set_limits(VitrineSettingsDialog *self);
void vitrine_settings_show(VitrineSettingsDialog *self);
void vitrine_settings_describe_start(VitrineSettingsDialog *self, const char *start);
