"""One command for many sagas."""

import signal
import threading
import unittest

import stub_participant
from coordinator import await_that
from roles_test import ROLES, bearer, token_lines
from shop import shop_case

STUCK = {"state": "stuck", "definition": "order", "step": "send"}


class bulk_case(shop_case):
    def stuck_many(self, count):
        """The ids of so many sagas whose last step is blocked, once lists show them."""
        self.shop.does("/send", stub_participant.answers(500))
        ids = [self.started() for _ in range(count)]
        for one in ids:
            self.until(one, "stuck")
        self.seen()
        return ids

    def bulk(self, body, query="", headers=None):
        return self.call("POST", f"/v1/commands{query}", body, headers)

    def job(self, job_id, query=""):
        answer = self.call("GET", f"/v1/commands/{job_id}{query}")
        self.assertEqual(answer.status, 200, answer.text)
        return answer.body

    def ended(self, job_id, query=""):
        return await_that(lambda: (lambda it: it if "ended" in it else None)(self.job(job_id, query)), "the job over")

    def commands_of(self, saga_id):
        events = self.call("GET", f"/v1/sagas/{saga_id}/events").body
        return [(event["id"], event["reason"]) for record in events for event in record["events"]
                if event["event"] == "commanded"]

    def tearDown(self):
        for one in self.listed("?state=unfinished&limit=1000"):
            self.command(one["id"], "resolve", {"force": True})
        super().tearDown()


