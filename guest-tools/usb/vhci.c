/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's virtual USB host controller (vhci-hcd), by its files in sysfs. */
#include "vhci.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/usb/ch9.h>

/* A port's state in "status" if nothing is attached (Linux: VDEV_ST_NULL, usbip_common.h). */
#define STATE_FREE 4

/* There is a "status" file for each controller, of which the kernel can have so many. */
#define CONTROLLERS_MAX 128

#define PATH_SIZE 256

/* hub port sta spd dev      sockfd local_busid, and a line such as "hs  0000 004 000 00000000 ..."
 */
bool vhci_parse_port(const char *line, struct vhci_port *ret_port)
{
    char hub[4];
    unsigned number, state;

    if (sscanf(line, "%3s %u %u", hub, &number, &state) != 3 ||
        (strcmp(hub, "hs") != 0 && strcmp(hub, "ss") != 0))
        return false;
    *ret_port = (struct vhci_port){
        .number = number,
        .super = strcmp(hub, "ss") == 0,
        .free = state == STATE_FREE,
    };
    return true;
}

/* 0 or a negative errno. */
static int write_file(const char *directory, const char *name, const char *text)
{
    char path[PATH_SIZE];
    ssize_t written;
    int fd, error = 0;

    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    written = write(fd, text, strlen(text));
    if (written < 0)
        error = -errno;
    close(fd);
    return error;
}

static FILE *open_status(const char *directory, unsigned controller)
{
    char path[PATH_SIZE], number[16] = "";

    if (controller > 0)
        snprintf(number, sizeof(number), ".%u", controller);
    if (snprintf(path, sizeof(path), "%s/status%s", directory, number) >= (int)sizeof(path))
        return NULL;
    return fopen(path, "re");
}

struct wish {
    const char *directory;
    int socket;
    uint32_t devid, speed;
};

static int attach_to(const struct wish *wish, unsigned port)
{
    char text[64];

    snprintf(text, sizeof(text), "%u %d %u %u", port, wish->socket, wish->devid, wish->speed);
    return write_file(wish->directory, "attach", text);
}

/* Tries all ports of one controller; -ENOSPC if none would do. Another program may be quicker. */
static int attach_to_any(const struct wish *wish, FILE *status, unsigned *ret_port)
{
    struct vhci_port port;
    char line[128];
    int error = -ENOSPC;

    while (fgets(line, sizeof(line), status)) {
        if (!vhci_parse_port(line, &port) || !port.free ||
            port.super != (wish->speed == USB_SPEED_SUPER))
            continue;
        error = attach_to(wish, port.number);
        if (error == -EBUSY) {
            error = -ENOSPC;
            continue;
        }
        *ret_port = port.number;
        return error;
    }
    return error;
}

int vhci_attach(const char *directory, int socket, uint32_t devid, uint32_t speed,
                unsigned *ret_port)
{
    /* Kernels before 6.12 know no speed above SuperSpeed; for a device it makes no difference. */
    struct wish wish = {
        .directory = directory,
        .socket = socket,
        .devid = devid,
        .speed = speed > USB_SPEED_SUPER ? USB_SPEED_SUPER : speed,
    };
    int error = -ENOENT;

    for (unsigned controller = 0; controller < CONTROLLERS_MAX; controller++) {
        FILE *status = open_status(directory, controller);

        if (!status)
            break;
        error = attach_to_any(&wish, status, ret_port);
        fclose(status);
        if (error != -ENOSPC)
            break;
    }
    return error;
}

void vhci_detach(const char *directory, unsigned port)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", port);
    write_file(directory, "detach", text);
}
