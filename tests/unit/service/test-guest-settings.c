/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New settings: what they may be, what becomes of a guest's file, when it has to restart. */
#include <string.h>

#include "error.h"
#include "guest-settings.h"

#define MIB   (G_GUINT64_CONSTANT(1) << 20)
#define TOTAL (4096 * MIB)

static gboolean parse(const char *options, GuestSettings *settings, GError **error)
{
    g_autoptr(GVariant) value = g_variant_parse(G_VARIANT_TYPE_VARDICT, options, NULL, NULL, NULL);

    g_assert_nonnull(value);
    return guest_settings_parse(value, TOTAL, settings, error);
}

static void test_good(void)
{
    GuestSettings settings;

    g_assert_true(parse("{'memory': <uint64 134217729>, 'maximum-memory': <uint64 0>, "
                        "'vcpus': <uint32 128>, 'weight': <uint32 65535>, 'color': <'#0aF9b0'>, "
                        "'autostart': <true>, 'network': <'nat'>}",
                        &settings, NULL));
    g_assert_cmpuint(settings.memory, ==, 128 * MIB);
    g_assert_cmpuint(settings.maximum_memory, ==, 0);
    g_assert_true(settings.given.maximum_memory);
    g_assert_cmpuint(settings.vcpus, ==, 128);
    g_assert_cmpuint(settings.weight, ==, 65535);
    g_assert_cmpstr(settings.color, ==, "#0aF9b0");
    g_assert_true(settings.autostart);
    g_assert_cmpint(settings.network, ==, GUEST_NETWORK_NAT);
    guest_settings_clear(&settings);
    g_assert_true(parse("@a{sv} {}", &settings, NULL));
    g_assert_false(settings.given.memory || settings.given.vcpus || settings.given.color);
}

static const struct {
    const char *options;
    const char *sentence; /* a part of it */
    int code;
} bad[] = {
    {"{'memory': <uint64 67108863>}", "64 MiB", SERVICE_ERROR_INVALID_OPTION},
    {"{'memory': <uint64 4294967297>, 'color': <'#102030'>}", NULL, -1},
    {"{'memory': <uint64 4296015872>}", "4096 MiB", SERVICE_ERROR_NO_MEMORY},
    {"{'memory': <uint64 18446744073709551615>}", "4096 MiB", SERVICE_ERROR_NO_MEMORY},
    {"{'maximum-memory': <uint64 1>}", "64 MiB", SERVICE_ERROR_INVALID_OPTION},
    {"{'memory': <'512'>}", "“memory” has to be of type “t”", SERVICE_ERROR_INVALID_OPTION},
    {"{'vcpus': <uint32 0>}", "between 1 and 128", SERVICE_ERROR_INVALID_OPTION},
    {"{'vcpus': <uint32 129>}", "between 1 and 128", SERVICE_ERROR_INVALID_OPTION},
    {"{'weight': <uint32 65536>}", "between 1 and 65535", SERVICE_ERROR_INVALID_OPTION},
    {"{'color': <'#102030'>, 'network': <'bridge'>}", "“nat”, “bridged” or “none”",
     SERVICE_ERROR_INVALID_OPTION},
    {"{'color': <'red'>}", "#rrggbb", SERVICE_ERROR_INVALID_OPTION},
    {"{'group': <'a\\nb'>}", "one line", SERVICE_ERROR_INVALID_OPTION},
    {"{'group': <'12345678901234567890123456789012345678901'>}", "40 letters",
     SERVICE_ERROR_INVALID_OPTION},
    {"{'group': <' 1234567890123456789012345678901234567890 '>}", NULL, -1},
    {"{'sound': <'on'>}", "“sound” has to be of type “b”", SERVICE_ERROR_INVALID_OPTION},
    {"{'start-from': <'floppy'>}", "“disk”, “cd” or “kernel”", SERVICE_ERROR_INVALID_OPTION},
    {"{'start-from': <'custom'>}", "“disk”, “cd” or “kernel”", SERVICE_ERROR_INVALID_OPTION},
    {"{'monitors': <['1280x800', '12']>}", "“12” is no size of a monitor",
     SERVICE_ERROR_INVALID_OPTION},
    {"{'color': <'#102030'>, 'name': <'x'>}",
     "“name”: there are memory, maximum-memory, vcpus, weight, color, autostart, network, "
     "sound, network-access, network-hosts, start-from, monitors and group.",
     SERVICE_ERROR_INVALID_OPTION},
};

