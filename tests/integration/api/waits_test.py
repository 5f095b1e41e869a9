"""201, 200 and 202: what a start answers, and when."""

import threading
import unittest

import stub_participant
from coordinator import await_that
from shop import INPUT_GOOD, shop_case


class waits(shop_case):
    def test_a_start_without_wait_is_201_and_says_where_it_is(self):
        answer = self.start()
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.headers["Location"], f"/v1/sagas/{answer.body['id']}")
        self.assertEqual(answer.headers["Saga-State"], answer.body["state"])
        self.assertRegex(answer.headers["Saga-Position"], r"^\d+-\d+$")

    def test_final_within_wait_is_200_with_its_outcome(self):
        answer = self.start(query="?wait=30s")
        self.assertEqual((answer.status, answer.body["state"], answer.body["outcome"]), (200, "completed", "completed"))
        self.assertEqual(answer.headers["Saga-State"], "completed")
        self.shop.does("/pay", stub_participant.rejects())
        answer = self.start(query="?wait=30s")
        self.assertEqual((answer.status, answer.body["outcome"]), (200, "compensated"))
        self.assertEqual(answer.body["turned_back"]["step"], "pay")

    def test_not_final_in_time_is_202_with_where_it_is(self):
        self.shop.does("/send", stub_participant.answers(500))
        answer = self.start(query="?wait=50ms", headers={"Idempotency-Key": "slow"})
        self.assertEqual(answer.status, 202)
        saga_id = answer.body["id"]
        self.until(saga_id, "stuck")
        again = self.start(query="?wait=50ms", headers={"Idempotency-Key": "slow"})
        self.assertEqual((again.status, again.body["id"], again.headers["Saga-State"]), (202, saga_id, "stuck"))
        self.shop.does("/send", stub_participant.done())
        self.command(saga_id, "retry")
        again = self.start(query="?wait=30s", headers={"Idempotency-Key": "slow"})
        self.assertEqual((again.status, again.body["state"]), (200, "completed"))

    def test_wait_in_the_body_and_zero_and_past_the_limit_are_taken(self):
        whole = {"definition": "order", "input": INPUT_GOOD}
        self.assertEqual(self.call("POST", "/v1/sagas", {**whole, "wait": "30s"}).status, 200)
        self.assertEqual(self.start(query="?wait=0s").status, 201)
        self.assertEqual(self.start(query="?wait=8000h").status, 200)

    def test_a_wait_without_unit_is_400(self):
        for wait in ("10", "-1s", "s", "", "1d1", "99999999999999999999s"):
            with self.subTest(wait=wait):
                self.refused(self.start(query=f"?wait={wait}"), 400, "invalid-argument", "duration")
                self.refused(self.call("GET", f"/v1/sagas/{'0' * 26}?wait={wait}"), 400, "invalid-argument", "duration")

    def test_a_long_poll_ends_with_the_saga(self):
        freed = threading.Event()

        def wait_for_it(peer, _):
            freed.wait(30)
            peer.sendall(stub_participant.status(200))
        self.sagad.call("PUT", "/v1/definitions/patient", PATIENT)
        self.shop.does("/patient", wait_for_it)
        saga_id = self.started("patient", {})
        got = []
        polling = threading.Thread(target=lambda: got.append(self.call("GET", f"/v1/sagas/{saga_id}?wait=30s")))
        polling.start()
        await_that(lambda: self.sagad.metric("sagad_requests_waiting") == 1, "the poll waiting")
        freed.set()
        polling.join()
        self.assertEqual((got[0].status, got[0].body["state"]), (200, "completed"))


PATIENT = """
saga: patient
steps:
  - step: wait
    participant: shop
    action: {post: /patient, timeout: 60s, retry: {attempts: 1, elapsed: 70s}}
    compensation: none
"""

if __name__ == "__main__":
    unittest.main()
