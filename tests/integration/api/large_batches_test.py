"""Batches as large as they may be, and larger: what a sanitizer takes minutes for, and what is about memory."""

import socket
import threading
import unittest

from batches_test import EMPTY, lines
from coordinator import PATIENCE_SECONDS, await_that
from shop import shop_case


def many(count):
    return [{"definition": "empty", "input": {"n": number}} for number in range(count)]


class large_batches(shop_case):
    definitions = (*shop_case.definitions, EMPTY)
    flags = (*shop_case.flags, "--body-bytes-max", "64KiB")

    def batch(self, items, key, headers=None):
        return self.call("POST", f"/v1/sagas:batch{key}", items, headers)

    def test_more_starts_than_a_batch_may_have_are_413(self):
        most = self.batch(lines(many(10_000)), "?key=most", {"Content-Type": "application/x-ndjson"})
        self.assertEqual((most.status, most.body["started"]), (200, 10_000))
        over = self.batch(lines(many(10_001)), "?key=most", {"Content-Type": "application/x-ndjson"})
        told = self.refused(over, 413, "body-too-large", "10000")
        self.assertEqual([one["saga"] for one in told["results"]], [one["saga"] for one in most.body["results"]])

    def test_a_start_beside_batches_is_answered_while_they_go_on(self):
        began, over = threading.Event(), []

        def send_many():
            for number in range(5):
                answer = self.batch(many(10_000), f"?key=beside-{number}")
                over.append(answer.body["started"])
                began.set()

        sender = threading.Thread(target=send_many)
        sender.start()
        self.addCleanup(sender.join)
        await_that(lambda: self.sagad.metric("sagad_sagas_started_total") > 0, "the first of them started")
        singles = 0
        while not over:
            self.assertEqual(self.start("empty", {}).status, 201)
            singles += 1
        sender.join()
        self.assertGreater(singles, 10, "single starts answered within one batch of 10,000")
        self.assertEqual(over, [10_000] * 5)

    def test_memory_does_not_grow_with_what_is_sent(self):
        self.batch(many(10_000), "?key=warm")
        quiet = self.sagad.rss_bytes()
        for number in range(5):
            self.batch([{"definition": "empty", "input": {"n": "x" * 500}} for _ in range(10_000)], f"?key=memory-{number}")
        await_that(lambda: self.sagad.metric("sagad_sagas_live") == 0, "all over")
        self.assertLess(self.sagad.rss_bytes() - quiet, 48 << 20)


class too_large(shop_case):
    flags = (*shop_case.flags, "--batch-bytes-max", "1MiB")

    def test_what_is_refused_early_is_told_also_to_who_sends_all_of_it_first(self):
        much = b" " * (40 << 20)
        self.refused(self.call("POST", "/v1/sagas:batch", b"[" + much), 413, "body-too-large", str(1 << 20))
        self.refused(self.call("POST", "/v1/sagas:batch", b"a,b" + much, {"Content-Type": "text/csv"}), 415, "unsupported-media")
        self.refused(self.call("POST", "/v1/definitions/order/sagas", b"[" + much), 413, "body-too-large")

    def test_nobody_is_read_for_ever_who_was_refused(self):
        peer = socket.create_connection(("127.0.0.1", self.sagad.port), timeout=PATIENCE_SECONDS)
        self.addCleanup(peer.close)
        peer.sendall(b"POST /v1/sagas:batch HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        sent, piece = 0, b" " * (1 << 20)
        with self.assertRaises(OSError):
            while True:
                sent += peer.send(piece)
        self.assertGreater(sent, 64 << 20)
        self.assertLess(sent, 128 << 20, "64 MiB, and what the sockets hold")


if __name__ == "__main__":
    unittest.main()
