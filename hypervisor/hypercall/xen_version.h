/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What XENVER_commandline tells the control domain: libxl looks for dom0_mem= there. */
#ifndef HYPERCALL_XEN_VERSION_H
#define HYPERCALL_XEN_VERSION_H

/* Keeps a copy of the hypervisor's own command line (without the image's name), cut to what the
 * ABI has room for. Boot, once. */
void xen_version_set_commandline(const char *commandline);

#endif
