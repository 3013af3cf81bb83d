/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI tables; see acpi.h. Firmware is trusted to mean well, not to be right: lengths are checked. */
#include "lib/print.h"
#include "lib/string.h"
#include "machine/acpi.h"
#include "machine/device_map.h"

struct packed header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem_id[6], oem_table_id[8];
    uint32_t oem_revision, creator_id, creator_revision;
};

struct packed rsdp {
    char signature[8];
    uint8_t checksum;
    char oem_id[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t extended_checksum, reserved[3];
};

struct packed generic_address {
    uint8_t space, width, offset, access;
    uint64_t address;
};

struct packed fadt {
    struct header header;
    uint32_t facs, dsdt;
    uint8_t reserved0, profile;
    uint16_t sci;
    uint32_t smi_command;
    uint8_t acpi_enable, acpi_disable, s4bios, pstate;
    uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
    uint8_t lengths[8];
    uint16_t c2_latency, c3_latency, flush_size, flush_stride;
    uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
    uint16_t boot_flags;
    uint8_t reserved1;
    uint32_t flags;
    struct generic_address reset;
    uint8_t reset_value;
};

#define FADT_RESET_SUPPORTED (1U << 10)

struct packed madt {
    struct header header;
    uint32_t lapic_address, flags;
};

struct packed madt_entry {
    uint8_t type, length;
    union {
        struct packed {
            uint8_t acpi_id, apic_id;
            uint32_t flags;
        } lapic;
        struct packed {
            uint8_t id, reserved;
            uint32_t address, gsi_base;
        } ioapic;
        struct packed {
            uint8_t bus, source;
            uint32_t gsi;
            uint16_t flags;
        } override;
        struct packed {
            uint16_t reserved;
            uint64_t address;
        } lapic_address;
        struct packed {
            uint16_t reserved;
            uint32_t apic_id, flags, acpi_id;
        } x2apic;
    };
};

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDRESS = 5, MADT_X2APIC = 9 };
#define MADT_ENABLED 1U

struct packed hpet {
    struct header header;
    uint32_t block_id;
    struct generic_address address;
};

struct packed mcfg {
    struct header header;
    uint64_t reserved;
    struct packed {
        uint64_t address;
        uint16_t segment;
        uint8_t first_bus, last_bus;
        uint32_t reserved;
    } entry[];
};

struct acpi_info acpi;

static bool checksum_good(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint8_t sum = 0;

    while (len--)
        sum = (uint8_t)(sum + *p++);
    return sum == 0;
}

/* Maps a table whole; NULL when its length or checksum is wrong. */
static const struct header *table_map(uint64_t maddr)
{
    const struct header *h = device_map_cached(maddr, sizeof(*h));

    if (!h || h->length < sizeof(*h) || h->length > 0x100000)
        return NULL;
    h = device_map_cached(maddr, h->length);
    return h && checksum_good(h, h->length) ? h : NULL;
}

static uint64_t rsdp_scan(uint64_t from, uint64_t to)
{
    const char *area = device_map_cached(from, to - from);

    for (uint64_t at = 0; area && at + sizeof(struct rsdp) <= to - from; at += 16)
        if (!memcmp(area + at, "RSD PTR ", 8) && checksum_good(area + at, 20))
            return from + at;
    return 0;
}

static uint64_t rsdp_find(void)
{
    const uint16_t *bios_data = device_map_cached(0x400, 0x100);
    uint64_t ebda = bios_data ? (uint64_t)bios_data[7] << 4 : 0; /* 0x40e */
    uint64_t found = 0;

    if (ebda >= 0x80000 && ebda < 0xa0000)
        found = rsdp_scan(ebda, ebda + 1024);
    return found ? found : rsdp_scan(0xe0000, 0x100000);
}

static void add_cpu(uint32_t apic_id, uint32_t acpi_id, uint32_t flags)
{
    if (!(flags & MADT_ENABLED))
        return;
    if (acpi.nr_cpus == MAX_CPUS) {
        log_at(LOG_WARNING, "more than %u CPUs: APIC id %u stays unused\n", MAX_CPUS, apic_id);
        return;
    }
    acpi.cpu[acpi.nr_cpus].apic_id = apic_id;
    acpi.cpu[acpi.nr_cpus].acpi_id = acpi_id;
    acpi.nr_cpus++;
}

static void add_override(const struct madt_entry *e)
{
    unsigned int polarity = e->override.flags & 3, trigger = e->override.flags >> 2 & 3;

    if (e->override.source >= 16)
        return;
    acpi.isa[e->override.source].gsi = e->override.gsi;
    acpi.isa[e->override.source].low = polarity == 3;
    acpi.isa[e->override.source].level = trigger == 3;
}

