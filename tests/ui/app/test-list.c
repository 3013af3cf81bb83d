/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of guests: what a row shows of its guest. */
#include "harness.h"

#include "model/preferences.h"
#include "ui/sparkline.h"

static VitrineSparkline *get_sparkline(void)
{
    GtkWidget *sparkline = harness_find("sparkline");

    return sparkline ? VITRINE_SPARKLINE(sparkline) : NULL;
}

/* Whether a curve reaches up at its newest end, and not in its middle. */
static gboolean is_high_at(const char *name)
{
    GtkWidget *sparkline = harness_find(name);

    return harness_pixel(sparkline, 1, 0.4) != 0 && harness_pixel(sparkline, 0.5, 0.4) == 0;
}

static gboolean is_high(void)
{
    return is_high_at("sparkline");
}

/* A load is seen where it is newest, and said in words. */
static void test_load(void)
{
    harness_add_guest("web", "stopped");
    g_assert_null(get_sparkline());
    harness_set_guest("web", "{'State': <'running'>}");
    harness_await(get_sparkline());
    g_assert_false(is_high());
    harness_set_guest("web", "{'Vcpus': <uint32 2>, 'CpuUsage': <2.0>}");
    harness_await(is_high());
    g_assert_true(gtk_test_accessible_has_property(GTK_ACCESSIBLE(get_sparkline()),
                                                   GTK_ACCESSIBLE_PROPERTY_LABEL));
    g_assert_cmpstr(gtk_widget_get_tooltip_text(GTK_WIDGET(get_sparkline())), ==,
                    "CPU use 100 %, at most 100 % in the last two minutes");
    harness_set_guest("web", "{'CpuUsage': <0.5>}");
    harness_await(!is_high());
    harness_settle(50);
    harness_save_picture("sparkline");
    harness_set_guest("web", "{'State': <'stopped'>}");
    harness_await(!get_sparkline());
}

/* The memory's curve is beside the CPU's: of the most that the guest may have. */
static void test_memory_load(void)
{
    harness_add_guest("web", "running");
    harness_set_guest("web", "{'Memory': <uint64 536870912>, 'MaximumMemory': <uint64 1073741824>,"
                             " 'MemoryUsed': <uint64 104857600>}");
    harness_await(harness_find("memory_sparkline"));
    harness_await(!is_high_at("memory_sparkline"));
    harness_set_guest("web", "{'MemoryUsed': <uint64 1073741824>}");
    harness_await(is_high_at("memory_sparkline"));
    g_assert_false(is_high_at("sparkline"));
    g_assert_cmpstr(gtk_widget_get_tooltip_text(harness_find("memory_sparkline")), ==,
                    "Memory use 100 %, at most 100 % in the last two minutes");
    harness_set_guest("web", "{'MemoryUsed': <uint64 268435456>}");
    harness_await(!is_high_at("memory_sparkline"));
    g_assert_true(g_str_has_prefix(gtk_widget_get_tooltip_text(harness_find("memory_sparkline")),
                                   "Memory use 25 %, at most "));
    harness_settle(50);
    harness_save_picture("memory-sparkline");
    harness_set_guest("web", "{'State': <'stopped'>}");
    harness_await(!harness_find("memory_sparkline"));
}

/* Nothing is drawn for a load that stays, nor where nobody looks. */
static void test_load_idle(void)
{
    VitrineSparkline *sparkline;
    guint n_draws;

    harness_add_guest("web", "running");
    harness_await(get_sparkline());
    sparkline = get_sparkline();
    harness_settle(200);
    n_draws = vitrine_sparkline_get_n_draws(sparkline);
    g_assert_cmpuint(n_draws, >, 0);
    harness_settle(VITRINE_LOAD_HISTORY_STEP_MS + 200);
    g_assert_cmpuint(vitrine_sparkline_get_n_draws(sparkline), ==, n_draws);

    harness_press("F9");
    harness_await(!get_sparkline());
    harness_set_guest("web", "{'CpuUsage': <0.5>}");
    harness_settle(200);
    g_assert_cmpuint(vitrine_sparkline_get_n_draws(sparkline), ==, n_draws);
    harness_press("F9");
    harness_await(get_sparkline());
    harness_await(vitrine_sparkline_get_n_draws(sparkline) > n_draws);
    /* Now time moves the curve. */
    harness_settle(200);
    n_draws = vitrine_sparkline_get_n_draws(sparkline);
    harness_await(vitrine_sparkline_get_n_draws(sparkline) > n_draws);
}

static void show_thumbnails(gboolean shown)
{
    g_settings_set_boolean(vitrine_preferences_get(), "thumbnails", shown);
}

