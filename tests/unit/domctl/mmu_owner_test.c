/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose frames a page-table hypercall means: the hypervisor's own, which tools may read, are for
 * the control domain only. */
#include "check.h"

#include "world.h"

#include "hypercall/mmu_owner.h"

struct domain *dom_xen;

static struct domain *pages(uint32_t foreign, int *error)
{
    struct domain *d = mmu_pages_owner(foreign, error);

    if (d)
        mmu_owner_put(d);
    return d;
}

static void frames_of_the_hypervisor_are_for_dom0(void)
{
    int error = 0;

    world_begin();
    dom_xen = world_domain(2); /* any will do */
    CHECK(!pages(DOMID_XEN, &error));
    CHECK(error < 0);
    world_domain(0)->privileged = true;
    CHECK(pages(DOMID_XEN, &error) == dom_xen);
    CHECK_EQ(world_end(), 0);
}

static void a_guest_means_itself(void)
{
    int error = 0;

    world_begin();
    CHECK(pages(DOMID_SELF, &error) == world_domain(0));
    CHECK(pages(1, &error) == world_domain(0));
    CHECK(pages(DOMID_IO, &error) == world_domain(0));
    CHECK(!pages(2, &error));
    CHECK(mmu_tables_owner(0, &error) == world_domain(0));
    mmu_owner_put(world_domain(0));
    CHECK(!mmu_tables_owner(3 << 16, &error));
    CHECK_EQ(world_end(), 0);
}

int main(void)
{
    RUN(frames_of_the_hypervisor_are_for_dom0);
    RUN(a_guest_means_itself);
    return check_done();
}
