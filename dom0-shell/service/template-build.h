/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A template that is being made of a recipe: a job on the bus, whose long step is a program. */
#pragma once

#include "recipe.h"
#include "service.h"

typedef struct TemplateBuild TemplateBuild;

/* Called on the main thread when all of it is over, the program too; the build is freed then. */
typedef void (*TemplateBuildOver)(gpointer data);

/* Begins to make the template NAME, which there is not, as CHOICE (taken over) says. Its job stays
 * on the bus for a while after its end. */
TemplateBuild *template_build_start(Service *service, const char *name, RecipeChoice *choice,
                                    TemplateBuildOver over, gpointer data);

/* The job's place on the bus; the build's own. */
const char *template_build_job(TemplateBuild *build);

void template_build_cancel(TemplateBuild *build);

/* Removes what is left of one that had no end, as after a power cut. */
void template_build_sweep(Service *service);
