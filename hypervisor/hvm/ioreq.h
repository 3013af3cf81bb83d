/* SPDX-License-Identifier: GPL-2.0-or-later */
/* I/O requests (public hvm/ioreq.h, hvm/dm_op.h): accesses of a hardware guest to devices that a
 * program outside, a device model, plays. A device model makes itself a server of ranges of ports,
 * memory and PCI configuration space. An access in one of them goes into the vCPU's slot in a page
 * that both share; the vCPU sleeps until the answer is there:
 *
 *   NONE --ioreq_send--> READY --the device model--> INPROCESS --> RESP_READY --ioreq_receive-->
 * NONE
 *
 * What the device model writes into its page is copied once and checked. One that does not keep to
 * the states, or never answers, harms the guest that it serves and nobody else.
 *
 * One lock a domain guards its servers; the event lock, the page lock and those of range sets are
 * taken inside it. */
#ifndef HVM_IOREQ_H
#define HVM_IOREQ_H

#include "lib/compiler.h"

#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/ioreq.h>

#include "machine/spinlock.h"

struct domain;
struct vcpu;
struct rangeset;

#define IOREQ_SERVERS     8   /* that a domain may have */
#define IOREQ_RANGES_MAX  256 /* of one kind that a server may have */
#define IOREQ_RANGE_KINDS 3

/* Frames of XENMEM_resource_ioreq_server: the ring of buffered requests, and the slots. */
#define IOREQ_FRAMES 2

struct ioreq_server {
    bool used, enabled;
    domid_t emulator;             /* the domain that made it, the only one that may use it */
    uint8_t buffering;            /* HVM_IOREQSRV_BUFIOREQ_* */
    struct ioreq *slots;          /* a page of the domain's, shared with the emulator */
    struct buffered_iopage *ring; /* likewise; NULL: no buffering */
    evtchn_port_t *ports;         /* of each vCPU number */
    evtchn_port_t ring_port;
    struct rangeset *ranges[IOREQ_RANGE_KINDS]; /* by XEN_DMOP_IO_RANGE_* */
};

/* A domain's. */
struct ioreq_domain {
    struct spinlock lock;
    bool closed;                               /* it dies: no server is made any more */
    uint32_t config_address;                   /* what was last written to port 0xcf8 */
    struct ioreq_server server[IOREQ_SERVERS]; /* by id */
};

/* A vCPU's. [ioreq lock] */
struct ioreq_vcpu {
    enum {
        IOREQ_IDLE,
        IOREQ_ASKED, /* its slot of `server` holds a request */
        IOREQ_LOST,  /* it held one, but the server is gone */
    } state;
    uint8_t server, size;
    uint8_t invalidate; /* [atomic] servers that are still to be told that memory has moved: bits */
};

/* One access, of 1, 2, 4 or 8 bytes. Or a row of `count` of them, between a port or memory of the
 * device model's and memory of the guest's, which the device model reads or writes by itself: both
 * addresses go up, or down, by the size; a port stays the same. */
struct ioreq_access {
    uint8_t type; /* IOREQ_TYPE_PIO or IOREQ_TYPE_COPY: a port, or memory */
    bool write;
    uint8_t size;
    uint64_t address;
    uint64_t data; /* that is written; of a row: where in the guest's memory its first element is */
    uint16_t count; /* of a row; 0: one access */
    bool down;
};

void ioreq_domain_init(struct domain *d);
/* A dying domain, whose vCPUs do not run, loses its servers for good. A second call does nothing.
 */
void ioreq_domain_close(struct domain *d);
/* Registers with domain/. Boot. */
void ioreq_init(void);

/* Servers. `emulator` is the domain that calls. Errors: -XEN_ENOENT: no such server; -XEN_EPERM:
 * another domain's.
 *
 * Makes one, which is not enabled. -XEN_EINVAL: no such kind of buffering, or a dying domain;
 * -XEN_ENOSPC, -XEN_ENOMEM. */
int ioreq_server_create(struct domain *d, domid_t emulator, uint8_t buffering, ioservid_t *id);
/* What vCPUs have asked it reads as all ones. */
int ioreq_server_destroy(struct domain *d, domid_t emulator, ioservid_t id);
/* Only enabled ones are asked. */
int ioreq_server_enable(struct domain *d, domid_t emulator, ioservid_t id, bool enabled);
/* The port of its ring; 0 without one. */
int ioreq_server_ring_port(struct domain *d, domid_t emulator, ioservid_t id, evtchn_port_t *port);
/* The machine frame of one of IOREQ_FRAMES. -XEN_EINVAL: there is no such frame. */
int ioreq_server_frame(struct domain *d, domid_t emulator, ioservid_t id, uint32_t index,
                       uint64_t *mfn);
/* Its ranges, bounds inclusive, by XEN_DMOP_IO_RANGE_*. -XEN_EINVAL, -XEN_ENOSPC, -XEN_ENOMEM;
 * -XEN_EEXIST when some of it is the server's already; unmap: -XEN_ENOENT when some is not. */
int ioreq_range_map(struct domain *d, domid_t emulator, ioservid_t id, uint32_t kind,
                    uint64_t first, uint64_t last);
int ioreq_range_unmap(struct domain *d, domid_t emulator, ioservid_t id, uint32_t kind,
                      uint64_t first, uint64_t last);

/* Accesses, of the current vCPU.
 *
 * Hands the access to the server whose it is, and puts the vCPU to sleep (VCPU_IOREQ). False: it is
 * nobody's. At most one at a time. */
bool ioreq_send(struct vcpu *v, const struct ioreq_access *access);
/* A write that nobody needs to wait for: puts it into the ring of the server whose it is. False
 * when there is none, or no room; ioreq_send then does it. */
bool ioreq_send_buffered(struct vcpu *v, const struct ioreq_access *access);

enum ioreq_answer {
    IOREQ_WAITS,    /* not yet: the vCPU sleeps on */
    IOREQ_ANSWERED, /* *data is the answer, no wider than the access */
    IOREQ_BROKEN,   /* the device model broke the rules; the domain has been crashed */
};
/* What has become of the access that was sent. */
enum ioreq_answer ioreq_receive(struct vcpu *v, uint64_t *data);
/* Has it sent one that it has not had the answer to? */
static inline bool ioreq_is_outstanding(const struct ioreq_vcpu *io)
{
    return io->state != IOREQ_IDLE;
}

/* Guest frames have become others: every server is to forget what it knows of them, before the
 * current vCPU runs on. */
void ioreq_invalidate(struct vcpu *v);
/* Sends that to the next server that does not know. False: all do. */
bool ioreq_send_invalidate(struct vcpu *v);

/* Port 0xcf8 as the PCI host bridge latches it. */
void ioreq_config_address_set(struct domain *d, uint32_t value);

#endif
