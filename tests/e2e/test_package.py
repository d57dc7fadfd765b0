"""The .deb recipe: builds, says the right things about itself, unpacks, and what it holds runs."""

import hashlib
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import till  # noqa: E402


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Package(till.Case):
    @classmethod
    def setUpClass(cls):
        till.need_binary()
        till.need("dpkg-deb", "readelf", "strip")
        folder = tempfile.TemporaryDirectory(prefix="guitai-deb-")
        cls.addClassCleanup(folder.cleanup)
        cls.package = output(till.TOP / "packaging/deb/build", till.BINARY, folder.name).strip()

    def test_control_names_version_and_the_libraries_that_are_opened_at_run_time(self):
        field = lambda name: output("dpkg-deb", "--field", self.package, name).strip()
        self.assertEqual(field("Package"), "guitai")
        self.assertEqual(field("Version"), f"{till.VERSION}-1")
        for library in ("libxkbcommon0", "libxkbcommon-x11-0", "libx11-xcb1", "libxcursor1", "libxi6", "libwayland-client0"):
            self.assertIn(library, field("Depends"))
        self.assertGreater(int(field("Installed-Size")), 1000)

    def test_what_is_unpacked_is_whole_and_runs(self):
        root = self.scratch / "root"
        output("dpkg-deb", "--extract", self.package, root)
        output("dpkg-deb", "--control", self.package, self.scratch / "control")
        listed = (self.scratch / "control/md5sums").read_text().splitlines()
        for line in listed:
            digest, name = line.split("  ", 1)
            self.assertEqual(hashlib.md5((root / name).read_bytes()).hexdigest(), digest, name)
        self.assertEqual(len(listed), sum(1 for path in root.rglob("*") if path.is_file()))

        version = subprocess.run(
            [root / "usr/bin/guitai", "--version"], env=till.environment(), capture_output=True, text=True, timeout=30
        )
        self.assertEqual((version.returncode, version.stdout.strip()), (0, f"guitai {till.VERSION}"), version.stderr)

    def test_desktop_entry_icons_and_licences_are_where_a_desktop_looks(self):
        contents = output("dpkg-deb", "--contents", self.package)
        for path in (
            "./usr/share/applications/guitai.desktop",
            "./usr/share/icons/hicolor/16x16/apps/guitai.png",
            "./usr/share/icons/hicolor/256x256/apps/guitai.png",
            "./usr/share/icons/hicolor/scalable/apps/guitai.svg",
            "./usr/share/doc/guitai/copyright",
            "./usr/share/doc/guitai/changelog.gz",
            "./usr/share/man/man1/guitai.1.gz",
        ):
            self.assertIn(path + "\n", contents)
        for line in contents.splitlines():
            self.assertIn(" root/root ", line, "a file that belongs to whoever built the package")

    def test_same_binary_gives_the_same_package(self):
        again = output(till.TOP / "packaging/deb/build", till.BINARY, self.scratch / "again").strip()
        self.assertEqual(pathlib.Path(again).read_bytes(), pathlib.Path(self.package).read_bytes())


if __name__ == "__main__":
    till.unittest.main()
