"""Clients that trickle, hang or go away."""

import socket
import unittest

import stub_participant
from coordinator import await_that, read_to_end
from shop import OPENED_BY_THE_JOURNAL, ORDER, RETRY, shop_case

# An undo that has all the time that it needs: here it is clients who go away, and nobody who gives up.
PATIENT = ORDER.replace(f", retry: {RETRY}", "", 1).replace("timeout: 10s", "timeout: 1s").replace("elapsed: 30s", "elapsed: 2s")


class slow_clients(shop_case):
    definitions = (PATIENT,)
    flags = (*shop_case.flags, "--request-time-max", "500ms", "--idle-time-max", "1s")

    def connect(self):
        peer = socket.create_connection(("127.0.0.1", self.sagad.port), timeout=30)
        self.addCleanup(peer.close)
        return peer

    def test_a_request_that_does_not_arrive_is_408_and_others_go_on(self):
        slow = [self.connect() for _ in range(50)]
        for peer in slow:
            peer.sendall(b"POST /v1/sagas HTTP/1.1\r\nHost: x\r\nX-")
        self.assertEqual(self.start(query="?wait=30s").status, 200)
        for peer in slow:
            got = read_to_end(peer)
            self.assertTrue(got.startswith(b"HTTP/1.1 408 "), got)

    def test_a_body_that_does_not_arrive_is_408(self):
        peer = self.connect()
        peer.sendall(b"POST /v1/sagas HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        got = read_to_end(peer)
        self.assertTrue(got.startswith(b"HTTP/1.1 408 "), got)
        self.assertIn(b"urn:sagad:problem:request-timeout", got)

    def test_a_batch_that_trickles_in_is_408_and_keeps_what_it_began(self):
        peer = self.connect()
        peer.settimeout(0.05)  # from one start to the next: never so long that nothing comes
        peer.sendall(b"POST /v1/sagas:batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                     b"Content-Type: application/x-ndjson\r\nIdempotency-Key: slowly\r\n\r\n")
        line = b'{"definition":"order","input":{"item":"a","quantity":1}}\n'
        got = b""
        for _ in range(200):
            try:
                peer.sendall(b"%x\r\n%s\r\n" % (len(line), line))
                got = peer.recv(4096)
                break
            except TimeoutError:
                continue
        self.assertTrue(got.startswith(b"HTTP/1.1 408 "), got)
        self.assertIn(b"less than 16384 bytes in 500 ms: collect it first", got)
        self.assertGreater(self.sagad.metric("sagad_sagas_started_total"), 0)

    def test_an_idle_connection_is_closed_without_a_word(self):
        self.assertEqual(read_to_end(self.connect()), b"")

    def test_clients_that_leave_while_they_wait_leave_nothing_behind(self):
        self.shop.does("/hold", stub_participant.never())
        quiet = self.sagad.descriptors()
        gone = [self.connect() for _ in range(50)]
        for peer in gone:
            peer.sendall(b"POST /v1/definitions/order/sagas?wait=30s HTTP/1.1\r\nHost: x\r\nContent-Length: 27\r\n\r\n"
                         b'{"item":"a","quantity":300}')
        await_that(lambda: self.sagad.metric("sagad_sagas_started_total") == 50, "50 starts")
        for peer in gone:
            peer.close()
        await_that(lambda: self.sagad.metric("sagad_sagas_live") == 0, "all final")
        await_that(lambda: self.sagad.metric("sagad_connections_open") == 1, "no connection but the one that asks")
        self.shop.close()  # connections to it end, too: what is open now is open for good
        await_that(lambda: self.sagad.descriptors() <= quiet + OPENED_BY_THE_JOURNAL, "descriptors back down")


if __name__ == "__main__":
    unittest.main()
