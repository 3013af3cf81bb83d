/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's picture as libspice-server takes it: a surface, and commands that draw on it. */
#include "spice/screen.h"

#include <stdint.h>

#include <glib.h>

#include "spice/drawing.h"

/*
 * A new frame may come while the library holds less than this. Below 50 commands it never has to
 * wait for a viewer in the middle of our calls; a frame has no more than DAMAGE_MAX_RECTS.
 */
#define COMMANDS_AHEAD 32
#define PICTURES_AHEAD 2

/* All our memory is one slot of one group: an address that the library is told is a pointer. */
#define MEMORY_GROUP    0
#define MEMORY_SLOT     0
#define SLOT_BITS       1
#define GENERATION_BITS 1

struct spice_screen {
    QXLInstance qxl; /* first: the library knows nothing else */
    QXLInterface interface;
    void (*room_made)(void *data);
    void *data;

    unsigned width, height;
    uint32_t *canvas; /* where the library draws */
    unsigned next_width, next_height;
    bool resize;
    struct rect monitors[SESSION_MAX_PARTS];
    unsigned monitor_count;
    bool arrange;      /* the library has not been told of them */
    bool several_told; /* what it was told last is more than one */
    uint32_t image_id;
    struct drawing_list frame; /* what the library has not been told */

    GMutex lock; /* for what follows, which the library's thread shares */
    struct drawing_list queue;
    GQueue held; /* of struct drawing: all that are not in frame */
    size_t held_bytes;
    bool starved;
    guint room_source;
};

/* --- room; the lock is held --- */

static bool has_room(const struct spice_screen *screen)
{
    size_t picture = (size_t)screen->width * screen->height * sizeof(uint32_t);

    return screen->held.length < COMMANDS_AHEAD && screen->held_bytes < PICTURES_AHEAD * picture;
}

static void hold(struct spice_screen *screen, struct drawing *drawing)
{
    drawing->link.data = drawing;
    g_queue_push_tail_link(&screen->held, &drawing->link);
    screen->held_bytes += drawing->bytes;
}

static void let_go(struct spice_screen *screen, struct drawing *drawing)
{
    g_queue_unlink(&screen->held, &drawing->link);
    screen->held_bytes -= drawing->bytes;
    g_free(drawing);
}

static gboolean on_room(gpointer data)
{
    struct spice_screen *screen = data;

    g_mutex_lock(&screen->lock);
    screen->room_source = 0;
    g_mutex_unlock(&screen->lock);
    screen->room_made(screen->data);
    return G_SOURCE_REMOVE;
}

static void look_for_room(struct spice_screen *screen)
{
    if (!screen->starved || !has_room(screen))
        return;
    screen->starved = false;
    screen->room_source = g_idle_add_full(G_PRIORITY_DEFAULT, on_room, screen, NULL);
}

/* --- what the library calls, in its own thread --- */

static struct spice_screen *screen_of(QXLInstance *qxl)
{
    return (struct spice_screen *)qxl;
}

static int get_command(QXLInstance *qxl, QXLCommandExt *command)
{
    struct spice_screen *screen = screen_of(qxl);
    struct drawing *drawing;

    g_mutex_lock(&screen->lock);
    drawing = drawing_list_take(&screen->queue);
    g_mutex_unlock(&screen->lock);
    if (!drawing)
        return 0;
    *command = (QXLCommandExt){
        .cmd = {.type = QXL_CMD_DRAW, .data = drawing_address(&drawing->command)},
        .group_id = MEMORY_GROUP,
    };
    return 1;
}

/* True if we will say when there are more commands; false if there are some. */
static int request_notification(QXLInstance *qxl)
{
    struct spice_screen *screen = screen_of(qxl);
    bool empty;

    g_mutex_lock(&screen->lock);
    empty = screen->queue.first == NULL;
    g_mutex_unlock(&screen->lock);
    return empty;
}

static void release(QXLInstance *qxl, QXLReleaseInfoExt info)
{
    struct spice_screen *screen = screen_of(qxl);

    g_mutex_lock(&screen->lock);
    let_go(screen, (struct drawing *)(uintptr_t)info.info->id);
    look_for_room(screen);
    g_mutex_unlock(&screen->lock);
}

static void get_init_info(QXLInstance *qxl, QXLDevInitInfo *info)
{
    *info = (QXLDevInitInfo){
        .num_memslots_groups = 1,
        .num_memslots = 1,
        .memslot_gen_bits = GENERATION_BITS,
        .memslot_id_bits = SLOT_BITS,
        .internal_groupslot_id = MEMORY_GROUP,
        .n_surfaces = 1,
    };
}

