/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deletes templates, as the object of the machine as a whole is asked to. */
#pragma once

#include "service.h"

void manager_templates_connect(VitrineManager1 *skeleton, Service *service);
