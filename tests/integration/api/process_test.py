"""The process: its beginning, its ends, and what a sudden one keeps."""

import base64
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import threading
import unittest

import stub_participant
from coordinator import PATIENCE_SECONDS, await_that
from shop import GIVES_UP, LATER, shop_case


class process(shop_case):
    def test_a_second_one_on_the_same_journal_ends_and_names_the_first(self):
        second = subprocess.run(self.sagad.command(listen="127.0.0.1:0"), capture_output=True, text=True,
                                timeout=PATIENCE_SECONDS)
        self.assertEqual(second.returncode, 1)
        self.assertIn(str(self.sagad.process.pid), second.stderr + second.stdout)
        self.assertIn("end that one first, or name another folder with --journal", second.stderr + second.stdout)
        self.assertEqual(self.start(query="?wait=30s").status, 200)

    def test_a_folder_of_something_else_is_no_journals(self):
        other = self.sagad.folder / "other"
        (other / "photos").mkdir(parents=True)
        command = self.sagad.command(listen="127.0.0.1:0", journal=f"log:{other}")
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(f"{other} holds no journal, but `photos`: name a folder that is empty, or not there yet, with "
                      "--journal", ended.stderr)
        self.assertEqual([one.name for one in other.iterdir()], ["photos"])

    def test_what_the_configuration_names_may_be_in_the_journals_folder_before_it(self):
        self.sagad.end()
        folder = self.sagad.folder / "mounted"
        (folder / "lost+found").mkdir(parents=True)
        (folder / "old").mkdir()
        port_file = folder / "port"
        port_file.touch()
        command = self.sagad.command("--archive", str(folder / "old" / "sagas"), "--port-file", str(port_file),
                                     journal=f"log:{folder}")
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            await_that(lambda: process.poll() is not None or port_file.read_text(), "sagad listening")
            process.terminate()
            self.assertEqual(process.wait(PATIENCE_SECONDS), 0)
        self.assertTrue((folder / "old" / "sagas").is_dir())

    def test_an_address_that_is_taken_is_named(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(self.sagad.command(listen=address, journal="memory:"), capture_output=True,
                               text=True, timeout=PATIENCE_SECONDS)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(f"{address} (another process has that port: end it, or take another one)", ended.stderr)
        new = self.sagad.folder / "new"
        ended = subprocess.run(self.sagad.command(listen=address, journal=f"log:{new}"), capture_output=True,
                               text=True, timeout=PATIENCE_SECONDS)
        self.assertEqual(ended.returncode, 1)
        self.assertFalse(new.exists(), "a first start that fails leaves no journal behind")

    def test_mistakes_in_the_definitions_of_a_first_start_leave_no_journal_behind(self):
        (self.sagad.folder / "definitions" / "bad.yaml").write_text("saga: bad\nsteps: 7\n")
        new = self.sagad.folder / "new"
        ended = subprocess.run(self.sagad.command(listen="127.0.0.1:0", journal=f"log:{new}"), capture_output=True,
                               text=True, timeout=PATIENCE_SECONDS)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("bad.yaml:2:", ended.stderr)
        self.assertFalse(new.exists())

    def test_a_first_start_that_was_cut_off_among_its_definitions_is_ended_by_the_next(self):
        self.sagad.end()
        stored = self.sagad.folder / "journal" / "definitions.log"
        first = int.from_bytes(stored.read_bytes()[8:12], "little")  # bytes of the first, docs/log-format.md
        os.truncate(stored, first)
        (self.sagad.folder / "journal" / "lock").unlink()
        self.sagad.start()
        self.assertEqual(self.start("later").status, 201)
        self.assertNotIn("differs", self.sagad.log())

    def test_once_a_saga_has_begun_what_is_new_in_the_folder_is_a_warning(self):
        self.start(query="?wait=30s")
        self.sagad.end()
        (self.sagad.folder / "definitions" / "other.yaml").write_text(LATER + "description: another one\n")
        (self.sagad.folder / "definitions" / "new.yaml").write_text(LATER.replace("saga: later", "saga: newer"))
        self.sagad.start()
        self.assertEqual(self.call("GET", "/v1/definitions/newer").status, 404)
        told = self.sagad.log()
        self.assertIn("new.yaml is not taken, as sagas have begun without it: `sagactl definitions apply` adds `newer`", told)
        self.assertIn("other.yaml differs from what the journal holds as the newest `later`", told)

    def test_a_journal_in_memory_is_not_said_to_be_kept(self):
        self.sagad.end()
        self.sagad.journal = "memory:"
        self.sagad.start()
        self.assertEqual(self.sagad.end(), 0)
        self.assertIn("drained; the journal was in memory and is gone", self.sagad.log())

    def restart_with_descriptors(self, soft, hard, *more):
        """Ends it and starts it again under limits of open files."""
        self.sagad.end()
        self.sagad.flags += more
        self.sagad.start(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))

    def test_the_soft_limit_of_open_files_is_raised_to_the_hard_one(self):
        self.restart_with_descriptors(64, 4096, "--connections-max", "1000")
        limits = pathlib.Path(f"/proc/{self.sagad.process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max open files +4096 +4096 ")
        self.assertNotIn("limit of open files", self.sagad.log())

    def test_more_idle_clients_than_there_are_descriptors_cost_only_themselves(self):
        self.restart_with_descriptors(600, 600)
        idle = []
        for _ in range(700):
            idle.append(socket.create_connection(("127.0.0.1", self.sagad.port), timeout=30))
            self.addCleanup(idle[-1].close)
        served = http.client.HTTPConnection("127.0.0.1", self.sagad.port)
        served.sock = idle[0]
        for _ in range(60):
            # Several segments of the journal, however that packs it.
            large = {"item": base64.b64encode(os.urandom(150_000)).decode(), "quantity": 1}
            served.request("POST", "/v1/definitions/order/sagas?wait=30s", json.dumps(large))
            got = served.getresponse()
            got.read()
            self.assertEqual(got.status, 200)
        self.assertRegex(self.sagad.log(), r"connections_max is \d+ instead of 10000")
        for peer in idle:
            peer.close()
        await_that(lambda: self.start(query="?wait=30s").status == 200, "clients served again")

    def test_a_limit_of_open_files_that_leaves_clients_nothing_is_refused_with_what_to_do(self):
        self.sagad.end()
        ended = subprocess.run(self.sagad.command(), capture_output=True, text=True, timeout=PATIENCE_SECONDS,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300)))
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(ended.stderr, r"limit of open files is 300, and at least \d+ are needed.*ulimit -n \d+")

    def test_limits_hold_for_all_reactors_together(self):
        self.sagad.end()
        self.sagad.flags = [flag if flag != "2" else "4" for flag in self.sagad.flags] + ["--connections-max", "5"]
        self.sagad.start()
        peers = [socket.create_connection(("127.0.0.1", self.sagad.port), timeout=30) for _ in range(24)]
        answers = []
        for peer in peers:
            self.addCleanup(peer.close)
            try:
                peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                answers.append(peer.recv(15))
            except ConnectionResetError:
                answers.append(b"")
        self.assertEqual(answers.count(b"HTTP/1.1 200 OK"), 5, answers)
        for peer in peers:
            peer.close()
        await_that(lambda: self.call("GET", "/healthz").status == 200, "connections free again")

    def test_starts_past_the_most_unfinished_sagas_are_429_until_one_is_over(self):
        self.sagad.end()
        self.sagad.flags = [flag if flag != "2" else "1" for flag in self.sagad.flags] + ["--live-sagas-max", "2"]
        self.sagad.start()
        self.shop.does("/bake", stub_participant.answers(202))
        first, second = (self.started("later", {}) for _ in range(2))
        self.refused(self.start("later", {}, headers={"Idempotency-Key": "c"}), 429, "too-many-requests", "key")
        self.assertEqual(self.start("later", {}, headers={"Idempotency-Key": "c"}).headers["Retry-After"], "1")
        self.assertEqual(self.call("GET", "/v1/sagas?key=c").body["sagas"], [])
        self.assertEqual(self.call("POST", f"/v1/sagas/{first}/cancel", {}).status, 200)
        self.until(first, "compensated")
        again = self.start("later", {}, headers={"Idempotency-Key": "c"})
        self.assertEqual(again.status, 201)
        for saga_id in (second, again.body["id"]):
            self.call("POST", f"/v1/sagas/{saga_id}/cancel", {})
            self.until(saga_id, "compensated")

    def test_a_terminal_that_is_closed_ends_it_as_sigterm_does(self):
        self.sagad.process.send_signal(signal.SIGHUP)
        self.assertEqual(self.sagad.process.wait(PATIENCE_SECONDS), 0)
        self.assertIn("drained", self.sagad.log())

    def test_who_ignores_a_closed_terminal_goes_on(self):
        self.sagad.end()
        self.sagad.start(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.sagad.process.send_signal(signal.SIGHUP)
        self.until(self.started(), "completed")
        self.sagad.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.sagad.process.wait(PATIENCE_SECONDS), 0)

    def test_sigterm_drains_open_exchanges_and_ends_with_0(self):
        freed = threading.Event()
        self.addCleanup(freed.set)
        self.shop.does("/hold", stub_participant.holds(freed))
        saga_id = self.started()
        await_that(lambda: self.shop.to("/hold"), "the call")
        self.sagad.process.send_signal(signal.SIGTERM)
        await_that(lambda: "draining" in self.sagad.log(), "the drain")
        freed.set()
        self.assertEqual(self.sagad.process.wait(PATIENCE_SECONDS), 0)
        self.assertEqual(len(self.shop.to("/hold")), 1)
        self.sagad.start()
        self.until(saga_id, "completed")
        self.assertEqual(len(self.shop.to("/hold")), 1)

    def drains(self, behaviour=stub_participant.never()):
        """A drain that waits for an open exchange."""
        self.shop.does("/hold", behaviour)
        before = len(self.shop.to("/hold"))  # of those who drained earlier
        self.started()
        await_that(lambda: len(self.shop.to("/hold")) > before, "the call")
        self.sagad.process.send_signal(signal.SIGTERM)
        await_that(lambda: "draining" in self.sagad.log(), "the drain")

    def test_a_second_signal_ends_at_once_with_130(self):
        for second in (signal.SIGTERM, signal.SIGINT):
            self.drains()
            self.sagad.process.send_signal(second)
            self.assertEqual(self.sagad.process.wait(PATIENCE_SECONDS), 130)
            self.sagad.remove_log()
            self.shop.does("/hold", stub_participant.done())
            self.sagad.start()

    def test_whoever_drains_is_not_ready(self):
        open_before = http.client.HTTPConnection("127.0.0.1", self.sagad.port)
        open_before.request("GET", "/readyz")
        self.assertEqual(open_before.getresponse().read(), b'{"status":"ready"}')
        freed = threading.Event()
        self.addCleanup(freed.set)
        self.drains(stub_participant.holds(freed))
        open_before.request("GET", "/readyz")
        got = open_before.getresponse()
        self.assertEqual((got.status, json.loads(got.read())["type"]), (503, "urn:sagad:problem:draining"))
        open_before.close()
        freed.set()
        self.assertEqual(self.sagad.process.wait(PATIENCE_SECONDS), 0)

    def test_a_second_signal_ends_a_process_that_waits_for_a_name_at_its_end(self):
        self.start_where_some_names_are_not_answered_for(lambda text: text.replace("http://127.0.0.1", "http://shop.example"))
        self.started()
        await_that(lambda: "a name is asked for" in self.sagad.log(), "the call")
        self.sagad.process.send_signal(signal.SIGTERM)
        await_that(lambda: re.search("drained;|were still open", self.sagad.log()), "the end of the drain")
        self.sagad.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.sagad.process.wait(PATIENCE_SECONDS), 130)

    def test_a_name_that_nobody_answers_for_holds_up_no_other(self):
        reactors = self.sagad.flags.index("--reactors") + 1
        self.sagad.flags[reactors] = "1"
        self.start_where_some_names_are_not_answered_for(
            lambda text: text.replace("http://127.0.0.1", "http://localhost") + "  away: {endpoints: ['http://away.example:80']}\n")
        text = GIVES_UP.replace("saga: gives_up", "saga: gone").replace("participant: shop", "participant: away")
        self.assertEqual(self.call("PUT", "/v1/definitions/gone", text).status, 200)
        gone = self.started("gone")
        await_that(lambda: "a name is asked for" in self.sagad.log(), "the call")
        answer = self.start(query="?wait=30s")
        self.assertEqual(answer.body["state"], "completed", answer.text)
        self.until(gone, "compensated")

    def start_where_some_names_are_not_answered_for(self, configured):
        """Those below .example."""
        self.sagad.end()
        file = self.sagad.folder / "sagad.yaml"
        file.write_text(configured(file.read_text()))
        self.sagad.remove_log()
        self.sagad.start(lambda: os.environ.update(LD_PRELOAD=os.environ["SLOW_NAMES"],
                                                   ASAN_OPTIONS="verify_asan_link_order=0"))

    def test_a_port_file_that_cannot_be_written_ends_it_with_one_line(self):
        self.sagad.end()
        for _ in range(20):
            ended = subprocess.run(self.sagad.command("--port-file", "/nowhere/port", listen="127.0.0.1:0"),
                                   capture_output=True, text=True, timeout=PATIENCE_SECONDS)
            self.assertEqual(ended.returncode, 1, ended.stderr)
            self.assertIn("cannot write the port file /nowhere/port", ended.stderr)

    def test_sigterm_with_clients_that_wait_ends_with_0_and_answers_them(self):
        self.shop.does("/send", stub_participant.answers(500))
        saga_id = self.started()
        self.until(saga_id, "stuck")
        got = []
        waiting = threading.Thread(target=lambda: got.append(self.call("GET", f"/v1/sagas/{saga_id}?wait=60s")))
        waiting.start()
        await_that(lambda: self.sagad.metric("sagad_requests_waiting") == 1, "the client waiting")
        self.assertEqual(self.sagad.end(), 0)
        waiting.join()
        self.assertEqual((got[0].status, got[0].body["state"]), (200, "stuck"))

    def test_a_kill_keeps_what_was_acknowledged(self):
        self.shop.does("/send", stub_participant.answers(500))
        keys = [f"k-{number}" for number in range(20)]
        ids = {key: self.start(headers={"Idempotency-Key": key}).body["id"] for key in keys}
        done = self.start("later", {}).body["id"]
        uploaded = self.call("PUT", "/v1/definitions/mine", MINE).body
        self.sagad.end(signal.SIGKILL)
        self.shop.does("/send", stub_participant.done())
        self.sagad.start()
        await_that(lambda: self.call("GET", "/readyz").status == 200, "ready")
        for key, saga_id in ids.items():
            self.assertEqual(self.start(headers={"Idempotency-Key": key}).body["id"], saga_id)
            if self.saga(saga_id)["state"] == "stuck":
                self.command(saga_id, "retry")
            self.until(saga_id, "completed")
        self.until(done, "completed")
        self.assertEqual(self.call("GET", "/v1/definitions/mine").body["digest"], uploaded["digest"])

    def test_lost_callback_keys_are_told_and_made_anew(self):
        self.assertEqual(self.start(query="?wait=30s").status, 200)
        self.assertNotIn("callback.keys", self.sagad.log())
        self.sagad.end()
        (self.sagad.folder / "journal" / "callback.keys").unlink()
        self.sagad.start()
        self.assertRegex(self.sagad.log(), "warning .*callback.keys is missing and is made anew: late answers")

    def test_a_kill_keeps_paused_sagas_and_callback_tokens(self):
        self.shop.does("/bake", stub_participant.answers(202))
        saga_id = self.started("later", {})
        await_that(lambda: self.saga(saga_id)["steps"][0].get("action", {}).get("state") == "accepted", "accepted")
        path = self.shop.to("/bake")[-1].headers["saga-callback"].removeprefix("http://sagad.example")
        self.command(saga_id, "pause", {"id": "p"})
        self.sagad.end(signal.SIGKILL)
        self.sagad.start()
        self.assertEqual(self.saga(saga_id)["state"], "paused")
        self.assertEqual(self.command(saga_id, "pause", {"id": "p"}).status, 200)
        self.assertEqual(self.call("POST", path, {}, {"Saga-Outcome": "done"}).status, 204)
        self.assertEqual(self.command(saga_id, "resume").status, 200)
        self.until(saga_id, "completed")
        self.assertEqual(len(self.shop.to("/bake")), 1)

    def test_an_accepted_loss_is_told_with_the_sagas_that_it_concerns(self):
        kept = self.start(query="?wait=30s").body["id"]
        lost = [self.start(given={"item": f"lost-{number:04d}", "quantity": 1}, query="?wait=30s").body["id"]
                for number in range(3)]
        self.start(query="?wait=30s")
        self.sagad.end(signal.SIGKILL)
        segment = self.sagad.folder / "journal" / "segment-0000000001.log"
        data = segment.read_bytes()
        for number in range(3):
            data = data.replace(f"lost-{number:04d}".encode(), f"LOST-{number:04d}".encode())
        segment.write_bytes(data)
        with self.assertRaisesRegex(AssertionError, "--accept-loss"):
            self.sagad.start()
        told = len(self.sagad.log())
        self.sagad.flags.append("--accept-loss")
        self.sagad.start()
        log = self.sagad.log()[told:]
        self.assertRegex(log, r"warning accepted with its loss: .*segment-0000000001\.log")
        listed = re.search(r"sagas? lacks? records, or may: .* those that are known are listed in (\S+)", log).group(1)
        self.assertTrue(set(lost) <= set(pathlib.Path(listed).read_text().split()))
        for saga_id in lost:
            self.assertIn(f"warning saga {saga_id} lacks records, or may", log)
        self.assertEqual(self.call("GET", f"/v1/sagas/{kept}").status, 200)

    def test_a_log_without_a_reader_is_lost_and_nothing_else(self):
        self.sagad.end()
        reading, writing = os.pipe()
        self.sagad.start(log=writing)
        os.close(reading)
        os.close(writing)
        saga_id = self.stuck()
        await_that(lambda: self.sagad.metric("sagad_log_lines_dropped_total") > 0, "an alert that nobody reads")
        self.shop.does("/send", stub_participant.done())
        self.command(saga_id, "retry")
        self.until(saga_id, "completed")
        self.assertEqual(self.sagad.end(), 0)

    def test_no_file_gets_the_number_of_standard_error_from_whoever_has_closed_it(self):
        self.sagad.end()
        self.sagad.start(before=lambda: os.closerange(0, 3))
        of = f"/proc/{self.sagad.process.pid}/fd"
        self.assertEqual([os.readlink(f"{of}/{number}") for number in range(3)], ["/dev/null"] * 3)

    def test_a_log_that_nobody_reads_holds_nobody(self):
        self.sagad.end()
        for number in range(1000):  # more lines at the start than a pipe holds
            name = f"m{number}" + "x" * 50
            (self.sagad.folder / "definitions" / f"{name}.yaml").write_text(MINE.replace("saga: mine", f"saga: {name}"))
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.sagad.start(log=writing)
        os.close(writing)
        self.assertEqual(self.start(query="?wait=30s").status, 200)
        self.assertEqual(self.sagad.end(), 0)

    def test_a_final_saga_is_still_told_after_a_restart(self):
        answer = self.start(query="?wait=30s", headers={"Idempotency-Key": "f"})
        self.assertEqual(self.sagad.end(), 0)
        self.sagad.start()
        again = self.start(query="?wait=30s", headers={"Idempotency-Key": "f"})
        self.assertEqual((again.status, again.body), (200, answer.body))
        self.assertEqual(self.saga(answer.body["id"]), answer.body)


