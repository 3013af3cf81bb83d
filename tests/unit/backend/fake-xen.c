/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for xenstored, a guest's memory, its grants and its event channels, in one process. */
#include "fake-xen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xenstore.h>

/* The libraries' handles are opaque; nothing is behind ours. */
static char handle;

/* --- the store --- */

struct node {
    char *value;
    char *permissions;
};

struct watch {
    char *path, *token;
};

static GTree *nodes;        /* path -> struct node */
static GPtrArray *watches;  /* of struct watch */
static GQueue store_events; /* of char **, as xs_check_watch() returns them */
static int store_fd = -1;
static unsigned conflicts;
static bool alive;

static void free_node(gpointer data)
{
    struct node *node = data;

    g_free(node->value);
    g_free(node->permissions);
    g_free(node);
}

static void free_watch(gpointer data)
{
    struct watch *watch = data;

    g_free(watch->path);
    g_free(watch->token);
    g_free(watch);
}

static int compare_paths(gconstpointer a, gconstpointer b, gpointer data)
{
    return strcmp(a, b);
}

static bool is_below(const char *path, const char *parent)
{
    size_t length = strlen(parent);

    return strncmp(path, parent, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void queue_event(const struct watch *watch, const char *path)
{
    size_t path_size = strlen(path) + 1, token_size = strlen(watch->token) + 1;
    char **event = malloc(2 * sizeof(char *) + path_size + token_size);

    event[XS_WATCH_PATH] = (char *)(event + 2);
    event[XS_WATCH_TOKEN] = event[XS_WATCH_PATH] + path_size;
    memcpy(event[XS_WATCH_PATH], path, path_size);
    memcpy(event[XS_WATCH_TOKEN], watch->token, token_size);
    g_queue_push_tail(&store_events, event);
    eventfd_write(store_fd, 1);
}

static void set_off_watches(const char *path)
{
    for (guint i = 0; i < watches->len; i++) {
        struct watch *watch = g_ptr_array_index(watches, i);

        if (is_below(path, watch->path) || is_below(watch->path, path))
            queue_event(watch, path);
    }
}

static gboolean collect_below(gpointer key, gpointer value, gpointer data)
{
    GPtrArray *found = ((gpointer *)data)[1];

    if (is_below(key, ((gpointer *)data)[0]))
        g_ptr_array_add(found, g_strdup(key));
    return FALSE;
}

static bool remove_below(const char *path)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    gpointer data[] = {(gpointer)path, found};

    g_tree_foreach(nodes, collect_below, data);
    for (guint i = 0; i < found->len; i++)
        g_tree_remove(nodes, g_ptr_array_index(found, i));
    return found->len > 0;
}

/* Makes the node with the permissions of the nearest one above, as xenstored does. */
static struct node *make_node(const char *path)
{
    struct node *node = g_tree_lookup(nodes, path);
    g_autofree char *parent = g_path_get_dirname(path);

    if (node)
        return node;
    node = g_new0(struct node, 1);
    node->value = g_strdup("");
    node->permissions = g_strdup(strcmp(parent, "/") == 0 ? "n0" : make_node(parent)->permissions);
    g_tree_insert(nodes, g_strdup(path), node);
    return node;
}

void fake_store_set(const char *path, const char *value)
{
    if (value) {
        struct node *node = make_node(path);

        g_free(node->value);
        node->value = g_strdup(value);
    } else {
        remove_below(path);
    }
    set_off_watches(path);
}

const char *fake_store_get(const char *path)
{
    struct node *node = g_tree_lookup(nodes, path);

    return node ? node->value : NULL;
}

const char *fake_store_permissions(const char *path)
{
    struct node *node = g_tree_lookup(nodes, path);

    return node ? node->permissions : NULL;
}

void fake_store_conflicts(unsigned count)
{
    conflicts = count;
}

void fake_domain_set_alive(bool now)
{
    alive = now;
    set_off_watches("@releaseDomain");
}

struct xs_handle *xs_open(unsigned long flags)
{
    return (struct xs_handle *)&handle;
}

void xs_close(struct xs_handle *xs)
{
}

void *xs_read(struct xs_handle *xs, xs_transaction_t t, const char *path, unsigned int *length)
{
    const char *value = fake_store_get(path);

    if (!value) {
        errno = ENOENT;
        return NULL;
    }
    *length = (unsigned)strlen(value);
    return strdup(value);
}

bool xs_write(struct xs_handle *xs, xs_transaction_t t, const char *path, const void *data,
              unsigned int length)
{
    g_autofree char *value = g_strndup(data, length);

    fake_store_set(path, value);
    return true;
}

bool xs_mkdir(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
    make_node(path);
    return true;
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
    bool removed = remove_below(path);

    set_off_watches(path);
    return removed;
}

bool xs_set_permissions(struct xs_handle *xs, xs_transaction_t t, const char *path,
                        struct xs_permissions *perms, unsigned int count)
{
    GString *text = g_string_new(NULL);
    struct node *node = make_node(path);

    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(text, "%s%c%u", i ? "," : "",
                               perms[i].perms == XS_PERM_READ ? 'r' : 'n', perms[i].id);
    g_free(node->permissions);
    node->permissions = g_string_free(text, FALSE);
    return true;
}

xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
    return 1;
}

