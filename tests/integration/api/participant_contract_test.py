"""docs/participant-contract.md: what it says is sent is sent, and of each answer becomes what it says."""

import pathlib
import re
import unittest

import stub_participant
from coordinator import await_that
from shop import shop_case
from stub_participant import answers, cut, done, never, sends

PAGE = (pathlib.Path(__file__).resolve().parents[3] / "docs" / "participant-contract.md").read_text()
MIB = 1 << 20


def table(head):
    """The rows of the table that begins with these cells, as lists of texts."""
    lines = PAGE[PAGE.index(f"| {head} |"):].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def says(code, outcome, body="{}", headers=()):
    return answers(code, body, [f"Saga-Outcome: {outcome}", *headers])


# What the participant does for each row: its first column is the key.
ANSWERS = {
    "`200` with JSON": answers(200, '{"a":1}'),
    "`201` without a body": answers(201, ""),
    "`204`": sends(b"HTTP/1.1 204 x\r\n\r\n"),
    "`202`, the step declares `answer`": answers(202),
    "`202`, it does not": answers(202),
    "`307`, or any 3xx: never followed": answers(307, headers=["Location: /elsewhere"]),
    "`400`": answers(400),
    "`401`": answers(401),
    "`404`": answers(404),
    "`404`, the step has `rejects: [404]`": answers(404),
    "`408`": answers(408),
    "`409`": answers(409),
    "`422`": answers(422),
    "`409` after an attempt that is in doubt": answers(409),
    "`409` with `Saga-Outcome: rejected`": says(409, "rejected"),
    "`409` with `Saga-Outcome: done`: a contradiction": says(409, "done"),
    "`410` with `Saga-Outcome: refused`": says(410, "refused"),
    "`410`": answers(410),
    "`412` with `Saga-Outcome: differs`": says(412, "differs"),
    "`412` with `Saga-Outcome: stale`": says(412, "stale"),
    "`425`": answers(425),
    "`425` with `Saga-Outcome: in-progress`": says(425, "in-progress"),
    "`429`": answers(429),
    "`500`, or any 5xx": answers(500),
    "`500` with `Saga-Outcome: failed`": says(500, "failed"),
    "`503` with `Retry-After`": answers(503, headers=["Retry-After: 0"]),
    "`503`": answers(503),
    "`200` with a `Saga-Outcome` that is none of the above": says(200, "perhaps"),
    "`200` with `Saga-Outcome: done` and `Saga-Outcome: rejected`": says(200, "done", headers=["Saga-Outcome: rejected"]),
    "`200` with a body that is not JSON": answers(200, "<html>"),
    "`200` with JSON that has a name twice": answers(200, '{"a":1,"a":2}'),
    "`200` with more than `response_bytes_max` (1 MiB)": answers(200, '"' + "x" * MIB + '"'),
    "closed in the middle": sends(b"HTTP/1.1 200 x\r\nContent-Length: 50\r\n\r\n{"),
    "none within the step's `timeout`": never(),
    "no connection": None,
}


def definition(name, attempts, answer=None, participant="shop", kind="compensatable", rejects=(), timeout="30s"):
    retry = {"attempts": attempts, "elapsed": "60s", "delay": "1ms", "delay_max": "10ms", "stuck_retry": "0s"}
    action = {"post": "/ask", "body": {"a": 1}, "timeout": timeout, "retry": retry, "rejects": list(rejects)}
    if answer:
        action["answer"] = {"within": "1h", "by": answer}
    step = {"step": "ask", "kind": kind, "participant": participant, "action": action}
    return {"saga": name, "steps": [step | ({"compensation": {"post": "/undo"}} if kind == "compensatable" else {})]}


