"""What clients are told of histories that are not kept any more."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import stub_participant
from coordinator import await_that
from shop import shop_case


# An opening reads from the last checkpoint on, and what it reads is not freed: one is made after so many bytes.
CHECKPOINT_BYTES = 4 << 20


class trimming_case(shop_case):
    configuration = """
log_segment_bytes: 1MiB
history_retention: 1s
start_key_retention: 1s
"""

    def waiting(self):
        """The id of a saga that waits for a late answer."""
        self.shop.does("/bake", stub_participant.answers(202))
        return self.started("later")

    def goes_on(self, saga_id):
        kept = self.call("GET", f"/v1/sagas/{saga_id}")
        self.assertEqual(kept.status, 200, kept.text)
        self.assertEqual(kept.body["state"], "running")
        self.shop.does("/bake", stub_participant.done())
        path = self.shop.to("/bake")[-1].headers["saga-callback"].removeprefix("http://sagad.example")
        self.assertEqual(self.call("POST", path, {}, {"Saga-Outcome": "done"}).status, 204)
        self.until(saga_id, "completed")

    def oldest_after(self, freed):
        """What somebody finds who comes with a place that was freed and goes on where he is told."""
        told = self.call("GET", f"/v1/events?after={freed}").body
        return self.call("GET", f"/v1/events?limit=1&after={told['oldest']}").body.get("events")

    def until_the_oldest_is_freed(self):
        """Runs as many sagas as that takes."""
        item = "x" * 500_000
        for _ in range(CHECKPOINT_BYTES // len(item) + 4):
            answer = self.start(given={"item": item, "quantity": 1}, query="?wait=30s")
            self.assertEqual(answer.body["state"], "completed", answer.text)
        await_that(lambda: self.sagad.metric("sagad_journal_segments_freed_total") >= 1, "a segment freed")


class archiving(trimming_case):
    @classmethod
    def setUpClass(cls):
        cls.archive = tempfile.mkdtemp(prefix="sagad-archive-")
        cls.addClassCleanup(shutil.rmtree, cls.archive)
        cls.configuration = f"{trimming_case.configuration}archive: {cls.archive}/histories\n"
        super().setUpClass()

    def test_histories_are_in_the_archive_before_they_are_gone(self):
        first = self.start(query="?wait=30s").body["id"]
        shown = [one for one in self.call("GET", "/v1/events").body["events"] if one["saga"] == first]
        self.until_the_oldest_is_freed()
        self.refused(self.call("GET", f"/v1/sagas/{first}"), 404, "not-found")
        files = list(pathlib.Path(self.archive, "histories").glob("sagas-*.ndjson.zst"))
        self.assertGreaterEqual(len(files), 1)
        text = subprocess.run(["zstdcat", *files], check=True, capture_output=True, text=True).stdout
        records = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([one for one in records if one["saga"] == first], shown)


class trimming(trimming_case):
    def test_a_saga_past_its_time_is_gone_from_every_route_and_its_key_is_free(self):
        key = {"Idempotency-Key": "first"}
        first = self.start(query="?wait=30s", headers=key).body["id"]
        place = self.call("GET", "/v1/events?limit=1").body["next"]
        waits = self.waiting()
        self.until_the_oldest_is_freed()

        self.refused(self.call("GET", f"/v1/sagas/{first}"), 404, "not-found", "kept for 1s")
        self.refused(self.call("GET", f"/v1/sagas/{first}/events"), 404, "not-found")
        self.refused(self.command(first, "retry"), 404, "not-found")
        self.assertNotIn(first, [one["id"] for one in self.listed("?definition=order&limit=1000")])

        gone = self.call("GET", f"/v1/events?after={place}")
        self.refused(gone, 410, "no-longer-kept", gone.body["oldest"])
        self.refused(self.call("GET", f"/v1/events?after={place}", headers={"Accept": "text/event-stream"}), 410, "no-longer-kept")
        # More may be freed in between, as to any client.
        await_that(lambda: self.oldest_after(place) == self.call("GET", "/v1/events?limit=1").body["events"],
                   "the events after `oldest` are the oldest that are there")

        again = self.start(query="?wait=30s", headers=key)
        self.assertNotEqual(again.body["id"], first)
        self.goes_on(waits)

    def test_a_restart_finds_what_was_kept_and_nothing_of_the_rest(self):
        first = self.start(query="?wait=30s").body["id"]
        waits = self.waiting()
        self.until_the_oldest_is_freed()
        self.assertEqual(self.sagad.end(), 0)
        self.sagad.start()
        self.refused(self.call("GET", f"/v1/sagas/{first}"), 404, "not-found")
        self.goes_on(waits)


class keys_that_outlive_the_history(trimming_case):
    configuration = trimming_case.configuration.replace("start_key_retention: 1s", "start_key_retention: 1d")

    def test_the_same_start_again_is_told_that_it_was_made_and_starts_nothing(self):
        key = {"Idempotency-Key": "first"}
        first = self.start(query="?wait=30s", headers=key).body["id"]
        self.until_the_oldest_is_freed()
        calls = len(self.shop.to("/hold"))
        for _ in range(2):
            again = self.start(query="?wait=30s", headers=key)
            self.refused(again, 410, "no-longer-kept", "not started again")
            self.assertEqual(again.body["saga"], first)
        other = self.start(given={"item": "bow", "quantity": 1}, headers=key)
        self.refused(other, 409, "key-reused", "use a new key")
        self.assertNotIn("saga", other.body)
        self.assertEqual(len(self.shop.to("/hold")), calls)


if __name__ == "__main__":
    unittest.main()