class bulk(bulk_case):
    def test_a_dry_run_says_how_many_and_which_and_changes_nothing(self):
        ids = self.stuck_many(3)
        answer = self.bulk({"command": "retry", "filter": STUCK}, "?dry_run")
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual((answer.body["found"], answer.body["found_all"], answer.body["dry_run"]), (3, True, True))
        self.assertEqual([one["id"] for one in answer.body["sagas"]], sorted(ids, reverse=True))
        first = answer.body["sagas"][0]
        self.assertEqual(answer.body["versions"], {f"{first['definition']}@{first['version']}": 3})
        self.assertEqual([self.commands_of(one) for one in ids], [[], [], []])
        elsewhere = self.bulk({"command": "retry", "filter": {**STUCK, "step": "pay"}}, "?dry_run")
        self.assertEqual((elsewhere.body["found"], elsewhere.body["versions"], elsewhere.body["sagas"]), (0, {}, []))

    def test_what_the_filter_finds_is_told_and_nothing_else(self):
        ids = self.stuck_many(4)
        self.shop.does("/pay", stub_participant.rejects())
        self.shop.does("/unhold", stub_participant.answers(500))
        other = self.started()
        self.until(other, "stuck")
        self.seen()
        self.shop.does("/send", stub_participant.done())
        answer = self.bulk({"id": "night", "command": "retry", "filter": STUCK, "step": "send", "reason": "it is back"})
        self.assertEqual((answer.status, answer.headers["Location"]), (202, "/v1/commands/night"), answer.text)
        told = self.ended("night")
        self.assertEqual([told[name] for name in ("state", "command", "found", "found_all", "done", "refused", "under_way")],
                         ["done", "retry", 4, True, 4, 0, 0])
        self.assertEqual(sorted((one["saga"], one["outcome"]) for one in told["results"]),
                         sorted((one, "done") for one in ids))
        for one in ids:
            self.until(one, "completed")
            self.assertEqual(self.commands_of(one), [(f"night/{one}", "it is back")])
        self.assertEqual(self.commands_of(other), [])

    def test_the_same_id_is_the_same_job_and_with_another_request_it_is_409(self):
        ids = self.stuck_many(2)
        request = {"command": "retry", "filter": STUCK, "reason": "once"}
        self.assertEqual(self.bulk({"id": "one", **request}).status, 202)
        self.ended("one")
        again = self.bulk(dict(reversed({"id": "one", **request}.items())))
        self.assertEqual((again.status, again.body["done"]), (200, 2), again.text)
        self.assertEqual(self.bulk(request, headers={"Idempotency-Key": "one"}).status, 200)
        self.refused(self.bulk({"id": "one", **request, "reason": "twice"}), 409, "key-reused", "one")
        for one in ids:
            self.assertEqual(len(self.commands_of(one)), 1)

    def test_an_id_is_made_where_none_is_given(self):
        first = self.bulk({"command": "retry", "filter": STUCK}).body["id"]
        second = self.bulk({"command": "retry", "filter": STUCK}).body["id"]
        self.assertNotEqual(first, second)
        self.assertEqual(self.ended(first)["found"], 0)

    def test_what_a_saga_refuses_is_told_and_holds_up_no_other(self):
        ids = self.stuck_many(3)
        self.command(ids[1], "pause")
        self.seen()
        self.bulk({"id": "p", "command": "pause", "filter": {"definition": "order"}})
        told = self.ended("p")
        self.assertEqual((told["done"], told["refused"]), (2, 1))
        self.assertEqual(self.job("p", "?outcome=refused")["results"],
                         [{"saga": ids[1], "outcome": "refused", "why": "state-refuses"}])
        self.assertEqual({self.saga(one)["state"] for one in ids}, {"paused"})

    def test_results_come_in_pages(self):
        ids = self.stuck_many(5)
        self.bulk({"id": "r", "command": "resolve", "filter": STUCK, "reason": "written off"})
        self.ended("r")
        pages, at = [], 0
        while at is not None:
            page = self.job("r", f"?from={at}&limit=2")
            pages.append([one["saga"] for one in page["results"]])
            at = page["next"]
        self.assertEqual([len(one) for one in pages], [2, 2, 1])
        self.assertEqual(sorted(sum(pages, [])), sorted(ids))
        self.assertEqual(self.job("r", "?limit=0")["results"], [])
        for query in ("limit=1001", "from=-1", "outcome=well", "page=1"):
            self.refused(self.call("GET", f"/v1/commands/r?{query}"), 400, "invalid-argument", "outcome")

    def test_what_cannot_be_so_is_refused_before_anything_is_done(self):
        good = {"command": "retry", "filter": STUCK}
        for change, says in (({"command": "cancel"}, "resolve"), ({"command": 5}, "retry"), ({"filter": {}}, "unfinished"),
                             ({"filter": []}, "object"), ({"filter": {"limit": "5"}}, "limit"),
                             ({"filter": {"state": 5}}, "text"), ({"filter": {"state": "lost"}}, "stuck"),
                             ({"filter": {"state": "completed"}}, "final"), ({"if_seq": 5}, "if_seq"),
                             ({"command": "edit"}, "step"), ({"command": "edit", "step": "send"}, "body"),
                             ({"command": "skip"}, "step"), ({"id": "a/b"}, "128"), ({"operation": "both"}, "compensation"),
                             ({"reason": "a" * 1025}, "1024")):
            with self.subTest(change=change):
                self.refused(self.bulk({**good, **change}), 400, "invalid-argument", says)
        self.refused(self.bulk({"filter": STUCK}), 400, "invalid-argument", "command")
        self.refused(self.bulk({"command": "retry"}), 400, "invalid-argument", "filter")
        self.refused(self.bulk("{"), 400, "malformed")
        self.refused(self.bulk(good, "?dry_run=no"), 400, "invalid-argument", "dry_run")
        self.refused(self.bulk(good, "?dryrun"), 400, "invalid-argument", "dryrun")
        self.refused(self.call("GET", "/v1/commands/nobody"), 404, "not-found", "again")
        self.refused(self.call("DELETE", "/v1/commands/nobody"), 404, "not-found")

    def test_what_is_over_cannot_be_stopped(self):
        self.assertEqual(self.bulk({"id": "s", "command": "retry", "filter": STUCK}).status, 202)
        self.ended("s")
        stopped = self.call("DELETE", "/v1/commands/s")
        self.assertEqual((stopped.status, stopped.body["state"]), (200, "done"))


# As `later`, but however long many calls take at once.
WAITING = """
saga: waiting
steps:
  - step: bake
    participant: shop
    action: {post: /bake, timeout: 60s, answer: {within: 1h, by: callback}, retry: {attempts: 2, elapsed: 2m, delay: 10ms, delay_max: 50ms}}
    compensation: {post: /unbake, timeout: 1s}
"""


class many_case(bulk_case):
    definitions = (*bulk_case.definitions, WAITING)
    waiting = {"definition": "waiting", "state": "running"}

    def waiting_many(self, count):
        """The ids of so many sagas that wait for a late answer, once lists show them and nothing moves them any more."""
        self.shop.does("/bake", stub_participant.answers(202))
        told = self.call("POST", "/v1/sagas:batch?key=many", [{"definition": "waiting"}] * count).body["results"]
        await_that(lambda: len(self.shop.to("/bake")) == count and self.sagad.metric("sagad_calls_open") == 0, "all accepted")
        ids = [one["saga"] for one in told]
        for one in ids:
            self.saga(one)  # told once what has become of it is durable
        self.seen()
        return ids


