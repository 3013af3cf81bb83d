/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's watchdogs: timers that end the domain unless it sets them anew. */
#include "domain/watchdog.h"

#include <xen/sched.h>

#include "domain/domain.h"
#include "machine/time.h"

#define NS_PER_SEC 1000000000ULL

static void watchdog_bites(void *data)
{
    domain_shutdown(data, SHUTDOWN_watchdog);
}

static int take_watchdog(struct domain *d, uint32_t seconds)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog); i++)
        if (!(d->watchdogs_taken & (1U << i))) {
            d->watchdogs_taken |= 1U << i;
            timer_init(&d->watchdog[i], watchdog_bites, d, this_cpu());
            timer_set(&d->watchdog[i], system_time() + seconds * NS_PER_SEC);
            return (int)i + 1;
        }
    return -XEN_EEXIST;
}

int domain_watchdog_set(struct domain *d, uint32_t id, uint32_t seconds)
{
    int rc = 0;

    if (id > ARRAY_SIZE(d->watchdog))
        return -XEN_EINVAL;

    spin_lock(&d->lock);
    if (id == 0) {
        rc = seconds ? take_watchdog(d, seconds) : -XEN_EINVAL;
    } else if (!(d->watchdogs_taken & (1U << (id - 1)))) {
        rc = -XEN_EINVAL;
    } else if (seconds) {
        timer_set(&d->watchdog[id - 1], system_time() + seconds * NS_PER_SEC);
    } else {
        d->watchdogs_taken &= ~(1U << (id - 1));
        timer_stop(&d->watchdog[id - 1]);
    }
    spin_unlock(&d->lock);
    return rc;
}

void domain_watchdogs_kill(struct domain *d)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdog); i++)
        timer_kill(&d->watchdog[i]);
}
