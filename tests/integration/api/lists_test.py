"""Listing, searching and counting: newest first, in pages, as of a moment that is said."""

import pathlib
import signal
import sqlite3
import subprocess
import unittest

import stub_participant
from coordinator import await_that
from shop import INPUT_GOOD, ORDER, shop_case


LABELLED = ORDER.replace("saga: order", """saga: labelled
labels:
  region: {from: "${input.region}", indexed: true}
  quantity: {from: "${input.quantity}"}""")


class lists(shop_case):
    definitions = (*shop_case.definitions, LABELLED)

    def ids(self, query=""):
        return [one["id"] for one in self.listed(query)]

    def resolve(self, *sagas):
        for saga_id in sagas:
            self.command(saga_id, "resolve")

    def test_a_saga_is_listed_at_once_after_its_position(self):
        for _ in range(20):
            answer = self.start(query="?wait=30s")
            page = self.call("GET", f"/v1/sagas?limit=1&after={answer.headers['Saga-Position']}").body
            self.assertEqual([(one["id"], one["state"]) for one in page["sagas"]], [(answer.body["id"], "completed")])

    def test_a_position_that_is_not_reached_is_told_in_time(self):
        self.refused(self.call("GET", "/v1/sagas?after=3-1000000"), 400, "invalid-argument", "no record has the position")

    def test_lists_are_newest_first_by_state_and_definition_within_their_limit(self):
        self.shop.does("/send", stub_participant.answers(500))
        begun = [self.started() for _ in range(3)]
        for saga_id in begun:
            self.until(saga_id, "stuck")
        paused = begun.pop()
        self.command(paused, "pause")
        everything = sorted([*begun, paused], reverse=True)
        self.assertEqual(self.ids(), everything)
        self.assertEqual(self.ids("?state=stuck"), sorted(begun, reverse=True))
        self.assertEqual(self.ids("?state=paused&definition=order"), [paused])
        self.assertEqual(self.ids("?state=stuck,paused&definition=order@1"), everything)
        self.assertEqual(self.ids("?definition=order@2"), [])
        self.assertEqual(self.ids("?definition=keyed"), [])
        self.assertEqual(self.ids("?limit=1"), everything[:1])
        self.resolve(*everything)
        self.assertEqual(self.ids("?state=unfinished"), [])
        self.assertEqual(self.ids("?state=resolved"), everything)

    def test_a_stuck_saga_says_where_and_why_and_is_found_by_it(self):
        saga_id = self.stuck()
        one, = self.listed("?step=send&error=server_error")
        self.assertEqual(one["trouble"], {"step": "send", "operation": "action", "state": "blocked", "blocked_by": "budget_spent",
                                          "cause": "server_error", "status": 500, **self.detail(one)})
        self.assertEqual((one["state"], one["direction"], one["version"]), ("stuck", "forward", 1))
        self.assertEqual(self.ids("?step=pay"), [])
        self.assertEqual(self.ids("?error=timed_out"), [])
        self.resolve(saga_id)

    @staticmethod
    def detail(one):
        return {"detail": one["trouble"]["detail"]} if "detail" in one["trouble"] else {}

    def test_a_compensated_saga_says_why_it_turned_back(self):
        self.shop.does("/pay", stub_participant.rejects())
        saga_id = self.start(query="?wait=30s").body["id"]
        one, = self.listed("?state=compensated&step=pay&error=rejected")
        self.assertEqual((one["id"], one["outcome"], one["turned_back"]["step"]), (saga_id, "compensated", "pay"))

    def test_a_saga_is_found_by_its_key_its_id_or_a_text(self):
        saga_id = self.start(query="?wait=30s&key=order-7731").body["id"]
        other = self.start(query="?wait=30s&key=order-7732").body["id"]
        self.assertEqual(self.ids("?key=order-7731"), [saga_id])
        self.assertEqual(self.ids("?key=order-773"), [])
        self.assertEqual(self.ids(f"?id={saga_id}"), [saga_id])
        self.assertEqual(self.ids(f"?id={saga_id[:5]}"), sorted([saga_id, other], reverse=True))
        self.assertEqual(self.ids("?text=ORDER-7731"), [saga_id])
        self.assertEqual(self.ids("?text=773"), sorted([saga_id, other], reverse=True))

    def test_a_saga_is_found_by_its_labels(self):
        def labelled(**labels):
            body = {"definition": "order", "input": INPUT_GOOD, "labels": labels, "wait": "30s"}
            return self.call("POST", "/v1/sagas", body).body["id"]
        first, other = labelled(region="eu", channel="web \u00e9"), labelled(region="us")
        self.assertEqual(self.ids("?label.region=eu"), [first])
        self.assertEqual(self.ids("?label.region=us"), [other])
        self.assertEqual(self.ids("?label.region=eu&label.channel=web+%C3%A9"), [first])
        self.assertEqual(self.ids("?label.channel=web"), [])
        self.assertEqual(self.listed("?text=WEB")[0]["labels"], {"region": "eu", "channel": "web \u00e9"})
        self.assertEqual(self.ids("?text=web+%C3%A9"), [first])
        self.assertEqual(self.ids("?text=region%3Deu"), [first])

    def test_a_saga_shows_its_labels_while_it_runs_and_afterwards(self):
        self.shop.does("/send", stub_participant.answers(500))
        whole = {"definition": "order", "input": INPUT_GOOD}
        stands = self.call("POST", "/v1/sagas", {**whole, "labels": {"region": "eu"}}).body["id"]
        self.until(stands, "stuck")
        self.shop.does("/send", stub_participant.done())
        ended = self.call("POST", "/v1/sagas", {**whole, "labels": {"region": "us"}, "wait": "30s"}).body["id"]
        for _ in range(2):
            self.assertEqual(self.saga(stands)["labels"], {"region": "eu"})
            self.assertEqual(self.saga(ended)["labels"], {"region": "us"})
            self.sagad.end()
            self.sagad.start()
        self.assertNotIn("labels", self.start(query="?wait=30s").body)
        self.resolve(stands)

    def test_a_saga_is_found_by_the_labels_that_its_definition_declares(self):
        def started(region, **more):
            body = {"definition": "labelled", "input": {**INPUT_GOOD, "region": region}, "wait": "30s", **more}
            return self.call("POST", "/v1/sagas", body)
        first, other = started("eu").body["id"], started(None).body["id"]
        short = self.call("POST", "/v1/definitions/labelled/sagas?wait=30s", {**INPUT_GOOD, "region": "us"}).body["id"]
        brought = self.start(query="?wait=30s").body["id"]
        by_client = self.call("POST", "/v1/sagas", {"definition": "order", "input": INPUT_GOOD, "labels": {"region": "eu"},
                                                    "wait": "30s"}).body["id"]
        both = started("eu", labels={"channel": "web"}).body["id"]
        self.seen()
        self.assertEqual(self.ids("?label.region=eu"), [both, by_client, first])
        self.assertEqual(self.ids("?label.region=eu&definition=labelled"), [both, first])
        self.assertEqual(self.ids("?label.region=us"), [short])
        self.assertEqual(self.ids("?label.quantity=2&label.channel=web"), [both])
        self.assertEqual([one.get("labels") for one in self.listed(f"?id={other}")], [{"quantity": "2"}])
        self.assertEqual(self.listed(f"?id={both}")[0]["labels"], {"channel": "web", "region": "eu", "quantity": "2"})
        self.assertNotIn("labels", self.listed(f"?id={brought}")[0])

    def test_a_label_that_cannot_be_made_or_is_the_definitions_refuses_the_start(self):
        start = {"definition": "labelled", "key": "one", "input": {**INPUT_GOOD, "region": "x" * 257}}
        self.refused(self.call("POST", "/v1/sagas", start), 422, "invalid-input", "`region`", "at most 256")
        start["input"]["region"] = "x" * 256
        first = self.call("POST", "/v1/sagas", start)
        self.assertEqual(first.status, 201)
        self.assertEqual(self.call("POST", "/v1/sagas", start).body["id"], first.body["id"])
        for value in ("eu", "x" * 256):
            given = {**start, "key": "two", "labels": {"region": value}}
            self.refused(self.call("POST", "/v1/sagas", given), 422, "invalid-input", "`region`", "leave it out")

    def test_times_bound_a_list(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        started = self.listed()[0]["started"]
        self.assertEqual(self.ids(f"?until={started}"), [])
        self.assertEqual(self.ids(f"?since={started}"), [saga_id])
        self.assertEqual(self.ids("?since=2020-01-01&until=2100-01-01T00:00:00Z"), [saga_id])
        self.assertEqual(self.ids("?since=2100-01-01"), [])

    def test_pages_lose_and_double_nothing_while_new_sagas_come_in(self):
        before = [self.start(query="?wait=30s").body["id"] for _ in range(23)]
        self.seen()
        found, cursor = [], ""
        while cursor is not None:
            self.start(query="?wait=30s")
            page = self.call("GET", f"/v1/sagas?limit=5{cursor}").body
            found += [one["id"] for one in page["sagas"]]
            cursor = page["next"] and f"&cursor={page['next']}"
        self.assertEqual(found, sorted(found, reverse=True))
        self.assertEqual(len(found), len(set(found)))
        self.assertLessEqual(set(before), set(found))

    def test_counts_are_exact(self):
        for _ in range(5):
            self.start(query="?wait=30s")
        self.shop.does("/pay", stub_participant.rejects())
        self.start(query="?wait=30s")
        self.shop.does("/pay", stub_participant.done())
        stuck = self.stuck()
        self.seen()
        page = self.call("GET", "/v1/sagas?counts=true&limit=1").body
        self.assertEqual(page["counts"], {"order": {"stuck": 1, "completed": 5, "compensated": 1}})
        self.assertEqual(self.call("GET", "/v1/sagas?counts=true&definition=keyed").body["counts"], {})
        self.assertEqual(self.sagad.metric("sagad_views_sagas"), 7)
        known = {one["name"]: one["in_flight"] for one in self.call("GET", "/v1/definitions").body["definitions"]}
        self.assertEqual(known, {"order": 1, "keyed": 0, "labelled": 0, "later": 0, "polled": 0})
        self.resolve(stuck)

    def test_bounds_and_unknown_filters_are_400(self):
        for query in ("limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=99999999999999999999", "state=done", "state=",
                      "state=stuck,", "colour=x", "definition=", "definition=order@", "definition=order@x", "since=yesterday",
                      "until=2026-02-30", "since=2026-01-01T25:00:00Z", "error=none", "error=odd", "step=", "key=", "id=",
                      "id=lower", "id=8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "text=", "text=" + "a" * 257, "text=%ff", "cursor=x", "after=1",
                      "after=256-1", "after=x-1", "after=1-", "counts=yes", "limit=1&limit=2"):
            with self.subTest(query=query):
                self.refused(self.call("GET", f"/v1/sagas?{query}"), 400, "invalid-argument")
        self.refused(self.call("GET", "/v1/sagas?colour=x"), 400, "invalid-argument", "state", "definition", "cursor", "after")

    def test_an_answer_says_as_of_when_it_is(self):
        self.start(query="?wait=30s")
        self.seen()
        page = self.call("GET", "/v1/sagas").body
        self.assertRegex(page["as_of"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreaterEqual(page["lag_ms"], 0)
        self.assertIsNone(page["next"])


class views_files(shop_case):
    """The file behind the lists: it comes back whatever happens to it."""

    def setUp(self):
        super().setUp()
        self.file = self.sagad.folder / "journal" / "views.db"

    def sell(self, count=30):
        for number in range(count):
            self.shop.does("/pay", stub_participant.rejects() if number % 3 == 0 else stub_participant.done())
            self.start(query=f"?wait=30s&key=k-{number}")

    def dumped(self):
        """What the file holds, the process being away; but for how far in the journal it is, which every start moves."""
        database = sqlite3.connect(self.file)
        lines = [line for line in database.iterdump() if not line.startswith('INSERT INTO "meta"')]
        database.close()
        return lines

    def restart(self, how=signal.SIGTERM):
        self.sagad.end(how)
        self.sagad.start()
        await_that(lambda: self.call("GET", "/readyz").status == 200, "ready again")

    def rebuilt(self, count):
        await_that(lambda: self.call("GET", "/v1/views").body["rebuilt"] >= count, "views built anew")

    def test_views_survive_the_process_killed_at_any_moment(self):
        self.sell()
        self.restart(signal.SIGKILL)
        listed = self.listed("?limit=1000")
        self.sagad.end()
        kept = self.dumped()
        self.file.unlink()
        self.sagad.start()
        self.assertEqual(self.listed("?limit=1000"), listed)
        self.assertEqual(len(listed), 30)
        self.sagad.end()
        self.assertEqual(self.dumped(), kept)
        self.sagad.start()

    def test_a_rebuild_gives_the_same_while_lists_are_answered(self):
        self.sell()
        listed = self.listed("?limit=1000")
        answer = self.call("POST", "/v1/views/rebuild")
        self.assertEqual(answer.status, 202, answer.text)
        self.assertEqual(self.call("GET", "/v1/sagas?limit=1000").body["sagas"], listed)
        self.rebuilt(answer.body["done_when_rebuilt"])
        self.assertEqual(self.listed("?limit=1000"), listed)
        self.assertEqual(self.sagad.metric("sagad_views_rebuilding"), 0)
        self.assertFalse(pathlib.Path(f"{self.file}.next").exists())

    def test_a_rebuild_that_was_acknowledged_is_not_lost_with_the_process(self):
        self.sell()
        listed = self.listed("?limit=1000")
        replaced = self.file.stat().st_ino
        self.assertEqual(self.call("POST", "/v1/views/rebuild").status, 202)
        self.restart(signal.SIGKILL)
        # The new file was made while the old one was there: it is another one.
        await_that(lambda: self.file.stat().st_ino != replaced, "views built anew")
        self.assertEqual(self.listed("?limit=1000"), listed)

    def rebuild(self):
        return subprocess.run(self.sagad.command("--port-file", str(self.sagad.folder / "port"), verb=("views", "rebuild")),
                              capture_output=True, text=True, timeout=60)

    def test_the_subcommand_asks_the_process_that_runs(self):
        self.sell()
        listed = self.listed("?limit=1000")
        ended = self.rebuild()
        self.assertEqual((ended.returncode, ended.stdout), (0, "the views were built anew, with 30 sagas\n"), ended.stderr)
        self.assertEqual(self.call("GET", "/v1/views").body["rebuilt"], 2)
        self.assertEqual(self.listed("?limit=1000"), listed)

    def test_the_subcommand_says_how_to_reach_a_process_at_another_address(self):
        ended = subprocess.run(self.sagad.command(listen="127.0.0.1:1", verb=("views", "rebuild")), capture_output=True,
                               text=True, timeout=60)
        self.assertEqual((ended.returncode, ended.stdout), (1, ""))
        self.assertIn(f"journal is in use by process {self.sagad.process.pid}, and nobody answers at http://127.0.0.1:1: "
                      "give the --config or --listen of that process, so that it can be asked", ended.stderr)

    def test_the_subcommand_says_how_to_reach_a_process_at_any_free_port(self):
        ended = subprocess.run(self.sagad.command(listen="127.0.0.1:0", verb=("views", "rebuild")), capture_output=True,
                               text=True, timeout=60)
        self.assertEqual((ended.returncode, ended.stdout), (1, ""))
        self.assertIn("which listens on any free port (--listen 127.0.0.1:0): give its --port-file, or --listen with the "
                      "port that it got", ended.stderr)

    def test_the_subcommand_builds_by_itself_when_no_process_runs(self):
        self.sell()
        self.seen()
        self.sagad.end()
        kept = self.dumped()
        database = sqlite3.connect(self.file)
        database.execute("UPDATE sagas SET key = 'wrong'")
        database.commit()
        database.close()
        ended = self.rebuild()
        self.assertEqual((ended.returncode, ended.stdout), (0, "the views were built anew, with 30 sagas\n"), ended.stderr)
        self.assertEqual(self.dumped(), kept)
        self.sagad.start()

    def test_the_subcommand_says_why_it_cannot_begin(self):
        self.seen()
        self.sagad.end()
        in_the_way = self.file.with_name(self.file.name + ".next-wal")
        in_the_way.mkdir()
        ended = self.rebuild()
        self.assertEqual((ended.returncode, ended.stdout), (1, ""), ended.stderr)
        self.assertIn("views rebuild: new views cannot be begun for now (", ended.stderr)
        in_the_way.rmdir()
        self.assertEqual(self.rebuild().returncode, 0)
        self.sagad.start()

    def test_the_subcommand_makes_no_journal(self):
        nowhere = self.sagad.folder / "nowhere"
        for folder in (nowhere, self.sagad.folder):
            ended = subprocess.run(self.sagad.command(journal=f"log:{folder}", verb=("views", "rebuild")), capture_output=True,
                                   text=True, timeout=60)
            self.assertEqual(ended.returncode, 1)
            self.assertIn(f"there is no journal in {folder}: name the one", ended.stderr)
        self.assertFalse(nowhere.exists())
        self.assertFalse((self.sagad.folder / "lock").exists())

    def test_nothing_of_the_journal_can_be_read_by_others(self):
        journal = self.sagad.folder / "journal"
        self.assertEqual(journal.stat().st_mode & 0o777, 0o750)
        for file in journal.iterdir():
            self.assertEqual(file.stat().st_mode & 0o137, 0, file.name)

    def test_damage_is_told_and_mended(self):
        self.sell()
        listed = self.listed("?limit=1000")
        self.sagad.end()
        size = self.file.stat().st_size
        with open(self.file, "r+b") as file:
            for page in range(1, size // 4096):
                file.seek(page * 4096)
                file.write(b"\xff" * 100)
        self.sagad.start()
        self.rebuilt(1)
        self.assertEqual(self.listed("?limit=1000"), listed)

    def test_a_file_of_another_version_is_replaced(self):
        self.sell()
        listed = self.listed("?limit=1000")
        self.sagad.end()
        database = sqlite3.connect(self.file)
        database.execute("UPDATE meta SET version = version + 1")
        database.execute("UPDATE sagas SET state = 1")
        database.commit()
        database.close()
        self.sagad.start()
        self.rebuilt(1)
        self.assertEqual(self.listed("?limit=1000"), listed)

    def test_a_journal_that_ends_before_its_views_is_refused(self):
        self.sell()
        self.seen()
        self.sagad.end()
        database = sqlite3.connect(self.file)
        database.execute("UPDATE positions SET position = position + 5")
        database.commit()
        database.close()
        with self.assertRaisesRegex(AssertionError, "ended with 1"):
            self.sagad.start()
        self.assertIn("ends before what its views have seen", self.sagad.log())
        self.assertIn("--accept-loss", self.sagad.log())
        self.sagad.flags.append("--accept-loss")
        self.sagad.start()
        self.assertEqual(len(self.listed("?limit=1000")), 30)


class views_that_lag(shop_case):
    flags = (*shop_case.flags, "--views-lag-max", "500ms")

    def test_a_process_whose_views_are_too_far_behind_is_not_ready(self):
        self.start(query="?wait=30s")
        self.seen()
        self.is_ready()
        # Another writer holds the file: sagas go on, what lists show does not.
        other = sqlite3.connect(self.sagad.folder / "journal" / "views.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        self.assertEqual(self.start(query="?wait=30s").body["state"], "completed")
        # Until they have met the lock, views that are behind say that they catch up by themselves.
        behind = await_that(lambda: (lambda it: it if "In the way is: " in it.text else None)(self.call("GET", "/readyz")), "not ready")
        self.refused(behind, 503, "overloaded", "behind the journal")
        self.assertRegex(behind.body["detail"], r"In the way is: .*views\.db: database is locked: it is tried again")
        self.assertEqual(len(self.call("GET", "/v1/sagas").body["sagas"]), 1)
        self.assertIn("database is locked", self.sagad.log())
        other.execute("ROLLBACK")
        other.close()
        self.assertEqual(len(self.listed()), 2)
        self.is_ready()

    def is_ready(self):
        """Sooner or later: their thread gives way to all others, and on a busy machine it may be later."""
        await_that(lambda: self.call("GET", "/readyz").status == 200, "ready")


class views_in_memory(shop_case):
    def setUp(self):
        super().setUp()
        self.sagad.end()
        plain = self.sagad.command
        self.sagad.command = lambda *more: plain(*more, journal="memory:")
        self.sagad.start()

    def test_lists_work_without_files(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        self.assertEqual([one["id"] for one in self.listed("?state=completed")], [saga_id])
        answer = self.call("POST", "/v1/views/rebuild")
        await_that(lambda: self.call("GET", "/v1/views").body["rebuilt"] >= answer.body["done_when_rebuilt"], "built anew")
        self.assertEqual([one["id"] for one in self.listed()], [saga_id])


if __name__ == "__main__":
    unittest.main()
