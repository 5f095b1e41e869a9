"""The journal in a database: what clients see when sagad or the database falls."""

import signal
import subprocess
import unittest

import stub_participant
from coordinator import await_that
from database import in_a_database, setUpModule  # noqa: F401
from shop import LATER


class lives_and_falls(in_a_database):
    def test_what_was_told_is_there_after_a_kill_and_goes_on(self):
        first = self.start(query="?wait=30s", headers={"Idempotency-Key": "order-1"})
        self.assertEqual(first.body["state"], "completed", first.text)
        waiting = self.waiting()
        path = self.callback()
        self.sagad.end(signal.SIGKILL)
        self.sagad.start()
        again = self.start(headers={"Idempotency-Key": "order-1"})
        self.assertEqual((again.status, again.body["id"]), (200, first.body["id"]), again.text)
        self.assertEqual(self.saga(first.body["id"])["state"], "completed")
        await_that(lambda: {one["id"] for one in self.listed()} == {first.body["id"], waiting}, "all in the list")
        self.assertEqual(self.call("POST", path, {}, {"Saga-Outcome": "done"}).status, 204, "an address from before the kill")
        self.until(waiting, "completed")

    def test_sagas_wait_for_a_database_that_fell_and_go_on_with_it(self):
        waiting = self.waiting()
        await_that(lambda: waiting in self.call("GET", "/v1/events").text, "what is written being known to be: it is read from the database then")
        self.server.fall()
        await_that(lambda: self.call("GET", "/readyz").status == 503, "being told of it")
        await_that(lambda: "the database does not answer" in self.call("GET", "/readyz").body.get("detail", ""), "being told why")
        for path in (f"/v1/sagas/{waiting}/events", "/v1/events"):
            self.assertEqual(self.call("GET", path).status, 503, f"{path}: it is no fault of sagad, and later it is there")
        self.assertEqual(self.call("PUT", "/v1/definitions/later", LATER.replace("1h", "2h")).status, 503, "nor is this")
        self.server.start()
        await_that(lambda: self.call("GET", "/readyz").status == 200, "going on")
        self.assertIn("the database does not answer", self.sagad.log())
        self.assertNotIn(" error ", self.sagad.log())
        self.assertEqual(self.now_or_later(lambda: self.call("POST", self.callback(), {}, {"Saga-Outcome": "done"})).status, 204)
        await_that(lambda: self.now_or_later(lambda: self.call("GET", f"/v1/sagas/{waiting}")).body["state"] == "completed", "its end")
        started = self.now_or_later(lambda: self.start(query="?wait=30s", headers={"Idempotency-Key": "later"}))
        self.assertEqual(started.body["state"], "completed", started.text)

    def test_an_orderly_end_says_that_all_is_kept(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        self.assertEqual(self.sagad.end(), 0)
        self.assertIn("drained; all is in the journal", self.sagad.log())
        self.sagad.start()
        self.assertEqual(self.saga(saga_id)["state"], "completed")


class leases(in_a_database):
    def test_last_as_long_as_is_set(self):
        longer = "SELECT count(*) FROM sagad_partitions WHERE lease_until > now() + interval '1 second'"
        self.assertEqual(self.server.asks(self.sagad.journal, longer), "256", "five seconds, renewed after a third of them")
        self.sagad.end()
        self.sagad.flags += ["--lease", "1s"]
        self.sagad.start()
        self.assertEqual(self.server.asks(self.sagad.journal, longer), "0")
        self.assertEqual(self.server.asks(self.sagad.journal, "SELECT count(*) FROM sagad_partitions WHERE owner IS NOT NULL"), "256")


class views_in_a_file(in_a_database):
    def test_they_are_built_anew_by_the_process_or_without_it(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        self.sagad.end()
        self.sagad.flags += ["--views", str(self.sagad.folder / "views.db")]
        self.sagad.start()
        self.assertEqual([one["id"] for one in self.listed()], [saga_id])
        rebuild = self.sagad.command(verb=("views", "rebuild"))
        for _ in range(2):
            done = subprocess.run(rebuild, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, "the views were built anew, with 1 saga\n"), done.stderr)
            self.sagad.end()
        self.sagad.start()
        self.assertEqual([one["id"] for one in self.listed()], [saga_id])


class views_in_memory(in_a_database):
    def rebuild(self):
        return subprocess.run(self.sagad.command(verb=("views", "rebuild")), capture_output=True, text=True, timeout=60, check=False)

    def test_they_are_built_anew_by_the_process_that_runs_and_by_a_start(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        done = self.rebuild()
        self.assertEqual((done.returncode, done.stdout), (0, "the views were built anew, with 1 saga\n"), done.stderr)
        self.assertEqual(self.call("GET", "/v1/views").body["rebuilt"], 2, "as by POST /v1/views/rebuild")
        self.assertEqual([one["id"] for one in self.listed()], [saga_id])
        self.sagad.end()
        told = self.rebuild()
        self.assertEqual((told.returncode, told.stdout), (1, ""))
        self.assertIn("each start of sagad builds them anew: there is nothing to do but in a process that runs, and nobody answers at "
                      f"http://127.0.0.1:{self.sagad.port}: give the --config or --listen of that process", told.stderr)
        self.sagad.start()


class tables_brought_forward(in_a_database):
    def migrate(self, *flags):
        return subprocess.run(self.sagad.command(*flags, verb=("migrate",)), capture_output=True, text=True, timeout=60, check=False)

    def test_the_command_makes_them_and_does_nothing_while_sagad_runs_on_them(self):
        self.sagad.end()
        self.sagad.journal = self.server.fresh()
        shown = self.migrate("--dry-run")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("has no tables of sagad", shown.stdout)
        self.assertIn("to do: version 1 makes the tables\n", shown.stdout)
        done = self.migrate()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split("\n", 1)[1], shown.stdout.split("\n", 1)[1].replace("to do: ", "done: "))
        self.sagad.start()
        again = self.migrate()
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertRegex(again.stdout, r"^\S+ has the tables of version \d+: nothing is to be done\n$")
        self.assertEqual(self.start(query="?wait=30s").body["state"], "completed")

    def test_what_cannot_be_brought_forward_is_told(self):
        self.sagad.end()
        self.sagad.journal = "memory:"
        refused = self.migrate()
        self.assertEqual(refused.returncode, 1)
        self.assertIn("migrate: the journal is in no database but memory:, which a start brings forward by itself: where a database is "
                      "meant, name it", refused.stdout + refused.stderr)
        self.sagad.journal = f"postgresql://sagad@/nobody?host={self.server.folder}"
        refused = self.migrate()
        self.assertEqual(refused.returncode, 1)
        self.assertIn('database "nobody" does not exist', refused.stdout + refused.stderr)


class what_does_not_go(in_a_database):
    def said_by(self, *flags, verb=()):
        ended = subprocess.run(self.sagad.command(*flags, listen="127.0.0.1:0", verb=verb), capture_output=True, text=True, timeout=60,
                               check=False)
        self.assertNotEqual(ended.returncode, 0)
        return ended.stdout + ended.stderr

    def test_what_only_a_log_does_is_refused(self):
        self.sagad.end()
        self.assertIn("archive goes with a log: journal", self.said_by("--archive", "histories"))
        self.assertIn("--restored: goes with a log: journal", self.said_by("--restored"))
        self.assertIn("pg_dump", self.said_by(verb=("backup", "copy")))


if __name__ == "__main__":
    unittest.main()
