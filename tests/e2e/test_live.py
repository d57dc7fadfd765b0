"""The first start of the real window, live in one walk: a gateway other than the built-in one, a real keyring."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import till  # noqa: E402
from display import Display, Pixels, scanned  # noqa: E402

PAID = "#07A35A"
ACCENT = "#2B4C9B"
NOTE, FAILED, WAITING, TICK = "#EAEEF9", "#B3261E", "#FFF3DC", "#1E8E5A"
# The quick amounts.
KEY = "#FBFAF6"
# The share of the screen that eight ticked lines have, and three ticked fields have not.
TICKED = 0.0005
# The share that the frame and the tick of a certificate have, and the ticks of two fields have not.
READ = 0.0003
# From the last key of an amount to a scan, and from field to field, in milliseconds: no hand is faster.
HAND = 250


class Live(till.Case):
    def setUp(self):
        super().setUp()
        till.need("dbus-daemon", "gnome-keyring-daemon")
        self.display = Display(self)
        self.data = self.scratch / "data"
        # Its simulated customer pays any order after two seconds, also the check's, which nobody could scan: it is
        # closed before that.
        self.gateway = self.practice_server("--close-at-once")

    def keyring(self):
        """A bus and a keyring of its own, unlocked; gives what finds them."""
        home = {"HOME": self.scratch, "XDG_RUNTIME_DIR": self.scratch, "XDG_DATA_HOME": self.scratch / "share"}
        bus = self.start(
            "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address",
            env=till.environment(**home), stdout=subprocess.PIPE, text=True,
        )
        address = {"DBUS_SESSION_BUS_ADDRESS": till.first_line(bus, 20).strip()}
        log = open(self.scratch / "keyring.log", "ab")
        self.addCleanup(log.close)
        daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            env=till.environment(**home, **address), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        )
        self.addCleanup(daemon.stdout.close)
        self.addCleanup(till.stop, daemon)
        daemon.stdin.write("test")
        daemon.stdin.close()
        # It says where its control socket is, or closes its output, once it serves.
        self.assertIsNotNone(till.first_line(daemon, 20), "the keyring never served")
        return address

    def open(self, **more):
        process = self.start(till.BINARY, "--data-dir", self.data, env=self.display.environment | more)
        self.window = self.display.window_of(process)
        return process

    def shows(self, what, name, condition, seconds=30):
        return till.wait_until(what, lambda: condition(self.display.picture(name)), seconds)

    def tearDown(self):
        self.display.picture(f"last-of-{self.id().rpartition('.')[2]}")
        super().tearDown()

    def fill(self, *texts):
        """Types each text and goes to the next field."""
        for text in texts:
            self.display.type(text, 12)
            self.display.press("Tab")

    def go_live(self):
        """The whole walk by keys, from the first choice to the last field."""
        self.shows("the first choice", "live-first", lambda picture: Pixels(picture).widest(ACCENT, 300))
        self.display.press("2")
        self.shows("the shop's fields, right as they are", "live-shop", lambda picture: Pixels(picture).widest(NOTE, 300))
        self.display.press("Return")
        # The merchant's number has the keys; the gateway is one page further.
        self.fill(self.gateway["mch_id"])
        self.display.type(self.gateway["appid"], 12)
        self.display.press("F2", "Tab", "Tab")
        self.fill(self.gateway["url"])
        self.display.type(self.gateway["ca_file"], 12)
        self.display.press("Return")
        # The field before the merchant's number takes a file's path.
        self.display.press("shift+Tab")
        self.display.type(self.gateway["p12_file"], 12)
        self.display.press("Return")
        self.shows("the certificate that was read", "live-merchant", lambda picture: Pixels(picture).share(TICK) > READ)
        # Where the field is that has the keys.
        before = Pixels(self.display.picture("live-merchant")).widest(ACCENT)
        self.display.press("Return")
        self.shows("the key's page", "live-key", lambda picture: Pixels(picture).widest(ACCENT) != before)
        self.display.type(self.gateway["api_key"], 12)
        self.display.picture("live-key")
        self.display.press("Return")

    def checked(self, name):
        """Waits until the checks are through: all ticked, and the certificate's file offered to be deleted."""

        def is_done(picture):
            pixels = Pixels(picture)
            self.assertIsNone(pixels.widest(FAILED, 8), "a check failed")
            return pixels.share(TICK) > TICKED and pixels.widest(WAITING, 400)

        self.shows("the end of the checks", name, is_done, 60)

    def pay(self, amount, code, name):
        self.display.press(*amount)
        self.display.pause(HAND)
        self.display.type(code, 2, enter=True)
        self.shows("the green of a paid sale", name, lambda picture: Pixels(picture).share(PAID) > 0.3)

    def outcomes(self, address, amount):
        done = subprocess.run(
            [till.BINARY, "--data-dir", self.data, "find", amount, "--json"],
            env=till.environment(**address), capture_output=True, text=True, timeout=60,
        )
        return [(order["outcome"], order["mode"]) for order in till.json_lines(done.stdout) if "out_trade_no" in order]

    def test_from_the_first_start_to_a_live_payment_and_again_after_a_restart(self):
        address = self.keyring()
        window = self.open(**address)
        self.go_live()
        self.checked("live-checks")
        self.display.press("Return")
        self.display.press("1", "2", "period", "5", "0", "Return")
        self.shows("a QR code", "live-qr", lambda picture: scanned(picture).startswith("weixin://wxpay/"))
        self.display.press("Escape")
        self.display.press("Escape")
        self.pay(["8"], "134567890123457001", "live-paid")
        self.assertEqual(self.outcomes(address, "8.00"), [("paid", "live")])
        self.assertEqual(self.outcomes(address, "0.01"), [], "the check's order is shown to nobody")
        till.stop(window)
        self.open(**address)
        self.shows("the counter's keys", "live-counter", lambda picture: Pixels(picture).widest(KEY, 60))
        self.pay(["9"], "134567890123457002", "live-again")
        self.assertEqual(self.outcomes(address, "9.00"), [("paid", "live")])
        held = b"".join(path.read_bytes() for path in self.data.rglob("*") if path.is_file())
        self.assertNotIn(self.gateway["api_key"].encode(), held, "the key lies in the data folder")

    def test_without_a_keyring_the_key_is_held_for_this_run_only(self):
        window = self.open()
        self.go_live()
        self.shows("that there is no keyring", "live-no-keyring", lambda picture: Pixels(picture).widest(WAITING, 400))
        self.display.press("F7")
        self.checked("live-this-run")
        self.display.press("Return")
        self.pay(["7"], "134567890123457003", "live-this-run-paid")
        till.stop(window)
        held = b"".join(path.read_bytes() for path in self.data.rglob("*") if path.is_file())
        self.assertNotIn(self.gateway["api_key"].encode(), held, "the key lies in the data folder")
        self.open()
        self.shows("that there is no keyring", "live-no-keyring", lambda picture: Pixels(picture).widest(WAITING, 400))


if __name__ == "__main__":
    till.unittest.main()
