"""All events: in pages, and as a stream that follows."""

import http.client
import json
import socket
import unittest

import stub_participant
from coordinator import PATIENCE_SECONDS, SANITIZED, await_that, coordinator
from roles_test import bearer, token_lines
from shop import INPUT_GOOD, ORDER, shop_case


class event_stream:
    """A client that follows. `take` gives the next event as (id, type, data); (id, None, None) where there is no data."""

    def __init__(self, port, query="", headers=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self.connection.request("GET", f"/v1/events{query}", headers={"Accept": "text/event-stream", **(headers or {})})
        self.answer = self.connection.getresponse()

    def lines(self):
        lines = []
        while True:
            line = self.answer.readline().decode()
            if not line:
                raise EOFError("the stream has ended")
            if line == "\n":
                return lines
            lines.append(line.rstrip("\n"))

    def take(self):
        while True:
            fields = dict(line.split(": ", 1) for line in self.lines() if not line.startswith(":"))
            if "id" in fields or "event" in fields:
                data = json.loads(fields["data"]) if "data" in fields else None
                return fields.get("id"), fields.get("event"), data

    def take_all(self, count):
        return [self.take() for _ in range(count)]

    def close(self):
        self.answer.close()
        self.connection.close()


def names(record):
    return [one["event"] for one in record["events"]]


class events(shop_case):
    def follow(self, query="", headers=None):
        stream = event_stream(self.sagad.port, query, headers)
        self.addCleanup(stream.close)
        return stream

    def pages(self, query=""):
        """All events there are, page by page."""
        found, after = [], ""
        while True:
            page = self.call("GET", f"/v1/events?{query}{after}").body
            found += page["events"]
            after = f"&after={page['next']}"
            if page["at_end"]:
                return found

    def finished(self, count):
        return [self.start(query="?wait=30s").body["id"] for _ in range(count)]

    def test_pages_give_every_record_once_in_order(self):
        sagas = self.finished(7)
        everything = self.pages()
        for limit in (1, 2, 5, 1000):
            self.assertEqual(self.pages(f"limit={limit}"), everything)
        for saga_id in sagas:
            own = self.call("GET", f"/v1/sagas/{saga_id}/events").body
            self.assertEqual([one for one in everything if one["saga"] == saga_id], own)
        self.assertEqual({one["saga"] for one in everything}, set(sagas))

    def test_a_stream_tells_what_was_there_and_what_comes(self):
        self.finished(2)
        before = self.pages()
        stream = self.follow()
        self.assertEqual(stream.answer.status, 200)
        self.assertEqual(stream.answer.headers["Content-Type"], "text/event-stream")
        self.assertEqual([data for _, _, data in stream.take_all(len(before))], before)
        self.finished(2)
        after = self.pages()[len(before):]
        self.assertEqual([data for _, _, data in stream.take_all(len(after))], after)

    def test_a_stream_goes_on_behind_the_last_id_that_was_seen(self):
        self.finished(3)
        told = self.follow().take_all(len(self.pages()))
        for at in (0, 4, len(told) - 2):
            again = self.follow(headers={"Last-Event-ID": told[at][0]})
            self.assertEqual(again.take_all(len(told) - at - 1), told[at + 1:])
            page = self.call("GET", f"/v1/events?after={told[at][0]}").body
            self.assertEqual(page["events"], [data for _, _, data in told[at + 1:]])

    def test_ids_are_good_after_a_restart(self):
        self.finished(2)
        told = self.follow().take_all(4)
        self.assertEqual(self.sagad.end(), 0)
        self.sagad.start()
        again = self.follow(headers={"Last-Event-ID": told[1][0]})
        self.assertEqual(again.take_all(2), told[2:])

    def test_after_now_passes_over_what_is_there(self):
        self.finished(1)
        stream = self.follow("?after=now")
        newer, = self.finished(1)
        self.assertEqual(stream.take()[2]["saga"], newer)

    def test_filters_leave_out_what_is_not_wanted(self):
        first, second = self.finished(2)
        keyed = self.start("keyed", query="?wait=30s&key=k").body["id"]
        self.assertEqual({one["saga"] for one in self.pages("definition=keyed")}, {keyed})
        self.assertEqual({one["saga"] for one in self.pages("definition=order@1")}, {first, second})
        self.assertEqual(self.pages("definition=order@2"), [])
        self.assertEqual([names(one) for one in self.pages("event=started")], [["started"]] * 3)
        self.assertEqual({one["saga"] for one in self.pages(f"saga={second}&event=finished")}, {second})
        stream = self.follow("?definition=keyed&event=finished")
        self.assertEqual(stream.take()[2]["saga"], keyed)

    def test_what_cannot_be_asked_is_said(self):
        for query in ("after=5", "after=", "limit=0", "limit=1001", "event=x", "saga=x", "what=1", "limit=1&limit=1", "definition="):
            with self.subTest(query=query):
                self.refused(self.call("GET", f"/v1/events?{query}"), 400, "invalid-argument")
        stream = self.call("GET", "/v1/events", headers={"Accept": "text/event-stream", "Last-Event-ID": "17"})
        self.refused(stream, 400, "invalid-argument", "Last-Event-ID")
        other = coordinator()
        self.addCleanup(other.remove)
        other.start()
        elsewhere = other.call("GET", "/v1/events").body["next"]
        self.refused(self.call("GET", f"/v1/events?after={elsewhere}"), 400, "invalid-argument", "this coordinator's journal")

    def test_a_shutdown_is_told_and_the_process_ends(self):
        stream = self.follow()
        self.assertEqual(self.sagad.end(), 0)
        _, kind, data = stream.take()
        self.assertEqual((kind, data["type"]), ("end", "urn:sagad:problem:draining"))
        self.assertRaises(EOFError, stream.lines)

    def test_a_client_that_leaves_gives_its_place_back(self):
        streams = [self.follow() for _ in range(5)]
        self.assertEqual(self.sagad.metric("sagad_event_streams"), 5)
        for stream in streams:
            stream.close()
        await_that(lambda: self.sagad.metric("sagad_event_streams") == 0, "no streams")


class few_streams(shop_case):
    flags = (*shop_case.flags, "--event-streams-max", "2")

    def test_one_stream_too_many_is_503_and_pages_go_on(self):
        streams = [event_stream(self.sagad.port) for _ in range(2)]
        for stream in streams:
            self.addCleanup(stream.close)
        refused = self.call("GET", "/v1/events", headers={"Accept": "text/event-stream"})
        self.refused(refused, 503, "overloaded", "(2)")
        self.assertIn("Retry-After", refused.headers)
        self.assertEqual(self.call("GET", "/v1/events").status, 200)
        streams[0].close()
        await_that(lambda: self.sagad.metric("sagad_event_streams") == 1, "a free place")
        streams.append(event_stream(self.sagad.port))
        self.addCleanup(streams[-1].close)
        self.assertEqual(streams[-1].answer.status, 200)


class slow_reader(shop_case):
    flags = (*shop_case.flags, "--write-time-max", "1s")

    def test_who_does_not_read_is_dropped_holds_nobody_up_and_goes_on_later(self):
        large = {"item": "x" * 500_000, "quantity": 1}
        peer = socket.socket()
        self.addCleanup(peer.close)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", self.sagad.port))
        peer.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
        self.assertTrue(peer.recv(10))
        quiet = None
        for number in range(60):
            self.assertEqual(self.start(given=large, query="?wait=30s").status, 200)
            if number == 20:
                quiet = self.sagad.rss_bytes()
        await_that(lambda: self.sagad.metric("sagad_connections_slow_total") == 1, "the slow reader dropped")
        await_that(lambda: self.sagad.metric("sagad_event_streams") == 0, "its place given back")
        if not SANITIZED:
            self.assertLess(self.sagad.rss_bytes() - quiet, 16 << 20)
        stream = event_stream(self.sagad.port)
        self.addCleanup(stream.close)
        self.assertEqual(sum(1 for _, _, data in stream.take_all(60 * 4) if "finished" in names(data)), 60)


class others_events(shop_case):
    configuration = token_lines()

    def setUp(self):
        super().setUp()
        plain = self.sagad.call
        self.plain = plain
        self.sagad.call = lambda method, path, body=None, headers=None: plain(method, path, body, {**bearer("reader"), **(headers or {})})

    def test_a_client_sees_the_events_of_what_it_started_alone(self):
        started = {role: self.plain("POST", "/v1/definitions/order/sagas?wait=30s", INPUT_GOOD, bearer(role)).body["id"]
                   for role in ("client", "neighbour", "developer")}
        for role in ("client", "neighbour"):
            page = self.plain("GET", "/v1/events", headers=bearer(role)).body
            self.assertEqual({one["saga"] for one in page["events"]}, {started[role]})
            stream = event_stream(self.sagad.port, headers=bearer(role))
            self.addCleanup(stream.close)
            self.assertEqual({data["saga"] for _, _, data in stream.take_all(len(page["events"]))}, {started[role]})
        self.assertEqual({one["saga"] for one in self.plain("GET", "/v1/events", headers=bearer("reader")).body["events"]},
                         set(started.values()))
        self.refused(self.plain("GET", "/v1/events?starter=a-neighbour", headers=bearer("client")), 403, "forbidden")
        self.refused(self.plain("GET", "/v1/events"), 401, "unauthorized")


if __name__ == "__main__":
    unittest.main()
