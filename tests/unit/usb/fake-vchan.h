/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both ends of a vchan in one process: fake-vchan.c defines the functions of libxenvchan that are
 * used, with the pages and the rules of the real ones. There is one at a time.
 */
#ifndef TESTS_USB_FAKE_VCHAN_H
#define TESTS_USB_FAKE_VCHAN_H

#include <libxenvchan.h>

/* The tool's process dies: nobody tells the kernel, but it unmaps the page and sends an event. */
void fake_vchan_kill_client(struct libxenvchan *client);

/* The tool's whole kernel is replaced by another: nobody learns of it. */
void fake_vchan_forget_client(struct libxenvchan *client);

/* The path that the server has offered it at, or NULL. */
const char *fake_vchan_path(void);

/* How often the server was told of something. */
unsigned fake_vchan_events(void);

#endif