static void test_bad(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        GuestSettings settings;
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad[i].options);
        g_assert_cmpint(parse(bad[i].options, &settings, &error), ==, bad[i].code < 0);
        if (!error) {
            guest_settings_clear(&settings);
            continue;
        }
        g_assert_error(error, SERVICE_ERROR, bad[i].code);
        g_assert_nonnull(strstr(error->message, bad[i].sentence));
    }
}

static const struct {
    const char *text;
    const char *options;
    const char *result; /* NULL: refused */
} edits[] = {
    {"memory = 100\n", "{'memory': <uint64 134217728>}", "memory = 128\n"},
    {"# none\n", "{'memory': <uint64 134217728>}", "# none\nmemory = 128\n"},
    /* A maximum that is no choice of its own follows. */
    {"memory = 100\nmaxmem = 100\n", "{'memory': <uint64 134217728>}", "memory = 128\n"},
    {"maxmem = 100\n", "{'memory': <uint64 134217728>}", "memory = 128\n"},
    {"memory = 100\nmaxmem = 200\n", "{'memory': <uint64 134217728>}",
     "memory = 128\nmaxmem = 200\n"},
    {"memory = 100\nmaxmem = 200\n", "{'memory': <uint64 268435456>}", NULL},
    {"memory = 100\nmaxmem = 200\n",
     "{'memory': <uint64 268435456>, 'maximum-memory': <uint64 268435456>}",
     "memory = 256\nmaxmem = 256\n"},
    {"memory = 100\nmaxmem = 200\n", "{'maximum-memory': <uint64 0>}", "memory = 100\n"},
    {"maxmem = 200\n", "{'maximum-memory': <uint64 0>}", "memory = 200\n"},
    {"maxmem = 200\n", "{'maximum-memory': <uint64 268435456>}", "maxmem = 256\nmemory = 200\n"},
    {"memory = 100\n", "{'maximum-memory': <uint64 67108864>}", NULL},
    {"memory = 100\n", "{'maximum-memory': <uint64 268435456>}", "memory = 100\nmaxmem = 256\n"},
    {"vcpus = 1\n", "{'vcpus': <uint32 3>}", "vcpus = 3\n"},
    {"vcpus = 1\nmaxvcpus = 2\n", "{'vcpus': <uint32 3>}", "vcpus = 3\nmaxvcpus = 3\n"},
    {"cpu_weight = 9 # why\n", "{'weight': <uint32 512>}", "cpu_weight = 512 # why\n"},
    {"cpu_weight = 9\n", "{'weight': <uint32 0>}", ""},
    {"vcpus = 1\n", "{'network': <'none'>}", "vcpus = 1\n"},
    {"vif = []\n", "{'network': <'none'>}", "vif = []\n"},
    {"vif = ['bridge=br9']\nvcpus = 1\n", "{'network': <'none'>}", "vif = [ ]\nvcpus = 1\n"},
    {"vif = [ \"mac=00:16:3e:01:02:03,bridge=br0\" ]\n", "{'network': <'nat'>}",
     "vif = [ \"mac=00:16:3e:01:02:03,bridge=br0\" ]\n"},
    /* The address goes along to another bridge. */
    {"vif = [ \"mac=00:16:3E:01:02:03,bridge=br0\" ]\n", "{'network': <'bridged'>}",
     "vif = [ \"mac=00:16:3e:01:02:03,script=vif-vitrine,bridge=lan0\" ]\n"},
    {"vif = [ 'mac=00:16:3e:01:02:03,bridge=lan0' ]\n", "{'network': <'bridged'>}",
     "vif = [ 'mac=00:16:3e:01:02:03,bridge=lan0' ]\n"},
    {"vif = [ 'bridge=lan0,mac=00:16:3e:01:02:03' ]\n", "{'network': <'nat'>}",
     "vif = [ \"mac=00:16:3e:01:02:03,script=vif-vitrine,bridge=br0\" ]\n"},
    {"memory = 100\n", "{'color': <'#102030'>, 'autostart': <true>}", "memory = 100\n"},
    {"memory = 100\nbad\n", "{'vcpus': <uint32 1>}", NULL},
};

