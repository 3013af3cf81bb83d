/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that make a template of a recipe. The program works in one directory, and has the
 * result appear beside it under a name that nobody looks at; the last step gives it its own. */
#include "template-build.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "disk-copy.h"
#include "error.h"
#include "maker.h"
#include "snapshot-store.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
/* Packages, the system that is unpacked from them, as an archive, as files and as a disk. */
#define ROOM (5120 * MIB)
/* Below the directory of templates: on the disk that has room. */
#define WORK ".work"

struct TemplateBuild {
    Service *service;
    char *name;
    RecipeChoice choice;
    char *job_path;
    Job *job;
    gboolean job_done; /* it, and all that was to be taken back */
    Maker *maker;      /* NULL before and after the program */
    TemplateBuildOver over;
    gpointer data;
};

static char *path_of(const TemplateBuild *build, const char *prefix, const char *name)
{
    g_autofree char *entry = g_strconcat(prefix, name, NULL);

    return g_build_filename(guest_store_templates(service_store(build->service)), entry, NULL);
}

/* A job that was cancelled is over before the program is, which the service waits for: it could not
 * clean up with nobody to hear its words. */
static void end_if_over(TemplateBuild *build)
{
    if (!build->job_done || build->maker)
        return;
    service_job_over(build->service, build->job);
    build->over(build->data);
    g_object_unref(build->job);
    recipe_choice_clear(&build->choice);
    g_free(build->job_path);
    g_free(build->name);
    g_free(build);
}

/* ---- Steps ---- */

static gboolean check_room(Job *job, GCancellable *cancellable, GError **error)
{
    TemplateBuild *build = job_data(job);
    guint64 room = guest_store_free_disk(service_store(build->service), ROOM);

    if (room >= ROOM)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                N_("Making a template takes %" PRIu64 " MiB for a while, and %" PRIu64
                   " MiB are free. Delete a guest that is not needed any more."),
                ROOM / MIB, room / MIB);
    return FALSE;
}

static void progressed(double fraction, const char *phase, gpointer data)
{
    TemplateBuild *build = data;

    job_step_progress(fraction, build->job);
    vitrine_job1_set_phase(job_skeleton(build->job), phase);
}

static void made(const GError *error, gpointer data)
{
    TemplateBuild *build = data;

    build->maker = NULL;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        end_if_over(build);
    else
        job_step_finish(build->job, error ? g_error_copy(error) : NULL);
}

static const MakerEvents maker_events = {progressed, made};

static void begin_making(Job *job)
{
    TemplateBuild *build = job_data(job);
    const RecipeChoice *choice = &build->choice;
    const char *directory = service_options(build->service)->recipes_directory;
    g_autofree char *program = g_build_filename(directory, "make-template", NULL);
    g_autofree char *recipe = g_build_filename(directory, "templates", choice->recipe, NULL);
    g_autofree char *guest = g_build_filename(directory, "..", "guest", NULL);
    g_autofree char *work = path_of(build, "", WORK);
    g_autofree char *output = path_of(build, COPY_PREFIX, build->name);
    const char *const argv[] = {program,
                                "--recipe",
                                recipe,
                                "--guest",
                                guest,
                                "--work",
                                work,
                                "--output",
                                output,
                                "--packages",
                                choice->packages,
                                "--user",
                                choice->user,
                                "--locale",
                                choice->locale,
                                "--keyboard",
                                choice->keyboard,
                                "--title",
                                choice->title,
                                "--description",
                                choice->description,
                                NULL};
    GError *error = NULL;

    build->maker = maker_start(argv, &maker_events, build, &error);
    if (!build->maker)
        job_step_finish(job, error);
}

static void abandon_making(Job *job)
{
    TemplateBuild *build = job_data(job);

    maker_stop(build->maker);
}

static void undo_making(Job *job)
{
    g_autofree char *output =
        path_of(job_data(job), COPY_PREFIX, ((TemplateBuild *)job_data(job))->name);
    g_autoptr(GError) error = NULL;

    if (!snapshot_store_remove_directory(output, &error))
        g_warning("%s", error->message);
}

static gboolean place(Job *job, GCancellable *cancellable, GError **error)
{
    TemplateBuild *build = job_data(job);
    g_autofree char *from = path_of(build, COPY_PREFIX, build->name);
    g_autofree char *to = path_of(build, "", build->name);

    disk_copy_sync_directory(from);
    return disk_copy_place(from, to, error);
}

static const JobStep check_step = {.phase = N_("Checking the room on the disk"),
                                   .work = check_room};
static const JobStep make_step = {.phase = N_("Fetching Debian packages"),
                                  .begin = begin_making,
                                  .abandon = abandon_making,
                                  .undo = undo_making};
static const JobStep place_step = {
    .phase = N_("Putting the template in its place"), .work = place, .final = TRUE};
static const JobStage stages[] = {{&check_step, 0.01}, {&make_step, 0.99}, {&place_step, 1.0}};
static const JobKind kind = {"build-template", stages, G_N_ELEMENTS(stages), TRUE};

/* ---- Life ---- */

static void job_done(Job *job, const GError *error, gpointer data)
{
    TemplateBuild *build = data;

    build->job_done = TRUE;
    service_refresh(build->service);
    end_if_over(build);
}

TemplateBuild *template_build_start(Service *service, const char *name, RecipeChoice *choice,
                                    TemplateBuildOver over, gpointer data)
{
    TemplateBuild *build = g_new0(TemplateBuild, 1);

    build->service = service;
    build->name = g_strdup(name);
    build->choice = *choice;
    memset(choice, 0, sizeof *choice);
    build->over = over;
    build->data = data;
    build->job = job_new(&kind, "", service_worker(service), service_builder(service), build);
    service_add_job(service, build->job);
    build->job_path = g_strdup(g_dbus_interface_skeleton_get_object_path(
        G_DBUS_INTERFACE_SKELETON(job_skeleton(build->job))));
    job_start(build->job, job_done);
    return build;
}

const char *template_build_job(TemplateBuild *build)
{
    return build->job_path;
}

void template_build_cancel(TemplateBuild *build)
{
    job_cancel(build->job);
}

/* It has a whole system in it, and takes its time. */
void template_build_sweep(Service *service)
{
    const char *templates = guest_store_templates(service_store(service));
    g_autofree char *work = g_build_filename(templates, WORK, NULL);
    const char *argv[] = {"rm", "-rf", "--one-file-system", work, NULL};
    g_autoptr(GError) error = NULL;

    if (g_file_test(work, G_FILE_TEST_EXISTS) &&
        !g_spawn_async(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &error))
        g_warning("%s can't be removed: %s", work, error->message);
}
