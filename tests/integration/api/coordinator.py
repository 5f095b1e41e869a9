"""A sagad process and calls to it."""

import collections
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BINARY = pathlib.Path(os.environ["SAGAD"]).resolve()
SANITIZED = os.environ.get("SANITIZED") == "1"  # then most of its memory is the sanitizer's
PATIENCE_SECONDS = 60

answer = collections.namedtuple("answer", "status headers body text")


def await_that(condition, what, seconds=PATIENCE_SECONDS):
    """What `condition` returns once it is true; a failure that names `what` when the deadline passes."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} seconds")
        time.sleep(0.01)


def send(port, method, path, body=None, headers=None, timeout=PATIENCE_SECONDS):
    """One exchange on a connection of its own. `body`: bytes or text as they are, anything else as JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        connection.request(method, path, body, headers or {})
        got = connection.getresponse()
        text = got.read().decode()
    finally:
        connection.close()
    told = json.loads(text) if "json" in got.headers.get("Content-Type", "") and text else None
    return answer(got.status, got.headers, told, text)


def send_raw(port, data, timeout=PATIENCE_SECONDS):
    """Sends bytes as they are and reads until the other side has closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as peer:
        try:
            peer.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_to_end(peer)


def read_to_end(peer):
    got = b""
    while True:
        try:
            piece = peer.recv(65536)
        except ConnectionResetError:
            return got
        if not piece:
            return got
        got += piece


class coordinator:
    """Its data, configuration and logs lie in a folder of its own. `configuration` is the YAML after the participants."""

    def __init__(self, participants=None, configuration="", flags=(), address="127.0.0.1"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-api-"))
        lines = ["participants:"] if participants else []
        lines += [f"  {name}: {{endpoints: ['http://127.0.0.1:{port}'], connect_timeout: 1s}}"
                  for name, port in (participants or {}).items()]
        (self.folder / "sagad.yaml").write_text("\n".join(lines) + "\n" + configuration)
        self.flags, self.address = list(flags), address
        self.journal, self.log_segment_bytes = f"log:{self.folder}/journal", "4MiB"
        self.process, self.port = None, 0

    def command(self, *more, listen=None, journal=None, verb=()):
        return [str(BINARY), *verb, "--config", str(self.folder / "sagad.yaml"), "--journal", journal or self.journal,
                "--listen", listen or f"{self.address}:{self.port}", "--log-segment-bytes", self.log_segment_bytes,
                *self.flags, *more]

    def start(self, before=None, log=None):
        """Starts the process; `before` is called in it first, `log` is where its lines go instead of the log's file."""
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        with open(self.folder / "log", "ab") as file:
            to = file if log is None else log
            self.process = subprocess.Popen(self.command("--port-file", str(port_file)), stdin=subprocess.DEVNULL,
                                            stdout=to, stderr=to, preexec_fn=before)
        await_that(lambda: self.process.poll() is not None or port_file.exists(), "sagad listening")
        if self.process.poll() is not None:
            raise AssertionError(f"sagad ended with {self.process.returncode}:\n{self.log()}")
        self.port = int(port_file.read_text())
        return self

    def log(self):
        return (self.folder / "log").read_text()

    def remove_log(self):
        (self.folder / "log").unlink()

    def call(self, method, path, body=None, headers=None, **more):
        return send(self.port, method, path, body, headers, **more)

    def metric(self, name):
        """The value of a series, as `name` or `name{label="value"}`."""
        text = self.call("GET", "/metrics").text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        if not found:
            raise AssertionError(f"no metric {name}")
        return float(found.group(1))

    def rss_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self, how=signal.SIGTERM):
        """Ends the process and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE_SECONDS)

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
