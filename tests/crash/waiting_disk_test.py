#!/usr/bin/env python3
"""waiting_disk_test.py: a disk so full that even sagas under way wait for it.

On a tmpfs of 16 MiB of its own (this needs root). Sagas that are retried again and again write record after record until what was reserved for them is used
up; meanwhile the process answers everybody, says that it is not ready, goes on when there is room again, and SIGTERM ends it in time. SAGAD names
the binary. Standard library only.
"""

import base64
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration" / "api"))
import shop  # noqa: E402
import stub_participant  # noqa: E402
from coordinator import await_that, coordinator  # noqa: E402

SAGAS = 60
DISK_MIB = 16
PAGE_BYTES = 4096
MOST_PAGES = 24  # with so many a start has room for all that it writes but a segment
RETRIED_ALWAYS = "{attempts: unbounded, elapsed: 1h, delay: 10ms, factor: 2, delay_max: 20ms, stuck_retry: 0s}"


class waiting_disk(shop.shop_case):
    flags = ("--reactors", "1", "--drain", "2s")
    definitions = (shop.ORDER.replace(shop.RETRY, RETRIED_ALWAYS),)
    may_leave_sagas = True

    def setUp(self):
        super().setUp()
        self.sagad.end()
        self.disk = self.sagad.folder / "disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "sagad-waiting-disk", str(self.disk)],
                                 capture_output=True, text=True)
        self.assertEqual(mounted.returncode, 0, f"a tmpfs of its own is needed (run it as root): {mounted.stderr}")
        self.addCleanup(self.unmount)
        self.sagad.journal, self.sagad.log_segment_bytes = f"log:{self.disk}/journal", "1MiB"
        self.sagad.start()
        self.shop.does("/send", stub_participant.answers(404, {"why": base64.b64encode(os.urandom(1125)).decode()}))
        for _ in range(SAGAS):
            self.started()

    def unmount(self):
        if self.sagad.process.poll() is None:
            self.sagad.process.kill()
            self.sagad.process.wait()
        subprocess.run(["umount", str(self.disk)], check=True)

    def fill_the_disk(self):
        """Until sagas under way wait for it, however long they take to use up what was reserved for them: more than the disk holds they cannot write."""
        before = self.written()
        with open(self.disk / "ballast", "ab", buffering=0) as ballast:
            while not self.waits(ballast):
                written = self.written()
                self.assertLess(written - before, DISK_MIB << 20, "more was written than there is room for, and nothing waits")
                await_that(lambda written=written: self.written() > written or self.waits(ballast), "a further record, or sagas waiting for the disk")

    def written(self):
        return self.sagad.metric("sagad_journal_bytes_total")

    def waits(self, ballast):
        try:
            while ballast.write(bytes(65536)):
                pass
        except OSError:
            return self.sagad.metric("sagad_journal_waits_for_room") == 1
        return False

    def test_a_full_disk_holds_nobody_but_who_must_write(self):
        self.fill_the_disk()
        self.assertEqual(self.call("GET", "/healthz").status, 200)
        self.refused(self.call("GET", "/readyz"), 503, "journal-full", "make room")
        refused = self.start()
        self.refused(refused, 503, "journal-full")
        self.assertEqual(refused.headers["Retry-After"], "1")
        (self.disk / "ballast").unlink()
        await_that(lambda: self.call("GET", "/readyz").status == 200, "room again")
        self.fill_the_disk()
        self.sagad.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.sagad.process.wait(60), 0)
        (self.disk / "ballast").unlink()
        self.sagad.start()
        await_that(lambda: self.call("GET", "/readyz").status == 200, "all sagas loaded")
        self.assertEqual(self.sagad.metric("sagad_sagas_live"), SAGAS)


class the_last_room(unittest.TestCase):
    """Of a disk that somebody else has filled while there was no sagad."""

    def setUp(self):
        self.sagad = coordinator()
        self.addCleanup(self.sagad.remove)
        self.disk = self.sagad.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "sagad-last-room", str(self.disk)], check=True)
        self.addCleanup(lambda: subprocess.run(["umount", "-l", str(self.disk)], check=True))
        self.sagad.journal, self.sagad.log_segment_bytes = f"log:{self.disk}/journal", "1MiB"
        self.sagad.start()
        self.sagad.end()

    def leave(self, pages):
        ballast = self.disk / "ballast"
        with open(ballast, "wb", buffering=0) as to:
            try:
                while to.write(bytes(PAGE_BYTES)):
                    pass
            except OSError:
                pass  # it is full
        os.truncate(ballast, ballast.stat().st_size - pages * PAGE_BYTES)

    def test_a_start_begins_or_says_why_not(self):
        journal, saved = self.disk / "journal", self.sagad.folder / "saved"
        # What is prepared would be given up for room, and of each life's notes there are none, as behind a restore.
        shutil.copytree(journal, saved, ignore=lambda _, names: [
            name for name in names if name == "replaying" or (name.startswith("segment-") and name != "segment-0000000001.log")])
        begun = 0
        for pages in range(MOST_PAGES):
            (self.disk / "ballast").unlink(missing_ok=True)
            shutil.rmtree(journal)
            shutil.copytree(saved, journal)
            self.leave(pages)
            with self.subTest(pages=pages):
                try:
                    self.sagad.start()
                    begun += 1
                    self.assertEqual(self.sagad.end(), 0)
                except AssertionError:
                    self.assertEqual(self.sagad.process.returncode, 1, self.sagad.log())
                    self.assertIn(" error ", self.sagad.log().splitlines()[-1])
        self.assertGreater(begun, 0)


if __name__ == "__main__":
    unittest.main()
