/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs: steps in order, undoing in reverse, cancelling and failing at every point. */
#include <string.h>

#include "error.h"
#include "job.h"

/* What the steps did, a letter each: lower case done, upper case undone. */
typedef struct {
    GString *trace;
    GMainLoop *loop;
    GError *error;
    gboolean over;
    gint started; /* a blocking step is at work */
    Worker *worker;
} Record;

static Record *record_of(Job *job)
{
    return job_data(job);
}

static gboolean work_a(Job *job, GCancellable *cancellable, GError **error)
{
    g_assert_true(worker_is_current(record_of(job)->worker));
    g_string_append_c(record_of(job)->trace, 'a');
    return TRUE;
}

static void undo_a(Job *job)
{
    g_assert_true(worker_is_current(record_of(job)->worker));
    g_string_append_c(record_of(job)->trace, 'A');
}

static void begin_b(Job *job)
{
    g_assert_false(worker_is_current(record_of(job)->worker));
    g_string_append_c(record_of(job)->trace, 'b');
    job_step_finish(job, NULL);
}

static void undo_b(Job *job)
{
    g_assert_false(worker_is_current(record_of(job)->worker));
    g_string_append_c(record_of(job)->trace, 'B');
}

static gboolean work_fails(Job *job, GCancellable *cancellable, GError **error)
{
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, "It broke.");
    return FALSE;
}

/* A slow step is done on the other thread, and its undoing is not. */
static gboolean work_slow(Job *job, GCancellable *cancellable, GError **error)
{
    g_assert_false(worker_is_current(record_of(job)->worker));
    g_string_append_c(record_of(job)->trace, 'o');
    return TRUE;
}

static void undo_slow(Job *job)
{
    g_assert_true(worker_is_current(record_of(job)->worker));
    g_string_append_c(record_of(job)->trace, 'O');
}

/* Blocks until cancelled. */
static gboolean work_long(Job *job, GCancellable *cancellable, GError **error)
{
    g_atomic_int_set(&record_of(job)->started, 1);
    while (!g_cancellable_is_cancelled(cancellable))
        g_usleep(1000);
    return !g_cancellable_set_error_if_cancelled(cancellable, error);
}

/* Does not hear that it is cancelled, and succeeds. */
static gboolean work_stubborn(Job *job, GCancellable *cancellable, GError **error)
{
    g_atomic_int_set(&record_of(job)->started, 1);
    while (!g_cancellable_is_cancelled(cancellable))
        g_usleep(1000);
    g_string_append_c(record_of(job)->trace, 's');
    return TRUE;
}

static void undo_stubborn(Job *job)
{
    g_string_append_c(record_of(job)->trace, 'S');
}

static void begin_waiting(Job *job)
{
    g_string_append_c(record_of(job)->trace, 'w');
}

static void abandon_waiting(Job *job)
{
    g_string_append_c(record_of(job)->trace, 'x');
}

static const JobStep step_a = {.phase = "a", .work = work_a, .undo = undo_a};
static const JobStep step_b = {.phase = "b", .begin = begin_b, .undo_main = undo_b};
static const JobStep step_slow = {.phase = "o", .work = work_slow, .slow = TRUE, .undo = undo_slow};
static const JobStep step_fails = {.phase = "f", .work = work_fails};
static const JobStep step_long = {.phase = "l", .work = work_long};
static const JobStep step_stubborn = {.phase = "s", .work = work_stubborn, .undo = undo_stubborn};
static const JobStep step_final = {.phase = "s", .work = work_stubborn, .final = TRUE};
static const JobStep step_waits = {
    .phase = "w", .begin = begin_waiting, .abandon = abandon_waiting};

static const JobStage good[] = {{&step_a, 0.3}, {&step_b, 0.6}, {&step_a, 1}};
static const JobStage failing[] = {{&step_a, 0.3}, {&step_b, 0.6}, {&step_fails, 1}};
static const JobStage slow[] = {{&step_a, 0.3}, {&step_slow, 0.6}, {&step_fails, 1}};
static const JobStage failing_first[] = {{&step_fails, 1}};
static const JobStage blocking[] = {{&step_a, 0.3}, {&step_long, 1}};
static const JobStage stubborn[] = {{&step_a, 0.3}, {&step_stubborn, 0.9}, {&step_b, 1}};
static const JobStage final[] = {{&step_a, 0.3}, {&step_final, 1}};
static const JobStage waiting[] = {{&step_a, 0.3}, {&step_b, 0.6}, {&step_waits, 1}};

static void over(Job *job, const GError *error, gpointer data)
{
    Record *record = data;

    g_assert_false(record->over);
    record->over = TRUE;
    record->error = error ? g_error_copy(error) : NULL;
}

/* Gives up, and fails, after five seconds. */
#define wait_until(condition)                                     \
    do {                                                          \
        gint64 end = g_get_monotonic_time() + 5 * G_USEC_PER_SEC; \
        while (!(condition)) {                                    \
            g_assert_cmpint(g_get_monotonic_time(), <, end);      \
            g_main_context_iteration(NULL, FALSE);                \
            g_usleep(500);                                        \
        }                                                         \
    } while (0)

typedef struct {
    const char *name;
    const JobStage *stages;
    guint n_stages;
    gboolean cancel; /* once it blocks or waits */
    gboolean fail;   /* likewise, from outside */
    const char *trace;
    const char *state;
} Case;

