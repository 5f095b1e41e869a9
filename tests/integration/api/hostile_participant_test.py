"""Participants that answer garbage, without end, or never: an unknown outcome, and nothing kept."""

import unittest

import stub_participant
from coordinator import await_that
from shop import GIVES_UP, HURRIED, OPENED_BY_THE_JOURNAL, shop_case

MIB = 1 << 20


class hostile_participants(shop_case):
    definitions = (*shop_case.definitions, HURRIED, GIVES_UP)

    def gives_up_and_undoes(self, definition="order"):
        answer = self.start(definition, query="?wait=50s")
        self.assertEqual((answer.status, answer.body["state"]), (200, "compensated"), answer.text)
        self.assertEqual(len(self.shop.to("/hold")), 2)
        self.assertEqual(len(self.shop.to("/unhold")), 1)
        self.assertEqual(self.sagad.metric('sagad_answers_total{verdict="unknown"}'), 2)

    def test_garbage_is_unknown_and_undone(self):
        self.shop.does("/hold", stub_participant.sends(b"\x00\xff\x16garbage\r\n\r\n\r\n" * 40))
        self.gives_up_and_undoes()

    def test_a_body_that_is_not_json_is_unknown_and_undone(self):
        self.shop.does("/hold", stub_participant.answers(200, "<html>"))
        self.gives_up_and_undoes()

    def test_what_a_failure_says_is_shown_within_its_bounds(self):
        burns = '{"type":"urn:x","detail":"the disk \\u001b[2J burns"}'
        for number, (code, body, words) in enumerate((
                (400, burns, ": the disk ?[2J burns"), (404, "who are\nyou?", ": who are you?"), (500, burns, ": the disk ?[2J burns"),
                (500, '{"detail":"' + "\u20ac" * 700 + '"}', ": " + "\u20ac" * 79), (503, "{}", ""))):
            with self.subTest(code=code, body=body[:40]):
                self.shop.does("/hold", stub_participant.answers(code, body))
                answer = self.start(query="?wait=50s")
                self.assertEqual((answer.status, answer.body["state"]), (200, "compensated"), answer.text)
                self.assertEqual(answer.body["turned_back"]["detail"], f"shop answered {code}{words}")
                self.assertLessEqual(len(answer.body["turned_back"]["detail"].encode()), 256)

    def test_a_cut_answer_is_unknown_and_undone(self):
        self.shop.does("/hold", stub_participant.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"))
        self.gives_up_and_undoes()

    def test_a_closed_connection_is_unknown_and_undone(self):
        self.shop.does("/hold", stub_participant.cut())
        self.gives_up_and_undoes()

    def test_headers_without_end_are_unknown_and_undone(self):
        self.shop.does("/hold", stub_participant.sends(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200_000))
        self.gives_up_and_undoes()

    def test_no_answer_is_unknown_and_undone(self):
        self.shop.does("/hold", stub_participant.never())
        self.gives_up_and_undoes("hurried")

    def test_100_mib_are_unknown_and_do_not_stay_in_memory(self):
        self.start(query="?wait=30s")
        self.shop.calls.clear()
        before = self.sagad.rss_bytes()
        self.shop.does("/hold", stub_participant.endless(100 * MIB))
        self.gives_up_and_undoes()
        self.assertLess(self.sagad.rss_bytes() - before, 16 * MIB)

    def test_many_at_once_leave_no_connection_and_no_memory(self):
        quiet = self.sagad.descriptors()
        self.shop.does("/hold", stub_participant.endless(4 * MIB))
        begun = [self.started() for _ in range(60)]
        for saga_id in begun:
            self.until(saga_id, "compensated")
        self.shop.does("/hold", stub_participant.done())
        await_that(lambda: self.sagad.metric("sagad_calls_open") == 0, "no call open")
        self.shop.close()  # idle connections end, too: what is open now is open for good
        await_that(lambda: self.sagad.descriptors() <= quiet + OPENED_BY_THE_JOURNAL, "descriptors back down")
        self.assertLess(self.sagad.rss_bytes(), 256 * MIB)

    def test_a_participant_that_is_away_is_not_sent_and_nothing_is_undone(self):
        self.shop.close()
        answer = self.start("gives_up", query="?wait=50s")
        self.assertEqual((answer.status, answer.body["state"]), (200, "compensated"), answer.text)
        self.assertEqual(answer.body["steps"][0]["state"], "never_sent")
        self.assertEqual(self.sagad.metric('sagad_answers_total{verdict="unknown"}'), 0)


if __name__ == "__main__":
    unittest.main()
