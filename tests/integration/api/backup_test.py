"""A coordinator that goes on from a backup: what it knows, and what it tells of what it cannot know."""

import re
import shutil
import signal
import subprocess
import unittest

import stub_participant
from coordinator import PATIENCE_SECONDS, await_that
from shop import milliseconds, shop_case

PATIENT = """
saga: patient
steps:
  - {step: wait, kind: retriable, participant: shop, action: {post: /wait, timeout: 1h}}
"""
ID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TIME_DIGITS = 10  # of an id: the milliseconds of its start
EPOCHS_A_RESTORE = 1 << 32


def began(saga_id):
    told = 0
    for digit in saga_id[:TIME_DIGITS]:
        told = told * len(ID_DIGITS) + ID_DIGITS.index(digit)
    return told


class what_begins_from_a_backup(shop_case):
    definitions = (*shop_case.definitions, PATIENT)

    def waits(self):
        """The id of a saga whose call is under way, and stays so."""
        self.shop.does("/wait", stub_participant.never())
        saga_id = self.started("patient", {})
        await_that(lambda: self.calls_of(saga_id), "its call")
        return saga_id

    def calls_of(self, saga_id):
        return [one.headers for one in self.shop.to("/wait") if one.headers["saga-id"] == saga_id]

    def lose_the_machine_after_a_backup(self, afterwards):
        folder = self.sagad.folder
        made = subprocess.run(self.sagad.command(verb=("backup", str(folder / "monday"))), capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        told = afterwards()
        self.sagad.end(signal.SIGKILL)
        shutil.rmtree(folder / "journal")
        (folder / "monday").rename(folder / "journal")
        self.shop.does("/wait", stub_participant.done())
        self.sagad.flags.append("--restored")
        self.sagad.start()
        self.sagad.flags.remove("--restored")
        return told

    def test_what_was_under_way_is_lost_and_asked_for_again_in_an_epoch_far_above(self):
        saga_id = self.waits()
        self.lose_the_machine_after_a_backup(lambda: None)
        self.until(saga_id, "completed")
        first, again = self.calls_of(saga_id)
        self.assertEqual((first["saga-attempt"], again["saga-attempt"]), ("1", "2"))
        self.assertEqual(first["idempotency-key"], again["idempotency-key"])
        self.assertGreater(int(again["saga-epoch"]), int(first["saga-epoch"]) + EPOCHS_A_RESTORE)
        records = self.call("GET", f"/v1/sagas/{saga_id}/events").body
        recovered, = [one for one in records if one["cause"] == "recovery"]
        told, lost = recovered["events"]
        self.assertEqual((told["event"], told["epoch"]), ("recovered", int(again["saga-epoch"])))
        self.assertEqual((lost["event"], lost["step"], lost["operation"], lost["attempt"]), ("lost", "wait", "action", 1))
        self.assertGreater(recovered["position"], records[0]["position"] + (1 << 20))

    def test_what_was_started_since_is_unknown_and_the_log_says_from_when_on(self):
        ended = self.start(query="?wait=30s").body["id"]
        key = {"Idempotency-Key": "since"}
        since = self.lose_the_machine_after_a_backup(lambda: self.start(query="?wait=30s", headers=key).body["id"])
        self.assertEqual(self.saga(ended)["state"], "completed")
        self.refused(self.call("GET", f"/v1/sagas/{since}"), 404, "not-found")
        told = milliseconds(re.search(r"begun from a backup: of sagas that were started from (\S+) until", self.sagad.log())[1])
        self.assertLessEqual(began(ended), told)
        self.assertLessEqual(told, began(since))
        again = self.start(query="?wait=30s", headers=key)
        self.assertEqual(again.body["state"], "completed")
        self.assertGreater(again.body["id"], since)


if __name__ == "__main__":
    unittest.main()