class the_contract(shop_case):
    configuration = "  away: {endpoints: ['http://127.0.0.1:1']}\n"  # where nobody listens
    definitions = ()
    may_leave_sagas = True

    def put(self, **more):
        made = definition(**more)
        self.assertIn(self.call("PUT", f"/v1/definitions/{made['saga']}", made).status, (200, 201))

    def played(self, row, attempts):
        """The saga's events once the row's answer was taken, and the calls that were made."""
        first = row[0]
        self.shop.calls.clear()
        behaviours = [ANSWERS[first]] + [done()] * 5
        if "in doubt" in first:
            behaviours.insert(0, cut())
        self.shop.does("/ask", lambda peer, called: behaviours.pop(0)(peer, called))
        self.put(name="one", attempts=attempts, answer="callback" if "declares `answer`" in first else None,
                 rejects=[404] if "rejects:" in first else [], participant="away" if first == "no connection" else "shop",
                 timeout="1s" if first.startswith("none within") else "30s")
        saga_id = self.started("one", {})
        self.shown_once(saga_id, first)
        records = self.call("GET", f"/v1/sagas/{saga_id}/events").body
        return saga_id, [event for record in records for event in record["events"]]

    def shown_once(self, saga_id, first):
        def settled():
            saga = self.saga(saga_id)
            if saga["state"] in ("completed", "compensated", "stuck"):
                return True
            action = saga["steps"][0].get("action", {})
            if first == "no connection":
                return self.sagad.metric('sagad_answers_total{verdict="not_sent"}') > 2
            return action.get("state") == "accepted"
        await_that(settled, first)

    def verdicts(self):
        text = self.call("GET", "/metrics").text
        return {name: int(value) for name, value in re.findall(r'^sagad_answers_total\{verdict="(\w+)"\} (\d+)$', text, re.MULTILINE)}

    def test_every_row_has_its_answer_here_and_every_answer_its_row(self):
        self.assertEqual([row[0] for row in table("answer | taken as")], list(ANSWERS))

    def test_each_answer_becomes_what_its_row_says(self):
        ends = {"goes on": "completed", "turns back": "compensated", "waits": "running", "stuck": "stuck", "again": "completed"}
        for row in table("answer | taken as"):
            first, verdict, cause, then, _ = row
            with self.subTest(answer=first):
                in_doubt, away = "in doubt" in first, first == "no connection"
                before = self.verdicts()
                saga_id, events = self.played(row, attempts=3)
                risen = {name for name, value in self.verdicts().items() if value > before[name]} - {"done"}
                self.assertEqual(risen - ({"unknown"} if in_doubt else set()), {verdict.strip("`")} - {"done"})
                causes = {event["cause"] for event in events if "cause" in event and event["event"] != "turned_back"}
                self.assertEqual(causes - ({"cut"} if in_doubt else set()), {cause.strip("`")} - {""})
                if away:
                    self.call("POST", f"/v1/sagas/{saga_id}/commands/cancel", {})
                    continue
                self.assertEqual(self.saga(saga_id)["state"], ends[then])
                self.assertEqual(len(self.shop.to("/ask")), 1 + (then == "again") + in_doubt)
                self.assertEqual(self.shop.to("/undo"), [])

    def test_what_spends_an_attempt_ends_a_budget_of_one(self):
        for row in table("answer | taken as"):
            first, _, _, then, spends = row
            if then != "again" or first == "no connection":
                self.assertEqual(spends, "no" if first == "no connection" else "", first)
                continue
            with self.subTest(answer=first):
                saga_id, _ = self.played(row, attempts=2 if "in doubt" in first else 1)
                self.assertEqual(self.saga(saga_id)["state"], "compensated" if spends == "yes" else "completed")

    def test_the_headers_sent_are_those_of_its_table_and_of_its_example(self):
        self.put(name="one", attempts=2, answer="callback")
        self.shop.does("/ask", answers(202))
        self.started("one", {})
        await_that(lambda: self.shop.to("/ask"), "the call")
        sent = self.shop.to("/ask")[0].headers
        named = {row[0].strip("`").lower() for row in table("header | holds")}
        head, _, body = PAGE.split("```http\n")[1].split("\n```")[0].partition("\n\n")
        shown = dict(re.findall(r"^([\w-]+): (.*)$", head, re.MULTILINE))
        self.assertEqual(int(shown["Content-Length"]), len(body))
        self.assertEqual(named | {"host", "content-length"}, set(sent))
        self.assertEqual({name.lower() for name in shown}, set(sent))
        for headers in (sent, {name.lower(): value for name, value in shown.items()}):
            self.assertEqual(headers["idempotency-key"], "/".join(headers[f"saga-{name}"] for name in ("id", "step", "operation", "generation")))
            self.assertRegex(headers["traceparent"], r"^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")

    def test_a_retry_keeps_the_generation_and_its_request_and_a_rejection_of_what_must_succeed_raises_it(self):
        self.put(name="must", attempts=9, kind="retriable")
        behaviours = [answers(500), says(409, "rejected"), done()]
        self.shop.does("/ask", lambda peer, called: behaviours.pop(0)(peer, called))
        self.until(self.started("must", {}), "completed")
        calls = self.shop.to("/ask")
        self.assertEqual([(one.headers["saga-generation"], one.headers["saga-attempt"]) for one in calls], [("1", "1"), ("1", "2"), ("2", "3")])
        self.assertEqual(len({one.body for one in calls}), 1)
        self.assertEqual(calls[0].headers["idempotency-key"], calls[1].headers["idempotency-key"])

    def test_a_compensation_that_is_rejected_is_asked_again_and_begins_with_its_own_first_generation(self):
        self.put(name="one", attempts=1)
        self.shop.does("/ask", answers(500))
        behaviours = [says(409, "rejected"), done()]
        self.shop.does("/undo", lambda peer, called: behaviours.pop(0)(peer, called))
        self.until(self.started("one", {}), "compensated")
        self.assertEqual([(one.headers["saga-generation"], one.headers["saga-attempt"]) for one in self.shop.to("/undo")], [("1", "1"), ("1", "2")])


if __name__ == "__main__":
    unittest.main()
