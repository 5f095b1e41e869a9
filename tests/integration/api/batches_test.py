"""Many starts in one request."""

import json
import socket
import unittest

import stub_participant
from coordinator import PATIENCE_SECONDS, await_that, read_to_end
from roles_test import bearer, token_lines
from shop import INPUT_GOOD, shop_case

# Nothing is called for it, so that many of them are soon over.
EMPTY = """
saga: empty
steps:
  - step: never
    participant: shop
    when: "${false}"
    action: {post: /never}
    compensation: none
"""
START = {"definition": "order", "input": INPUT_GOOD}


def lines(items):
    return "".join(json.dumps(one) + "\n" for one in items)


class batches(shop_case):
    definitions = (*shop_case.definitions, EMPTY)
    flags = (*shop_case.flags, "--body-bytes-max", "64KiB")

    def batch(self, items, key="", headers=None):
        return self.call("POST", f"/v1/sagas:batch{key}", items, headers)

    def many(self, count):
        return [{"definition": "empty", "input": {"n": number}} for number in range(count)]

    def test_each_start_is_answered_in_its_order_as_an_array_and_as_lines(self):
        answer = self.batch([START, {"definition": "keyed", "key": "own", "input": INPUT_GOOD}, START], "?key=first")
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual({name: answer.body[name] for name in ("items", "started", "repeated", "refused")},
                         {"items": 3, "started": 3, "repeated": 0, "refused": 0})
        self.assertEqual([(one["item"], one["status"], one["key"]) for one in answer.body["results"]],
                         [(0, 201, "first/0"), (1, 201, "own"), (2, 201, "first/2")])
        for one in answer.body["results"]:
            self.until(one["saga"], "completed")
        again = self.batch(lines([START, {"definition": "keyed", "key": "own", "input": INPUT_GOOD}, START]), "?key=first",
                           {"Content-Type": "application/x-ndjson"})
        self.assertEqual([(one["status"], one["saga"]) for one in again.body["results"]],
                         [(200, one["saga"]) for one in answer.body["results"]])
        self.assertEqual(again.body["repeated"], 3)
        self.assertEqual(self.sagad.metric("sagad_sagas_started_total"), 3)

    def test_what_one_start_is_refused_for_holds_up_no_other(self):
        items = [START, 5, {"definition": "nobody"}, {"definition": "order", "input": {"item": 1}}, {**START, "wait": "1s"},
                 {**START, "key": "a/b"}, {**START, "colour": "red"}, {**START, "key": "taken"},
                 {**START, "key": "taken", "labels": {"a": "b"}}, START]
        answer = self.batch(items, headers={"Idempotency-Key": "b"})
        told = answer.body["results"]
        self.assertEqual([one["status"] for one in told], [201, 400, 404, 422, 400, 400, 400, 201, 409, 201])
        self.assertEqual([one["item"] for one in told], list(range(len(items))))
        self.assertEqual(told[3]["problem"]["type"], "urn:sagad:problem:invalid-input")
        self.assertTrue(told[3]["problem"]["errors"])
        self.assertEqual(told[8]["problem"]["saga"], told[7]["saga"])
        self.assertEqual((answer.body["started"], answer.body["refused"]), (3, 7))

    def test_starts_past_the_most_unfinished_sagas_are_429_each_and_taken_when_there_is_room(self):
        self.sagad.end()
        self.sagad.flags = [flag if flag != "2" else "1" for flag in self.sagad.flags] + ["--live-sagas-max", "2"]
        self.sagad.start()
        self.shop.does("/bake", stub_participant.answers(202))
        items = [{"definition": "later", "input": {}, "key": f"k-{number}"} for number in range(4)]
        told = self.batch(items).body
        self.assertEqual(([one["status"] for one in told["results"]], told["started"], told["refused"]), ([201, 201, 429, 429], 2, 2))
        self.take_back(told["results"][:2])
        again = self.batch(items[2:]).body["results"]
        self.assertEqual([one["status"] for one in again], [201, 201])
        self.take_back(again)

    def take_back(self, results):
        for one in results:
            self.assertEqual(self.call("POST", f"/v1/sagas/{one['saga']}/cancel", {}).status, 200)
            self.until(one["saga"], "compensated")

    def test_each_start_has_a_key(self):
        told = self.batch([START, {**START, "key": "k"}]).body["results"]
        self.assertEqual([one["status"] for one in told], [422, 201])
        self.assertEqual(told[0]["problem"]["type"], "urn:sagad:problem:key-required")
        self.assertEqual(self.batch([START], "?key=" + "k" * 117).body["started"], 1)
        self.refused(self.batch([START], "?key=" + "k" * 118), 400, "invalid-argument", "117")

    def test_a_body_that_is_none_is_refused_and_what_was_begun_is_told(self):
        for text in ("", "{}", "5", "[", "[]]"):
            with self.subTest(text=text):
                self.refused(self.batch(text), 400, "malformed", "array")
        answer = self.batch(f"[{json.dumps(START)} {json.dumps(START)}]", "?key=broken")
        told = self.refused(answer, 400, "malformed")
        self.assertEqual([one["status"] for one in told["results"]], [201])
        self.refused(self.batch("a,b\n", headers={"Content-Type": "text/csv"}), 415, "unsupported-media", "ndjson")
        self.assertEqual(self.batch("[]").body, {"items": 0, "started": 0, "repeated": 0, "refused": 0, "results": []})

    def test_a_start_that_is_too_large_is_413(self):
        large = {**START, "input": {"item": "x" * (64 << 10), "quantity": 1}}
        self.refused(self.batch([START, large], "?key=l"), 413, "body-too-large", "65536")

    def test_a_batch_that_is_cut_off_has_started_what_came(self):
        peer = socket.create_connection(("127.0.0.1", self.sagad.port), timeout=PATIENCE_SECONDS)
        self.addCleanup(peer.close)
        body = lines(self.many(50)).encode()
        peer.sendall(b"POST /v1/sagas:batch?key=cut HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n" + f"{len(body):x}\r\n".encode() + body + b"\r\n")
        await_that(lambda: self.sagad.metric("sagad_sagas_started_total") == 50, "what came is started")
        peer.close()
        again = self.batch(self.many(50), "?key=cut")
        self.assertEqual((again.body["started"], again.body["repeated"]), (0, 50))


