#!/usr/bin/env python3
"""full_disk_test.py --bin DIR: a journal on a disk that becomes full under load, and has room again.

On a tmpfs of 64 MiB of its own (this needs root), with segments of 4 MiB and a ballast file: starts are refused with 503 journal-full, what runs ends,
nothing that was acknowledged is missing, also after a restart, and once the ballast is gone starts are taken again. Exits 1 when that is not
so. Before that, sagas whose steps answer 60 KB run to their end, and on the full disk as many as were taken are let go on all at once: they end too.
Standard library only.
"""

import argparse
import base64
import collections
import concurrent.futures
import http.client
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts"))
from processes import await_that, call, program  # noqa: E402

DISK_MIB, BALLAST_MIB = 64, 36
AT_ONCE = 32
REFUSALS = 100
FULL = (503, "urn:sagad:problem:journal-full")
PATIENCE_SECONDS = 120  # without any progress
NOTE_BYTES, LARGE_ANSWER_BYTES = 4_000, 60_000
# More than the disk has room for: a journal keeps them all.
SALES_MAX, LARGE_MAX = ((DISK_MIB << 20) // bytes_of_one for bytes_of_one in (NOTE_BYTES, LARGE_ANSWER_BYTES))
LARGE_SAGA = """saga: large
input: {type: object}
deadline: 10m
defaults: {timeout: 60s}
steps:
  - {step: one, participant: large, action: {post: /a, body: {}}, compensation: {post: /b}}
  - {step: two, participant: large, action: {post: /a, body: {}}, compensation: {post: /b}}
"""


def text_of(length):
    """That the journal cannot pack to nothing."""
    return base64.b64encode(os.urandom(length * 3 // 4)).decode()


def metric(port, name):
    to = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    to.request("GET", "/metrics")
    for line in to.getresponse().read().decode().splitlines():
        if line.startswith(name + " "):
            return float(line.rsplit(" ", 1)[1])
    raise SystemExit(f"there is no metric {name}")


class large_participant:
    """Answers LARGE_ANSWER_BYTES to everything, while its gate is open."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        gate = self.gate
        class handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                gate.wait()
                answer = json.dumps({"x": text_of(LARGE_ANSWER_BYTES)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class server(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 2000

            def handle_error(self, *_):
                pass

        self.server = server(("127.0.0.1", 0), handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class trial:
    def __init__(self, binaries, folder):
        self.folder, self.disk = folder, folder / "disk"
        self.services = {name: program(folder, name, self.service_command(binaries, name))
                         for name in ("escrow", "transfer", "rate")}
        self.sagad = program(folder, "sagad", lambda port, port_file: [
            binaries / "sagad", "--config", folder / "sagad.yaml", "--listen", f"127.0.0.1:{port}", "--port-file", port_file])
        self.large = large_participant()
        self.acknowledged, self.guard = set(), threading.Lock()
        self.answers = collections.Counter()
        self.numbers = iter(range(10**9))

    def service_command(self, binaries, name):
        return lambda port, port_file: [binaries / name, "--listen", f"127.0.0.1:{port}", "--database",
                                        self.folder / f"{name}.db", "--port-file", port_file, "--sync", "normal"]

    def open(self):
        for one in self.services.values():
            one.start()
        shutil.copytree(HERE.parent.parent / "sagas", self.folder / "sagas")
        (self.folder / "sagas" / "large.yaml").write_text(LARGE_SAGA)
        lines = [f"  {name}: {{endpoints: ['http://127.0.0.1:{one.port}']}}" for name, one in self.services.items()]
        lines.append(f"  large: {{endpoints: ['http://127.0.0.1:{self.large.port}']}}")
        (self.folder / "sagad.yaml").write_text(
            f"journal: log:{self.disk}/journal\nlog_segment_bytes: 4MiB\ndefinitions: {self.folder / 'sagas'}\n"
            "participants:\n" + "\n".join(lines) + "\n")
        self.sagad.start()
        call(self.services["escrow"].port, "POST", "/admin/accounts", [{"account": "rich", "balance": 10**12}, {"account": "shop", "balance": 0}])
        call(self.services["transfer"].port, "POST", "/admin/items", [{"owner": "shop", "item": "sword", "quantity": 10**9}])
        with open(self.disk / "ballast", "wb") as ballast:
            for _ in range(BALLAST_MIB):
                ballast.write(bytes(1 << 20))

    def start_sale(self):
        return self.start("sale", {"seller": "shop", "buyer": "rich", "item": "sword", "quantity": 1, "price": 1, "note": text_of(NOTE_BYTES)})

    def start(self, definition, start):
        key = f"{definition}-{next(self.numbers)}"
        status, told = call(self.sagad.port, "POST", f"/v1/definitions/{definition}/sagas?key={key}", start)
        with self.guard:
            self.answers[status if status < 300 else (status, told["type"])] += 1
            if status == 201:
                self.acknowledged.add(told["id"])
        return status, told

    def run_large_ones(self):
        for _ in range(20):
            self.start("large", {})
        self.all_end()
        self.large.gate.clear()
        taken = 0
        status, told = self.start("large", {})
        while status == 201 and taken < LARGE_MAX:
            taken += 1
            status, told = self.start("large", {})
        if status == 201:
            raise SystemExit(f"{taken} sagas were taken, and what they will answer has no room on the disk")
        if (status, told["type"]) != FULL:
            raise SystemExit(f"a start was answered {status}: {told}")
        self.large.gate.set()
        self.all_end()
        print(f"  {taken} sagas were taken until the disk was full, and ended when each of their steps answered {LARGE_ANSWER_BYTES} bytes")

    def fill(self):
        """Until starts are refused although nothing runs: what ends gives its share of the reserve back."""
        rounds = 0
        while True:
            before = len(self.acknowledged)
            self.fill_once()
            self.all_end()
            rounds += 1
            if len(self.acknowledged) == before:
                break
        print(f"  {len(self.acknowledged)} sagas acknowledged and completed, {self.answers[FULL]} starts refused as journal-full "
              f"in {rounds} rounds")

    def fill_once(self):
        """However long it takes: it ends with the refusals, or with more sagas than the disk can hold."""
        enough = self.answers[FULL] + REFUSALS

        def client(_):
            while self.answers[FULL] < enough and len(self.acknowledged) < SALES_MAX:
                status, told = self.start_sale()
                if status != 201 and (status, told["type"]) != FULL:
                    raise SystemExit(f"a start was answered {status}: {told}")
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(client, range(AT_ONCE)))
        if self.answers[FULL] < enough:
            raise SystemExit(f"the disk did not become full: {dict(self.answers)}")

    def live(self):
        return metric(self.sagad.port, "sagad_sagas_live")

    def all_end(self):
        while (left := self.live()) > 0:
            await_that(lambda: self.live() < left, PATIENCE_SECONDS, "the end of one more of what runs")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda saga: call(self.sagad.port, "GET", f"/v1/sagas/{saga}"), sorted(self.acknowledged)))
        for saga, (status, told) in zip(sorted(self.acknowledged), answers):
            if status != 200 or told.get("outcome") != "completed":
                raise SystemExit(f"{saga} was acknowledged and is now {status}: {told}")

    def run(self):
        self.open()
        self.run_large_ones()
        self.fill()
        if metric(self.sagad.port, "sagad_journal_full") != 1:
            raise SystemExit("the disk is full and the metric does not say so")
        (self.disk / "ballast").unlink()
        begun = time.monotonic()
        await_that(lambda: self.start_sale()[0] == 201, PATIENCE_SECONDS, "a start after there is room")
        print(f"  a start was taken {(time.monotonic() - begun) * 1000:.0f} ms after there was room again, which the journal asks for every 200 ms")
        self.all_end()
        self.sagad.end(hard=True)
        self.sagad.start()
        self.all_end()
        print("  nothing is missing after kill -9 and a restart")

    def close(self):
        for one in [self.sagad, *self.services.values()]:
            one.end(hard=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=lambda text: pathlib.Path(text).resolve(), required=True)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-full-"))
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "sagad-full-disk", str(disk)],
                             capture_output=True, text=True)
    if mounted.returncode != 0:
        raise SystemExit(f"a tmpfs of its own is needed, and mount says: {mounted.stderr.strip()} (run it as root)")
    run = trial(options.bin, folder)
    try:
        run.run()
    finally:
        run.close()
        subprocess.run(["umount", str(disk)], check=True)
    shutil.rmtree(folder)
    print("a full disk costs starts and nothing else")


main()