/* Nothing is held back: the library then draws what it has, and gives that back. */
static int flush_resources(QXLInstance *qxl)
{
    return 0;
}

static int no_cursor(QXLInstance *qxl, QXLCommandExt *command)
{
    return 0;
}

static int no_cursor_notification(QXLInstance *qxl)
{
    return 1;
}

static void ignore_worker(QXLInstance *qxl)
{
}

static void ignore_level(QXLInstance *qxl, int level)
{
}

static void ignore_update(QXLInstance *qxl, uint32_t id)
{
}

/* Of monitors only: the cookie is the list, which the library has read. */
static void async_complete(QXLInstance *qxl, uint64_t cookie)
{
    g_free((void *)(uintptr_t)cookie);
}

static void ignore_area(QXLInstance *qxl, uint32_t surface, QXLRect *rects, uint32_t count)
{
}

static void ignore_capabilities(QXLInstance *qxl, uint8_t present,
                                uint8_t capabilities[SPICE_CAPABILITIES_SIZE])
{
}

/* The guest can't be asked for another size. */
static int refuse_monitors(QXLInstance *qxl, VDAgentMonitorsConfig *config)
{
    return 0;
}

static const QXLInterface screen_interface = {
    .base =
        {
            .type = SPICE_INTERFACE_QXL,
            .description = "vitrine screen",
            .major_version = SPICE_INTERFACE_QXL_MAJOR,
            .minor_version = SPICE_INTERFACE_QXL_MINOR,
        },
    .attached_worker = ignore_worker,
    .set_compression_level = ignore_level,
    .get_init_info = get_init_info,
    .get_command = get_command,
    .req_cmd_notification = request_notification,
    .release_resource = release,
    .get_cursor_command = no_cursor,
    .req_cursor_notification = no_cursor_notification,
    .notify_update = ignore_update,
    .flush_resources = flush_resources,
    .async_complete = async_complete,
    .update_area_complete = ignore_area,
    .set_client_capabilities = ignore_capabilities,
    .client_monitors_config = refuse_monitors,
};

/* --- the surface --- */

static uint32_t *canvas_new(unsigned width, unsigned height)
{
    return g_try_malloc0((size_t)width * height * sizeof(uint32_t));
}

static void create_surface(struct spice_screen *screen)
{
    QXLDevSurfaceCreate create = {
        .width = screen->width,
        .height = screen->height,
        .stride = (int32_t)(screen->width * sizeof(uint32_t)),
        .format = SPICE_SURFACE_FMT_32_xRGB,
        .mouse_mode = TRUE, /* viewers may show a pointer of their own */
        .type = QXL_SURF_TYPE_PRIMARY,
        .mem = drawing_address(screen->canvas),
        .group_id = MEMORY_GROUP,
    };

    spice_qxl_create_primary_surface(&screen->qxl, DRAWING_SURFACE, &create);
}

/* Takes back what the library has not looked at: it is of another size. */
static void empty_queue(struct spice_screen *screen)
{
    struct drawing *drawing;

    g_mutex_lock(&screen->lock);
    while ((drawing = drawing_list_take(&screen->queue)))
        let_go(screen, drawing);
    g_mutex_unlock(&screen->lock);
}

/* False if there is no memory for it: the old size stays. */
static bool change_surface(struct spice_screen *screen)
{
    uint32_t *canvas = canvas_new(screen->next_width, screen->next_height);

    if (!canvas) {
        g_warning("There is no memory for a picture of %u x %u pixels.", screen->next_width,
                  screen->next_height);
        return false;
    }
    empty_queue(screen);
    spice_qxl_destroy_primary_surface(&screen->qxl, DRAWING_SURFACE);
    g_free(screen->canvas);
    screen->canvas = canvas;
    screen->width = screen->next_width;
    screen->height = screen->next_height;
    create_surface(screen);
    screen->resize = false;
    return true;
}

/* --- monitors --- */

/* A new surface is one monitor for the library until it is told of more. */
static bool has_to_tell_monitors(const struct spice_screen *screen)
{
    return screen->arrange && (screen->monitor_count > 1 || screen->several_told);
}

