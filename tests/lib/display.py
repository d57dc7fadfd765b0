"""A private X display with a window manager, its keys, its pointer and its pictures."""

import os
import shutil
import subprocess
import time

import till

SIZE = (1366, 768)


class Display:
    """Xvfb on a display number that it picks itself, and openbox, without which no window gets the keys."""

    def __init__(self, case):
        till.need("Xvfb", "openbox", "xdotool", "import", "convert", "zbarimg")
        self.case = case
        read, write = os.pipe()
        case.start(
            "Xvfb", "-displayfd", str(write), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp", "-noreset",
            env=till.environment(), stdout=subprocess.DEVNULL, pass_fds=(write,),
        )
        os.close(write)
        with os.fdopen(read) as number:
            self.name = f":{number.readline().strip()}"
        case.assertNotEqual(self.name, ":", "Xvfb didn't start")
        self.environment = till.environment(DISPLAY=self.name, XDG_CONFIG_HOME=case.scratch, XDG_CACHE_HOME=case.scratch)
        case.start("openbox", "--sm-disable", env=self.environment, stdout=subprocess.DEVNULL)
        till.wait_until("a window manager", self.is_managed, 20)

    def is_managed(self):
        asked = subprocess.run(
            ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], env=self.environment, capture_output=True, text=True, timeout=10
        )
        return "window id" in asked.stdout

    def xdotool(self, *arguments):
        done = subprocess.run(
            ["xdotool", *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=60
        )
        return done.stdout.strip()

    def window_of(self, process):
        """The window that a process opened, once it is on the screen and has the keys."""

        def found():
            self.case.assertIsNone(process.poll(), "the till ended instead of opening a window")
            window = self.xdotool("search", "--onlyvisible", "--pid", process.pid)
            return window and self.xdotool("getactivewindow") == window and window

        return till.wait_until("the till's window", found, 60)

    def press(self, *keys):
        self.xdotool("key", "--delay", 60, *keys)

    def type(self, text, milliseconds, enter=False):
        """Types as a keyboard wedge (1 to 5 ms a key) or as a person (above 100 ms) does."""
        self.xdotool("type", "--args", 1, "--delay", milliseconds, text, *(["key", "Return"] if enter else []))

    def pause(self, milliseconds):
        """A pause in what is typed; it is part of the input, nothing is waited for."""
        time.sleep(milliseconds / 1000)

    def click(self, x, y):
        self.xdotool("mousemove", x, y, "click", 1)

    def click_at_right(self, window, from_right, y):
        """Clicks in a window, so many pixels from its right end and its top."""
        geometry = dict(line.split("=") for line in self.xdotool("getwindowgeometry", "--shell", window).splitlines())
        self.xdotool("mousemove", "--window", window, int(geometry["WIDTH"]) - from_right, y, "click", 1)

    def picture(self, name):
        """Takes a picture of the screen, kept for people under target/e2e."""
        till.KEPT.mkdir(parents=True, exist_ok=True)
        path = self.case.scratch / f"{name}.png"
        subprocess.run(["import", "-window", "root", path], env=self.environment, check=True, timeout=30)
        shutil.copy(path, till.KEPT / f"{name}.png")
        return path


class Pixels:
    """The colours of a picture."""

    def __init__(self, path):
        raw = subprocess.run(["convert", path, "-depth", "8", "rgb:-"], check=True, capture_output=True, timeout=30).stdout
        self.width, self.height = SIZE
        self.raw = raw
        assert len(raw) == 3 * self.width * self.height, "a picture of another size"

    def places(self, colour):
        """Every (x, y) that has exactly this colour."""
        wanted = bytes.fromhex(colour.lstrip("#"))
        at = self.raw.find(wanted)
        while at >= 0:
            if at % 3 == 0:
                yield (at // 3) % self.width, at // 3 // self.width
            at = self.raw.find(wanted, at + 1)

    def widest(self, colour, at_least=60):
        """The middle of the widest bar of a colour, such as a button; None when there is none."""
        best, run = None, []
        for place in self.places(colour):
            run = [*run, place] if run and place == (run[-1][0] + 1, run[-1][1]) else [place]
            if len(run) >= at_least and (best is None or len(run) > len(best)):
                best = run
        return best and best[len(best) // 2]

    def share(self, colour):
        return sum(1 for _ in self.places(colour)) / (self.width * self.height)


def scanned(path):
    """What a phone's camera reads on the screen, or nothing."""
    done = subprocess.run(["zbarimg", "--quiet", "--raw", path], capture_output=True, text=True, timeout=60)
    return done.stdout.strip()
