"""What one saga's records mean, worked out a second time: from the design and the sale's shape, with nothing of the coordinator's code.

`replay` goes through the records in their order and names what they may not say: numbers that do not follow and phases that the events do not give
(I8), what was decided on a state that was not the latest (I12), a release before what it waits for (I5, I2), attempts that begin again. What it
learns on the way is the saga's story, which the checker holds against the participants' databases and against what clients were told.
"""

import bisect
import collections
import dataclasses

from sale import AFTER, COMPENSATED, LATE, PIVOT, RETRIABLE, STEPS

finding = collections.namedtuple("finding", "name saga text")

ENDS = ("completed", "compensated")
TURNED = {"forward": "backward", "paused_forward": "paused_backward"}
MOVED = {("forward", "pause"): "paused_forward", ("backward", "pause"): "paused_backward",
         ("paused_forward", "resume"): "forward", ("paused_backward", "resume"): "backward"}
# A participant did it, or will not do it; everything else only happened to an attempt.
NOT_SENT = "not_sent"
BY_HAND_OR_TIME = ("deadline", "cancelled", "compensate_command")


@dataclasses.dataclass
class story:
    saga: str
    key: str = ""
    input: object = None
    phase: str = ""
    shown: list = dataclasses.field(default_factory=list)      # what people are shown after record 1, 2, ...
    places: list = dataclasses.field(default_factory=list)     # (partition, position, time) of each record
    released: dict = dataclasses.field(default_factory=dict)   # (step, operation, generation) -> the request's digest
    ended: dict = dataclasses.field(default_factory=dict)      # (step, operation) -> open, done, rejected, given_up
    attempts: dict = dataclasses.field(default_factory=dict)   # (step, operation) -> so many were sent
    responses: dict = dataclasses.field(default_factory=dict)  # (step, operation) -> what the participant said
    lost: list = dataclasses.field(default_factory=list)       # (step, operation) that was in doubt at a kill
    marks: list = dataclasses.field(default_factory=list)      # the phase after record 1, 2, ..., and "stuck", "awaited" where it was
    at_kill: dict = dataclasses.field(default_factory=dict)    # number of the kill -> the marks at it
    findings: list = dataclasses.field(default_factory=list)


class operation:
    """One that was released."""

    def __init__(self):
        self.generation, self.attempt, self.state, self.renewed = 1, 1, "open", False
        self.in_doubt = False  # an attempt ended unknown or lost
        self.blocked = False
        self.asleep = False    # blocked, and asked again by command only
        self.accepted = False  # the participant answers later