static const GuestBridges both = {"br0", "lan0", NULL};
static const GuestBridges neither = {"", "", "There is no bridge."};

static char *edit(const char *text, const char *options, const GuestBridges *bridges,
                  GError **error)
{
    GuestSettings settings;
    GuestFacts now;
    char *result;

    guest_config_scan(text, &now);
    g_assert_true(parse(options, &settings, NULL));
    result = guest_settings_edit(&settings, &now, bridges, text, strlen(text), error);
    guest_settings_clear(&settings);
    return result;
}

static void test_edit(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(edits); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *result = edit(edits[i].text, edits[i].options, &both, &error);

        g_test_message("%u: %s", i, edits[i].options);
        g_assert_cmpstr(result, ==, edits[i].result);
        g_assert_cmpint(result == NULL, ==, error != NULL);
    }
}

/* The one thing with a random part. */
static void test_network(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *added = edit("vif = [\n 'bridge=other,mac=00:16:3e:01:02:03', # x\n 'y' ]\n",
                                  "{'network': <'nat'>}", &both, &error);
    g_autofree char *bridged = edit("vcpus = 1\n", "{'network': <'bridged'>}", &both, NULL);
    GuestFacts facts;

    g_assert_no_error(error);
    guest_config_scan(added, &facts);
    g_assert_cmpuint(facts.nics, ==, 1);
    g_assert_cmpstr(facts.bridge, ==, "br0");
    g_assert_cmpstr(guest_settings_network(&facts, &both), ==, "nat");
    g_assert_cmpstr(guest_settings_network(&facts, &neither), ==, "custom");
    g_assert_nonnull(strstr(added, "script=vif-vitrine"));
    g_assert_true(g_str_has_prefix(facts.mac, "00:16:3e:"));
    g_assert_cmpstr(facts.mac, !=, "00:16:3e:01:02:03"); /* of one of several */
    guest_config_scan(bridged, &facts);
    g_assert_cmpstr(facts.bridge, ==, "lan0");
    g_assert_cmpstr(guest_settings_network(&facts, &both), ==, "bridged");
    g_assert_cmpstr(guest_settings_network(&facts, &neither), ==, "custom");
}

static void test_no_bridge(void)
{
    g_autoptr(GError) no_nat = NULL;
    g_autoptr(GError) no_lan = NULL;

    g_assert_null(edit("vcpus = 1\n", "{'network': <'nat'>}", &neither, &no_nat));
    g_assert_error(no_nat, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION);
    g_assert_null(edit("vcpus = 1\n", "{'network': <'bridged'>}", &neither, &no_lan));
    g_assert_error(no_lan, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED);
    g_assert_cmpstr(no_lan->message, ==, "There is no bridge.");
}

static const struct {
    const char *vif;
    const char *mac;
} macs[] = {
    {"'mac=00:16:3e:01:02:03'", "00:16:3e:01:02:03"},
    {"'bridge=x,mac=00:16:3E:0A:02:0f,script=y'", "00:16:3e:0a:02:0f"},
    {"'bridge=x'", ""},
    {"'mac='", ""},
    {"'mac=00:16:3e:01:02'", ""},
    {"'mac=00:16:3e:01:02:3'", ""},
    {"'mac=00:16:3e:01:02:03:04'", ""},
    {"'mac=00:16:3e:01:02:033'", ""},
    {"'mac=0016:3e:01:02:03:4'", ""},
    {"'mac=00:16:3e:01:02:0x'", ""},
    {"'mac=01:16:3e:01:02:03'", ""}, /* of many */
    {"'mac=ff:ff:ff:ff:ff:ff'", ""},
};

static void test_scan_mac(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(macs); i++) {
        g_autofree char *text = g_strdup_printf("vif = [ %s ]\n", macs[i].vif);
        GuestFacts facts;

        g_test_message("%s", macs[i].vif);
        guest_config_scan(text, &facts);
        g_assert_cmpstr(facts.mac, ==, macs[i].mac);
    }
}