class few_batches(shop_case):
    flags = (*shop_case.flags, "--batches-max", "1", "--request-time-max", "5s", "--batch-bytes-max", "1MiB")

    def test_a_body_past_its_limit_is_413_whether_its_length_is_said_or_not(self):
        self.assertEqual(self.call("POST", "/v1/sagas:batch", "[" + " " * ((1 << 20) - 2) + "]").status, 200)
        self.refused(self.call("POST", "/v1/sagas:batch", "[" + " " * (1 << 20)), 413, "body-too-large", str(1 << 20))
        peer = socket.create_connection(("127.0.0.1", self.sagad.port), timeout=PATIENCE_SECONDS)
        self.addCleanup(peer.close)
        piece = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        peer.sendall(b"POST /v1/sagas:batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + piece * 33)
        self.assertTrue(read_to_end(peer).startswith(b"HTTP/1.1 413 "))

    def test_one_batch_too_many_is_503_and_one_that_stops_coming_is_408(self):
        peer = socket.create_connection(("127.0.0.1", self.sagad.port), timeout=PATIENCE_SECONDS)
        self.addCleanup(peer.close)
        peer.sendall(b"POST /v1/sagas:batch HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[")
        await_that(lambda: self.sagad.metric("sagad_batches_open") == 1, "the first one's place taken")
        answer = self.call("POST", "/v1/sagas:batch", [])
        self.refused(answer, 503, "overloaded")
        self.assertIn("Retry-After", answer.headers)
        self.assertTrue(read_to_end(peer).startswith(b"HTTP/1.1 408 "))
        self.assertEqual(self.sagad.metric("sagad_batches_open"), 0)
        self.assertEqual(self.call("POST", "/v1/sagas:batch", []).status, 200)


class who_may(shop_case):
    configuration = token_lines()

    def setUp(self):
        super().setUp()
        self.plain = self.sagad.call
        self.sagad.call = lambda method, path, body=None, headers=None: self.plain(method, path, body, {**bearer("reader"), **(headers or {})})

    def test_a_client_starts_in_a_batch_what_it_may_start(self):
        inline = {"definition": {"steps": [{"step": "a", "participant": "shop", "action": {"post": "/a"}, "compensation": "none"}]}}
        items = [START, {**START, "definition": "keyed"}, inline]
        as_client = self.plain("POST", "/v1/sagas:batch?key=a", items, bearer("client")).body["results"]
        self.assertEqual([one["status"] for one in as_client], [201, 403, 403])
        as_developer = self.plain("POST", "/v1/sagas:batch?key=b", items, bearer("developer")).body["results"]
        self.assertEqual([one["status"] for one in as_developer], [201, 201, 201])
        self.refused(self.plain("POST", "/v1/sagas:batch?key=c", items, bearer("reader")), 403, "forbidden")
        self.refused(self.plain("POST", "/v1/sagas:batch?key=c", items), 401, "unauthorized")


if __name__ == "__main__":
    unittest.main()
