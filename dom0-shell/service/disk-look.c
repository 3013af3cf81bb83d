/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at files' sizes on threads that may stand still. */
#include "disk-look.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

/* Looks under way at once: more are a file system that does not answer, with many disks on it. */
#define THREADS_MAX 64
#define STAT_BLOCK  512

typedef struct Look Look;

/* One call of disk_look(), until it is answered. */
typedef struct {
    guint count;
    guint waiting; /* looks that are not back */
    Look **looks;  /* borrowed; NULL for those that are back, or were not begun */
    DiskSize *sizes;
    DiskLookDone done;
    gpointer data;
    guint timer;
} Looking;

/* One file, on its way to a thread and back. The thread knows the first three only. */
struct Look {
    char *path;
    DiskLook look;
    DiskSize size;
    Looking *looking; /* NULL once that is answered */
    guint place;      /* there */
};

/* Of the main thread. */
static guint threads;
static GHashTable *late; /* paths of files whose looks were not waited for any longer */

static void look_free(gpointer data)
{
    Look *look = data;

    g_free(look->path);
    g_free(look);
}

/* ---- On a thread of its own ---- */

void disk_look_stat(const char *path, DiskSize *ret_size)
{
    GStatBuf st;

    ret_size->size = ret_size->used = 0;
    if (g_stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    ret_size->size = (guint64)st.st_size;
    ret_size->used = (guint64)st.st_blocks * STAT_BLOCK;
}

static gpointer look_thread(gpointer data)
{
    g_autoptr(GTask) task = data;
    Look *look = g_task_get_task_data(task);

    look->look(look->path, &look->size);
    g_task_return_boolean(task, TRUE);
    return NULL;
}

/* ---- On the main thread ---- */

static void answer(Looking *looking)
{
    if (looking->timer)
        g_source_remove(looking->timer);
    looking->done(looking->sizes, looking->data);
    g_free(looking->looks);
    g_free(looking->sizes);
    g_free(looking);
}

static void come_back(GObject *source, GAsyncResult *result, gpointer data)
{
    Look *look = g_task_get_task_data(G_TASK(result));
    Looking *looking = look->looking;

    threads--;
    g_hash_table_remove(late, look->path);
    if (!looking)
        return;
    looking->sizes[look->place] = look->size;
    looking->sizes[look->place].known = TRUE;
    looking->looks[look->place] = NULL;
    if (--looking->waiting == 0)
        answer(looking);
}

static gboolean wait_no_longer(gpointer data)
{
    Looking *looking = data;

    for (guint i = 0; i < looking->count; i++) {
        if (!looking->looks[i])
            continue;
        g_hash_table_add(late, g_strdup(looking->looks[i]->path));
        looking->looks[i]->looking = NULL;
    }
    looking->timer = 0;
    answer(looking);
    return G_SOURCE_REMOVE;
}

/* The file at PLACE stays unknown if there is no thread for it. */
static void begin(Looking *looking, guint place, const char *path, DiskLook look)
{
    g_autoptr(GTask) task = NULL;
    GThread *thread;
    Look *one;

    if (threads >= THREADS_MAX || g_hash_table_contains(late, path))
        return;
    one = g_new0(Look, 1);
    one->path = g_strdup(path);
    one->look = look;
    one->looking = looking;
    one->place = place;
    task = g_task_new(NULL, NULL, come_back, NULL);
    g_task_set_task_data(task, one, look_free);
    thread = g_thread_try_new("disk", look_thread, g_object_ref(task), NULL);
    if (!thread) {
        g_object_unref(task);
        return;
    }
    g_thread_unref(thread);
    threads++;
    looking->waiting++;
    looking->looks[place] = one;
}

void disk_look(const char *const *paths, DiskLook look, guint patience, DiskLookDone done,
               gpointer data)
{
    Looking *looking = g_new0(Looking, 1);

    if (!late)
        late = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    looking->count = g_strv_length((GStrv)paths);
    looking->looks = g_new0(Look *, looking->count);
    looking->sizes = g_new0(DiskSize, looking->count);
    looking->done = done;
    looking->data = data;
    for (guint i = 0; i < looking->count; i++)
        begin(looking, i, paths[i], look);
    if (looking->waiting == 0)
        answer(looking);
    else
        looking->timer = g_timeout_add(patience, wait_no_longer, looking);
}
