/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs xz(1) over temporary files; see xz_pack.h. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xz_pack.h"

static const char *xz_program;

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

struct bytes new_bytes(size_t len)
{
    struct bytes bytes = {malloc(len ? len : 1), len};

    if (!bytes.data)
        die("malloc");
    return bytes;
}

struct bytes copy_bytes(const uint8_t *data, size_t len)
{
    struct bytes copy = new_bytes(len);

    memcpy(copy.data, data, len);
    return copy;
}

static struct bytes read_all(FILE *file)
{
    struct bytes bytes;
    long len;

    if (fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) < 0)
        die("seek");
    rewind(file);
    bytes = new_bytes((size_t)len);
    if (fread(bytes.data, 1, bytes.len, file) != bytes.len)
        die("read");
    return bytes;
}

struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct bytes bytes;

    if (!file)
        die(path);
    bytes = read_all(file);
    fclose(file);
    return bytes;
}

void xz_pack_init(const char *program)
{
    xz_program = program;
}

/* Spawned, not forked: copying the page tables of a program with the address sanitizer takes longer
 * than most runs of xz. */
static int run(char *command, FILE *in, FILE *out)
{
    char sh[] = "sh", dash_c[] = "-c";
    char *const argv[] = {sh, dash_c, command, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
    if (posix_spawn(&child, "/bin/sh", &actions, NULL, argv, NULL) != 0 ||
        waitpid(child, &status, 0) != child)
        die("sh");
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

struct bytes xz_pack(struct bytes plain, const char *options)
{
    /* Files without a name: nothing stays behind, however the test ends. */
    FILE *in = tmpfile(), *out = tmpfile();
    char command[512];
    struct bytes packed;

    if (!in || !out || fwrite(plain.data, 1, plain.len, in) != plain.len || fflush(in) != 0)
        die("temporary file");
    rewind(in);
    snprintf(command, sizeof(command), "exec '%s' -c -q %s", xz_program, options);
    if (run(command, in, out) != 0) {
        fprintf(stderr, "%s failed\n", command);
        exit(EXIT_FAILURE);
    }
    packed = read_all(out);
    fclose(in);
    fclose(out);
    return packed;
}
