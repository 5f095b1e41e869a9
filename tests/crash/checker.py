"""Holds the invariants over what a trial has left: the sagas' stories, the participants' own databases, and what clients were told.

Pure: evidence in, findings out, each named for what is broken. Nothing is drawn or sampled: every saga and every row is looked at.
"""

import collections
import dataclasses
import json

from replay import ENDS, finding
from sale import COMPENSATED, OPERATIONS, SERVED_BY, STEPS, accounts, goods, sale_of

# One row each. `seq` rises with every effect of one participant.
effect = collections.namedtuple("effect", "seq saga step operation generation")
barrier_row = collections.namedtuple("barrier_row", "saga step generation state digest body undo_body")
hold = collections.namedtuple("hold", "saga step account amount state paid_to")
reservation = collections.namedtuple("reservation", "saga step item quantity giver taker state")
sold = collections.namedtuple("sold", "saga step item quantity price")
# What a saga says of itself: its state, the number of its newest record, and each step's (state, attempts, compensation's attempts).
portrait = collections.namedtuple("portrait", "state seq steps")


@dataclasses.dataclass
class evidence:
    acknowledged: dict                                          # saga -> the key that started it
    reported: dict                                              # saga -> the outcome that a client was told first
    seen: dict                                                  # saga -> {(seq, state)} that clients were told
    stories: dict                                               # saga -> replay.story
    portraits: dict                                             # saga -> portrait
    asked_again: dict = dataclasses.field(default_factory=dict)  # when -> {saga: its outcome, or what was answered instead}
    audits: list = dataclasses.field(default_factory=list)      # (life, the name of what must be 0, its value)
    effects: dict = dataclasses.field(default_factory=dict)     # participant -> [effect]
    barriers: dict = dataclasses.field(default_factory=dict)    # participant -> [barrier_row]
    holds: list = dataclasses.field(default_factory=list)
    reservations: list = dataclasses.field(default_factory=list)
    sales: list = dataclasses.field(default_factory=list)
    balances: dict = dataclasses.field(default_factory=dict)    # account -> balance
    quantities: dict = dataclasses.field(default_factory=dict)  # (owner, item) -> quantity
    rates: dict = dataclasses.field(default_factory=dict)       # item -> (sales, volume, value)


def check(of):
    """All findings, the stories' own first."""
    found = [one for told in of.stories.values() for one in told.findings]
    for part in (nothing_is_lost, one_saga_for_a_key, no_outcome_changes, states_are_what_records_give, partitions_are_in_order,
                 every_saga_ends, auditors_find_nothing, effects_are_released, effects_fit_the_end, participants_agree,
                 ledgers_are_explained, nothing_leaks):
        found += part(of)
    return found


# What clients were told ---------------------------------------------------------------------------------------------------

def nothing_is_lost(of):
    for saga in of.acknowledged:
        if saga not in of.stories:
            yield finding("I4 lost", saga, "it was acknowledged, and has no records")
    for when, answers in of.asked_again.items():
        for saga in of.acknowledged:
            if saga not in answers:
                yield finding("I4 lost", saga, f"it was acknowledged, and is missing {when}")


def one_saga_for_a_key(of):
    started = collections.defaultdict(list)
    for saga, told in of.stories.items():
        started[told.key].append(saga)
        if told.input != sale_of(told.key):
            yield finding("I4 key", saga, f"{told.key} started it with another input: {told.input}")
    for key, sagas in started.items():
        if len(sagas) > 1:
            yield finding("I4 key", sagas[0], f"{key} started {len(sagas)} sagas: {sagas}")
    for saga, key in of.acknowledged.items():
        if saga in of.stories and of.stories[saga].key != key:
            yield finding("I4 key", saga, f"it was acknowledged for {key}, and its records say {of.stories[saga].key}")


def no_outcome_changes(of):
    for saga, told in of.stories.items():
        outcomes = {"first": of.reported[saga]} if saga in of.reported else {}
        outcomes.update((when, answers[saga]) for when, answers in of.asked_again.items() if saga in answers)
        for when, outcome in outcomes.items():
            if outcome != told.phase:
                yield finding("I4 outcome", saga, f"it was {outcome} {when}, and its records say {told.phase}")


def states_are_what_records_give(of):
    """I8: at every record of which anybody was told, and at the end."""
    for saga, told in of.stories.items():
        for seq, state in of.seen.get(saga, ()):
            if not 1 <= seq <= len(told.shown):
                yield finding("I4 lost", saga, f"record {seq} was told of, and there are {len(told.shown)}")
            elif told.shown[seq - 1] != state:
                yield finding("I8 state", saga, f"it was told to be {state} at record {seq}, which gives {told.shown[seq - 1]}")
        right = portrait(told.phase, len(told.shown), {step: step_of(told, step) for step in STEPS})
        if of.portraits.get(saga) != right:
            yield finding("I8 state", saga, f"it shows {of.portraits.get(saga)}, and its records give {right}")


