/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service says, in the language of the person who runs this program. The service speaks
 * English (po/README.md), so its sentences come with names and numbers filled in; which of its
 * formats one was made of is found out here, and the translation is filled in the same way. */
#pragma once

#include <gio/gio.h>

/* The sentence, translated; as it is if it is none of the service's, or the catalogue has none.
 * What stands in quotes in it is somebody's name for something, and stays. Main thread; to be
 * freed. */
char *sentence_localise(const char *english);

/* The same for who can't free it: it stays until the next call with this owner and name, or until
 * the owner goes. Nothing for nothing (NULL or empty). */
const char *sentence_localise_for(GObject *owner, const char *name, const char *english);

/* An error of a call to the service: its message is only the sentence afterwards, translated. */
void sentence_localise_error(GError *error);
