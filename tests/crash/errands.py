"""The few sagas that each_call_test.py drives, and the shop that they are done at: what is asked of them, and what must be true once all is over."""

import collections
import hashlib
import json
import struct
import sys
import threading
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration" / "api"))
import stub_participant  # noqa: E402

PATIENT = "{attempts: 20, elapsed: 1d, delay: 2ms, factor: 2, delay_max: 20ms}"
STEPS = ("one", "two", "three")
ERRAND = f"""saga: errand
key: required
input: {{type: object}}
deadline: 7d
defaults: {{timeout: 20s, retry: {PATIENT}}}
steps:
""" + "".join(f"""  - step: {step}
    participant: shop
    action: {{post: /{step}, body: {{how: "${{input.how}}"}}}}
    compensation: {{post: /{step}/undo, body: {{how: "${{input.how}}"}}}}
""" for step in STEPS)
LATE = f"""saga: late
key: required
input: {{type: object}}
steps:
  - step: wait
    participant: shop
    action: {{post: /wait, timeout: 20s, answer: {{within: 1d, by: callback}}, retry: {PATIENT}}}
    compensation: none
"""
# Uploaded while a life goes on.
OTHER = ERRAND.replace("saga: errand", "saga: other")

# What an errand's input says under `how`, and how it ends.
OUTCOMES = {"well": "completed", "again": "completed", "undone": "compensated"}
FILLER_BYTES = 450_000  # so that a few fill a segment

call = collections.namedtuple("call", "saga step operation generation digest")


def digest_of(method, path, body):
    """A request's, as records hold it."""
    found = hashlib.sha256()
    for field in (method, path, body):
        found.update(struct.pack("<Q", len(field.encode())) + field.encode())
    return found.hexdigest()


class books:
    """What the shop remembers: a row for each saga and step, each effect in its order, each call that came."""

    def __init__(self, of=None):
        self.guard = threading.Lock()
        self.rows = dict(of.rows) if of else {}
        self.effects = list(of.effects) if of else []
        self.calls = list(of.calls) if of else []
        self.callbacks = dict(of.callbacks) if of else {}
        self.failed = set(of.failed) if of else set()

    def act(self, saga, step, how):
        """done, rejected or refused; None: it failed, and nothing is kept."""
        row = self.rows.get((saga, step))
        if row is None and how == "again" and step == "two" and saga not in self.failed:
            self.failed.add(saga)
            return None
        if row is None:
            row = "rejected" if how == "undone" and step == STEPS[-1] else "done"
            self.rows[saga, step] = row
            if row == "done":
                self.effects.append((saga, step, "action"))
        return "refused" if row == "undone" else row

    def undo(self, saga, step):
        if self.rows.get((saga, step)) == "done":
            self.effects.append((saga, step, "compensation"))
        if self.rows.get((saga, step)) != "rejected":
            self.rows[saga, step] = "undone"
        return "done"


class shop(stub_participant.participant):
    """Answers as the table of a barrier says; those of `holds` (how, step, operation) it does not answer at all."""

    def __init__(self, of=None, holds=()):
        super().__init__()
        self.books, self.holds = books(of), set(holds)
        for step in STEPS:
            self.does(f"/{step}", self.errand)
            self.does(f"/{step}/undo", self.errand)
        self.does("/wait", self.wait)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def note(self, asked):
        said = asked.headers
        noted = call(said["saga-id"], said["saga-step"], said["saga-operation"], int(said["saga-generation"]),
                     digest_of(asked.method, asked.path, asked.body))
        self.books.calls.append(noted)
        return noted

    def errand(self, peer, asked):
        with self.books.guard:
            noted = self.note(asked)
            how = json.loads(asked.body)["how"]
            if (how, noted.step, noted.operation) in self.holds:
                outcome = "held"
            elif noted.operation == "action":
                outcome = self.books.act(noted.saga, noted.step, how)
            else:
                outcome = self.books.undo(noted.saga, noted.step)
        if outcome == "held":
            return stub_participant.never()(peer, asked)
        if outcome is None:
            return stub_participant.answers(500)(peer, asked)
        status = {"done": 200, "rejected": 422, "refused": 410}[outcome]
        return stub_participant.answers(status, {}, [f"Saga-Outcome: {outcome}"])(peer, asked)

    def wait(self, peer, asked):
        with self.books.guard:
            noted = self.note(asked)
            self.books.callbacks[noted.saga] = "/v1/callbacks/" + asked.headers["saga-callback"].rpartition("/")[2]
        return stub_participant.answers(202)(peer, asked)


def expected_effects(how):
    done = [(step, "action") for step in STEPS]
    if how == "undone":
        undone = done[:-1]
        return undone + [(step, "compensation") for step, _ in reversed(undone)]
    return done


def effects_of(kept, saga):
    return [(step, operation) for one, step, operation in kept.effects if one == saga]


def releases_of(records):
    """(step, operation, generation) -> the digest of the request that may be called from this record on."""
    return {(one["step"], one["operation"], one["generation"]): one["request_digest"]
            for record in records for one in record["released"]}


def check_saga(kept, saga, how, told, records):
    """Findings of one errand once all is over: the shop's books, the saga and its records, held against each other."""
    if told.get("outcome") != OUTCOMES[how]:
        yield f"I7 {saga} ({how}) ended {told.get('outcome', told['state'])}, not {OUTCOMES[how]}"
    if effects_of(kept, saga) != expected_effects(how):
        yield f"I1 I2 I3 {saga} ({how}) had the effects {effects_of(kept, saga)}"
    if [record["seq"] for record in records] != list(range(1, told["seq"] + 1)):
        yield f"I8 {saga} is at record {told['seq']} and has {[record['seq'] for record in records]}"


def check_calls(kept, saga, records):
    """I5: each call that reached the shop was released, with this very request."""
    released = releases_of(records)
    for one in (one for one in kept.calls if one.saga == saga):
        digest = released.get((one.step, one.operation, one.generation))
        if digest is None or not one.digest.startswith(digest):  # a record may keep the first half of it
            yield f"I5 {saga}: {one} was called, and {digest} is released"