/* A transaction that meets a conflict leaves nothing behind: the tests start from no nodes. */
bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t t, bool abandon)
{
    if (abandon || conflicts == 0)
        return true;
    conflicts--;
    remove_below("/local");
    errno = EAGAIN;
    return false;
}

bool xs_watch(struct xs_handle *xs, const char *path, const char *token)
{
    struct watch *watch = g_new0(struct watch, 1);

    watch->path = g_strdup(path);
    watch->token = g_strdup(token);
    g_ptr_array_add(watches, watch);
    queue_event(watch, path);
    return true;
}

bool xs_unwatch(struct xs_handle *xs, const char *path, const char *token)
{
    for (guint i = 0; i < watches->len; i++) {
        struct watch *watch = g_ptr_array_index(watches, i);

        if (strcmp(watch->path, path) == 0 && strcmp(watch->token, token) == 0) {
            g_ptr_array_remove_index(watches, i);
            return true;
        }
    }
    return false;
}

int xs_fileno(struct xs_handle *xs)
{
    return store_fd;
}

char **xs_check_watch(struct xs_handle *xs)
{
    char **event = g_queue_pop_head(&store_events);
    eventfd_t count;

    if (!event) {
        eventfd_read(store_fd, &count);
        errno = EAGAIN;
    }
    return event;
}

bool xs_is_domain_introduced(struct xs_handle *xs, unsigned int domid)
{
    return alive && domid == FAKE_DOMID;
}

/* --- memory --- */

static int memory_fd = -1;
static uint8_t *memory;
static unsigned mapped_pages;
static GHashTable *grants; /* reference -> frame */

void *fake_frame(size_t frame)
{
    g_assert_cmpuint(frame - FAKE_FIRST, <, FAKE_FRAMES);
    return memory + (frame - FAKE_FIRST) * FAKE_PAGE_SIZE;
}

void fake_grant(uint32_t ref, size_t frame)
{
    g_hash_table_insert(grants, GUINT_TO_POINTER(ref + 1), GSIZE_TO_POINTER(frame));
}

unsigned fake_mapped_pages(void)
{
    return mapped_pages;
}

/* Real mappings with real protection: a write through a read-only one ends the test. */
static void *map_frames(int prot, const xen_pfn_t *frames, size_t count)
{
    uint8_t *at;

    for (size_t i = 0; i < count; i++)
        if (frames[i] - FAKE_FIRST >= FAKE_FRAMES) {
            errno = EINVAL;
            return NULL;
        }
    at = mmap(NULL, count * FAKE_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < count; i++)
        mmap(at + i * FAKE_PAGE_SIZE, FAKE_PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, memory_fd,
             (off_t)((frames[i] - FAKE_FIRST) * FAKE_PAGE_SIZE));
    mapped_pages += count;
    return at;
}

static int unmap_frames(void *address, size_t count)
{
    mapped_pages -= count;
    return munmap(address, count * FAKE_PAGE_SIZE);
}

xenforeignmemory_handle *xenforeignmemory_open(struct xentoollog_logger *logger, unsigned flags)
{
    return (xenforeignmemory_handle *)&handle;
}

int xenforeignmemory_close(xenforeignmemory_handle *fmem)
{
    return 0;
}

int xenforeignmemory_restrict(xenforeignmemory_handle *fmem, domid_t domid)
{
    return 0;
}

void *xenforeignmemory_map(xenforeignmemory_handle *fmem, uint32_t dom, int prot, size_t pages,
                           const xen_pfn_t arr[], int err[])
{
    g_assert_cmpuint(dom, ==, FAKE_DOMID);
    return map_frames(prot, arr, pages);
}