/* Names longer than Linux knows, interfaces without one, no interface. */
static void test_scan_network(void)
{
    GuestFacts facts;

    guest_config_scan("vif = ['bridge=a123456789012345678901234567890']", &facts);
    g_assert_cmpuint(strlen(facts.bridge), <, sizeof facts.bridge);
    g_assert_cmpuint(facts.nics, ==, 1);
    guest_config_scan("vif = ['', '']", &facts);
    g_assert_cmpuint(facts.nics, ==, 2);
    g_assert_cmpstr(facts.bridge, ==, "");
    guest_config_scan("vcpus = 1", &facts);
    g_assert_cmpstr(guest_settings_network(&facts, &both), ==, "none");
}

static const GuestFacts made = {.memory = 512 * MIB,
                                .maximum_memory = 1024 * MIB,
                                .vcpus = 2,
                                .nics = 1,
                                .bridge = "br0",
                                .mac = "00:16:3e:01:02:03"};

static void test_agree(void)
{
    GuestFacts file = made;

    g_assert_true(guest_settings_agree(&made, &file));
    file.weight = 256;
    g_assert_true(guest_settings_agree(&made, &file));
    file.weight = 257;
    g_assert_false(guest_settings_agree(&made, &file));
    file = made;
    file.memory = 256 * MIB;
    g_assert_false(guest_settings_agree(&made, &file));
    file = made;
    file.maximum_memory = 768 * MIB;
    g_assert_false(guest_settings_agree(&made, &file));
    file.maximum_memory = 512 * MIB;
    g_assert_true(guest_settings_agree(&made, &file));
    file = made;
    file.vcpus = 1;
    g_assert_false(guest_settings_agree(&made, &file));
    file = made;
    file.start = GUEST_START_CD;
    g_assert_false(guest_settings_agree(&made, &file));
    file = made;
    file.nics = 0;
    g_assert_false(guest_settings_agree(&made, &file));
    file = made;
    g_strlcpy(file.bridge, "br1", sizeof file.bridge);
    g_assert_false(guest_settings_agree(&made, &file));
}

static void test_text(void)
{
    static const char *const wrong[] = {
        "",
        "memory=1",
        "memory=1 maxmem=2 vcpus=3 weight=4 start=0 nics=5 brigde=x",
        "memory=1 maxmem=2 vcpus=3 weight=4 start=0 nics=5 bridge=0123456789abcdef",
        "memory=1 maxmem=2 vcpus=3 weight=4 start=4 nics=5 bridge=x",
        "memory=1 maxmem=2 vcpus=3 weight=4 start=0 nics=5 bridge=x mac=00:16:3e:01:02",
        "memory=1 maxmem=2 vcpus=3 weight=4 start=0 nics=5 bridge=0123456789abcdef mac=",
    };
    g_autofree char *text = guest_settings_to_text(&made);
    GuestFacts facts = {0};

    g_assert_true(guest_settings_from_text(text, &facts));
    g_assert_cmpmem(&facts, sizeof facts, &made, sizeof made);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(guest_settings_from_text(wrong[i], &facts));
    g_assert_true(guest_settings_from_text(
        "memory=1 maxmem=2 vcpus=3 weight=4 start=2 nics=0 bridge=", &facts));
    g_assert_cmpuint(facts.weight, ==, 4);
    g_assert_cmpuint(facts.start, ==, GUEST_START_KERNEL);
    g_assert_cmpstr(facts.bridge, ==, "");
    g_assert_cmpstr(facts.mac, ==, "");
    g_assert_true(guest_settings_from_text(
        "memory=1 maxmem=2 vcpus=3 weight=4 start=2 nics=1 bridge=br0 mac=", &facts));
    g_assert_cmpstr(facts.bridge, ==, "br0");
    g_assert_cmpstr(facts.mac, ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guest-settings/good", test_good);
    g_test_add_func("/guest-settings/bad", test_bad);
    g_test_add_func("/guest-settings/edit", test_edit);
    g_test_add_func("/guest-settings/network", test_network);
    g_test_add_func("/guest-settings/no-bridge", test_no_bridge);
    g_test_add_func("/guest-settings/scan-network", test_scan_network);
    g_test_add_func("/guest-settings/scan-mac", test_scan_mac);
    g_test_add_func("/guest-settings/agree", test_agree);
    g_test_add_func("/guest-settings/text", test_text);
    return g_test_run();
}
