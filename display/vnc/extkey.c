/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's extension of RFB: key events that carry scan codes, for any keyboard layout. */
#include "vnc/client.h"

#include <stdlib.h>

#include "scancode.h"

#define EXTENDED_KEY_EVENT ((int)rfbEncodingQemuExtendedKeyEvent)
#define SUBTYPE_KEY        0

static rfbBool on_encoding(rfbClientPtr rfb, void **data, int encoding)
{
    struct vnc_client *client = rfb->clientData;

    if (encoding != EXTENDED_KEY_EVENT)
        return FALSE;
    client->wants_extkey = true;
    return TRUE;
}

/*
 * A viewer may send such events once the server has shown that it knows them: by a rectangle of
 * that encoding, without content. It waits until the library has sent its list of messages, which
 * makes libvncclient forget what it learned before.
 */
void vnc_extkey_acknowledge(rfbClientPtr rfb, int sent)
{
    struct vnc_client *client = rfb->clientData;
    struct {
        rfbFramebufferUpdateMsg update;
        rfbFramebufferUpdateRectHeader rect;
    } __attribute__((packed)) message = {
        .update = {.type = rfbFramebufferUpdate, .nRects = Swap16IfLE(1)},
        .rect = {.encoding = Swap32IfLE(rfbEncodingQemuExtendedKeyEvent)},
    };

    if (!sent || !client->wants_extkey || rfb->enableSupportedMessages)
        return;
    client->wants_extkey = false;
    message.rect.r.w = Swap16IfLE((uint16_t)rfb->screen->width);
    message.rect.r.h = Swap16IfLE((uint16_t)rfb->screen->height);
    if (rfbWriteExact(rfb, (const char *)&message, sizeof(message)) < 0)
        rfbCloseClient(rfb);
}

/* The library has read the type only. */
static rfbBool on_message(rfbClientPtr rfb, void *data, const rfbClientToServerMsg *start)
{
    struct vnc_client *client = rfb->clientData;
    rfbQemuExtendedKeyEventMsg message;

    if (start->type != rfbQemuEvent)
        return FALSE;
    if (rfbReadExact(rfb, (char *)&message + 1, sz_rfbQemuExtendedKeyEventMsg - 1) <= 0 ||
        message.subtype != SUBTYPE_KEY) {
        rfbCloseClient(rfb);
        return TRUE;
    }
    session_viewer_key(client->viewer, scancode_to_key(Swap32IfLE(message.keycode)),
                       message.down != 0);
    return TRUE;
}

static int encodings[] = {EXTENDED_KEY_EVENT, 0};

static rfbProtocolExtension extension = {
    .pseudoEncodings = encodings,
    .enablePseudoEncoding = on_encoding,
    .handleMessage = on_message,
};

void vnc_extkey_register(void)
{
    rfbRegisterProtocolExtension(&extension);
}

void vnc_extkey_forget(rfbClientPtr rfb)
{
    rfbExtensionData *data = rfb->extensions;

    while (data && data->extension != &extension)
        data = data->next;
    /* The library takes its record out of the list, and leaves it to nobody. */
    rfbDisableExtension(rfb, &extension);
    free(data);
}