/* How many connections were opened to screens since the last time. */
static guint take_opened(void)
{
    g_autoptr(GVariant) answer = harness_ask("TakeOpened", NULL);
    const char *guest;
    guint n_opened;

    g_variant_get(answer, "(u&s)", &n_opened, &guest);
    return n_opened;
}

static guint32 thumbnail_pixel(const char *name, double x, double y)
{
    return harness_pixel(harness_find_in_row(name, "thumbnail"), x, y);
}

/* The four quarters of the stand-in's screen, small. */
static gboolean has_picture(const char *name)
{
    return thumbnail_pixel(name, 0.3, 0.3) == 0xff0000 &&
           thumbnail_pixel(name, 0.7, 0.3) == 0x00ff00 &&
           thumbnail_pixel(name, 0.3, 0.7) == 0x0000ff &&
           thumbnail_pixel(name, 0.7, 0.7) == 0xffffff &&
           /* The dark ground beside it: all of it is there. */
           (thumbnail_pixel(name, 0.08, 0.4) & 0xe0e0e0) == 0;
}

/* A guest that is shown lends its pixels; another one is looked at; one that is off has an icon. */
static void test_thumbnails(void)
{
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    take_opened();
    harness_add_guest("alpha", "running");
    harness_add_guest("beta", "running");
    harness_add_guest("gamma", "stopped");
    harness_settle(500);
    g_assert_cmpuint(take_opened(), ==, 1);
    g_assert_false(has_picture("alpha"));
    show_thumbnails(TRUE);
    harness_await(has_picture("alpha"));
    harness_await(has_picture("beta"));
    g_assert_cmpuint(take_opened(), ==, 1);
    harness_settle(50);
    harness_save_picture("thumbnails");

    harness_set_guest("beta", "{'State': <'stopped'>, 'HasDisplay': <false>}");
    harness_await(!has_picture("beta"));
    harness_set_guest("beta", "{'State': <'running'>, 'HasDisplay': <true>}");
    harness_await(has_picture("beta"));
    /* What changes is seen, and not at the price of a connection more. */
    g_assert_cmpuint(take_opened(), ==, 1);
    harness_tell("Paint", g_variant_new("(uuuuu)", 0, 0, 320, 240, 0x808000));
    harness_await(thumbnail_pixel("alpha", 0.3, 0.3) == 0x808000);
    show_thumbnails(FALSE);
    harness_await(!has_picture("beta"));
}

/* How far something is, where it has an end; the sparkline makes room for it. */
static void test_progress(void)
{
    harness_add_guest("web", "stopped");
    standin_bus_standin1_set_job_milliseconds(harness_standin, 5000);
    standin_bus_standin1_call_fail_next_job_sync(harness_standin, "It broke.", NULL, NULL);
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.start", NULL);
    harness_await(harness_shows("Starting · 20 %"));
    g_assert_null(get_sparkline());
    harness_settle(50);
    harness_save_picture("progress");
    standin_bus_standin1_set_job_milliseconds(harness_standin, 100);
    harness_await(harness_shows("Try Again"));
    g_assert_false(harness_shows("Stopped ·"));
}

/* Nobody is looked at for a list that is out of sight. */
static void test_thumbnails_hidden(void)
{
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    harness_add_guest("alpha", "stopped");
    show_thumbnails(TRUE);
    harness_press("F9");
    harness_await(!harness_find("list"));
    take_opened();
    harness_tell("AddGuest", g_variant_new("(ss)", "beta", "running"));
    harness_settle(800);
    g_assert_cmpuint(take_opened(), ==, 0);
    harness_press("F9");
    harness_await(has_picture("beta"));
    show_thumbnails(FALSE);
}

/* A screen that says nothing is left alone, and the others get their turn. */
static void test_thumbnails_silent(void)
{
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    harness_add_guest("alpha", "stopped");
    harness_tell("SetSilent", g_variant_new("(b)", TRUE));
    harness_add_guest("beta", "running");
    take_opened();
    show_thumbnails(TRUE);
    harness_await(take_opened() == 1);
    harness_tell("SetSilent", g_variant_new("(b)", FALSE));
    harness_add_guest("gamma", "running");
    harness_await(has_picture("gamma"));
    g_assert_false(has_picture("beta"));
    g_assert_cmpuint(take_opened(), ==, 1);
    show_thumbnails(FALSE);
}

static GListModel *get_model(void)
{
    return G_LIST_MODEL(gtk_list_view_get_model(GTK_LIST_VIEW(harness_find("list"))));
}

static const char *name_at(guint position)
{
    g_autoptr(VitrineGuest) guest = g_list_model_get_item(get_model(), position);

    return guest ? vitrine_guest_get_name(guest) : "";
}

static const char *shown_name(void)
{
    VitrineGuest *guest = vitrine_window_get_guest(harness_window);

    return guest ? vitrine_guest_get_name(guest) : "";
}

