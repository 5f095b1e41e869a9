#!/usr/bin/env python3
"""seats.py --listen 127.0.0.1:8104 --database seats.db [--port-file FILE]: seats of shows, each taken once."""
import barrier
import service

TABLES = """
CREATE TABLE IF NOT EXISTS seats(
  show TEXT NOT NULL, seat TEXT NOT NULL, saga TEXT NOT NULL, step TEXT NOT NULL,
  PRIMARY KEY (show, seat), UNIQUE (saga, step)) WITHOUT ROWID;
"""


def take(db, call, body):
    asked = service.read_json(body, {"show": str, "seat": str})
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


if __name__ == "__main__":
    service.serve(tables=TABLES,
                  calls={"/v1/seats": ("action", take), "/v1/seats/back": ("compensation", give_back)},
                  looks={"/v1/shows/": count_taken})
