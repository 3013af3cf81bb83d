/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be asked of the service: one function a command. */
#pragma once

#include "client.h"

/* As the template has it. */
#define VCPUS_DEFAULT (-1)

/* More KEY=VALUE than this is no request. */
#define SETTINGS_MAX 32

/* A command's own options; the others do not have them. */
typedef struct {
    char *memory;
    char *color;
    char *iso;    /* in place of a template */
    char *disk;   /* the size of the empty disk beside it */
    char *kernel; /* likewise in place of a template; with the next two */
    char *ramdisk;
    char *extra;
    char *kind;
    char *disks; /* of an xl.cfg: what becomes of their files */
    int vcpus;   /* VCPUS_DEFAULT if not told */
    gboolean no_start;
    char *remember;     /* for usb: what a choice is remembered for */
    gboolean confirmed; /* likewise: what dom0 would lose may be lost */
} CreateOptions;

typedef struct {
    const char *name;
    const char *arguments; /* for --help: "NAME" */
    const char *summary;
    int minimum, maximum; /* how many arguments */
    const char *method;   /* of the guest, for those that just call it */
    /* Returns the status to end with. */
    int (*run)(Client *client, const char *method, char **arguments, const CreateOptions *options);
} Command;

extern const Command commands[];
extern const guint command_count;

/* ANSWER (taken over), a list of dictionaries, as a table or as JSON; a complaint of ERROR if it is
 * NULL. Returns the status to end with. */
int command_rows(Client *client, GVariant *answer, const GError *error, void (*print_heading)(void),
                 void (*print_row)(GVariant *row));

/* What the guest's METHOD gives, which takes nothing and answers with a list of dictionaries: as a
 * table, or as JSON. Returns the status to end with. */
int command_list(Client *client, const char *guest, const char *method, void (*print_heading)(void),
                 void (*print_row)(GVariant *row));

/* Changes settings of a guest; shows them. In settings.c. */
int command_set(Client *client, const char *method, char **arguments, const CreateOptions *options);
int command_show(Client *client, const char *method, char **arguments,
                 const CreateOptions *options);

/* Templates of recipes. In recipes.c. */
int command_recipes(Client *client, const char *method, char **arguments,
                    const CreateOptions *options);
int command_build_template(Client *client, const char *method, char **arguments,
                           const CreateOptions *options);

/* Disks of a guest. In disks.c. */
int command_disks(Client *client, const char *method, char **arguments,
                  const CreateOptions *options);
int command_add_disk(Client *client, const char *method, char **arguments,
                     const CreateOptions *options);
int command_remove_disk(Client *client, const char *method, char **arguments,
                        const CreateOptions *options);
int command_resize_disk(Client *client, const char *method, char **arguments,
                        const CreateOptions *options);

/* Lists ISO images; puts one into a guest's drive. In iso.c. */
int command_isos(Client *client, const char *method, char **arguments,
                 const CreateOptions *options);
int command_insert(Client *client, const char *method, char **arguments,
                   const CreateOptions *options);

/* FILE as the service is to be told it: whole if it is here, else as a name in the service's own
 * directory; to be freed. */
char *iso_argument(const char *file);

/* Connects the terminal with a guest's text console. In console.c. */
int command_console(Client *client, const char *method, char **arguments,
                    const CreateOptions *options);

/* Snapshots of a guest's disk, and what is made of a guest. In snapshots.c. */
int command_snapshot(Client *client, const char *method, char **arguments,
                     const CreateOptions *options);
int command_snapshots(Client *client, const char *method, char **arguments,
                      const CreateOptions *options);
int command_roll_back(Client *client, const char *method, char **arguments,
                      const CreateOptions *options);
int command_delete_snapshot(Client *client, const char *method, char **arguments,
                            const CreateOptions *options);
int command_clone(Client *client, const char *method, char **arguments,
                  const CreateOptions *options);
int command_make_template(Client *client, const char *method, char **arguments,
                          const CreateOptions *options);

int command_delete_template(Client *client, const char *method, char **arguments,
                            const CreateOptions *options);

/* What is on a guest's screen, and keys for it. In screen.c. */
int command_screenshot(Client *client, const char *method, char **arguments,
                       const CreateOptions *options);
int command_send_keys(Client *client, const char *method, char **arguments,
                      const CreateOptions *options);

/* Who may hear the microphone, who is how loud. In sound.c. */
int command_microphone(Client *client, const char *method, char **arguments,
                       const CreateOptions *options);
int command_volume(Client *client, const char *method, char **arguments,
                   const CreateOptions *options);
int command_mute(Client *client, const char *method, char **arguments,
                 const CreateOptions *options);

/* What becomes of guests when the computer is switched off. In ending.c. */
int command_switched_off(Client *client, const char *method, char **arguments,
                         const CreateOptions *options);
int command_end_guests(Client *client, const char *method, char **arguments,
                       const CreateOptions *options);

/* What can be done with USB devices. In usb.c. */
int command_usb(Client *client, const char *method, char **arguments, const CreateOptions *options);

/* Follows the job that ANSWER, of a method that begins one, is the path of; takes it over. NULL is
 * ERROR's failure. The status to end with. */
int command_follow(Client *client, GVariant *answer, const GError *error);

/* Prints every change until Ctrl-C; in watch.c. */
int command_watch(Client *client, const char *method, char **arguments,
                  const CreateOptions *options);
