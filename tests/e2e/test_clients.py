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
    def setUp(self):
        super().setUp()
        self.practice = self.practice_server()

    def charge_query_and_close(self, command, folder, **environment):
        done = subprocess.run(
            [*command, json.dumps(self.practice)],
            cwd=folder, env=till.environment(**environment), capture_output=True, text=True, timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("charged, ordered, queried, closed", done.stdout)

    def test_it_says_how_it_is_reached(self):
        for name in ("url", "mch_id", "appid", "api_key", "ca_file", "p12_file"):
            self.assertTrue(self.practice.get(name), name)
        self.assertTrue(self.practice["url"].startswith("https://127.0.0.1:"), self.practice["url"])
        self.assertEqual(len(self.practice["api_key"]), 32)
        self.assertIn("BEGIN CERTIFICATE", pathlib.Path(self.practice["ca_file"]).read_text())

    def test_wechatpy(self):
        folder = kept("python", CLIENTS / "requirements.txt", python_client)
        command = [folder / "bin/python", CLIENTS / "wechatpy_client.py"]
        self.charge_query_and_close(command, folder, REQUESTS_CA_BUNDLE=self.practice["ca_file"])

    def test_wechatpay_axios_plugin(self):
        till.need("node", "npm")
        folder = kept("node", CLIENTS / "package-lock.json", node_client)
        command = ["node", CLIENTS / "axios_client.js"]
        self.charge_query_and_close(command, folder, NODE_EXTRA_CA_CERTS=self.practice["ca_file"])

    def test_a_client_that_does_not_know_our_authority_is_refused(self):
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--data", "<xml/>", self.practice["url"] + "/pay/orderquery"],
            env=till.environment(), capture_output=True, text=True, timeout=30,
        )
        self.assertEqual(done.returncode, 60, done.stdout + done.stderr)


if __name__ == "__main__":
    till.unittest.main()