def step_of(told, step):
    undone = told.ended.get((step, "compensation"), "idle")
    action = told.ended.get((step, "action"), "idle")
    over = told.phase in ENDS
    state = {"idle": "not_run" if over else "waiting", "open": "in_doubt" if over else "open", "given_up": "never_sent"}.get(action, action)
    return ("undone" if undone == "done" else state, told.attempts.get((step, "action"), 0), told.attempts.get((step, "compensation"), 0))


def partitions_are_in_order(of):
    """A position is given once, and time does not go back with it."""
    partitions = collections.defaultdict(list)
    for saga, told in of.stories.items():
        for partition, position, time in told.places:
            partitions[partition].append((position, time, saga))
    for partition, places in partitions.items():
        places.sort()
        for before, after in zip(places, places[1:]):
            if after[0] == before[0] or after[1] < before[1]:
                yield finding("I8 order", after[2], f"in partition {partition}, {after} follows {before}")


def every_saga_ends(of):
    for saga, told in of.stories.items():
        if told.phase not in ENDS:
            yield finding("I7 end", saga, f"all faults are over, and it is {told.phase}")


def auditors_find_nothing(of):
    for life, name, value in of.audits:
        if value != 0:
            yield finding("I6 audit", "", f"{name} was {value:.0f} in life {life}")


# What participants did ----------------------------------------------------------------------------------------------------

def effects_are_released(of):
    """I5, I9: the journal accounts for every effect and every call that reached a barrier, request by request."""
    for name, rows in of.effects.items():
        barrier = {(row.saga, row.step): row for row in of.barriers[name]}
        for one in rows:
            told = of.stories.get(one.saga)
            if told is None:
                yield finding("I5 effect", one.saga, f"{one} of a saga that has no records")
            elif (one.step, one.operation, one.generation) not in told.released or SERVED_BY.get(one.step) != name:
                yield finding("I5 effect", one.saga, f"{one} at {name}, which no record has released")
            row = barrier.get((one.saga, one.step))
            if row is None or (one.operation == "action" and row.generation != one.generation):
                yield finding("I5 request", one.saga, f"{one}, and {name}'s barrier has {row}")
        for row in of.barriers[name]:
            yield from calls_are_released(of.stories.get(row.saga), row)


def calls_are_released(told, row):
    if told is None:
        yield finding("I5 effect", row.saga, f"a call of a saga that has no records: {row}")
        return
    if row.digest is not None:
        released = told.released.get((row.step, "action", row.generation))
        if released is None:
            yield finding("I5 effect", row.saga, f"a call that no record has released: {row}")
        elif not row.digest.startswith(released):
            yield finding("I5 request", row.saga, f"{released} was released, and {row} was called")
    if row.state == "undone" and (row.step, "compensation", 1) not in told.released:
        yield finding("I5 effect", row.saga, f"an undo that no record has released: {row}")


def effects_fit_the_end(of):
    """I1, I2, I3, I11."""
    by_saga = collections.defaultdict(list)
    for name, rows in of.effects.items():
        for one in rows:
            by_saga[one.saga].append((name, one))
    for saga, told in of.stories.items():
        yield from effects_of_one(told, by_saga[saga])


def effects_of_one(told, found):
    rows = collections.defaultdict(list)
    for _, one in found:
        rows[one.step, one.operation].append(one.generation)
    for key, generations in rows.items():
        if len(set(generations)) > 1:
            yield finding("I11 generations", told.saga, f"{key} took effect in the generations {generations}")
        elif len(generations) > 1:
            yield finding("I1 twice", told.saga, f"{key} took effect {len(generations)} times")
    actions = {step for step, which in rows if which == "action"}
    undone = {step for step, which in rows if which == "compensation"}
    if not undone <= actions:
        yield finding("I3 order", told.saga, f"{undone - actions} was undone, and never happened")
    if told.phase == "completed" and (actions != set(STEPS) or undone):
        yield finding("I1 effects", told.saga, f"it is completed with the effects {actions}, undone {undone}")
    if told.phase == "compensated" and (actions != undone or not actions <= set(COMPENSATED)):
        yield finding("I2 effects", told.saga, f"it is compensated with the effects {actions}, undone {undone}")
    turn = {key: number for number, key in enumerate(told.released)}
    for name in {name for name, _ in found}:
        order = sorted(one for where, one in found if where == name)
        turns = [turn.get((one.step, one.operation, one.generation), -1) for one in order]
        if turns != sorted(turns):
            yield finding("I3 order", told.saga, f"{name} did {[one[2:] for one in order]}, released in another order")


