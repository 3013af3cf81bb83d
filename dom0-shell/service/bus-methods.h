/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers the methods of an object on the bus: who may call each, and what answers it. */
#pragma once

#include "authority.h"

/* Who may call a method: all only what changes nothing and shows no more than the properties. */
typedef enum { BUS_MANAGERS, BUS_ALL } BusCallers;

typedef struct {
    const char *name; /* as in the contract */
    BusCallers callers;
    /* void act(TARGET *target, GDBusMethodInvocation *invocation): answers INVOCATION, which gives
     * it up, now or later. */
    GCallback act;
} BusMethod;

/* How a target is kept between a call's arrival and polkit's word. */
typedef struct {
    gpointer (*hold)(gpointer target); /* NULL: it outlives all calls */
    void (*drop)(gpointer target);     /* likewise */
    /* Answers INVOCATION of a target that is of no use any more, and says so; NULL: it always is.
     */
    gboolean (*refuse)(gpointer target, GDBusMethodInvocation *invocation);
} BusTarget;

/* Has calls of the COUNT METHODS of SKELETON, one made by gdbus-codegen, answered on behalf of
 * TARGET. METHODS, KEEPING and AUTHORITY outlive SKELETON. g_signal_handlers_disconnect_by_data()
 * with TARGET ends it. */
void bus_methods_connect(GDBusInterfaceSkeleton *skeleton, const BusMethod *methods, gsize count,
                         const BusTarget *keeping, gpointer target, Authority *authority);