static gboolean shows_guest(const char *name)
{
    return g_str_equal(shown_name(), name);
}

/* guest-1 to guest-N; every seventh runs, and has no screen. */
static void add_guests(guint n_guests)
{
    for (guint i = 1; i <= n_guests; i++) {
        g_autofree char *name = g_strdup_printf("guest-%u", i);

        harness_tell("AddGuest", g_variant_new("(ss)", name, i % 7 ? "stopped" : "paused"));
    }
    harness_await(harness_find("list") && g_list_model_get_n_items(get_model()) == n_guests);
}

static guint count_rows(GtkWidget *widget)
{
    guint n_rows = g_str_equal(G_OBJECT_TYPE_NAME(widget), "VitrineGuestRow");

    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        n_rows += count_rows(child);
    return n_rows;
}

/* Few guests stay where they are; of many, those come first that do something. */
static void test_order(void)
{
    add_guests(10);
    g_assert_cmpstr(name_at(0), ==, "guest-1");
    g_assert_cmpstr(name_at(1), ==, "guest-2");
    g_assert_cmpstr(name_at(6), ==, "guest-7");
    g_assert_cmpstr(name_at(9), ==, "guest-10");
    harness_add_guest("another", "stopped");
    harness_await(g_str_equal(name_at(0), "guest-7"));
    g_assert_cmpstr(name_at(1), ==, "another");
    harness_set_guest("guest-3", "{'State': <'starting'>}");
    harness_await(g_str_equal(name_at(0), "guest-3"));
    g_assert_cmpstr(name_at(1), ==, "guest-7");
    harness_set_guest("guest-3", "{'State': <'crashed'>}");
    harness_settle(100);
    g_assert_cmpstr(name_at(0), ==, "guest-3");
    harness_tell("RemoveGuest", g_variant_new("(s)", "another"));
    harness_await(g_str_equal(name_at(0), "guest-1"));
}

/* Sixty guests by the keyboard alone. */
static void test_many(void)
{
    add_guests(60);
    harness_settle(100);
    gtk_widget_grab_focus(harness_find("list"));
    harness_press("Home");
    harness_await(shows_guest("guest-7"));
    harness_save_picture("many");
    harness_press("Down");
    harness_await(shows_guest("guest-14"));
    harness_press("End");
    harness_await(shows_guest("guest-60"));
    harness_press("Up");
    harness_await(shows_guest("guest-59"));
    harness_press("Page_Up");
    harness_await(!shows_guest("guest-59"));
    g_assert_false(shows_guest("guest-7"));
    /* Its place may change, and it is shown all the same. */
    harness_press("End");
    harness_await(shows_guest("guest-60"));
    harness_set_guest("guest-60", "{'State': <'crashed'>}");
    harness_await(!g_str_equal(name_at(59), "guest-60"));
    g_assert_cmpstr(shown_name(), ==, "guest-60");
    harness_save_picture("many-end");
}

/* However many guests there are, there are only so many rows. */
static void test_rows(void)
{
    add_guests(400);
    harness_settle(100);
    g_assert_cmpuint(count_rows(GTK_WIDGET(harness_window)), <=, 210);
    harness_tell("ClearGuests", NULL);
    harness_await(harness_shows("No Guests Yet"));
}

static guint count_found(void)
{
    return g_list_model_get_n_items(get_model());
}

static gboolean is_label(GtkWidget *widget, const char *text)
{
    return GTK_IS_LABEL(widget) && g_str_equal(gtk_label_get_text(GTK_LABEL(widget)), text);
}

static GtkWidget *find_label(GtkWidget *widget, const char *text)
{
    return harness_search(widget, is_label, text);
}

static double top_of(const char *text)
{
    GtkWidget *label = find_label(harness_find("list"), text);
    graphene_rect_t bounds;

    g_assert_nonnull(label);
    g_assert_true(gtk_widget_compute_bounds(label, harness_find("list"), &bounds));
    return bounds.origin.y;
}