class after_a_crash(many_case):
    def told(self):
        """The sagas of all commands that are recorded."""
        sagas, after = [], ""
        while True:
            page = self.call("GET", f"/v1/events?event=commanded&limit=1000{after}").body
            sagas += [record["saga"] for record in page["events"]]
            if page["at_end"]:
                return sagas
            after = f"&after={page['next']}"

    def test_the_same_again_after_a_crash_tells_no_saga_twice(self):
        """Killed in the midst of a job, again and again. The filter finds those that were told, too, and they would take it."""
        ids = self.waiting_many(1000)
        request = {"id": "crash", "command": "retry", "step": "bake", "filter": self.waiting, "reason": "asked anew"}
        for some in (0, 1, 1):
            self.assertEqual(self.bulk(request).status, 202)
            await_that(lambda: sum(self.job("crash", "?limit=0")[name] for name in ("done", "repeated")) >= some, "some are told")
            self.sagad.end(signal.SIGKILL)
            self.sagad.start()
            self.refused(self.call("GET", "/v1/commands/crash"), 404, "not-found")
            await_that(lambda: self.sagad.call("GET", "/readyz").status == 200, "all are loaded")
            self.seen()
        before = len(self.told())
        self.bulk(request)
        last = self.ended("crash")
        self.assertEqual([last[name] for name in ("found", "refused", "unknown", "moved_on")], [len(ids), 0, 0, 0], last)
        self.assertEqual((last["repeated"], last["done"]), (before, len(ids) - before))
        self.assertGreater(before, 0)
        self.assertEqual(sorted(self.told()), sorted(ids), "one command for each")
        self.assertEqual(self.commands_of(ids[0]), [(f"crash/{ids[0]}", "asked anew")])

    def tearDown(self):
        # What is left waits for an answer, and ends with its folder.
        self.sagad.end(signal.SIGKILL)


class beside_starts(many_case):
    may_leave_sagas = True

    def test_starts_are_answered_while_a_job_goes_on(self):
        ids = self.waiting_many(300)
        singles, over = [], threading.Event()

        def start_some():
            while not over.is_set():
                singles.append(self.start("order", query=f"?key=k-{len(singles)}").status)

        starter = threading.Thread(target=start_some)
        starter.start()
        self.addCleanup(starter.join)
        self.addCleanup(over.set)
        await_that(lambda: len(singles) > 1, "starts under way")
        self.bulk({"id": "beside", "command": "pause", "filter": self.waiting})
        self.assertEqual(self.ended("beside")["done"], len(ids))
        over.set()
        starter.join()
        self.assertEqual(set(singles), {201})

    def tearDown(self):
        self.seen()
        self.bulk({"id": "close", "command": "resolve", "filter": {"definition": "waiting"}, "reason": "over"})
        self.assertEqual(self.ended("close")["done"], 300)
        super().tearDown()


class who_may(bulk_case):
    configuration = token_lines()

    def setUp(self):
        super().setUp()
        self.plain = self.sagad.call
        self.sagad.call = self.call = lambda method, path, body=None, headers=None: self.plain(
            method, path, body, {**bearer("operator"), **(headers or {})})

    def test_operators_alone_and_the_actor_is_theirs(self):
        for role in ROLES:
            if role == "operator":
                continue
            for method, path, body in (("POST", "/v1/commands", {"command": "retry", "filter": STUCK}),
                                       ("POST", "/v1/commands?dry_run", {"command": "retry", "filter": STUCK}),
                                       ("GET", "/v1/commands/x", None), ("DELETE", "/v1/commands/x", None)):
                with self.subTest(role=role, method=method):
                    self.refused(self.plain(method, path, body, bearer(role)), 403, "forbidden", "operator")
        self.shop.does("/send", stub_participant.answers(500))
        saga_id = self.start(headers=bearer("developer")).body["id"]
        self.until(saga_id, "stuck")
        self.seen()
        self.bulk({"id": "a", "command": "resolve", "filter": STUCK, "reason": "r"})
        self.ended("a")
        events = self.call("GET", f"/v1/sagas/{saga_id}/events").body
        self.assertEqual([event["actor"] for record in events for event in record["events"] if event["event"] == "commanded"],
                         ["an-operator"])


if __name__ == "__main__":
    unittest.main()
