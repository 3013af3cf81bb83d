/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the main window share: its parts, and what each file does for the others. */
#pragma once

#include "ui/guest-window.h"
#include "ui/monitor-button.h"
#include "ui/sound-button.h"
#include "ui/usb-notice.h"
#include "ui/window.h"
#include "viewer/thumbnailer.h"

struct _VitrineWindow {
    AdwApplicationWindow parent_instance;

    /* children from window.ui */
    AdwToastOverlay *toasts;
    GtkWidget *header;
    AdwWindowTitle *title;
    GtkStack *pages;
    AdwStatusPage *lost_page;
    AdwFlap *flap;
    GtkListView *list;
    GtkSingleSelection *selection;
    GtkSortListModel *sorted;
    GtkFilterListModel *filtered;
    GtkStringFilter *name_filter;
    GtkSearchBar *search_bar;
    GtkSearchEntry *search_entry;
    GtkWidget *no_match;
    GtkStack *content;
    VitrineGuestPage *guest_page;
    AdwStatusPage *failed_page;
    GtkWidget *failed_offers;
    GtkWidget *failed_room;
    GtkRevealer *leave_revealer;
    GtkLabel *leave_title;
    GtkWidget *leave_button;
    GtkWidget *start_button;
    GtkWidget *shutdown_button;
    VitrineMonitorButton *monitor_button;
    VitrineSoundButton *sound_button;
    VitrineUsbNotice *usb_notice;
    GtkWidget *room_banner;
    GtkLabel *room_label;
    GMenu *usb_menu; /* of the selected guest */

    VitrineConnection *connection;
    VitrineGuest *guest;     /* the selected one */
    char *awaited_guest;     /* name of a guest that is to be selected when it appears */
    char *ordered_guest;     /* name of the one that was ordered here last */
    guint64 ordered_memory;  /* that it is to have, in bytes; 0 if its file says it */
    guint64 ordered_room;    /* that its disk may take, in bytes, as far as is known */
    char *focus_guest;       /* name of a guest whose screen gets the keyboard when it opens */
    AdwToast *capture_toast; /* while it is shown */
    VitrineThumbnailer *thumbnailer;
    GPtrArray *own_windows; /* of VitrineGuestWindow, not referenced */
    gboolean fullscreen;
    gboolean sidebar_wanted;
};

/* window.c */
void vitrine_window_select(VitrineWindow *self, const char *guest_name);
void vitrine_window_update_pages(VitrineWindow *self);

/* window-abilities.c */
void vitrine_window_update_actions(VitrineWindow *self);

/* window-actions.c */
void vitrine_window_actions_class_init(GtkWidgetClass *widget_class);

/* window-copies.c */
void vitrine_window_show_disks(VitrineWindow *self);
void vitrine_window_show_snapshots(VitrineWindow *self);
void vitrine_window_duplicate(VitrineWindow *self);
void vitrine_window_make_template(VitrineWindow *self);

/* window-templates.c */
void vitrine_window_new_template(VitrineWindow *self);
void vitrine_window_show_templates(VitrineWindow *self);
/* Says how the making of a template ended; FALSE if JOB makes none. */
gboolean vitrine_window_template_over(VitrineWindow *self, VitrineJob *job);

/* window-ending.c */
void vitrine_window_ending_init(VitrineWindow *self);

/* window-fullscreen.c */
void vitrine_window_fullscreen_init(VitrineWindow *self);
void vitrine_window_set_fullscreen(VitrineWindow *self, gboolean fullscreen);
void vitrine_window_reveal_leave(VitrineWindow *self, gboolean revealed);

/* window-guest.c */
void vitrine_window_set_guest(VitrineWindow *self, VitrineGuest *guest);

/* window-iso.c */
void vitrine_window_insert_iso(VitrineWindow *self);
void vitrine_window_eject_iso(VitrineWindow *self);

/* window-jobs.c */
void vitrine_window_jobs_init(VitrineWindow *self);

/* window-keyboard.c */
void vitrine_window_follow_view(VitrineWindow *self, gpointer view);

/* window-list.c */
void vitrine_window_list_init(VitrineWindow *self);

/* window-operations.c */
void vitrine_window_operations_class_init(GtkWidgetClass *widget_class);
void vitrine_window_update_operations(VitrineWindow *self, VitrineGuest *guest);

/* window-own.c */
void vitrine_window_open_own(VitrineWindow *self);
void vitrine_window_open_each(VitrineWindow *self);
void vitrine_window_close_own(VitrineWindow *self);
void vitrine_window_update_own(VitrineWindow *self);
void vitrine_window_destroy_own(VitrineWindow *self);
gboolean vitrine_window_has_own(VitrineWindow *self, VitrineGuest *guest);

/* window-remedy.c */
void vitrine_window_update_remedy(VitrineWindow *self);

/* window-room.c */
void vitrine_window_room_init(VitrineWindow *self);
void vitrine_window_make_room(VitrineWindow *self);

/* window-search.c */
void vitrine_window_search_init(VitrineWindow *self);
void vitrine_window_search(VitrineWindow *self);
void vitrine_window_end_search(VitrineWindow *self);
gboolean vitrine_window_search_hides_guest(VitrineWindow *self);

/* window-sound.c */
void vitrine_window_set_microphone(VitrineWindow *self, const char *how);
void vitrine_window_set_muted(VitrineWindow *self, gboolean muted);
void vitrine_window_take_microphone(VitrineWindow *self, const char *name);

/* window-start.c */
void vitrine_window_start_disk(VitrineWindow *self);

/* window-title.c */
void vitrine_window_update_title(VitrineWindow *self);

/* window-toast.c */
void vitrine_window_toast(VitrineWindow *self, const char *text);
void vitrine_window_toast_failure(VitrineWindow *self, const char *headline, const char *name,
                                  const char *reason);

/* window-usb.c */
void vitrine_window_usb_init(VitrineWindow *self);
void vitrine_window_update_usb(VitrineWindow *self);
void vitrine_window_show_usb(VitrineWindow *self);
void vitrine_window_keep_usb(VitrineWindow *self, const char *key);
