/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-display. */
#include "display.h"

int main(int argc, char **argv)
{
    return display_main(argc, argv);
}
