"""The definitions used, and a test case with a coordinator and a participant."""

import datetime
import unittest

import coordinator
import stub_participant

# What a busy machine takes of a call's time spends no attempt: what is counted here is what participants answer.
RETRY = "{attempts: 2, elapsed: 30s, delay: 10ms, factor: 2, delay_max: 50ms, stuck_retry: 0s}"

INPUT = """
input:
  type: object
  required: [item, quantity]
  properties:
    item: {type: string}
    quantity: {type: integer, minimum: 1}
"""

# Each path is a switch of the participant: hold, pay (pivot), send.
ORDER = f"""
saga: order
{INPUT}
steps:
  - step: hold
    participant: shop
    action: {{post: /hold, body: {{item: "${{input.item}}", quantity: "${{input.quantity}}"}}, timeout: 10s, retry: {{attempts: 2, elapsed: 30s, delay: 10ms, delay_max: 50ms}}}}
    compensation: {{post: /unhold, timeout: 10s, retry: {RETRY}}}
  - step: pay
    kind: pivot
    participant: shop
    action: {{post: /pay, timeout: 10s, retry: {RETRY}}}
  - step: send
    kind: retriable
    participant: shop
    action: {{post: /send, timeout: 10s, retry: {RETRY}}}
"""

# For calls that are never answered: the first and its repetition end soon.
HURRIED = ORDER.replace("saga: order", "saga: hurried").replace("timeout: 10s", "timeout: 1s")

# For participants that cannot be reached, which spends no attempt: time alone ends it.
GIVES_UP = ORDER.replace("saga: order", "saga: gives_up").replace("timeout: 10s", "timeout: 1s").replace("elapsed: 30s", "elapsed: 2s")

KEYED = ORDER.replace("saga: order", "saga: keyed\nkey: required")

# Its one action is answered later, by a callback or when it is asked for.
LATER = """
saga: later
steps:
  - step: bake
    participant: shop
    action: {post: /bake, timeout: 10s, answer: {within: 1h, by: callback}, retry: {attempts: 2, elapsed: 30s, delay: 10ms, delay_max: 50ms}}
    compensation: {post: /unbake, timeout: 10s}
"""
POLLED = LATER.replace("saga: later", "saga: polled").replace("within: 1h, by: callback", "within: 2s, by: poll")

# Segments that are written to or read, in a journal that was opened not long ago.
OPENED_BY_THE_JOURNAL = 8

INPUT_GOOD = {"item": "sword", "quantity": 2}


def milliseconds(timestamp):
    """Since 1970, of a time as the coordinator writes it."""
    return round(datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp() * 1000)


class shop_case(unittest.TestCase):
    """Begins both before each test; after it nothing may be left over in the process."""

    configuration = ""
    flags = ("--public-url", "http://sagad.example", "--reactors", "2")
    definitions = (ORDER, KEYED, LATER, POLLED)
    may_leave_sagas = False

    def setUp(self):
        self.shop = stub_participant.participant()
        self.addCleanup(self.shop.close)
        self.sagad = coordinator.coordinator({"shop": self.shop.port}, self.configuration, self.flags)
        self.addCleanup(self.sagad.remove)
        folder = self.sagad.folder / "definitions"
        folder.mkdir()
        for number, text in enumerate(self.definitions):
            (folder / f"{number}.yaml").write_text(text)
        self.sagad.flags += ["--definitions", str(folder)]
        self.sagad.start()
        self.call = self.sagad.call

    def tearDown(self):
        if self.sagad.process.poll() is not None:
            return
        metric = self.sagad.metric
        self.assertEqual(metric("sagad_audit_violations_total"), 0)
        self.assertEqual(metric("sagad_sagas_quarantined_total"), 0)
        if self.may_leave_sagas:
            return
        for name in ("sagad_sagas_live", "sagad_calls_open", "sagad_requests_waiting"):
            coordinator.await_that(lambda name=name: metric(name) == 0, f"{name} back at 0")

    def start(self, definition="order", given=None, query="", headers=None):
        return self.call("POST", f"/v1/definitions/{definition}/sagas{query}", INPUT_GOOD if given is None else given, headers)

    def started(self, definition="order", given=None):
        """The id of a new saga."""
        answer = self.start(definition, given)
        self.assertEqual(answer.status, 201, answer.text)
        return answer.body["id"]

    def saga(self, saga_id):
        return self.call("GET", f"/v1/sagas/{saga_id}").body

    def until(self, saga_id, *states):
        """The saga once it is in one of the states."""
        return coordinator.await_that(lambda: (lambda it: it if it["state"] in states else None)(self.saga(saga_id)),
                                      f"saga in {states}")

    def seen(self):
        """Returns once lists show what has happened until now."""
        first = self.sagad.call("GET", "/v1/views").body
        now = milliseconds(first["as_of"]) + first["lag_ms"]  # in whose millisecond more may have been written since they looked
        coordinator.await_that(lambda: milliseconds(self.sagad.call("GET", "/v1/views").body["as_of"]) > now,
                               "the views came to where the journal was")

    def listed(self, query=""):
        """The sagas of a list that shows what has happened until now."""
        self.seen()
        answer = self.sagad.call("GET", f"/v1/sagas{query}")
        self.assertEqual(answer.status, 200, answer.text)
        return answer.body["sagas"]

    def now_or_later(self, ask):
        """The answer. On a busy machine a lease can end once more: then who asks is told to come back, and nothing else."""
        def answer():
            told = ask()
            if told.status != 503:
                return told
            self.assertIn("retry-after", told.headers, told.text)
            return None
        return coordinator.await_that(answer, "an answer other than 503")

    def command(self, saga_id, name, body=None):
        return self.call("POST", f"/v1/sagas/{saga_id}/commands/{name}", {} if body is None else body)

    def stuck(self):
        """The id of a saga whose last step, past the pivot, is blocked."""
        self.shop.does("/send", stub_participant.answers(500))
        saga_id = self.started()
        self.until(saga_id, "stuck")
        return saga_id

    def refused(self, answer, status, kind, *says):
        """An RFC 9457 answer of that kind, whose detail says what to do."""
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(answer.body["type"], f"urn:sagad:problem:{kind}", answer.text)
        self.assertEqual(answer.body["status"], status)
        self.assertGreater(len(answer.body["detail"]), 10, answer.text)
        for one in says:
            self.assertIn(one, answer.body["detail"])
        return answer.body
