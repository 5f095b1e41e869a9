"""The barrier: calls that come twice, late or in the wrong order take effect once or not at all.

One row for each saga and step stands in the service's own database, and is written in the transaction that changes the
business. The connection must be in autocommit mode (isolation_level=None), so that transactions begin and end here alone.
"""
import collections
import dataclasses
import hashlib
import json
import re
import sqlite3
import time

TABLE = """
CREATE TABLE IF NOT EXISTS barrier(
  saga TEXT NOT NULL, step TEXT NOT NULL, generation INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'rejected', 'undone')),
  request_digest TEXT, status INTEGER, body TEXT, undo_status INTEGER, undo_body TEXT, at INTEGER NOT NULL,
  PRIMARY KEY (saga, step)) WITHOUT ROWID;
"""
GENERATION_MAX = 1_000_000_000
COLUMNS = "generation, state, request_digest, status, body, undo_status, undo_body"

Row = collections.namedtuple("Row", COLUMNS)


@dataclasses.dataclass
class Call:
    """What the coordinator asks for: one operation of a step of a saga, and the digest of its request."""
    saga: str
    step: str
    operation: str          # action or compensation
    generation: int
    digest: str


@dataclasses.dataclass
class Answer:
    status: int
    outcome: str            # the header Saga-Outcome: what the coordinator goes by
    body: str               # JSON


class BadCall(Exception):
    """The headers cannot be read: answer 400, without an outcome."""


def done(body):
    return Answer(200, "done", json.dumps(body, separators=(",", ":")))


def rejected(kind, detail):
    """A promise that nothing happened: whatever the business has changed is taken back."""
    return problem(409, "rejected", kind, detail)


def problem(status, outcome, kind, detail):
    return Answer(status, outcome, json.dumps({"type": f"urn:sagad:problem:{kind}", "status": status, "detail": detail},
                                              separators=(",", ":")))


def read_call(headers, method, target, body):
    call = Call(headers.get("Saga-Id", ""), headers.get("Saga-Step", ""), headers.get("Saga-Operation", ""), -1,
                digest_of(method.encode(), target.encode(), body))
    if not re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", call.saga):
        raise BadCall("Saga-Id must be a saga's id: 26 characters of Crockford's base32.")
    if not re.fullmatch("[a-z][a-z0-9_-]{0,63}", call.step):
        raise BadCall("Saga-Step must be a step's name.")
    if call.operation not in ("action", "compensation"):
        raise BadCall("Saga-Operation must be action or compensation.")
    generation = headers.get("Saga-Generation", "")
    if not re.fullmatch("[0-9]{1,10}", generation) or int(generation) > GENERATION_MAX:
        raise BadCall(f"Saga-Generation must be an integer up to {GENERATION_MAX}.")
    call.generation = int(generation)
    return call


def digest_of(*fields):
    """SHA-256; each field behind its length, so that no byte can move from one to the next unnoticed."""
    digest = hashlib.sha256()
    for field in fields:
        digest.update(len(field).to_bytes(8, "little") + field)
    return digest.hexdigest()


def perform(db, call, business):
    """Runs `business()` once or not at all, in a transaction of its own. What it raises takes everything back."""
    try:
        db.execute("BEGIN IMMEDIATE")       # the lock comes first: nothing has been read before it
        answer = (act if call.operation == "action" else undo)(db, call, business)
        db.execute("COMMIT")
        return answer
    except BaseException as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        if is_busy(error):
            return come_again()
        raise


def is_busy(error):
    """Whether the database's lock was waited for in vain."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def come_again():
    return problem(425, "in-progress", "in-progress", "Another call is being worked on; send this one again.")


def act(db, call, business):
    if insert_running(db, call):
        return run_action(db, call, business)
    row = find(db, call)
    if row.state == "undone":
        return problem(410, "refused", "refused", "The step was undone; its action will not be run any more.")
    if call.generation < row.generation:
        return problem(410, "refused", "refused", "A later generation of this action has been seen.")
    if call.generation == row.generation:
        if call.digest == row.request_digest:
            return Answer(row.status, row.state, row.body)
        return problem(412, "differs", "differs", "The same generation came with another request.")
    if row.state == "done":
        return problem(412, "differs", "differs", "An earlier generation of this action took effect.")
    return run_action(db, call, business)   # a new generation of what was rejected, and so did nothing


def undo(db, call, business):
    if not insert_running(db, call):
        row = find(db, call)
        if row.state == "undone":
            return Answer(row.undo_status, "done", row.undo_body)
        if row.state == "done":
            return store_undo(db, call, business())
    # Before its action, or of an action that did nothing. The row shuts the door on an action that comes later.
    return store_undo(db, call, done({"result": "nothing-to-undo"}))


def run_action(db, call, business):
    db.execute("SAVEPOINT business")
    answer = business()
    if answer.outcome == "rejected":
        db.execute("ROLLBACK TO business")
    db.execute("RELEASE business")
    db.execute("UPDATE barrier SET generation = ?, state = ?, request_digest = ?, status = ?, body = ?, at = ?"
               " WHERE saga = ? AND step = ?",
               (call.generation, answer.outcome, call.digest, answer.status, answer.body, now_ms(), call.saga, call.step))
    return answer


def store_undo(db, call, answer):
    if answer.outcome != "done":
        raise ValueError("a compensation must always be possible")
    db.execute("UPDATE barrier SET state = 'undone', undo_status = ?, undo_body = ?, at = ? WHERE saga = ? AND step = ?",
               (answer.status, answer.body, now_ms(), call.saga, call.step))
    return answer


def insert_running(db, call):
    """Whether the step has come for the first time."""
    return db.execute("INSERT INTO barrier(saga, step, generation, state, at) VALUES (?, ?, 0, 'running', ?)"
                      " ON CONFLICT DO NOTHING", (call.saga, call.step, now_ms())).rowcount == 1


def find(db, call):
    return Row(*db.execute(f"SELECT {COLUMNS} FROM barrier WHERE saga = ? AND step = ?", (call.saga, call.step)).fetchone())


def now_ms():
    return time.time_ns() // 1_000_000
