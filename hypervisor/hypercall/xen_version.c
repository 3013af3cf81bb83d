/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_xen_version: who we are, in the words of the ABI that we speak (Xen 4.17's). */
#include "hypercall/xen_version.h"

#include "hypercall/hypercall.h"

#include <xen/version.h>

#include "lib/bits.h"
#include "lib/string.h"
#include "machine/layout.h"

#define ABI_MAJOR 4
#define ABI_MINOR 17

static char commandline[1024];

void xen_version_set_commandline(const char *text)
{
    string_copy(commandline, text, sizeof(commandline));
}

/* The ABI's texts are arrays of a fixed size, filled up with NULs. */
static long put_text(uint64_t address, const char *text, size_t size)
{
    char buf[1024] = {0};

    string_copy(buf, text, MIN(size, sizeof(buf)));
    return copy_to_guest(address, buf, size);
}

static long put_compile_info(uint64_t address)
{
    struct xen_compile_info info = {0};

    string_copy(info.compiler, "gcc " __VERSION__, sizeof(info.compiler));
    string_copy(info.compile_by, "vitrine", sizeof(info.compile_by));
    return put_to_guest(address, &info);
}

static long put_platform_parameters(uint64_t address)
{
    struct xen_platform_parameters parameters = {.virt_start = HV_START};

    return put_to_guest(address, &parameters);
}

static uint32_t features_of(const struct domain *d)
{
    uint32_t features = BIT(XENFEAT_memory_op_vnode_supported);

    if (d->hardware)
        features |= BIT(XENFEAT_dom0);
    if (d->pv)
        features |= BIT(XENFEAT_mmu_pt_update_preserve_ad) | BIT(XENFEAT_highmem_assist) |
                    BIT(XENFEAT_gnttab_map_avail_bits) | BIT(XENFEAT_direct_mapped);
    else
        features |= BIT(XENFEAT_writable_page_tables) | BIT(XENFEAT_auto_translated_physmap) |
                    BIT(XENFEAT_hvm_callback_vector) | BIT(XENFEAT_hvm_safe_pvclock) |
                    BIT(XENFEAT_not_direct_mapped);
    if (d->pv && (READ_ONCE(d->vm_assist) & BIT(VMASST_TYPE_pae_extended_cr3)))
        features |= BIT(XENFEAT_pae_pgdir_above_4gb);
    return features;
}

static long get_features(uint64_t address)
{
    struct xen_feature_info info;

    if (get_from_guest(&info, address))
        return -XEN_EFAULT;
    if (info.submap_idx >= XENFEAT_NR_SUBMAPS)
        return -XEN_EINVAL;
    info.submap = features_of(current_domain());
    return put_to_guest(address, &info);
}

static long put_handle(uint64_t address)
{
    struct domain *d = current_domain();
    xen_domain_handle_t handle;

    spin_lock(&d->lock);
    memcpy(handle, d->handle, sizeof(handle));
    spin_unlock(&d->lock);
    return copy_to_guest(address, handle, sizeof(handle));
}

/* Guests have no business with how the machine was started. */
static const char *visible_commandline(void)
{
    return current_domain()->privileged ? commandline : "<denied>";
}

/* The kinds of guests that can be made. */
static const char *capabilities(void)
{
    return guest_ops_hvm ? "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 "
                         : "xen-3.0-x86_64 ";
}

HYPERCALL(xen_version)
{
    switch ((uint32_t)a1) {
    case XENVER_version:
        return ABI_MAJOR << 16 | ABI_MINOR;
    case XENVER_extraversion:
        return put_text(a2, ".0-vitrine", sizeof(xen_extraversion_t));
    case XENVER_compile_info:
        return put_compile_info(a2);
    case XENVER_capabilities:
        return put_text(a2, capabilities(), sizeof(xen_capabilities_info_t));
    case XENVER_changeset:
        return put_text(a2, "vitrine", sizeof(xen_changeset_info_t));
    case XENVER_platform_parameters:
        return put_platform_parameters(a2);
    case XENVER_get_features:
        return get_features(a2);
    case XENVER_pagesize:
        return a2 ? -XEN_EINVAL : PAGE_SIZE;
    case XENVER_guest_handle:
        return put_handle(a2);
    case XENVER_commandline:
        return put_text(a2, visible_commandline(), sizeof(xen_commandline_t));
    case XENVER_build_id:
        return current_domain()->privileged ? -XEN_ENODATA : -XEN_EPERM;
    default:
        return -XEN_ENOSYS;
    }
}
