# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person does with guests in the shell, by the pointer, on the screen of dom0: a crash and its remedy, a
snapshot that is rolled back, three guests at once. The guests are the boot tests' own, which start in seconds and
have a screen; pictures are left among the logs as desktop-*.png."""

from console import PATIENCE
from desktop import SUGGESTED, DesktopTest, is_like, middle_of, part, pixel
from machine import keep_logs_in, share_of_colour
from service import DESCRIPTION, LIB, ServiceTest

# Its kernel speaks on the screen as well.
SMALL = DESCRIPTION.replace("console=hvc0", "console=tty0 console=hvc0")

# Places on a screen of this size, which the shell fills: buttons of the header bar, from the right; the rows of the list.
WIDTH, HEIGHT = 1280, 800
GUEST_MENU = (1177, 23)
CONSOLE_OF_RUNNING, CONSOLE_OF_STOPPED = (1017, 23), (1057, 23)
SHUT_DOWN, START = (977, 23), (1017, 23)
# An item of the guest's menu, and a place there that has no text.
SNAPSHOTS, OF_MENU, WHITE = (1050, 594), (1150, 577), (255, 255, 255)
# In the middle of a guest's screen, which is black as long as its kernel says little.
WITHIN = (900, 600)
FIRST_ROW, ROW = 85, 66
# Of a row: the little picture, and the frame around that, in the guest's colour.
PICTURE = (24, -12, 64, 12)
FRAME = (17, 0)
# In the dialog of snapshots, from the button that takes one: to roll back to the newest, to close it.
ROLL_BACK, CLOSE = (-23, 108), (40, -75)

# What the shell warns of is painted in this.
DESTRUCTIVE = (192, 28, 40)
# For a guest, so that its colour is not taken for a button's.
NOT_SUGGESTED = "#e66100"
# What is beside a guest's screen; what is around the last words of its console.
BESIDE, TAIL = (0x1E, 0x1E, 0x1E), (0x1E, 0x1E, 0x1E)


class Desktop(DesktopTest, ServiceTest):
    smp = 1

    def setUp(self):
        super().setUp()
        self.template("small", SMALL)
        self.dom0.wait_for("pgrep -x vitrine-shell", 120)

    def picture(self, name):
        self.machine.screenshot(keep_logs_in() / f"desktop-{name}.png")

    def click(self, place):
        self.machine.click(*place, WIDTH, HEIGHT)

    def see(self, what, condition, timeout=60):
        return self.wait_for_screen(what, condition, timeout)

    def click_until(self, place, what, condition, tries=4):
        """A click on a busy computer may come before what it is meant for."""
        for _ in range(tries):
            before = self.machine.screen()
            self.click(place)
            for _ in range(round(10 * PATIENCE)):
                self.machine.console.drain(1)
                if condition(before, self.machine.screen()):
                    return
        self.picture("at-failure")
        self.fail(f"a click on {place} does not bring {what}")

    def make(self, *names, color=None):
        options = f"\"{{'color': <'{color}'>}}\"" if color else ""
        for name in names:
            self.works(f"create {name} small {options}", 240)
        for name in names:
            self.do(f"said {name} 'guest: ready'", 240)

    def choose(self, row=0):
        self.click((110, FIRST_ROW + ROW * row))
        self.machine.console.drain(2)

    def shows_screen(self, screen):
        return share_of_colour(part(screen, 230, 60, WIDTH, HEIGHT), BESIDE, 2) > 0.2

    # --- a crash ---

    def test_1_crash(self):
        """a guest whose kernel panics is shown as crashed, with its last words, and a button starts it again"""
        self.make("desk", color=NOT_SUGGESTED)
        self.choose()
        self.see("the guest's screen", self.shows_screen)
        self.click_until(CONSOLE_OF_RUNNING, "the console", lambda _, now: is_like(pixel(now, *WITHIN), BESIDE, 2))
        self.machine.console.drain(5)
        self.machine.type("\necho c >/proc/sysrq-trigger\n")
        self.do("soon 'crashed -1 false' state desk")
        self.picture("crash-console")
        self.click_until(CONSOLE_OF_STOPPED, "the crash", lambda _, now: self.shows_crash(now))
        self.picture("crash")
        self.click(middle_of(self.page(self.machine.screen()), SUGGESTED))
        self.do("soon running state desk; said desk 'guest: ready'", 240)
        self.see("the guest's screen again", self.shows_screen)
        self.picture("crash-restarted")

    @staticmethod
    def page(screen):
        """The guest's page alone, in its place."""
        width, height, pixels = screen
        blank = b"\0" * (60 * width * 3)
        return width, height, blank + pixels[len(blank):]

    def shows_crash(self, screen):
        tail = share_of_colour(part(screen, 460, 440, 1040, 560), TAIL, 2)
        return tail > 0.5 and middle_of(self.page(screen), SUGGESTED) is not None

    # --- a snapshot ---

    def test_2_roll_back(self):
        """what was on a guest's disk when a snapshot was taken is there again when that is rolled back to"""
        self.make("desk", color=NOT_SUGGESTED)
        self.choose()
        self.in_guest("desk", "echo precious | dd of=/dev/xvda conv=sync; sync")
        self.shut_down()
        take = self.open_snapshots()
        self.machine.type("before")
        self.click(take)
        self.dom0.wait_for("vitrinectl snapshots desk | grep before", 60)
        self.machine.console.drain(5)
        self.picture("snapshot-taken")
        self.click((take[0] + CLOSE[0], take[1] + CLOSE[1]))
        self.start()
        self.assertIn("precious", self.in_guest("desk", "head -n 1 /dev/xvda"))
        self.in_guest("desk", "dd if=/dev/zero of=/dev/xvda bs=4096 count=1; sync")
        self.shut_down()
        self.assertNotIn("precious", self.do(f"head -c 8 {LIB}/disks/desk.img | tr -d '\\0'"))
        self.roll_back()
        self.start()
        self.assertIn("precious", self.in_guest("desk", "head -n 1 /dev/xvda"))
        self.picture("rolled-back")

    def shut_down(self):
        self.click(SHUT_DOWN)
        self.do("soon 'stopped -1 false' state desk", 120)
        self.see("that the guest is off", lambda now: not self.shows_screen(now))

    def start(self):
        self.machine.console.drain(3)
        self.click(START)
        self.do("soon running state desk; said desk 'guest: ready'", 240)

    def open_snapshots(self):
        """By the guest's menu; where the button is that takes one, which is where the dialog came up."""
        before = self.machine.screen()
        self.click_until(GUEST_MENU, "the menu", lambda _, now: is_like(pixel(now, *OF_MENU), WHITE, 1))
        self.machine.console.drain(2)
        self.picture("menu")
        self.click_until(SNAPSHOTS, "the snapshots",
                         lambda _, now: middle_of(now, SUGGESTED, before) is not None)
        self.machine.console.drain(2)
        return middle_of(self.machine.screen(), SUGGESTED, before)

    def roll_back(self):
        take = self.open_snapshots()
        self.click_until((take[0] + ROLL_BACK[0], take[1] + ROLL_BACK[1]), "the question",
                         lambda _, now: middle_of(now, DESTRUCTIVE) is not None)
        self.picture("roll-back")
        self.click(middle_of(self.machine.screen(), DESTRUCTIVE))
        self.dom0.wait_for(f"head -n 1 {LIB}/disks/desk.img | grep -a precious", 60)
        self.machine.console.drain(2)
        self.click((take[0] + CLOSE[0], take[1] + CLOSE[1]))

    # --- three at once ---

    def test_3_three(self):
        """three guests run at once: the list has a picture of each one's screen in a frame of its colour, and a click
        shows it"""
        paints = {"a": (0xF0, 0x80, 0x20), "b": (0x20, 0xC0, 0x60), "c": (0x60, 0x40, 0xE0)}
        self.make(*paints)
        for name, colour in paints.items():
            self.paint(name, colour)
        colours = [self.colour_of(name) for name in paints]
        self.assertEqual(len(set(colours)), 3, colours)
        self.see("a picture of each screen", lambda now: all(
            share_of_colour(self.little(now, row), paint) > 0.8 for row, paint in enumerate(paints.values())), 180)
        self.picture("three")
        for row, colour in enumerate(colours):
            there = pixel(self.machine.screen(), FRAME[0], FIRST_ROW + ROW * row + FRAME[1])
            self.assertTrue(is_like(there, colour, 24), f"{there} is not the colour {colour}")
        for row, paint in enumerate(paints.values()):
            self.click((110, FIRST_ROW + ROW * row))
            self.see(f"screen {row}", lambda now, paint=paint: share_of_colour(now, paint) > 0.3, 60)
        self.picture("three-last")
        self.assertEqual(len(self.do("xl list").splitlines()), 5)

    def paint(self, name, colour):
        """Fills the guest's screen, of 32 bits a pixel."""
        octets = "".join(f"\\{octet:03o}" for octet in (*reversed(colour), 1))
        self.in_guest(name, f"a=$(printf '{octets}'); for i in 1 2 3 4 5 6 7 8 9 10; do a=$a$a; done;"
                            " for i in $(seq 480); do printf %s \"$a\"; done > /dev/fb0; :", 120)

    @staticmethod
    def little(screen, row):
        left, top, right, bottom = PICTURE
        middle = FIRST_ROW + ROW * row
        return part(screen, left, middle + top, right, middle + bottom)

    def colour_of(self, name):
        text = self.do(f"get guests/{name} Guest1 Color").strip("'#")
        return tuple(bytes.fromhex(text))
