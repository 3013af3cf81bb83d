/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes in xl.cfg files that could be anything. xl's own parser is the judge: what it could read
 * before it can read afterwards, the changed setting has its new value, and the others their own.
 * It finds no setting that is not listed here, too. */
#include <libxl.h>
#include <libxlutil.h>
#include <string.h>

#include "config-edit.h"
#include "fuzz.h"

static const char *const keys[] = {"a", "b", "memory", "vif"};

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const char *const files[] = {
        "# mine\nmemory = 512 # why\nvif = [ 'bridge=a', # b ]\n\"c\" ,\n]\n",
        "a = 1;b = 'x;y';memory=0x10",
        "a='1'\na+='2'\nvif=[]\nvif += ['x']\nb = [['x',1],[]]\n",
        "\tmemory\t=\t\"1\"\t\n;;\n#\n\nmaxmem = 7\nmemory = 2\n",
        "a = 'x\\' # ';b = 7\nvif = [ \"\\x41\\\" ]\", 'x\\' ]\n",
    };

    if (n >= sizeof(files) / sizeof(files[0]))
        return 0;
    memcpy(data, files[n], strlen(files[n]));
    return strlen(files[n]);
}

/* NULL if xl can't read the text. */
static XLU_Config *read_by_xl(const char *text)
{
    static FILE *nowhere;
    XLU_Config *config;

    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    config = xlu_cfg_init(nowhere, "fuzz");
    if (xlu_cfg_readdata(config, text, (int)strlen(text)) == 0)
        return config;
    xlu_cfg_destroy(config);
    return NULL;
}

/* What xl says of KEY, in a form to be compared: a string, the length of a list, or nothing. */
static char *describe(XLU_Config *config, const char *key)
{
    XLU_ConfigList *list;
    const char *value;
    int entries;

    if (xlu_cfg_get_list(config, key, &list, &entries, 1) == 0)
        return g_strdup_printf("list of %d", entries);
    return xlu_cfg_get_string(config, key, &value, 1) == 0 ? g_strdup_printf("= %s", value)
                                                           : g_strdup("nothing");
}

static void compare(XLU_Config *before, XLU_Config *after, const ConfigChange *change)
{
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *old = describe(before, keys[i]);
        g_autofree char *new = describe(after, keys[i]);

        if (strcmp(keys[i], change->key) != 0)
            FUZZ_ASSERT(strcmp(old, new) == 0);
        else if (!change->value)
            FUZZ_ASSERT(strcmp(new, "nothing") == 0);
        else
            FUZZ_ASSERT(strcmp(new, *change->value == '[' ? "list of 0" : "= 512") == 0);
    }
}

static gboolean is_listed(const GPtrArray *list, const char *key)
{
    for (guint i = 0; i < list->len; i++) {
        if (strcmp(((const ConfigSetting *)list->pdata[i])->key, key) == 0)
            return TRUE;
    }
    return FALSE;
}

/* What looks for a setting that must not be there has to find it if xl does. */
static void check_list(const char *text, XLU_Config *config)
{
    g_autoptr(GPtrArray) list = config_edit_list(text, strlen(text), NULL);

    for (guint i = 0; list && i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *found = describe(config, keys[i]);

        FUZZ_ASSERT(strcmp(found, "nothing") == 0 || is_listed(list, keys[i]));
    }
}

static void try(const char *text, gsize length, const ConfigChange *change)
{
    g_autofree char *result = config_edit(text, length, change, 1, NULL);
    g_autofree char *again = NULL;
    XLU_Config *before;
    XLU_Config *after;

    if (!result)
        return;
    again = config_edit(result, strlen(result), change, 1, NULL);
    FUZZ_ASSERT(again && strcmp(again, result) == 0);
    before = read_by_xl(text);
    if (!before)
        return;
    check_list(text, before);
    after = read_by_xl(result);
    FUZZ_ASSERT(after);
    compare(before, after, change);
    xlu_cfg_destroy(before);
    xlu_cfg_destroy(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const ConfigChange changes[] = {
        {"memory", "512"}, {"memory", NULL}, {"vif", "[ ]"}, {"a", "\"512\""}};
    g_autofree char *text = g_strndup((const char *)data, len);

    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *found = NULL;

        try(text, strlen(text), &changes[i]);
        found = config_edit_find(text, changes[i].key);
    }
    /* With what a string can't hold. */
    g_free(config_edit((const char *)data, len, changes, 1, NULL));
    return 0;
}