class course:
    def __init__(self, saga):
        self.story = story(saga)
        self.phase, self.epoch = "", 0
        self.operations = {}
        self.seq = 0
        self.ended_now = {}  # the attempts that this record ended

    def wrong(self, name, text):
        self.story.findings.append(finding(name, self.story.saga, f"record {self.seq}: {text}"))

    def take(self, seq, record, restarted):
        self.seq, self.ended_now = seq, {}
        self.check_place(record)
        self.check_recovery(record, restarted)
        if self.phase in ENDS:
            self.wrong("I12 old state", "it follows the saga's end")
        for event in record["events"]:
            handler = getattr(self, "on_" + event["event"], None)
            if handler is None:
                self.wrong("I12 old state", f"{event['event']} cannot happen to a sale of this test")
            else:
                handler(event)
        for release in record["released"]:
            self.release(release)
        for key, one in self.operations.items():
            if one.renewed:
                self.wrong("I12 old state", f"{key} was to begin a new generation, and does not")
        if self.phase != record["phase"]:
            self.wrong("I8 state", f"the events lead to {self.phase}, and it says {record['phase']}")
            self.phase = record["phase"]
        self.story.shown.append(self.shown())
        awaited = any(one.accepted and one.state == "open" for one in self.operations.values())
        self.story.marks.append([self.phase] + ["stuck"] * (self.shown() == "stuck") + ["awaited"] * awaited)

    def check_place(self, record):
        place = (record["partition"], record["position"], record["time"])
        if record["seq"] != self.seq or record["saga"] != self.story.saga:
            self.wrong("I8 order", f"it is {record['seq']} of {record['saga']}")
        if self.story.places:
            before = self.story.places[-1]
            if place[0] != before[0] or place[1] <= before[1] or place[2] < before[2]:
                self.wrong("I8 order", f"partition, position and time {place} follow {before}")
        self.story.places.append(place)

    def check_recovery(self, record, restarted):
        """After a restart, before anything else, each operation that may have been called counts as an attempt that was lost."""
        recovers = any(event["event"] == "recovered" for event in record["events"])
        if not recovers and not restarted:
            return
        lost = {(event["step"], event["operation"]) for event in record["events"] if event["event"] == "lost"}
        for key, one in self.operations.items():
            left_behind = one.in_doubt and key[1] == "action" and "backward" in self.phase
            if one.state == "open" and not one.asleep and not one.accepted and not left_behind and key not in lost:
                self.wrong("attempts", f"{key} was in doubt at a restart, and is not counted as lost")

    def shown(self):
        if self.phase in ENDS:
            return self.phase
        if self.phase.startswith("paused"):
            return "paused"
        backward = self.phase == "backward"
        if any(one.blocked and one.state == "open" and not (backward and which == "action")
               for (_, which), one in self.operations.items()):
            return "stuck"
        return "compensating" if backward else "running"

    def state(self, step, which):
        one = self.operations.get((step, which))
        return one.state if one else "idle"

    # Events -------------------------------------------------------------------------------------------------------------

    def opened(self, event):
        """The operation that the event is about, which must be open in this generation."""
        key = (event["step"], event["operation"])
        one = self.operations.get(key)
        if one is None or one.state != "open":
            self.wrong("I12 old state", f"{event['event']} of {key}, which is {one.state if one else 'not released'}")
            one = self.operations.setdefault(key, operation())
        elif event.get("generation", one.generation) != one.generation:
            self.wrong("I12 old state", f"{event['event']} of {key} in generation {event['generation']}, not {one.generation}")
        return key, one

    def numbered(self, event, one, right=()):
        """Attempts count 1, 2, 3, ... over all generations and restarts."""
        said = event.get("attempt", 0)
        if said not in (right or (one.attempt,)):
            self.wrong("attempts", f"{event['event']} of {event['step']} {event['operation']} is attempt {said}, and {one.attempt} was next")

    def settle(self, event, state, right=()):
        key, one = self.opened(event)
        self.numbered(event, one, right)
        one.state = state
        self.story.attempts[key] = event.get("attempt", 0)
        self.story.responses[key] = event.get("response")

    def end_attempt(self, event, sent=True):
        key, one = self.opened(event)
        self.numbered(event, one)
        self.ended_now[key] = one.attempt
        one.in_doubt |= event["event"] in ("failed", "lost")
        one.accepted = False
        if sent:
            one.attempt = max(one.attempt, event.get("attempt", 0)) + 1
        return key, one

    def on_started(self, event):
        if self.seq != 1:
            self.wrong("I12 old state", "it starts the saga again")
        self.story.key, self.story.input = event.get("key", ""), event.get("input")
        self.phase = "forward"

    def on_done(self, event):
        self.settle(event, "done")

    def on_undone(self, event):
        self.settle(event, "done")

    def on_rejected(self, event):
        if event["step"] in RETRIABLE:
            self.wrong("I12 old state", f"{event['step']} must succeed, and counts as rejected")
        self.settle(event, "rejected")

    def on_given_up(self, event):
        _, one = self.opened(event)
        self.settle(event, "given_up", (one.attempt - 1,))

    def on_accepted(self, event):
        key, one = self.opened(event)
        self.numbered(event, one)
        if key[0] != LATE or one.accepted:
            self.wrong("I12 old state", f"{key} is accepted: {'it was' if one.accepted else 'it may not answer late'}")
        one.accepted, one.blocked, one.asleep = True, False, False

    def on_failed(self, event):
        self.end_attempt(event)

    def on_lost(self, event):
        self.story.lost.append(self.end_attempt(event)[0])

    def on_withheld(self, event):
        self.end_attempt(event, sent=event["cause"] != NOT_SENT)

    def on_renewed(self, event):
        key, one = self.end_attempt(event)
        if key[0] not in RETRIABLE:
            self.wrong("I12 old state", f"{key} begins a new generation: only what must succeed may")
        one.renewed = True

    def on_blocked(self, event):
        key, one = self.opened(event)
        if event["cause"] == "budget_spent":
            self.numbered(event, one, (self.ended_now.get(key, one.attempt),))
        else:
            self.end_attempt(event)
        one.blocked, one.asleep = True, "next_at" not in event

    def on_turned_back(self, event):
        if self.phase not in TURNED:
            self.wrong("I12 old state", f"it turns back when {self.phase}")
        if event["cause"] in BY_HAND_OR_TIME and self.state(PIVOT, "action") != "idle":
            self.wrong("I12 old state", f"it turns back ({event['cause']}) although {PIVOT} was released")
        if event["cause"] == "rejected" and self.state(event["step"], "action") != "rejected":
            self.wrong("I12 old state", f"it turns back for {event['step']}, which is not rejected")
        self.phase = TURNED.get(self.phase, self.phase)

    def on_commanded(self, event):
        if event["command"] == "cancel":
            return  # the turn back is an event of its own
        if (self.phase, event["command"]) not in MOVED:
            self.wrong("I12 old state", f"{event['command']} when {self.phase}")
        self.phase = MOVED.get((self.phase, event["command"]), self.phase)

    def on_recovered(self, event):
        if event["epoch"] <= self.epoch:
            self.wrong("I12 old state", f"epoch {event['epoch']} follows epoch {self.epoch}")
        self.epoch = event["epoch"]

    def on_finished(self, _):
        if self.phase == "forward":
            left = [step for step in STEPS if self.state(step, "action") != "done"]
            if left:
                self.wrong("I12 old state", f"it ends completed, and {left} are not done")
        elif self.phase == "backward":
            left = [step for step in COMPENSATED
                    if self.state(step, "action") in ("open", "done") and self.state(step, "compensation") != "done"]
            if left:
                self.wrong("I12 old state", f"it ends compensated, and {left} are not undone")
        else:
            self.wrong("I12 old state", f"it ends when {self.phase}")
        self.phase = {"forward": "completed", "backward": "compensated"}.get(self.phase, self.phase)

    # Releases -----------------------------------------------------------------------------------------------------------

    def release(self, release):
        step, which, generation = release["step"], release["operation"], release["generation"]
        if not release["request_digest"].strip("0"):
            self.wrong("I5 release", f"{step} {which} is released with a request that could not be rendered")
        one = self.operations.get((step, which))
        if generation > 1:
            if one is None or not one.renewed or generation != one.generation + 1:
                self.wrong("I12 old state", f"{step} {which} is released in generation {generation}, which follows nothing")
            if one is not None:
                one.generation, one.renewed = generation, False
        else:
            if one is not None:
                self.wrong("I12 old state", f"{step} {which} is released again")
            self.check_turn(step, which)
            self.operations[step, which] = operation()
        self.story.released[step, which, generation] = release["request_digest"]

    def check_turn(self, step, which):
        """Whether it is this operation's turn."""
        if which == "action":
            if self.phase != "forward":
                self.wrong("I5 release", f"{step} is released when {self.phase}")
            if step in AFTER and self.state(AFTER[step], "action") != "done":
                self.wrong("I5 release", f"{step} is released before {AFTER[step]} is done")
            return
        if self.phase != "backward":
            self.wrong("I5 release", f"{step} is undone when {self.phase}")
        if self.state(step, "action") not in ("open", "done"):
            self.wrong("I3 release", f"{step} is undone, whose action is {self.state(step, 'action')}")
        for later in COMPENSATED[COMPENSATED.index(step) + 1:]:
            if self.state(later, "action") in ("open", "done") and self.state(later, "compensation") != "done":
                self.wrong("I2 release", f"{step} is undone before {later}")


def replay(saga, records, kills=()):
    """The story of a saga. `kills`: when the coordinator was killed, rising, written as the records write their times."""
    going = course(saga)
    lives = [bisect.bisect_left(kills, record["time"]) for record in records]
    for seq, record in enumerate(records, 1):
        going.take(seq, record, seq > 1 and lives[seq - 1] > lives[seq - 2])
    told = going.story
    told.phase = going.phase
    told.ended = {key: one.state for key, one in going.operations.items()}
    for key, one in going.operations.items():
        if one.state == "open" and key[1] == "action":
            told.attempts[key] = one.attempt if one.accepted else one.attempt - 1
    times = [place[2] for place in told.places]
    for kill in range(lives[0], min(lives[-1] + 1, len(kills))):
        last = bisect.bisect_right(times, kills[kill]) - 1
        if records[last]["phase"] not in ENDS:
            told.at_kill[kill] = told.marks[last]
    return told
