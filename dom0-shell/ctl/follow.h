/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows one job of the service to its end: progress on standard error, Ctrl-C cancels it. */
#pragma once

#include "client.h"

/* PATH is the job's object. Returns the status to end with; what went wrong was told. */
int follow_job(Client *client, const char *path);
