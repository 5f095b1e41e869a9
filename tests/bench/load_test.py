"""load_test.py BIN: what bench_load makes of answers that are late, wrong or never come, with a coordinator of the test's own.

Percentiles are held from below alone: a busy machine makes waits longer, and the moments at which starts are due stay what they are."""
import http.server
import json
import pathlib
import subprocess
import sys
import threading
import unittest

BIN = pathlib.Path()
COMPLETED = b'{"outcome":"completed"}'
STALL_SECONDS = 0.4
RATE = 200
COUNTED = ("--seconds", "60", "--count")


class coordinator(http.server.ThreadingHTTPServer):
    """`answers(number)` is called for each start, which it may keep waiting, and gives the answer's body."""

    daemon_threads = True

    def __init__(self, answers):
        self.answers, self.keys, self.guard = answers, [], threading.Lock()
        super().__init__(("127.0.0.1", 0), handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # the load has ended before its answer was there

    def begun(self, key):
        with self.guard:
            self.keys.append(key)
            return len(self.keys)


class handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer goes out whole

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = self.server.answers(self.server.begun(self.headers["Idempotency-Key"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Load(unittest.TestCase):
    def setUp(self):
        self.over = threading.Event()
        self.addCleanup(self.over.set)

    def load(self, answers, *more):
        """Of one connection, for one second; how it ended, and what it told."""
        self.served = coordinator(answers)
        self.addCleanup(self.served.server_close)
        self.addCleanup(self.served.shutdown)
        done = subprocess.run([BIN / "bench_load", "--url", f"http://127.0.0.1:{self.served.server_port}", "--connections", "1", "--seconds", "1",
                               "--warm-up", "0", *more], capture_output=True, text=True, timeout=60, check=False)
        told = json.loads(done.stdout)
        return done.returncode, told, {at: took for at, took in told["percentiles_ms"]}

    def stalls_at_first(self, number):
        if number == 1:
            self.over.wait(STALL_SECONDS)
        return COMPLETED

    def stays_away_after_the_first(self, number):
        if number > 1:
            self.over.wait()
        return COMPLETED

    def test_an_open_loop_tells_a_stall_by_each_start_that_was_due_in_it(self):
        ended, told, took = self.load(self.stalls_at_first, "--rate", str(RATE))
        self.assertEqual((ended, told["failed"]), (0, 0), told)
        # Two starts of five were due in the stall, and wait for what is left of it.
        self.assertGreaterEqual(took[75], 100)
        self.assertGreaterEqual(took[90], 200)
        self.assertGreaterEqual(took[100], 390)

    def test_a_closed_loop_tells_it_once(self):
        ended, told, took = self.load(self.stalls_at_first, *COUNTED, "200")
        self.assertEqual((ended, told["finished"]), (0, 200), told)
        self.assertGreaterEqual(took[100], 390)
        self.assertLess(took[50], took[100] / 2)

    def test_an_open_loop_counts_what_still_waits_when_its_time_is_over(self):
        ended, told, took = self.load(self.stays_away_after_the_first, "--rate", str(RATE))
        self.assertEqual((ended, told["finished"]), (0, 1), told)
        self.assertGreater(told["unanswered"], 1)
        self.assertGreaterEqual(took[50], 300)
        self.assertGreaterEqual(took[95], 800)

    def test_another_outcome_is_a_failure_and_told(self):
        ended, told, _ = self.load(lambda number: COMPLETED if number < 5 else b'{"outcome":"compensated"}', *COUNTED, "9")
        self.assertEqual((ended, told["finished"], told["failed"]), (1, 4, 5), told)
        self.assertIn("compensated", told["first_failure"])

    def test_each_start_has_a_key_of_its_own(self):
        for keys in ("counted", "random"):
            self.load(lambda _: COMPLETED, *COUNTED, "50", "--keys", keys)
            self.assertEqual(len(set(self.served.keys)), 50, keys)


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
