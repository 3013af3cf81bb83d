/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manager1's methods that make templates of recipes. */
#pragma once

#include "service.h"

typedef struct ManagerRecipes ManagerRecipes;

/* Answers ListRecipes and BuildTemplate of SKELETON from now on. What a service that was killed
 * left of a template goes. */
ManagerRecipes *manager_recipes_new(VitrineManager1 *skeleton, Service *service);

/* Cancels what is being made. */
void manager_recipes_stop(ManagerRecipes *self);

void manager_recipes_free(ManagerRecipes *self);
