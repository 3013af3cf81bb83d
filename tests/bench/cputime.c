/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the CPU time that each domain has had so far, in ns, a line each: DOMID TIME. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#define DOMAINS_MAX 16

int main(void)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    xc_dominfo_t domains[DOMAINS_MAX];
    int count = xc ? xc_domain_getinfo(xc, 0, DOMAINS_MAX, domains) : -1;

    if (count < 0) {
        fprintf(stderr, "cputime: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    for (int i = 0; i < count; i++)
        printf("%u %" PRIu64 "\n", domains[i].domid, (uint64_t)domains[i].cpu_time);
    xc_interface_close(xc);
    return EXIT_SUCCESS;
}
