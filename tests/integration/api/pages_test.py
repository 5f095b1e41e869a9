"""Records, probes, metrics, participants."""

import http.client
import json
import pathlib
import re
import unittest

import stub_participant
from shop import shop_case

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "golden" / "metrics_names.txt"


class pages(shop_case):
    def test_the_metrics_are_the_golden_ones(self):
        text = self.call("GET", "/metrics").text
        found = sorted(set(re.findall(r"^# TYPE (.+)$", text, re.MULTILINE)))
        self.assertEqual(found, GOLDEN.read_text().splitlines())
        for name in re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE):
            self.assertIn(f"# HELP {name} ", text)

    def test_counts_follow_what_happened(self):
        self.start(query="?wait=30s")
        self.shop.does("/pay", stub_participant.rejects())
        self.start(query="?wait=30s")
        metric = self.sagad.metric
        self.assertEqual(metric("sagad_sagas_started_total"), 2)
        self.assertEqual(metric('sagad_sagas_finished_total{outcome="completed"}'), 1)
        self.assertEqual(metric('sagad_sagas_finished_total{outcome="compensated"}'), 1)
        self.assertEqual(metric("sagad_calls_total"), 6)
        self.assertEqual(metric('sagad_answers_total{verdict="rejected"}'), 1)

    def test_probes_say_alive_and_ready(self):
        self.assertEqual(self.call("GET", "/healthz").body, {"status": "alive"})
        self.assertEqual(self.call("GET", "/readyz").body, {"status": "ready"})

    def test_the_records_of_a_saga_tell_its_course(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        answer = self.call("GET", f"/v1/sagas/{saga_id}/events")
        self.assertEqual(answer.status, 200)
        records = answer.body["records"] if isinstance(answer.body, dict) else answer.body
        self.assertEqual([one["seq"] for one in records], list(range(1, len(records) + 1)))
        for step in ("hold", "pay", "send"):
            self.assertIn(f'"{step}"', answer.text)

    def test_records_come_in_pages_that_name_the_next_one(self):
        saga_id = self.stuck()
        connection = http.client.HTTPConnection("127.0.0.1", self.sagad.port, timeout=60)
        self.addCleanup(connection.close)

        def asked(method, path, body=None):
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Link"), json.loads(answer.read())
        for number in range(1010):
            self.assertEqual(asked("POST", f"/v1/sagas/{saga_id}/commands/{('pause', 'resume')[number % 2]}", "{}")[0], 200)
        path = f"/v1/sagas/{saga_id}/events"
        status, link, page = asked("GET", path)
        self.assertEqual((status, len(page), page[0]["seq"]), (200, 1000, 1))
        self.assertEqual(link, f'<{path}?after=1000&limit=1000>; rel="next"')
        seen = page
        while link:
            _, link, page = asked("GET", re.match("<(.*)>", link).group(1))
            seen += page
        self.assertEqual([one["seq"] for one in seen], list(range(1, self.saga(saga_id)["seq"] + 1)))
        self.assertEqual([one["seq"] for one in asked("GET", f"{path}?after=7&limit=2")[2]], [8, 9])
        self.assertEqual(asked("GET", f"{path}?after=4294967295"), (200, None, []))
        self.command(saga_id, "resolve")

    def test_a_page_of_large_records_ends_before_it_gets_large_itself(self):
        kibibyte = 1 << 10
        for path in ("/hold", "/pay", "/send"):
            self.shop.does(path, stub_participant.done(json.dumps("x" * 600 * kibibyte)))
        saga_id = self.start(query="?wait=30s").body["id"]
        path, pages = f"/v1/sagas/{saga_id}/events", []
        while path:
            answer = self.call("GET", path)
            self.assertLessEqual(len(answer.text), 1 << 20)
            pages.append([one["seq"] for one in answer.body])
            link = answer.headers.get("Link")
            path = link and re.match("<(.*)>", link).group(1)
        self.assertEqual(pages, [[1, 2], [3], [4]])

    def test_bounds_and_unknown_parameters_of_records_are_400(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        for query in ("limit=0", "limit=1001", "limit=x", "limit=", "after=-1", "after=4294967296", "after=x", "before=3"):
            with self.subTest(query=query):
                self.refused(self.call("GET", f"/v1/sagas/{saga_id}/events?{query}"), 400, "invalid-argument", "after")

    def test_who_has_the_journal_alone_is_its_only_node_and_owns_all(self):
        one, = self.call("GET", "/v1/nodes").body["nodes"]
        self.assertEqual((one["name"], one["leaving"]), (f"sagad, process {self.sagad.process.pid}", False))
        self.assertEqual((one["address"], one["partitions"]), (f"127.0.0.1:{self.sagad.port}", list(range(256))))

    def test_participants_are_shown_with_their_health(self):
        self.start(query="?wait=30s")
        one, = self.call("GET", "/v1/participants").body["participants"]
        self.assertEqual((one["name"], one["circuit"], one["in_flight"]), ("shop", "closed", 0))
        self.assertEqual(one["endpoints"][0]["url"], f"http://127.0.0.1:{self.shop.port}")

    def test_a_healthy_saga_writes_no_log_line(self):
        before = self.sagad.log()
        for _ in range(20):
            self.start(query="?wait=30s")
        self.shop.does("/pay", stub_participant.rejects())
        self.start(query="?wait=30s")
        self.assertEqual(self.sagad.log(), before)


if __name__ == "__main__":
    unittest.main()
