"""Gathers what a trial has left: every saga's records and its portrait from the coordinator, every row from the participants' databases.

The coordinator is asked from several processes at once: one interpreter is slower than it is.
"""

import concurrent.futures
import multiprocessing
import os
import sqlite3

from checker import barrier_row, effect, hold, portrait, reservation, sold
from connection import connection
from replay import replay
from sale import sale_of

AT_ONCE = max(2, os.cpu_count() or 1)
PARTS = 8 * AT_ONCE  # so that none of them waits long for the slowest
PATIENCE_SECONDS = 120  # a busy machine may take its time: nobody is to be killed any more


def in_processes(work, port, items, *more):
    """What `work(port, part, *more)` gives for each part of the items, in one dictionary."""
    items = sorted(items)
    result = {}
    # Not forked: threads are about.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(AT_ONCE, mp_context=context) as pool:
        for part in [pool.submit(work, port, items[n::PARTS], *more) for n in range(PARTS)]:
            result.update(part.result())
    return result


def outcomes(port, sagas):
    """saga -> its outcome, or what was answered instead."""
    to = connection(port, PATIENCE_SECONDS)
    return {saga: outcome_of(to.ask("GET", f"/v1/sagas/{saga}")) for saga in sagas}


def outcome_of(answer):
    status, told = answer
    return told.get("outcome", told["state"]) if status == 200 else f"{status}: {told}"


def outcomes_by_key(port, keys):
    """The starts again, each with its key. key -> (the saga that it stands for, its outcome or what was answered instead)"""
    to = connection(port, PATIENCE_SECONDS)
    found = {}
    for key in keys:
        answer = to.ask("POST", f"/v1/definitions/sale/sagas?key={key}", sale_of(key))
        found[key] = ((answer[1] or {}).get("id"), outcome_of(answer))
    return found


def histories(port, sagas, kills):
    """saga -> (its story, its portrait, its outcome as above); the story is none where there are no records."""
    to = connection(port, PATIENCE_SECONDS)
    found = {}
    for saga in sagas:
        status, records = to.ask("GET", f"/v1/sagas/{saga}/events")
        answer = to.ask("GET", f"/v1/sagas/{saga}")
        found[saga] = (replay(saga, records, kills) if status == 200 else None,
                       portrait_of(answer[1]) if answer[0] == 200 else None, outcome_of(answer))
    return found


def portrait_of(told):
    return portrait(told["state"], told["seq"],
                    {step["step"]: (step["state"], step.get("attempts", 0), step.get("compensation_attempts", 0)) for step in told["steps"]})


def read_databases(folder, into):
    """Opened for reading only, beside the participants that own them."""
    for name in ("escrow", "transfer", "rate"):
        database = sqlite3.connect(f"file:{folder}/{name}.db?mode=ro", uri=True)
        read = database.execute
        into.effects[name] = [effect(*row) for row in read("select seq, saga, step, operation, generation from effects order by seq")]
        into.barriers[name] = [barrier_row(*row) for row in read(
            "select saga, step, generation, state, request_digest, body, undo_body from barrier")]
        if name == "escrow":
            into.holds = [hold(*row) for row in read("select saga, step, account, amount, state, paid_to from holds")]
            into.balances = dict(read("select account, balance from accounts"))
        elif name == "transfer":
            into.reservations = [reservation(*row) for row in read(
                "select saga, step, item, quantity, from_owner, to_owner, state from reservations")]
            into.quantities = {(owner, item): quantity for owner, item, quantity in read("select owner, item, quantity from items")}
        else:
            into.sales = [sold(*row) for row in read("select saga, step, item, quantity, price from sales")]
            into.rates = {row[0]: row[1:] for row in read("select item, sales, volume, value from rates")}
        database.close()
