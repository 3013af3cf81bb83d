/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords that come by a descriptor, and the places in the network that they are for. */
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "listener.h"
#include "passwords.h"

static bool read_from(const char *text, size_t length, struct passwords *passwords, char **problem)
{
    int ends[2];
    bool done;

    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_cmpint(write(ends[1], text, length), ==, (ssize_t)length);
    close(ends[1]);
    done = passwords_read(ends[0], passwords, problem);
    close(ends[0]);
    return done;
}

static void test_good(void)
{
    g_autofree char *problem = NULL;
    struct passwords passwords = {0};

    g_assert_true(read_from("spice a b\nvnc  x\n", 17, &passwords, &problem));
    g_assert_cmpstr(passwords.spice, ==, "a b");
    g_assert_cmpstr(passwords.vnc, ==, " x");
    passwords_clear(&passwords);
    g_assert_null(passwords.vnc);
    g_assert_true(read_from("", 0, &passwords, &problem));
    g_assert_null(passwords.vnc);
}

static void test_bad(void)
{
    static const char *const texts[] = {
        "vnc",     "vnc\n",
        "vnc \n",  "vnc a",
        "rdp a\n", "vnc a\nvnc b\n",
        "\n",      "vnc 1234567890123456789012345678901234567890123456789012345678901\n",
    };
    g_autofree char *long_text = g_strnfill(5000, 'a');
    g_autofree char *problem = NULL;
    struct passwords passwords = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_false(read_from(texts[i], strlen(texts[i]), &passwords, &problem));
        g_assert_true(g_str_has_suffix(problem, "."));
        g_assert_null(passwords.vnc);
        g_clear_pointer(&problem, g_free);
    }
    g_assert_false(read_from(long_text, 5000, &passwords, &problem));
    g_clear_pointer(&problem, g_free);
    g_assert_false(read_from("vnc a\0b\n", 8, &passwords, &problem));
}

static void ignore(void *data, int fd)
{
    close(fd);
}

static struct listener *listen_at(const char *address, unsigned first, unsigned last,
                                  char **problem)
{
    return listener_new_tcp(&(struct tcp_place){(char *)address, first, last}, ignore, NULL,
                            problem);
}

/* The second one gets the next port, or a sentence. */
static void test_ports(void)
{
    g_autofree char *problem = NULL;
    struct listener *one = listen_at("127.0.0.1", 47800, 47899, &problem);
    struct listener *two = listen_at("127.0.0.1", 47800, 47899, &problem);
    unsigned port;

    g_assert_nonnull(one);
    g_assert_nonnull(two);
    g_assert_true(g_str_has_prefix(listener_name(two), "127.0.0.1:478"));
    g_assert_cmpstr(listener_name(one), !=, listener_name(two));
    port = (unsigned)g_ascii_strtoull(strrchr(listener_name(two), ':') + 1, NULL, 10);
    g_assert_null(listen_at("127.0.0.1", port, port, &problem));
    g_assert_nonnull(strstr(problem, listener_name(two)));
    listener_free(one);
    listener_free(two);
}

static int connect_to(const struct listener *listener)
{
    const char *port = strrchr(listener_name(listener), ':') + 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)g_ascii_strtoull(port, NULL, 10)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
    return fd;
}

static void count(void *data, int fd)
{
    ++*(unsigned *)data;
    close(fd);
}

/* With no descriptor left, nobody is let in, and that is not tried without end. */
static void test_no_room(void)
{
    g_autofree char *problem = NULL;
    unsigned accepted = 0, turns = 0;
    struct listener *listener = listener_new_tcp(
        &(struct tcp_place){(char *)"127.0.0.1", 47800, 47899}, count, &accepted, &problem);
    int fd = connect_to(listener);
    struct rlimit limit, none;

    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = limit.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &none), ==, 0);
    for (unsigned i = 0; i < 50; i++)
        turns += g_main_context_iteration(NULL, FALSE);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    g_assert_cmpuint(turns, ==, 1);
    g_assert_cmpuint(accepted, ==, 0);
    while (accepted == 0)
        g_main_context_iteration(NULL, TRUE);
    close(fd);
    listener_free(listener);
}

static void test_addresses(void)
{
    static const char *const addresses[] = {"localhost", "127.0.0.1.example", "203.0.113.7"};

    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autofree char *problem = NULL;

        g_assert_null(listen_at(addresses[i], 47900, 47999, &problem));
        g_assert_nonnull(strstr(problem, addresses[i]));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/passwords/good", test_good);
    g_test_add_func("/passwords/bad", test_bad);
    g_test_add_func("/passwords/ports", test_ports);
    g_test_add_func("/passwords/no-room", test_no_room);
    g_test_add_func("/passwords/addresses", test_addresses);
    return g_test_run();
}
