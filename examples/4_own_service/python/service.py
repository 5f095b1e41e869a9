"""What carries a service: HTTP around its business, one transaction for each call of a saga."""
import argparse
import contextlib
import http.server
import json
import pathlib
import sqlite3
import sys
import traceback
import urllib.parse

import barrier

BODY_BYTES_MAX = 65536
CONNECTIONS_NOT_ACCEPTED_MAX = 128
IDLE_SECONDS_MAX = 75           # longer than sagad keeps an unused connection
LOCK_WAIT_SECONDS_MAX = 1       # then a call is answered 425, and comes again


def serve(tables, calls, looks):
    """Serves until it is ended. `tables`: SQL that makes them where they are missing. `calls`: path -> (operation,
    function(db, call, body) -> barrier.Answer). `looks`: path's beginning -> function(db, rest of the path) -> JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", default="127.0.0.1:8104")
    parser.add_argument("--database", default="service.db")
    parser.add_argument("--port-file", type=pathlib.Path, help="gets the port, once connections are accepted")
    options = parser.parse_args()
    with contextlib.closing(connect(options.database)) as db:
        db.executescript(barrier.TABLE + tables)
    host, _, port = options.listen.rpartition(":")
    Handler.database, Handler.calls, Handler.looks = options.database, calls, looks
    server = Server((host, int(port)), Handler)
    if options.port_file:
        whole = options.port_file.with_suffix(".new")
        whole.write_text(f"{server.server_port}\n")
        whole.rename(options.port_file)
    print(f"listening on port {server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()


def read_json(body, members):
    """An object that has these members (name -> type) and no others."""
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise barrier.BadCall(f"The body must be JSON: {error}.") from error
    if not isinstance(asked, dict) or set(asked) != set(members) or any(type(asked[one]) is not members[one] for one in asked):
        wanted = ", ".join(f"{name} ({kind.__name__})" for name, kind in members.items())
        raise barrier.BadCall(f"The body must have {wanted} and nothing else.")
    return asked


def connect(path):
    """A connection for each request. Its journal is not a WAL: with that, several writers may not all checkpoint."""
    db = sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS_MAX, isolation_level=None)
    db.execute("PRAGMA synchronous = EXTRA")    # a commit has reached the disk, the directory too, before it is answered
    return db


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = CONNECTIONS_NOT_ACCEPTED_MAX


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS_MAX
    wbufsize = -1               # an answer's head and body leave together
    database, calls, looks = None, {}, {}

    def do_GET(self):
        for beginning, look in self.looks.items():
            if self.path.startswith(beginning):
                with contextlib.closing(connect(self.database)) as db:
                    return self.answer(200, look(db, urllib.parse.unquote(self.path.removeprefix(beginning))))
        return self.answer(404, {"detail": f"To look at there is {', '.join(self.looks)}."})

    def do_POST(self):
        size = self.headers.get("Content-Length", "0")
        if not size.isascii() or not size.isdigit() or int(size) > BODY_BYTES_MAX:
            self.close_connection = True
            return self.answer(413, {"detail": f"A body has a Content-Length of at most {BODY_BYTES_MAX}."})
        body = self.rfile.read(int(size))
        operation, business = self.calls.get(self.path, (None, None))
        if operation is None:
            return self.answer(404, {"detail": f"To call there is {', '.join(self.calls)}."})
        try:
            call = barrier.read_call(self.headers, self.command, self.path, body)
            if call.operation != operation:
                raise barrier.BadCall(f"{self.path} is the {operation}.")
            with contextlib.closing(connect(self.database)) as db:
                said = barrier.perform(db, call, lambda: business(db, call, body))
            return self.answer(said.status, said.body, said.outcome)
        except barrier.BadCall as error:
            return self.answer(400, {"detail": str(error)})
        except Exception as error:      # everything was taken back: the coordinator asks again
            if barrier.is_busy(error):
                said = barrier.come_again()
                return self.answer(said.status, said.body, said.outcome)
            traceback.print_exc()
            return self.answer(500, {"detail": "Nothing was changed; the service's log says why."}, "failed")

    def answer(self, status, body, outcome=None):
        text = (body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if outcome:
            self.send_header("Saga-Outcome", outcome)
        if status == 425:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass
