"""Answers that come later: by callback and by poll."""

import unittest

import stub_participant
from coordinator import await_that, send_raw
from shop import shop_case


class callbacks(shop_case):
    def accepted(self):
        """The id of a saga whose action was accepted, and the path of its callback."""
        self.shop.does("/bake", stub_participant.answers(202))
        saga_id = self.started("later", {})
        await_that(lambda: self.saga(saga_id)["steps"][0].get("action", {}).get("state") == "accepted", "accepted")
        url = self.shop.to("/bake")[-1].headers["saga-callback"]
        self.assertTrue(url.startswith("http://sagad.example/v1/callbacks/"), url)
        return saga_id, url.removeprefix("http://sagad.example")

    def late(self, path, outcome, body=None):
        return self.call("POST", path, body, {} if outcome is None else {"Saga-Outcome": outcome})

    def test_done_ends_the_step_and_the_same_again_is_204(self):
        saga_id, path = self.accepted()
        self.assertEqual(self.late(path, "done", {"bread": 1}).status, 204)
        self.until(saga_id, "completed")
        self.assertEqual(self.late(path, "done", {"bread": 1}).status, 204)
        self.refused(self.late(path, "rejected"), 409, "outcome-stands")
        self.assertEqual(self.saga(saga_id)["state"], "completed")

    def test_rejected_turns_back(self):
        saga_id, path = self.accepted()
        self.assertEqual(self.late(path, "rejected", {"reason": "no flour"}).status, 204)
        shown = self.until(saga_id, "compensated")
        self.assertEqual(shown["turned_back"]["step"], "bake")
        self.assertEqual(self.shop.to("/unbake"), [])

    def test_failed_is_unknown_and_asked_again(self):
        saga_id, path = self.accepted()
        self.shop.does("/bake", stub_participant.done())
        self.assertEqual(self.late(path, "failed").status, 204)
        self.until(saga_id, "completed")
        self.assertEqual(len(self.shop.to("/bake")), 2)

    def test_another_outcome_after_one_that_stands_is_409(self):
        self.call("PUT", "/v1/definitions/two", TWO)
        self.shop.does("/bake", stub_participant.answers(202))
        self.shop.does("/eat", stub_participant.answers(500))
        saga_id = self.started("two", {})
        await_that(lambda: self.saga(saga_id)["steps"][0].get("action", {}).get("state") == "accepted", "accepted")
        path = self.shop.to("/bake")[-1].headers["saga-callback"].removeprefix("http://sagad.example")
        self.assertEqual(self.late(path, "done").status, 204)
        self.refused(self.late(path, "rejected"), 409, "outcome-stands")
        self.assertEqual(self.late(path, "done").status, 204)
        self.until(saga_id, "stuck")
        self.shop.does("/eat", stub_participant.done())
        self.command(saga_id, "retry")
        self.until(saga_id, "completed")

    def test_after_the_end_it_is_410_or_says_what_stands(self):
        saga_id, path = self.accepted()
        self.assertEqual(self.command(saga_id, "resolve").status, 200)
        self.refused(self.late(path, "done"), 410, "no-longer-awaited")
        self.assertEqual(self.saga(saga_id)["state"], "resolved")

    def test_a_forged_or_altered_token_is_404(self):
        saga_id, path = self.accepted()
        token = path.rpartition("/")[2]
        altered = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:] for at in range(len(token))]
        for forged in [*altered, token + "A", token[:-1], "x", "A" * len(token), "%00" * 20, "a" * 4000]:
            self.refused(self.late(f"/v1/callbacks/{forged}", "done"), 404, "not-found")
        self.assertEqual(self.saga(saga_id)["state"], "running")
        self.assertEqual(self.late(path, "done").status, 204)
        self.until(saga_id, "completed")

    def test_without_an_outcome_or_with_a_body_that_is_not_json_it_is_400(self):
        saga_id, path = self.accepted()
        self.refused(self.late(path, None), 400, "invalid-argument", "Saga-Outcome")
        self.refused(self.late(path, "maybe"), 400, "invalid-argument", "Saga-Outcome")
        self.refused(self.late(path, "done", "{"), 400, "malformed")
        self.assertEqual(self.late(path, "done").status, 204)
        self.until(saga_id, "completed")

    def test_two_outcomes_in_one_answer_are_400_and_neither_is_taken(self):
        saga_id, path = self.accepted()
        for outcomes in (("done", "rejected"), ("rejected", "done"), ("failed", "")):
            said = "".join(f"Saga-Outcome: {one}\r\n" for one in outcomes)
            answer = send_raw(self.sagad.port, f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{said}Content-Length: 0\r\n\r\n".encode())
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
            self.assertIn(b"given twice and differs", answer)
        self.assertEqual(self.saga(saga_id)["state"], "running")
        twice = f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + "Saga-Outcome: done\r\n" * 2 + "Content-Length: 0\r\n\r\n"
        self.assertTrue(send_raw(self.sagad.port, twice.encode()).startswith(b"HTTP/1.1 204 "))
        self.until(saga_id, "completed")

    def test_the_token_stands_in_no_log_and_in_no_record(self):
        saga_id, path = self.accepted()
        token = path.rpartition("/")[2]
        self.late(path, "done")
        self.until(saga_id, "completed")
        shown = self.call("GET", f"/v1/sagas/{saga_id}").text + self.call("GET", f"/v1/sagas/{saga_id}/events").text
        self.assertNotIn(token, shown + self.sagad.log())

    def test_a_location_elsewhere_is_never_called_and_the_answer_is_none(self):
        elsewhere = stub_participant.participant()
        self.addCleanup(elsewhere.close)
        for location in (f"http://127.0.0.1:{elsewhere.port}/oven", f"//127.0.0.1:{elsewhere.port}/oven"):
            with self.subTest(location=location):
                self.shop.does("/bake", stub_participant.answers(202, headers=[f"Location: {location}", "Retry-After: 0"]))
                self.shop.does("/oven", stub_participant.done('{"bread":1}'))
                shown = self.until(self.started("polled", {}), "compensated")
                self.assertIn("Location", shown["turned_back"]["detail"])
        self.assertEqual(elsewhere.calls, [])
        self.assertEqual(self.shop.to("/oven"), [])
        self.assertEqual((len(self.shop.to("/bake")), len(self.shop.to("/unbake"))), (4, 2))

    def test_a_redirect_is_not_followed(self):
        elsewhere = stub_participant.participant()
        self.addCleanup(elsewhere.close)
        self.shop.does("/hold", stub_participant.answers(307, headers=[f"Location: http://127.0.0.1:{elsewhere.port}/hold"]))
        self.until(self.started(), "compensated")
        self.assertEqual(elsewhere.calls, [])


TWO = """
saga: two
steps:
  - step: bake
    participant: shop
    action: {post: /bake, timeout: 10s, answer: {within: 1h, by: callback}}
    compensation: {post: /unbake}
  - step: eat
    kind: retriable
    participant: shop
    action: {post: /eat, timeout: 10s, retry: {attempts: 2, elapsed: 30s, delay: 10ms, delay_max: 50ms, stuck_retry: 0s}}
"""

if __name__ == "__main__":
    unittest.main()
