"""What the end-to-end tests share: the real binary, its practice server, a private display.

Everything that is started here is ended here, by its own process id.
"""

import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target"))
BINARY = pathlib.Path(os.environ.get("GUITAI", TARGET / "debug" / "guitai"))
KEPT = TARGET / "e2e"
VERSION = re.search(r'^version = "(.*)"$', (TOP / "Cargo.toml").read_text(), re.MULTILINE)[1]


def need(*programs):
    """Fails, naming them, when programs that a test drives aren't there: a test never skips itself."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise AssertionError(f"not installed: {', '.join(missing)} (tests/run installs what the tests need)")


def environment(**more):
    """The environment of a till: no display, no proxy, nothing of the user's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"HOME": tempfile.gettempdir()} | {name: str(value) for name, value in more.items()}


def wait_until(what, condition, seconds):
    """Waits for a condition and returns what it gave; fails with the name of what never came."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def run(*arguments, data_dir, seconds=120):
    """Runs one command of the till to its end; gives (exit code, stdout, stderr)."""
    done = subprocess.run(
        [BINARY, "--data-dir", data_dir, *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    return done.returncode, done.stdout, done.stderr


def json_lines(text):
    """Every line of an output as an object; a line that is none fails the test."""
    return [json.loads(line) for line in text.splitlines()]


def stop(process):
    """Ends a process that we started: politely, then not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def first_line(process, seconds):
    """The first line that a process prints, or None when it ends or says nothing in time."""
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline() if ready else None


class Case(unittest.TestCase):
    """A test with a scratch folder and helpers that end with it."""

    def setUp(self):
        need_binary()
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="guitai-"))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)

    def start(self, *command, **options):
        """Starts a process that ends with the test; what it says on stderr goes to a file of its name."""
        log = open(self.scratch / f"{pathlib.Path(command[0]).name}.log", "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log, **options)
        self.addCleanup(stop, process)
        if process.stdout:
            self.addCleanup(process.stdout.close)
        return process

    def practice_server(self, *options):
        """`guitai practice` on a free port of the loopback; gives what it prints about itself."""
        data_dir = tempfile.mkdtemp(prefix="practice-", dir=self.scratch)
        server = self.start(
            BINARY, "practice", "--listen", "127.0.0.1:0", "--data-dir", data_dir, *options,
            env=environment(), stdout=subprocess.PIPE, text=True,
        )
        line = first_line(server, 30)
        self.assertTrue(line, f"guitai practice printed nothing: {(self.scratch / 'guitai.log').read_text()}")
        return json.loads(line)


def need_binary():
    if not os.access(BINARY, os.X_OK):
        raise AssertionError(f"no binary at {BINARY}: cargo build makes it, or set GUITAI")