static void madt_entry_read(const struct madt_entry *e)
{
    switch (e->type) {
    case MADT_LAPIC:
        add_cpu(e->lapic.apic_id, e->lapic.acpi_id, e->lapic.flags);
        break;
    case MADT_X2APIC:
        add_cpu(e->x2apic.apic_id, e->x2apic.acpi_id, e->x2apic.flags);
        break;
    case MADT_IOAPIC:
        if (acpi.nr_ioapics < ACPI_MAX_IOAPICS) {
            acpi.ioapic[acpi.nr_ioapics].id = e->ioapic.id;
            acpi.ioapic[acpi.nr_ioapics].gsi_base = e->ioapic.gsi_base;
            acpi.ioapic[acpi.nr_ioapics++].address = e->ioapic.address;
        }
        break;
    case MADT_OVERRIDE:
        add_override(e);
        break;
    case MADT_LAPIC_ADDRESS:
        acpi.lapic_address = e->lapic_address.address;
        break;
    default:
        break;
    }
}

static void madt_read(const struct header *h)
{
    const struct madt *madt = (const struct madt *)h;
    const char *at = (const char *)(madt + 1), *end = (const char *)h + h->length;

    acpi.lapic_address = madt->lapic_address;
    while (at + 2 <= end) {
        const struct madt_entry *e = (const struct madt_entry *)at;

        if (e->length < 2 || at + e->length > end)
            break;
        madt_entry_read(e);
        at += e->length;
    }
}

static void fadt_read(const struct header *h)
{
    const struct fadt *fadt = (const struct fadt *)h;

    if (h->length < offsetof(struct fadt, flags))
        return;
    acpi.pm_timer_port = (uint16_t)fadt->pm_timer;
    acpi.pm1a_control = (uint16_t)fadt->pm1a_control;
    acpi.pm1b_control = (uint16_t)fadt->pm1b_control;
    acpi.sci = fadt->sci;
    if (h->length >= sizeof(*fadt) && (fadt->flags & FADT_RESET_SUPPORTED)) {
        acpi.reset_space = fadt->reset.space;
        acpi.reset_address = fadt->reset.address;
        acpi.reset_value = fadt->reset_value;
    }
}

static void hpet_read(const struct header *h)
{
    const struct hpet *hpet = (const struct hpet *)h;

    if (h->length >= sizeof(*hpet) && hpet->address.space == 0)
        acpi.hpet_address = hpet->address.address;
}

static void mcfg_read(const struct header *h)
{
    const struct mcfg *mcfg = (const struct mcfg *)h;
    size_t count = (h->length - sizeof(*mcfg)) / sizeof(mcfg->entry[0]);

    if (h->length < sizeof(*mcfg))
        return;
    for (size_t i = 0; i < count && acpi.nr_mcfg < ACPI_MAX_MCFG; i++) {
        acpi.mcfg[acpi.nr_mcfg].address = mcfg->entry[i].address;
        acpi.mcfg[acpi.nr_mcfg].segment = mcfg->entry[i].segment;
        acpi.mcfg[acpi.nr_mcfg].first_bus = mcfg->entry[i].first_bus;
        acpi.mcfg[acpi.nr_mcfg++].last_bus = mcfg->entry[i].last_bus;
    }
}

static const struct {
    char signature[5];
    void (*read)(const struct header *h);
} readers[] = {
    {"APIC", madt_read},
    {"FACP", fadt_read},
    {"HPET", hpet_read},
    {"MCFG", mcfg_read},
};

static void table_read(uint64_t maddr)
{
    const struct header *h = table_map(maddr);

    for (size_t i = 0; h && i < ARRAY_SIZE(readers); i++)
        if (!memcmp(h->signature, readers[i].signature, 4))
            readers[i].read(h);
}

bool acpi_init(uint64_t rsdp_address)
{
    const struct rsdp *rsdp;
    const struct header *root;
    bool wide;

    acpi.reset_space = 0xff;
    for (unsigned int i = 0; i < 16; i++)
        acpi.isa[i].gsi = i;

    if (!rsdp_address)
        rsdp_address = rsdp_find();
    rsdp = rsdp_address ? device_map_cached(rsdp_address, sizeof(*rsdp)) : NULL;
    if (!rsdp)
        return false;
    wide = rsdp->revision >= 2 && rsdp->xsdt;
    root = table_map(wide ? rsdp->xsdt : rsdp->rsdt);
    if (!root)
        return false;

    for (size_t at = sizeof(*root), step = wide ? 8 : 4; at + step <= root->length; at += step) {
        uint64_t address = 0;

        memcpy(&address, (const char *)root + at, step);
        table_read(address);
    }
    return acpi.nr_cpus > 0;
}
