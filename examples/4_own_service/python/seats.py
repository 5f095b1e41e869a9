#!/usr/bin/env python3
"""seats.py --listen 127.0.0.1:8104 --database seats.db [--port-file FILE]: seats of shows, each taken once."""
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
LOCK_WAIT_SECONDS_MAX = 1       # then a call is answered 425, and comes again
TABLES = """
CREATE TABLE IF NOT EXISTS seats(
  show TEXT NOT NULL, seat TEXT NOT NULL, saga TEXT NOT NULL, step TEXT NOT NULL,
  PRIMARY KEY (show, seat), UNIQUE (saga, step)) WITHOUT ROWID;
"""


# The business: what it is given is an open transaction.

def take(db, call, body):
    asked = read_json(body, {"show": str, "seat": str})
    taken = db.execute("INSERT INTO seats VALUES (?, ?, ?, ?) ON CONFLICT (show, seat) DO NOTHING",
                       (asked["show"], asked["seat"], call.saga, call.step)).rowcount == 1
    if not taken:
        return barrier.rejected("seat-taken", f"Seat {asked['seat']} of {asked['show']} is taken.")
    return barrier.done(asked)


def give_back(db, call, _):
    """By saga and step: what the action answered may never have arrived."""
    db.execute("DELETE FROM seats WHERE saga = ? AND step = ?", (call.saga, call.step))
    return barrier.done({"given_back": True})


def count_taken(db, show):
    return {"taken": db.execute("SELECT count(*) FROM seats WHERE show = ?", (show,)).fetchone()[0]}


CALLS = {"/v1/seats": ("action", take), "/v1/seats/back": ("compensation", give_back)}


# What carries it.

def read_json(body, members):
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise barrier.BadCall(f"The body must be JSON: {error}.") from error
    if not isinstance(asked, dict) or set(asked) != set(members) or any(type(asked[one]) is not members[one] for one in asked):
        raise barrier.BadCall(f"The body must have {', '.join(members)}, as text, and nothing else.")
    return asked


def connect(path):
    """A connection for each request. Its journal is not a WAL: with that, several writers may not all checkpoint."""
    db = sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS_MAX, isolation_level=None)
    db.execute("PRAGMA synchronous = EXTRA")    # a commit has reached the disk, the directory too, before it is answered
    return db


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 75                # seconds that a connection may rest
    wbufsize = -1               # an answer's head and body leave together
    database = None

    def do_GET(self):
        if not self.path.startswith("/v1/shows/"):
            return self.answer(404, {"detail": "There is GET /v1/shows/{show}."})
        with contextlib.closing(connect(self.database)) as db:
            return self.answer(200, count_taken(db, urllib.parse.unquote(self.path.removeprefix("/v1/shows/"))))

    def do_POST(self):
        size = self.headers.get("Content-Length", "0")
        if not size.isascii() or not size.isdigit() or int(size) > BODY_BYTES_MAX:
            self.close_connection = True
            return self.answer(413, {"detail": f"A body has a Content-Length of at most {BODY_BYTES_MAX}."})
        body = self.rfile.read(int(size))
        operation, business = CALLS.get(self.path, (None, None))
        if operation is None:
            return self.answer(404, {"detail": f"There are {', '.join(CALLS)}."})
        try:
            call = barrier.read_call(self.headers, self.command, self.path, body)
            if call.operation != operation:
                raise barrier.BadCall(f"{self.path} is the {operation}.")
            with contextlib.closing(connect(self.database)) as db:
                said = barrier.perform(db, call, lambda: business(db, call, body))
            return self.answer(said.status, said.body, said.outcome)
        except barrier.BadCall as error:
            return self.answer(400, {"detail": str(error)})
        except Exception:       # everything was taken back: the coordinator asks again
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


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128    # connections not accepted yet: 5 are refused too soon


def main():
    parser = argparse.ArgumentParser(description="Seats of shows, each taken once.")
    parser.add_argument("--listen", default="127.0.0.1:8104")
    parser.add_argument("--database", default="seats.db")
    parser.add_argument("--port-file", type=pathlib.Path, help="gets the port, once connections are accepted")
    options = parser.parse_args()
    Handler.database = options.database
    with contextlib.closing(connect(options.database)) as db:
        db.executescript(barrier.TABLE + TABLES)
    host, _, port = options.listen.rpartition(":")
    server = Server((host, int(port)), Handler)
    if options.port_file:
        whole = options.port_file.with_suffix(".new")
        whole.write_text(f"{server.server_port}\n")
        whole.rename(options.port_file)
    print(f"listening on port {server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
