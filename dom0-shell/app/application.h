/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The application: one connection to the service, one window on it. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_APPLICATION (vitrine_application_get_type())
G_DECLARE_FINAL_TYPE(VitrineApplication, vitrine_application, VITRINE, APPLICATION, AdwApplication)

VitrineApplication *vitrine_application_new(GBusType bus_type);

G_END_DECLS
