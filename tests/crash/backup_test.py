#!/usr/bin/env python3
"""backup_test.py --bin DIR [--sagas 400] [--seed N]

Backups that are taken under load, and a coordinator that begins from the last of them after its own journal was
lost with a SIGKILL. What was acknowledged before that backup began is there and ends, outcomes that were reported stand, keys are held; what the
participants have in their databases stays balanced, whatever they know of sagas that the backup does not. Standard library only.
"""

import argparse
import http.client
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts"))
from load import client_record, crowd  # noqa: E402
from processes import await_that, call, program  # noqa: E402
from sale import LATE_MS, LATE_PATH, LATE, SERVED_BY, accounts, goods, sale_of  # noqa: E402

PATIENCE_SECONDS = 120
CONNECTIONS = 16
SERVICES = ("escrow", "transfer", "rate")


class backups(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-backup-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.services = {name: self.service(name) for name in SERVICES}
        (self.folder / "definitions").mkdir()
        shutil.copy(HERE / "kill.yaml", self.folder / "definitions")
        self.sagad = program(self.folder, "sagad", lambda port, port_file: [
            OPTIONS.bin / "sagad", "--config", self.folder / "sagad.yaml", "--listen", f"127.0.0.1:{port}", "--port-file", port_file, *self.flags])
        self.flags = ["--public-url", "http://127.0.0.1:1"]
        self.addCleanup(self.sagad.end, True)
        participants = "\n".join(f"  {name}: {{endpoints: ['http://127.0.0.1:{one.port}']}}" for name, one in self.services.items())
        (self.folder / "sagad.yaml").write_text(
            f"journal: log:{self.folder}/journal\nlog_segment_bytes: 1MiB\ndefinitions: {self.folder}/definitions\nparticipants:\n{participants}\n")
        call(self.services["escrow"].port, "POST", "/admin/accounts",
             [{"account": account, "balance": balance} for account, balance in accounts().items()])
        call(self.services["transfer"].port, "POST", "/admin/items",
             [{"owner": owner, "item": item, "quantity": quantity} for (owner, item), quantity in goods().items()])
        self.sagad.start()
        # Callbacks go to the port that it got.
        self.sagad.end()
        self.flags = ["--public-url", f"http://127.0.0.1:{self.sagad.port}"]
        self.sagad.start()
        self.record = client_record()

    def service(self, name):
        late = ["--answer-later", f"{LATE_PATH}={LATE_MS}"] if name == SERVED_BY[LATE] else []
        one = program(self.folder, name, lambda port, port_file: [
            OPTIONS.bin / name, "--listen", f"127.0.0.1:{port}", "--database", self.folder / f"{name}.db", "--port-file", port_file, *late])
        self.addCleanup(one.end, True)
        return one.start()

    def back_up(self, name):
        return subprocess.run([OPTIONS.bin / "sagad", "backup", str(self.folder / name), "--config", str(self.folder / "sagad.yaml")],
                              capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    def metric(self, name):
        to = http.client.HTTPConnection("127.0.0.1", self.sagad.port, timeout=30)
        to.request("GET", "/metrics")
        text = to.getresponse().read().decode()
        to.close()
        return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])

    def books(self):
        return {name: call(one.port, "GET", "/admin/books")[1] for name, one in self.services.items()}

    def begin_from(self, backup):
        shutil.rmtree(self.folder / "journal")
        (self.folder / backup).rename(self.folder / "journal")
        self.flags.append("--restored")
        self.sagad.start()
        self.flags.remove("--restored")

    def finish(self):
        def nothing_is_left():
            for one in call(self.sagad.port, "GET", "/v1/sagas?state=paused&limit=1000")[1]["sagas"]:
                call(self.sagad.port, "POST", f"/v1/sagas/{one['id']}/commands/resume", {"reason": "the test resumes it"})
            return self.metric("sagad_sagas_live") == 0
        await_that(nothing_is_left, PATIENCE_SECONDS, "the end of all sagas")

    def test_a_coordinator_goes_on_from_a_backup_that_was_taken_under_load(self):
        before = self.books()
        with crowd(self.sagad.port, self.record, CONNECTIONS, random.Random(OPTIONS.seed)):
            for number in (1, 2, 3):
                await_that(lambda number=number: len(self.record.acknowledged) >= number * OPTIONS.sagas / 3, PATIENCE_SECONDS, "load")
                with self.record.guard:
                    acknowledged, reported = dict(self.record.acknowledged), dict(self.record.reported)
                made = self.back_up(f"backup-{number}")
                self.assertEqual(made.returncode, 0, made.stderr)
            known = len(self.record.acknowledged)
            await_that(lambda: len(self.record.acknowledged) > known + 20, PATIENCE_SECONDS, "sagas that no backup knows")
            self.sagad.end(hard=True)
        self.assertEqual(self.record.findings, [])

        self.begin_from("backup-3")
        self.finish()
        for saga, key in acknowledged.items():
            status, told = call(self.sagad.port, "GET", f"/v1/sagas/{saga}")
            self.assertEqual(status, 200, told)
            self.assertEqual(told.get("outcome"), reported.get(saga, told.get("outcome")), told)
            status, again = call(self.sagad.port, "POST", f"/v1/definitions/sale/sagas?key={key}", sale_of(key))
            self.assertEqual((status, again["id"]), (200, saga))
        self.assertIn("begun from a backup: of sagas that were started from 20", (self.folder / "sagad.log").read_text())
        for name in ("sagad_audit_violations_total", "sagad_sagas_quarantined_total", "sagad_contradictions_total"):
            self.assertEqual(self.metric(name), 0, name)
        after = self.books()
        for name in ("escrow", "transfer"):
            self.assertEqual(after[name]["total"], before[name]["total"], name)

        # Once more, as any other journal.
        self.sagad.end()
        self.sagad.start()
        self.finish()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--sagas", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    OPTIONS, more = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *more])
