/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the guest's page share: its parts, and what each file does for the others. */
#pragma once

#include "model/job.h"
#include "ui/guest-page.h"

#include <adwaita.h>

struct _VitrineGuestPage {
    GtkWidget parent_instance;

    GtkWidget *box;
    GtkWidget *microphone_banner;
    GtkLabel *microphone_label;
    GtkWidget *microphone_button;
    GtkWidget *asking_banner;
    GtkLabel *asking_label;
    GtkWidget *stack;
    GtkScrolledWindow *scroller;
    GtkWidget *display;
    GtkWidget *display_note;
    GtkWidget *console;
    AdwStatusPage *status;
    GtkWidget *progress;
    GtkWidget *phase;
    GtkWidget *tail;
    GtkWidget *action_button;
    GtkWidget *other_button;
    GtkWidget *offers;
    GtkWidget *cancel_button;

    VitrineGuest *guest;
    VitrineJob *job;
    GCancellable *tail_reading; /* of the crash that is shown; stays until another guest or state */
    gboolean elsewhere;         /* the guest is shown by another window */
    enum { CHOICE_NONE, CHOICE_SCREEN, CHOICE_CONSOLE } choice; /* the person's, for this guest */
};

/* guest-page-face.c */
void vitrine_guest_page_update_face(VitrineGuestPage *self);
void vitrine_guest_page_set_job(VitrineGuestPage *self, VitrineJob *job);
void vitrine_guest_page_forget_tail(VitrineGuestPage *self);

/* guest-page-microphone.c */
void vitrine_guest_page_update_microphone(VitrineGuestPage *self);
void vitrine_guest_page_update_asking(VitrineGuestPage *self);
void vitrine_guest_page_dismiss_asking(VitrineGuestPage *self);
