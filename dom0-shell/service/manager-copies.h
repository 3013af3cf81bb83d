/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manager1's methods that make something new of a guest. */
#pragma once

#include "service.h"

/* Answers CloneGuest and MakeTemplate of SKELETON from now on. */
void manager_copies_connect(VitrineManager1 *skeleton, Service *service);
