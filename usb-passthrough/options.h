/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vitrine-usb. */
#ifndef USB_PASSTHROUGH_OPTIONS_H
#define USB_PASSTHROUGH_OPTIONS_H

#include <stdbool.h>

struct options {
    unsigned domid;
    char *name; /* the guest's, for the log */
};

/*
 * Reads the command line. On success the string is to be freed with options_clear(). On failure
 * returns false and *@ret_problem, a sentence to be freed with g_free(). --help prints and exits.
 */
bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_problem);

void options_clear(struct options *options);

#endif
