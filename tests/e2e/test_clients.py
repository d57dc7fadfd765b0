"""Unmodified public V2 clients against `guitai practice`: proof that both sides of ours don't share one mistake."""

import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import till  # noqa: E402

CLIENTS = pathlib.Path(__file__).resolve().parent / "clients"


def kept(name, recipe, build):
    """A folder under target/e2e that is built once for its recipe, and again when the recipe changes."""
    folder = till.KEPT / name
    mark = folder / "recipe"
    if not mark.exists() or mark.read_text() != recipe.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build(folder)
        mark.write_text(recipe.read_text())
    return folder


def python_client(folder):
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin/pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--requirement", CLIENTS / "requirements.txt"], check=True)


def node_client(folder):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(CLIENTS / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True)


class Clients(till.Case):
    def charge_query_and_close(self, folder, command, authority, *, at_once):
        options = ["--close-at-once"] if at_once else []
        practice = self.practice_server(*options)
        done = subprocess.run(
            [*command, json.dumps(practice), "closes-at-once" if at_once else "closes-late"],
            cwd=folder, env=till.environment(**{authority: practice["ca_file"]}), capture_output=True, text=True, timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("charged, ordered, queried, closed, refunded", done.stdout)

    def test_it_says_how_it_is_reached(self):
        practice = self.practice_server()
        self.assertTrue(practice["url"].startswith("https://127.0.0.1:"), practice["url"])
        self.assertEqual(len(practice["api_key"]), 32)
        for name in ("ca_file", "cert_file"):
            self.assertIn("BEGIN CERTIFICATE", pathlib.Path(practice[name]).read_text())
        self.assertIn("PRIVATE KEY", pathlib.Path(practice["key_file"]).read_text())

    def test_wechatpy(self):
        folder = kept("python", CLIENTS / "requirements.txt", python_client)
        command = [folder / "bin/python", CLIENTS / "wechatpy_client.py"]
        for at_once in (True, False):
            self.charge_query_and_close(folder, command, "REQUESTS_CA_BUNDLE", at_once=at_once)

    def test_wechatpay_axios_plugin(self):
        till.need("node", "npm")
        folder = kept("node", CLIENTS / "package-lock.json", node_client)
        command = ["node", CLIENTS / "axios_client.js"]
        for at_once in (True, False):
            self.charge_query_and_close(folder, command, "NODE_EXTRA_CA_CERTS", at_once=at_once)

    def test_a_client_that_does_not_know_our_authority_is_refused(self):
        practice = self.practice_server()
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--data", "<xml/>", practice["url"] + "/pay/orderquery"],
            env=till.environment(), capture_output=True, text=True, timeout=30,
        )
        self.assertEqual(done.returncode, 60, done.stdout + done.stderr)


if __name__ == "__main__":
    till.unittest.main()
