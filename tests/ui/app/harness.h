/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the window need: the program and the stand-in running, eyes and hands. */
#pragma once

#include "standin-bus.h"
#include "ui/window.h"

/* The window under test, and the stand-in's side door. */
extern VitrineWindow *harness_window;
extern StandinBusStandin1 *harness_standin;

/* A test, which begins with a service that runs and has no guests. */
typedef struct {
    const char *path;
    void (*test)(void);
} HarnessTest;

/* A test program's main(): brings all up, but for the stand-in; has tests run; runs them, and
 * returns what it is to exit with. */
void harness_init(int *argc, char ***argv);
void harness_add(const HarnessTest *tests, guint n_tests);
int harness_run(void);

void harness_start_standin(void);
void harness_stop_standin(void);
void harness_finish(void);

/* Runs the main loop until @condition holds; fails the test when it does not in ten seconds. */
#define harness_await(condition)                                                \
    G_STMT_START                                                                \
    {                                                                           \
        gint64 harness_deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC; \
        while (!(condition)) {                                                  \
            if (g_get_monotonic_time() > harness_deadline)                      \
                harness_give_up(__FILE__, __LINE__, #condition);                \
            harness_turn();                                                     \
        }                                                                       \
    }                                                                           \
    G_STMT_END

void harness_turn(void);
void harness_settle(guint milliseconds);
void harness_give_up(const char *file, int line, const char *condition) G_GNUC_NORETURN;

/* eyes */
typedef gboolean (*HarnessMatch)(GtkWidget *widget, const char *wanted);
GtkWidget *harness_search(GtkWidget *widget, HarnessMatch match, const char *wanted);
GtkWidget *harness_find(const char *id);
GtkWidget *harness_find_in_row(const char *name, const char *id);
gboolean harness_shows(const char *text);
gboolean harness_can(const char *action);
void harness_set_front(GtkWindow *window);
GtkWindow *harness_dialog(void);
guint32 harness_pixel(GtkWidget *widget, double x, double y);
gboolean harness_screen_has(int x, int y, guint length, guint32 color);
void harness_save_picture(const char *name);

/* hands */
void harness_key(const char *keysym, gboolean down);
void harness_press(const char *keys);
void harness_type(const char *text);
void harness_move(GtkWidget *widget, double x, double y);
void harness_button(guint button, gboolean down);
void harness_click(GtkWidget *widget);
void harness_activate(const char *action);

/* the stand-in */
GVariant *harness_ask(const char *method, GVariant *arguments);
void harness_tell(const char *method, GVariant *arguments);
void harness_add_guest(const char *name, const char *state);
void harness_set_guest(const char *name, const char *properties);
void harness_clear_guests(void);
void harness_run_clean(gconstpointer data);
char **harness_take_input(void);
gboolean harness_heard(const char *event);
guint harness_count_viewers(void);