int xenforeignmemory_unmap(xenforeignmemory_handle *fmem, void *addr, size_t pages)
{
    return unmap_frames(addr, pages);
}

xengnttab_handle *xengnttab_open(struct xentoollog_logger *logger, unsigned flags)
{
    return (xengnttab_handle *)&handle;
}

int xengnttab_close(xengnttab_handle *xgt)
{
    return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot)
{
    xen_pfn_t frame =
        (xen_pfn_t)GPOINTER_TO_SIZE(g_hash_table_lookup(grants, GUINT_TO_POINTER(ref + 1)));

    return map_frames(prot, &frame, 1);
}

void *xengnttab_map_domain_grant_refs(xengnttab_handle *xgt, uint32_t count, uint32_t domid,
                                      uint32_t *refs, int prot)
{
    g_autofree xen_pfn_t *frames = g_new(xen_pfn_t, count);

    for (uint32_t i = 0; i < count; i++)
        frames[i] =
            (xen_pfn_t)GPOINTER_TO_SIZE(g_hash_table_lookup(grants, GUINT_TO_POINTER(refs[i] + 1)));
    return map_frames(prot, frames, count);
}

int xengnttab_unmap(xengnttab_handle *xgt, void *address, uint32_t count)
{
    return unmap_frames(address, count);
}

/* --- event channels: local port numbers are the guest's plus a distance --- */

#define PORTS    64
#define DISTANCE 100

static struct port {
    bool bound, masked, pending;
    unsigned notified;
} ports[PORTS];
static GQueue fired; /* local ports */
static int evtchn_fd = -1;

static void deliver(uint32_t remote)
{
    struct port *port = &ports[remote];

    if (!port->bound || port->masked || !port->pending)
        return;
    port->pending = false;
    port->masked = true;
    g_queue_push_tail(&fired, GUINT_TO_POINTER(remote + DISTANCE));
    eventfd_write(evtchn_fd, 1);
}

void fake_guest_notifies(uint32_t port)
{
    ports[port].pending = true;
    deliver(port);
}

unsigned fake_notified(uint32_t port)
{
    return ports[port].notified;
}

bool fake_port_is_bound(uint32_t port)
{
    return ports[port].bound;
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned int flags)
{
    return (xenevtchn_handle *)&handle;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
    return 0;
}

int xenevtchn_restrict(xenevtchn_handle *xce, domid_t domid)
{
    return 0;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
    return evtchn_fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
                                                     evtchn_port_t remote)
{
    if (remote == 0 || remote >= PORTS || ports[remote].bound) {
        errno = EINVAL;
        return -1;
    }
    ports[remote] = (struct port){.bound = true};
    return (int)(remote + DISTANCE);
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
    ports[port - DISTANCE].bound = false;
    return 0;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    ports[port - DISTANCE].notified++;
    return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
    eventfd_t count;

    if (g_queue_is_empty(&fired)) {
        eventfd_read(evtchn_fd, &count);
        errno = EAGAIN;
        return -1;
    }
    return GPOINTER_TO_INT(g_queue_pop_head(&fired));
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
    ports[port - DISTANCE].masked = false;
    deliver(port - DISTANCE);
    return 0;
}

void fake_xen_reset(void)
{
    if (store_fd < 0) {
        store_fd = eventfd(0, EFD_NONBLOCK);
        evtchn_fd = eventfd(0, EFD_NONBLOCK);
        memory_fd = memfd_create("guest", 0);
        g_assert_cmpint(ftruncate(memory_fd, FAKE_FRAMES * FAKE_PAGE_SIZE), ==, 0);
        memory = mmap(NULL, FAKE_FRAMES * FAKE_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                      memory_fd, 0);
    }
    g_clear_pointer(&nodes, g_tree_unref);
    nodes = g_tree_new_full(compare_paths, NULL, g_free, free_node);
    g_clear_pointer(&watches, g_ptr_array_unref);
    watches = g_ptr_array_new_with_free_func(free_watch);
    g_clear_pointer(&grants, g_hash_table_unref);
    grants = g_hash_table_new(NULL, NULL);
    g_queue_clear_full(&store_events, free);
    g_queue_clear(&fired);
    memset(ports, 0, sizeof(ports));
    memset(memory, 0, FAKE_FRAMES * FAKE_PAGE_SIZE);
    conflicts = 0;
    alive = true;
    g_assert_cmpuint(mapped_pages, ==, 0);
}
