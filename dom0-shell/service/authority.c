/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks polkit on behalf of a method call. */
#include "authority.h"

#include <polkit/polkit.h>

#include "error.h"

#define ACTION "org.vitrine.manage"

struct Authority {
    PolkitAuthority *polkit; /* NULL: everything is allowed */
};

typedef struct {
    AuthorityDecided decided;
    gpointer data;
} Question;

Authority *authority_new_polkit(GError **error)
{
    PolkitAuthority *polkit = polkit_authority_get_sync(NULL, error);
    Authority *authority;

    if (!polkit)
        return NULL;
    authority = g_new0(Authority, 1);
    authority->polkit = polkit;
    return authority;
}

Authority *authority_new_open(void)
{
    return g_new0(Authority, 1);
}

void authority_free(Authority *authority)
{
    if (!authority)
        return;
    g_clear_object(&authority->polkit);
    g_free(authority);
}

static void checked(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autofree Question *question = data;
    g_autoptr(GError) failure = NULL;
    g_autoptr(GError) refusal = NULL;
    g_autoptr(PolkitAuthorizationResult) answer =
        polkit_authority_check_authorization_finish(POLKIT_AUTHORITY(source), result, &failure);

    if (!answer)
        refusal =
            g_error_new(SERVICE_ERROR, SERVICE_ERROR_NOT_AUTHORIZED,
                        N_("It can't be found out whether you may do this: %s."), failure->message);
    else if (!polkit_authorization_result_get_is_authorized(answer))
        refusal = g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_NOT_AUTHORIZED,
                                      N_("You may look at the guests, but not change them. Ask the "
                                         "administrator to add you to the group “vitrine”; its "
                                         "members may at the computer itself."));
    question->decided(refusal, question->data);
}

void authority_check(Authority *authority, GDBusMethodInvocation *invocation,
                     AuthorityDecided decided, gpointer data)
{
    g_autoptr(PolkitSubject) subject = NULL;
    GDBusMessage *message = g_dbus_method_invocation_get_message(invocation);
    PolkitCheckAuthorizationFlags flags = POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE;
    Question *question;

    if (!authority->polkit) {
        decided(NULL, data);
        return;
    }
    if (g_dbus_message_get_flags(message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
        flags = POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION;
    question = g_new0(Question, 1);
    question->decided = decided;
    question->data = data;
    subject = polkit_system_bus_name_new(g_dbus_method_invocation_get_sender(invocation));
    polkit_authority_check_authorization(authority->polkit, subject, ACTION, NULL, flags, NULL,
                                         checked, question);
}