def participants_agree(of):
    """Both sides remember each action's end, and the same words about it."""
    right = {"done": "done", "rejected": "rejected", "open": None, "given_up": None, "idle": None}
    rows = {(row.saga, row.step): row for barrier in of.barriers.values() for row in barrier}
    for saga, told in of.stories.items():
        for step in STEPS:
            state = right[told.ended.get((step, "action"), "idle")]
            state = "undone" if told.ended.get((step, "compensation")) == "done" else state
            row = rows.get((saga, step))
            if (row.state if row else None) != state:
                yield finding("I2 effects", saga, f"its records leave {step} {state}, and the participant has {row}")
            elif row:
                yield from words_agree(told, row)


def words_agree(told, row):
    for which, body in (("action", row.body), ("compensation", row.undo_body)):
        said = told.responses.get((row.step, which))
        if told.ended.get((row.step, which)) == "done" and (body is None or json.loads(body) != said):
            yield finding("I8 state", told.saga, f"{row.step} {which} is recorded with {said}, and was answered {body}")


# What is owned ------------------------------------------------------------------------------------------------------------

def ledgers_are_explained(of):
    """Every hold, reservation and sale is the effect of a released operation, with what the saga asked for."""
    done = {(one.saga, one.step, one.operation) for rows in of.effects.values() for one in rows}
    for row in of.holds:
        want = wanted(of, row)
        ended = "settled" if (row.saga, "settle", "action") in done else "held"
        ended = "released" if (row.saga, "escrow", "compensation") in done else ended
        right = want and hold(row.saga, "escrow", want["buyer"], want["quantity"] * want["price"], ended,
                              want["seller"] if ended == "settled" else None)
        yield from explained(done, row, right, "held")
    for row in of.reservations:
        want = wanted(of, row)
        ended = "delivered" if (row.saga, "deliver", "action") in done else "reserved"
        ended = "released" if (row.saga, "transfer", "compensation") in done else ended
        right = want and reservation(row.saga, "transfer", want["item"], want["quantity"], want["seller"], want["buyer"], ended)
        yield from explained(done, row, right, "reserved")
    for row in of.sales:
        want = wanted(of, row)
        yield from explained(done, row, want and sold(row.saga, "rate", want["item"], want["quantity"], want["price"]))


def wanted(of, row):
    return of.stories[row.saga].input if row.saga in of.stories else None


def explained(done, row, right, still_open=None):
    if row != right or (row.saga, row.step, "action") not in done:
        yield finding("ledger", row.saga, f"nothing explains {row}; {right} would be right")
    elif still_open is not None and row.state == still_open:
        yield finding("I2 effects", row.saga, f"all is over, and there is {row}")


def nothing_leaks(of):
    """I10: every account and every owner has what the effects give, which is more than the sums say."""
    money, items, rates = accounts(), goods(), {}
    for one in (one for rows in of.effects.values() for one in rows):
        want = of.stories[one.saga].input if one.saga in of.stories else None
        if want is None or (one.step, one.operation) not in OPERATIONS:
            continue  # found already
        move(money, items, rates, one, want)
    for name, right, have in (("I10 money", money, of.balances), ("I10 items", items, of.quantities), ("I10 items", rates, of.rates)):
        for owner in sorted(set(right) | set(have), key=str):
            if right.get(owner, 0) != have.get(owner, 0):
                yield finding(name, "", f"{owner} has {have.get(owner, 0)}; the effects give {right.get(owner, 0)}")


def move(money, items, rates, one, want):
    """What one effect does to what is owned."""
    price, quantity, item = want["quantity"] * want["price"], want["quantity"], want["item"]
    key = (one.step, one.operation)
    if key == ("escrow", "action"):
        money[want["buyer"]] -= price
    elif key == ("escrow", "compensation"):
        money[want["buyer"]] += price
    elif key == ("settle", "action"):
        money[want["seller"]] += price
    elif key == ("transfer", "action"):
        items[want["seller"], item] -= quantity
    elif key == ("transfer", "compensation"):
        items[want["seller"], item] += quantity
    elif key == ("deliver", "action"):
        items[want["buyer"], item] = items.get((want["buyer"], item), 0) + quantity
    elif key == ("rate", "action"):
        before = rates.get(item, (0, 0, 0))
        rates[item] = (before[0] + 1, before[1] + quantity, before[2] + price)