static const Case cases[] = {
    {"good", good, G_N_ELEMENTS(good), FALSE, FALSE, "aba", "succeeded"},
    {"failing", failing, G_N_ELEMENTS(failing), FALSE, FALSE, "abBA", "failed"},
    {"slow", slow, G_N_ELEMENTS(slow), FALSE, FALSE, "aoOA", "failed"},
    {"failing-first", failing_first, 1, FALSE, FALSE, "", "failed"},
    {"cancel-blocking", blocking, G_N_ELEMENTS(blocking), TRUE, FALSE, "aA", "cancelled"},
    {"cancel-stubborn", stubborn, G_N_ELEMENTS(stubborn), TRUE, FALSE, "asSA", "cancelled"},
    {"cancel-waiting", waiting, G_N_ELEMENTS(waiting), TRUE, FALSE, "abwxBA", "cancelled"},
    {"fail-blocking", blocking, G_N_ELEMENTS(blocking), FALSE, TRUE, "aA", "failed"},
    {"fail-stubborn", stubborn, G_N_ELEMENTS(stubborn), FALSE, TRUE, "asSA", "failed"},
    {"fail-waiting", waiting, G_N_ELEMENTS(waiting), FALSE, TRUE, "abwxBA", "failed"},
};

static void interfere(Job *job, const Case *c, Record *record)
{
    g_autoptr(GError) error =
        g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE, "It went away.");

    wait_until(g_atomic_int_get(&record->started) || strchr(record->trace->str, 'w'));
    if (c->cancel)
        g_assert_true(job_cancel(job));
    else
        job_fail(job, error);
}

static void test_case(gconstpointer data)
{
    const Case *c = data;
    const JobKind kind = {"create", c->stages, c->n_stages, TRUE};
    g_autoptr(Worker) worker = worker_new("test");
    g_autoptr(Worker) builder = worker_new("builder");
    Record record = {.trace = g_string_new(NULL), .worker = worker};
    Job *job = job_new(&kind, "g", worker, builder, &record);
    VitrineJob1 *skeleton = job_skeleton(job);

    g_assert_cmpstr(vitrine_job1_get_state(skeleton), ==, "running");
    job_start(job, over);
    if (c->cancel || c->fail)
        interfere(job, c, &record);
    wait_until(record.over);
    g_assert_cmpstr(record.trace->str, ==, c->trace);
    g_assert_cmpstr(vitrine_job1_get_state(skeleton), ==, c->state);
    g_assert_cmpint(vitrine_job1_get_error(skeleton)[0] == '\0', ==, !record.error);
    g_assert_false(vitrine_job1_get_cancellable(skeleton));
    g_assert_false(job_cancel(job));
    if (c->fail)
        g_assert_error(record.error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE);
    g_clear_error(&record.error);
    g_assert_finalize_object(job);
    g_string_free(record.trace, TRUE);
}

static void test_not_cancellable(void)
{
    const JobKind kind = {"delete", waiting, G_N_ELEMENTS(waiting), FALSE};
    g_autoptr(Worker) worker = worker_new("test");
    g_autoptr(Worker) builder = worker_new("builder");
    Record record = {.trace = g_string_new(NULL), .worker = worker};
    g_autoptr(Job) job = job_new(&kind, "g", worker, builder, &record);

    job_start(job, over);
    wait_until(strchr(record.trace->str, 'w'));
    g_assert_false(job_cancel(job));
    g_assert_false(record.over);
    job_step_finish(job, NULL);
    wait_until(record.over);
    g_assert_null(record.error);
    g_assert_cmpstr(record.trace->str, ==, "abw");
    g_string_free(record.trace, TRUE);
}

/* What is done is done: the cancel is heard, and changes nothing. */
static void test_final(void)
{
    const JobKind kind = {"roll-back", final, G_N_ELEMENTS(final), TRUE};
    g_autoptr(Worker) worker = worker_new("test");
    g_autoptr(Worker) builder = worker_new("builder");
    Record record = {.trace = g_string_new(NULL), .worker = worker};
    g_autoptr(Job) job = job_new(&kind, "g", worker, builder, &record);

    job_start(job, over);
    wait_until(g_atomic_int_get(&record.started));
    g_assert_true(job_cancel(job));
    wait_until(record.over);
    g_assert_null(record.error);
    g_assert_cmpstr(vitrine_job1_get_state(job_skeleton(job)), ==, "succeeded");
    g_assert_cmpstr(record.trace->str, ==, "as");
    g_string_free(record.trace, TRUE);
}

static gboolean work_progress(Job *job, GCancellable *cancellable, GError **error)
{
    job_step_progress(0.5, job);
    return work_long(job, cancellable, error);
}

static void test_progress(void)
{
    static const JobStep step = {.phase = "p", .work = work_progress};
    static const JobStage stages[] = {{&step_a, 0.2}, {&step, 0.6}};
    const JobKind kind = {"create", stages, 2, TRUE};
    g_autoptr(Worker) worker = worker_new("test");
    g_autoptr(Worker) builder = worker_new("builder");
    Record record = {.trace = g_string_new(NULL), .worker = worker};
    g_autoptr(Job) job = job_new(&kind, "g", worker, builder, &record);

    job_start(job, over);
    wait_until(ABS(vitrine_job1_get_progress(job_skeleton(job)) - 0.4) < 0.001);
    g_assert_cmpstr(vitrine_job1_get_phase(job_skeleton(job)), ==, "p");
    job_cancel(job);
    wait_until(record.over);
    g_clear_error(&record.error);
    g_string_free(record.trace, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/job/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/job/not-cancellable", test_not_cancellable);
    g_test_add_func("/job/final", test_final);
    g_test_add_func("/job/progress", test_progress);
    return g_test_run();
}
