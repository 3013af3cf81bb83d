/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entry of the Vitrine shell. */
#include "application.h"

#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

int main(int argc, char **argv)
{
    g_autoptr(VitrineApplication) application = NULL;

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, VITRINE_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);

    g_set_application_name(_("Vitrine"));
    application = vitrine_application_new(G_BUS_TYPE_SYSTEM);
    return g_application_run(G_APPLICATION(application), argc, argv);
}