class a_crowd_after_a_kill(shop_case):
    """Whoever comes back meets few calls at first, however many wait: 8 at once, three quarters of them of one kind."""

    flags = ("--reactors", "1")
    definitions = ("""
saga: crowd
steps:
  - {step: a, kind: retriable, participant: shop, action: {post: /a, timeout: 60s}}
""",)

    def in_flight(self):
        return self.sagad.metric('sagad_participant_in_flight{participant="shop"}')

    def waiting(self):
        return self.sagad.metric('sagad_participant_waiting{participant="shop",lane="must_succeed"}')

    def test_it_is_called_by_six_first_and_by_all_in_the_end(self):
        self.shop.does("/a", stub_participant.never())
        ids = [self.start("crowd", {}).body["id"] for _ in range(40)]
        await_that(lambda: len(self.shop.to("/a")) == 40, "all calls at once")
        self.sagad.end(signal.SIGKILL)
        freed = threading.Event()

        def slow(peer, _):
            freed.wait(PATIENCE_SECONDS)
            peer.sendall(stub_participant.status(200))
        self.shop.does("/a", slow)
        self.addCleanup(freed.set)
        self.sagad.start()
        await_that(lambda: (self.in_flight(), self.waiting()) == (6, 34), "six calls, and the others waiting")
        await_that(lambda: len(self.shop.to("/a")) >= 46, "the six at the participant")
        self.assertEqual(len(self.shop.to("/a")), 46)
        freed.set()
        for saga_id in ids:
            self.until(saga_id, "completed")
        self.assertEqual(len(self.shop.to("/a")), 80)


MINE = """
saga: mine
steps:
  - {step: a, participant: shop, action: {post: /a}, compensation: none}
"""

if __name__ == "__main__":
    unittest.main()