/* The library reads the list later, in its own thread, and then says that it has. */
static void tell_monitors(struct spice_screen *screen)
{
    QXLMonitorsConfig *config =
        g_malloc0(sizeof(*config) + screen->monitor_count * sizeof(config->heads[0]));

    config->count = (uint16_t)screen->monitor_count;
    config->max_allowed = SESSION_MAX_PARTS;
    for (unsigned i = 0; i < screen->monitor_count; i++)
        config->heads[i] = (QXLHead){.id = i,
                                     .surface_id = DRAWING_SURFACE,
                                     .width = (uint32_t)screen->monitors[i].width,
                                     .height = (uint32_t)screen->monitors[i].height,
                                     .x = (uint32_t)screen->monitors[i].x,
                                     .y = (uint32_t)screen->monitors[i].y};
    screen->several_told = screen->monitor_count > 1;
    screen->arrange = false;
    spice_qxl_monitors_config_async(&screen->qxl, drawing_address(config), MEMORY_GROUP,
                                    (uintptr_t)config);
}

/* --- for the front end --- */

struct spice_screen *spice_screen_new(SpiceServer *server, unsigned width, unsigned height,
                                      void (*room_made)(void *data), void *data)
{
    struct spice_screen *screen = g_new0(struct spice_screen, 1);
    QXLDevMemSlot slot = {
        .slot_group_id = MEMORY_GROUP, .slot_id = MEMORY_SLOT, .virt_end = UINTPTR_MAX};

    screen->interface = screen_interface;
    screen->qxl.base.sif = &screen->interface.base;
    screen->room_made = room_made;
    screen->data = data;
    screen->width = width;
    screen->height = height;
    screen->canvas = canvas_new(width, height);
    if (!screen->canvas)
        g_error("There is no memory for a picture of %u x %u pixels.", width, height);
    drawing_list_init(&screen->frame);
    drawing_list_init(&screen->queue);
    g_mutex_init(&screen->lock);
    spice_server_add_interface(server, &screen->qxl.base);
    spice_qxl_add_memslot(&screen->qxl, &slot);
    create_surface(screen);
    return screen;
}

void spice_screen_free(struct spice_screen *screen)
{
    GList *link;

    if (!screen)
        return;
    /* The library's thread has ended: nothing is shared any more. */
    g_clear_handle_id(&screen->room_source, g_source_remove);
    while ((link = screen->held.head))
        let_go(screen, link->data);
    drawing_list_free(&screen->frame);
    g_free(screen->canvas);
    g_mutex_clear(&screen->lock);
    g_free(screen);
}

bool spice_screen_has_room(struct spice_screen *screen)
{
    bool room;

    g_mutex_lock(&screen->lock);
    room = has_room(screen);
    screen->starved = !room;
    g_mutex_unlock(&screen->lock);
    /* It keeps commands that it might still have to draw again: it is to draw them once and for
     * all. */
    if (!room)
        spice_qxl_oom(&screen->qxl);
    return room;
}

void spice_screen_resize(struct spice_screen *screen, unsigned width, unsigned height)
{
    drawing_list_free(&screen->frame);
    screen->next_width = width;
    screen->next_height = height;
    screen->resize = true;
}

void spice_screen_arrange(struct spice_screen *screen, const struct rect *monitors, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        screen->monitors[i] = monitors[i];
    screen->monitor_count = count;
    screen->arrange = true;
}

void spice_screen_draw(struct spice_screen *screen, const struct surface *picture,
                       const struct rect *rect)
{
    struct drawing *drawing = drawing_new(++screen->image_id, picture, rect);

    if (drawing)
        drawing_list_append(&screen->frame, drawing);
    else
        g_warning("There is no memory for %d x %d pixels; they are not shown.", rect->width,
                  rect->height);
}

void spice_screen_show(struct spice_screen *screen)
{
    struct drawing *drawing;

    if (screen->resize && !change_surface(screen)) {
        drawing_list_free(&screen->frame);
        return;
    }
    if (has_to_tell_monitors(screen))
        tell_monitors(screen);
    if (!screen->frame.first)
        return;
    g_mutex_lock(&screen->lock);
    while ((drawing = drawing_list_take(&screen->frame))) {
        hold(screen, drawing);
        drawing_list_append(&screen->queue, drawing);
    }
    g_mutex_unlock(&screen->lock);
    spice_qxl_wakeup(&screen->qxl);
}

void spice_screen_rest(struct spice_screen *screen)
{
    drawing_list_free(&screen->frame);
    spice_qxl_oom(&screen->qxl);
}

size_t spice_screen_held(struct spice_screen *screen)
{
    size_t bytes;

    g_mutex_lock(&screen->lock);
    bytes = screen->held_bytes;
    g_mutex_unlock(&screen->lock);
    return bytes;
}