/* Groups come by name, after those in none; the first guest of each has its name above it. */
static void test_groups(void)
{
    GtkWidget *list;

    harness_add_guest("alpha", "stopped");
    harness_add_guest("beta", "stopped");
    harness_add_guest("gamma", "stopped");
    harness_add_guest("delta", "stopped");
    list = harness_find("list");
    harness_set_guest("alpha", "{'Group': <'Work'>}");
    harness_set_guest("beta", "{'Group': <'Home'>}");
    harness_set_guest("gamma", "{'Group': <'Work'>}");
    harness_await(g_str_equal(name_at(0), "delta") && g_str_equal(name_at(3), "gamma"));
    g_assert_cmpstr(name_at(1), ==, "beta");
    g_assert_cmpstr(name_at(2), ==, "alpha");
    harness_await(find_label(list, "Work") && find_label(list, "Home"));
    harness_settle(100);
    harness_save_picture("groups");
    g_assert_cmpfloat(top_of("delta"), <, top_of("Home"));
    g_assert_cmpfloat(top_of("Home"), <, top_of("beta"));
    g_assert_cmpfloat(top_of("beta"), <, top_of("Work"));
    g_assert_cmpfloat(top_of("Work"), <, top_of("alpha"));
    g_assert_cmpfloat(top_of("alpha"), <, top_of("gamma"));
    harness_press("Control_L+f");
    harness_await(harness_find("search_entry"));
    harness_type("work");
    harness_await(count_found() == 2);
    harness_press("Escape");
    harness_await(count_found() == 4);
    harness_set_guest("beta", "{'Group': <''>}");
    harness_await(!find_label(list, "Home") && g_str_equal(name_at(0), "beta"));
    harness_tell("RemoveGuest", g_variant_new("(s)", "alpha"));
    harness_await(!find_label(list, "alpha"));
    harness_await(find_label(list, "Work"));
    g_assert_cmpfloat(top_of("Work"), <, top_of("gamma"));
}

static void test_search(void)
{
    add_guests(60);
    harness_settle(100);
    harness_press("Control_L+f");
    harness_await(harness_find("search_entry"));
    harness_type("est-1");
    harness_await(count_found() == 11);
    /* What is looked at stays. */
    g_assert_cmpstr(shown_name(), ==, "guest-1");
    harness_press("9");
    harness_await(count_found() == 1);
    harness_settle(50);
    harness_save_picture("search");
    g_assert_cmpstr(shown_name(), ==, "guest-1");
    harness_press("Return");
    harness_await(shows_guest("guest-19"));
    harness_await(count_found() == 60);
    g_assert_null(harness_find("search_entry"));
}

/* Escape undoes it all, and Escape is the search's before it cancels anything. */
static void test_search_escape(void)
{
    harness_add_guest("alpha", "stopped");
    harness_add_guest("beta", "stopped");
    standin_bus_standin1_set_job_milliseconds(harness_standin, 60000);
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.start", NULL);
    harness_await(harness_can("win.cancel-job"));
    harness_press("Control_L+f");
    harness_await(harness_find("search_entry"));
    harness_type("zz");
    harness_await(harness_shows("No guest’s name or group has that in it."));
    harness_press("Escape");
    harness_await(!harness_find("search_entry"));
    harness_await(count_found() == 2);
    g_assert_cmpstr(shown_name(), ==, "alpha");
    g_assert_true(harness_can("win.cancel-job"));
    harness_press("Escape");
    harness_await(!harness_can("win.cancel-job"));
    standin_bus_standin1_set_job_milliseconds(harness_standin, 100);
}

/* In the list one just types, and an arrow leads from what was typed to what was found. */
static void test_search_typing(void)
{
    harness_add_guest("alpha", "stopped");
    harness_add_guest("beta", "stopped");
    harness_add_guest("gamma", "stopped");
    gtk_widget_grab_focus(harness_find("list"));
    harness_press("g");
    harness_await(harness_find("search_entry"));
    harness_await(count_found() == 1);
    g_assert_cmpstr(shown_name(), ==, "alpha");
    harness_press("Escape");
    harness_await(count_found() == 3);
    g_assert_cmpstr(shown_name(), ==, "alpha");
    harness_press("g");
    harness_await(count_found() == 1);
    harness_press("Down");
    harness_press("space");
    harness_await(shows_guest("gamma"));
    harness_press("Control_L+f");
    harness_press("Escape");
    harness_await(count_found() == 3);
    g_assert_cmpstr(shown_name(), ==, "gamma");
    /* A guest that is gone is not shown any longer, found or not. */
    harness_press("Control_L+f");
    harness_type("al");
    harness_await(count_found() == 1);
    g_assert_cmpstr(shown_name(), ==, "gamma");
    harness_tell("RemoveGuest", g_variant_new("(s)", "gamma"));
    harness_await(!shows_guest("gamma"));
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/list/load", test_load},
        {"/list/memory-load", test_memory_load},
        {"/list/load-idle", test_load_idle},
        {"/list/progress", test_progress},
        {"/list/order", test_order},
        {"/list/groups", test_groups},
        {"/list/many", test_many},
        {"/list/rows", test_rows},
        {"/list/search", test_search},
        {"/list/search-escape", test_search_escape},
        {"/list/search-typing", test_search_typing},
        {"/list/thumbnails", test_thumbnails},
        {"/list/thumbnails-hidden", test_thumbnails_hidden},
        {"/list/thumbnails-silent", test_thumbnails_silent},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
