"""The real window on a private display: keys, scans, the simulated phone, and what the screen shows."""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import till  # noqa: E402
from display import Display, Pixels, scanned  # noqa: E402

PAID = "#07A35A"
# The next step; at a first start the edge of the choice that Enter takes.
ACCENT = "#2B4C9B"
# From the last key of an amount to a scan, in milliseconds: no hand is faster.
HAND = 250
# Two buttons of the header: pixels from the window's right end, and from its top.
LANGUAGE, THEME = (82, 24), (40, 24)


class Window(till.Case):
    def setUp(self):
        super().setUp()
        self.display = Display(self)
        self.data = self.scratch / "data"

    def open(self, *options):
        """The till as a shop starts it: no command. In a data folder that has never been used, one key practises."""
        first = not (self.data / "settings.toml").exists()
        process = self.start(till.BINARY, "--data-dir", self.data, *options, env=self.display.environment)
        self.window = self.display.window_of(process)
        if first:
            self.shows("the first choice", "first-start", lambda picture: Pixels(picture).widest(ACCENT, 300))
            self.display.press("Return")
        self.shows("the practice phone", "first-practice", lambda picture: Pixels(picture).widest(PAID))
        return process

    def shows(self, what, name, condition, seconds=20):
        """Waits for a state of the screen; its picture is kept, also when it never came."""
        return till.wait_until(what, lambda: condition(self.display.picture(name)), seconds)

    def tearDown(self):
        self.display.picture(f"last-of-{self.id().rpartition('.')[2]}")
        super().tearDown()

    def is_green(self, name, seconds=20):
        self.shows("the green of a paid sale", name, lambda picture: Pixels(picture).share(PAID) > 0.3, seconds)

    def found(self, text):
        code, out, err = till.run("find", text, "--json", data_dir=self.data)
        self.assertIn(code, (0, 1), err)
        return [order for order in till.json_lines(out) if "out_trade_no" in order]

    def assert_one_sale(self, amount, fen):
        orders = self.found(amount)
        self.assertEqual([(order["outcome"], order["total_fee"], order["mode"]) for order in orders], [("paid", fen, "practice")])

    def is_used(self, code):
        """Whether exactly this code has been charged: a code serves one payment."""
        _, out, _ = till.run("charge", "0.01", "--code", code, "--json", data_dir=self.data)
        return till.json_lines(out)[-1]["outcome"] != "paid"

    def test_a_qr_payment_by_keys(self):
        self.open("--lang", "en")
        self.display.press("1", "2", "period", "5", "0")
        self.display.picture("amount")
        self.display.press("Return")
        self.shows("a QR code", "qr", lambda picture: scanned(picture).startswith("weixin://wxpay/"))
        button = self.shows("the phone's button to pay", "qr", lambda picture: Pixels(picture).widest(PAID))
        self.display.click(*button)
        self.is_green("qr-paid")
        self.assert_one_sale("12.50", 1250)

    def test_a_scanned_payment(self):
        self.open("--lang", "zh-CN")
        self.display.press("KP_8")
        self.display.pause(HAND)
        self.display.type("134567890123450001", 2, enter=True)
        self.is_green("scan-paid")
        self.assert_one_sale("8.00", 800)
        self.assertTrue(self.is_used("134567890123450001"))

    def test_a_scan_while_a_qr_is_up_has_one_winner(self):
        self.open("--lang", "en")
        self.display.press("7", "period", "7", "0", "Return")
        self.shows("a QR code", "qr-then-scan", lambda picture: scanned(picture).startswith("weixin://wxpay/"))
        self.display.type("134567890123454001", 3, enter=True)
        self.is_green("scan-won", 30)
        outcomes = [order["outcome"] for order in self.found("7.70")]
        self.assertEqual(outcomes.count("paid"), 1, outcomes)
        self.assertTrue(self.is_used("134567890123454001"))

    def test_scans_arrive_whole_and_never_land_in_an_amount(self):
        self.open()
        for number in range(10):
            milliseconds, enter = 1 + number % 5, number < 5
            # Another customer each time: WeChat asks one for the password after five payments a day.
            code = f"13{number}567890123451{number:03}"
            # Any digit after a paid sale begins the next one.
            self.display.press("3", "period", "0", str(number))
            self.display.pause(HAND)
            self.display.type(code, milliseconds, enter)
            amount = f"3.0{number}"
            till.wait_until(
                f"{amount} paid by a scan at {milliseconds} ms a key, Enter: {enter}",
                lambda: [order["outcome"] for order in self.found(amount)] == ["paid"],
                30,
            )
            self.is_green(f"scan-{number}")
            self.assert_one_sale(amount, 300 + number)
            self.assertTrue(self.is_used(code), f"the till charged something else than {code}")

    def test_a_scan_without_an_amount_charges_nothing(self):
        self.open()
        before = Pixels(self.display.picture("empty")).raw
        code = "134567890123452001"
        self.display.type(code, 2, enter=True)
        self.shows("an answer to the scan", "scan-first", lambda picture: Pixels(picture).raw != before)
        self.assertFalse(self.is_used(code))
        self.display.press("5")
        self.display.pause(HAND)
        self.display.type("134567890123452002", 2, enter=True)
        self.is_green("scan-after")
        self.assert_one_sale("5.00", 500)

    def test_a_person_who_types_the_same_digits_is_no_scanner(self):
        self.open()
        code = "134567890123453001"
        self.display.type(code, 130, enter=False)
        self.display.picture("typed")
        self.assertFalse(self.is_used(code))

    def test_the_desktop_knows_whose_window_it_is(self):
        self.open()
        entry = (till.TOP / "packaging/guitai.desktop").read_text()
        wanted = re.search("^StartupWMClass=(.*)$", entry, re.MULTILINE)[1]
        known = self.properties("WM_CLASS", "_NET_WM_ICON")
        self.assertIn(f'WM_CLASS(STRING) = "{wanted}", "{wanted}"', known)
        self.assertIn("Icon (64 x 64)", known)
        is_whole = lambda: "_NET_WM_STATE_MAXIMIZED_VERT" in self.properties("_NET_WM_STATE")
        till.wait_until("a window as large as the screen", is_whole, 10)

    def properties(self, *names):
        asked = ["xprop", "-id", self.window, *names]
        return subprocess.run(asked, env=self.display.environment, capture_output=True, text=True, timeout=20).stdout

    def test_language_and_theme_outlive_the_window_and_the_owners_words_too(self):
        settings = self.data / "settings.toml"
        self.data.mkdir()
        settings.write_text('shop_name = "王记便利店"\ntheme = "sepia"\n', encoding="utf-8")
        self.open("--lang", "en")
        self.display.picture("settings-problem")
        for button, kept in ((THEME, 'theme = "dark"'), (LANGUAGE, 'language = "zh-CN"')):
            self.display.click_at_right(self.window, *button)
            till.wait_until(kept, lambda: kept in settings.read_text(encoding="utf-8"), 20)
        self.assertIn('shop_name = "王记便利店"', settings.read_text(encoding="utf-8"))

    def test_what_the_window_opens_at_run_time_is_what_the_package_depends_on(self):
        process = self.open()
        recipe = (till.TOP / "packaging/deb/build").read_text()
        depends = re.search(r'^depends="(.*)"$', recipe, re.MULTILINE)[1]
        named = {re.split(r"[ (|]", one.strip())[0] for one in depends.split(",")}
        closure, waiting = set(), sorted(named)
        while waiting:
            package = waiting.pop()
            if package not in closure:
                closure.add(package)
                waiting += dependencies(package)
        maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text()
        opened = {line.split()[-1] for line in maps.splitlines() if ".so" in line}
        self.assertTrue(any("libX11" in path for path in opened), opened)
        missing = {path: package_of(path) for path in opened if not package_of(path) & closure}
        self.assertEqual(missing, {}, "libraries that no dependency of the package brings")


def dependencies(package):
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Depends}, ${Pre-Depends}", package], capture_output=True, text=True
    ).stdout
    return [re.split(r"[ (:|]", one.strip())[0] for one in shown.split(",") if one.strip()]


def package_of(path):
    """The packages that hold a library; before a merged /usr it was known by its other name."""
    for name in (path, path.removeprefix("/usr"), "/usr" + path):
        held = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True).stdout
        if held:
            return {line.split(":")[0] for line in held.splitlines()}
    return set()


if __name__ == "__main__":
    till.unittest.main()
