/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our hold on one guest: its store, its memory, its events. */
#include "backend/guest.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

/* Opens what there is to open; returns what could not be opened, or NULL. */
static const char *open_all(struct guest *guest)
{
    xenevtchn_handle *evtchn;

    guest->store = store_open();
    if (!guest->store)
        return "xenstored";
    guest->memory = xenforeignmemory_open(NULL, 0);
    if (!guest->memory)
        return "/dev/xen/privcmd";
    guest->grants = xengnttab_open(NULL, 0);
    if (!guest->grants)
        return "/dev/xen/gntdev";
    evtchn = xenevtchn_open(NULL, 0);
    if (!evtchn)
        return "/dev/xen/evtchn";
    guest->events = events_new(evtchn);
    /* Older kernels can't; then the process is restricted by what it has open only. */
    if (xenforeignmemory_restrict(guest->memory, (domid_t)guest->domid) ||
        xenevtchn_restrict(evtchn, (domid_t)guest->domid))
        g_warning("The kernel can't tie the device handles to one guest: %s", g_strerror(errno));
    return NULL;
}

struct guest *guest_open(uint32_t domid, char **ret_problem)
{
    struct guest *guest = g_new0(struct guest, 1);
    const char *failed;

    guest->domid = domid;
    failed = open_all(guest);
    if (failed) {
        *ret_problem = g_strdup_printf(
            "Can't open %s: %s. This program runs as root in dom0, with xenstored running.", failed,
            g_strerror(errno));
        guest_close(guest);
        return NULL;
    }
    if (!guest_is_alive(guest)) {
        *ret_problem = g_strdup_printf("There is no domain %u. See \"xl list\".", domid);
        guest_close(guest);
        return NULL;
    }
    return guest;
}

void guest_close(struct guest *guest)
{
    if (!guest)
        return;
    events_free(guest->events);
    if (guest->grants)
        xengnttab_close(guest->grants);
    if (guest->memory)
        xenforeignmemory_close(guest->memory);
    store_close(guest->store);
    g_free(guest);
}

bool guest_is_alive(struct guest *guest)
{
    return xs_is_domain_introduced(store_handle(guest->store), guest->domid);
}

void *guest_map(struct guest *guest, int prot, const xen_pfn_t *frames, size_t count)
{
    return xenforeignmemory_map(guest->memory, guest->domid, prot, count, frames, NULL);
}

void guest_unmap(struct guest *guest, void *address, size_t count)
{
    if (address)
        xenforeignmemory_unmap(guest->memory, address, count);
}
