"""A small trial that holds, made by hand: five sales with trouble of every sort, what the participants did, what clients were told. Tests break it."""

import hashlib
import json

from checker import barrier_row, effect, evidence, hold, portrait, reservation, sold
from replay import replay
from sale import AFTER, SERVED_BY, STEPS, accounts, goods, sale_of

DONE, NOT_RUN = ("done", 1, 0), ("not_run", 0, 0)


def digest_of(saga, step, operation, generation):
    return hashlib.sha256(f"{saga}/{step}/{operation}/{generation}".encode()).hexdigest()


def of_step(event, step, attempt=1, generation=1, operation="action", **more):
    return {"event": event, "step": step, "operation": operation, "attempt": attempt, "generation": generation, **more}


def done(step, attempt=1, generation=1):
    return of_step("done", step, attempt, generation, response={"of": step})


def undone(step, attempt=1):
    return of_step("undone", step, attempt, operation="compensation", response={"undo": step})


def commanded(command):
    return {"event": "commanded", "command": command}


class sample_trial:
    def __init__(self):
        self.histories, self.portraits, self.position = {}, {}, 0
        self.found = evidence({}, {}, {}, {}, self.portraits, balances=accounts(), quantities=goods())
        self.barriers = {name: {} for name in SERVED_BY.values()}
        self.found.effects = {name: [] for name in SERVED_BY.values()}
        for build in (self.sell_with_trouble, self.reject_the_pivot, self.cancel_in_doubt, self.reject_at_once, self.answer_late):
            build()

    def evidence(self):
        """What a checker gets. The records are replayed as they are by now."""
        found = self.found
        found.stories = {saga: replay(saga, records) for saga, records in self.histories.items()}
        found.barriers = {name: list(rows.values()) for name, rows in self.barriers.items()}
        return found

    # What the coordinator wrote -----------------------------------------------------------------------------------------

    def record(self, saga, phase, *events, released=()):
        self.position += 1
        records = self.histories.setdefault(saga, [])
        records.append({"saga": saga, "partition": 7, "position": self.position, "seq": len(records) + 1,
                        "time": f"2026-01-01T00:00:{self.position:02}.000Z", "phase": phase, "events": list(events),
                        "released": [self.release(saga, *one) for one in released]})

    @staticmethod
    def release(saga, step, operation="action", generation=1):
        return {"step": step, "operation": operation, "generation": generation,
                "request_digest": digest_of(saga, step, operation, generation)}

    def start(self, saga, key, *done_steps):
        """The start, and the steps that are done at once. What follows the last of them is released."""
        self.found.acknowledged[saga] = key
        self.record(saga, "forward", {"event": "started", "key": key, "input": sale_of(key)}, released=[("escrow",)])
        for step in done_steps:
            self.act(saga, step)
            self.record(saga, "forward", done(step), released=[(after,) for after in STEPS if AFTER.get(after) == step])

    def told(self, saga, state, **steps):
        """At the end, in every life in which somebody asked, and once before."""
        seq = len(self.histories[saga])
        self.portraits[saga] = portrait(state, seq, {step: steps.get(step, NOT_RUN) for step in STEPS})
        self.found.reported[saga] = state
        self.found.seen[saga] = {(seq, state), (1, "running")}
        for when in ("when all was over", "after an orderly stop"):
            self.found.asked_again.setdefault(when, {})[saga] = state

    # What the participants did ------------------------------------------------------------------------------------------

    def act(self, saga, step, operation="action", generation=1):
        name, sale = SERVED_BY[step], sale_of(self.found.acknowledged[saga])
        rows = self.found.effects[name]
        rows.append(effect(len(rows) + 1, saga, step, operation, generation))
        if operation == "action":
            self.remember(saga, step, "done", generation)
        else:
            self.barriers[name][saga, step] = self.barriers[name][saga, step]._replace(state="undone", undo_body=json.dumps({"undo": step}))
        getattr(self, f"{step}_{operation}")(saga, sale)

    def remember(self, saga, step, state, generation=1):
        self.barriers[SERVED_BY[step]][saga, step] = barrier_row(
            saga, step, generation, state, digest_of(saga, step, "action", generation), json.dumps({"of": step}), None)

    def escrow_action(self, saga, sale):
        amount = sale["quantity"] * sale["price"]
        self.found.holds.append(hold(saga, "escrow", sale["buyer"], amount, "held", None))
        self.found.balances[sale["buyer"]] -= amount

    def escrow_compensation(self, saga, sale):
        self.end_row(self.found.holds, saga, state="released")
        self.found.balances[sale["buyer"]] += sale["quantity"] * sale["price"]

    def settle_action(self, saga, sale):
        self.end_row(self.found.holds, saga, state="settled", paid_to=sale["seller"])
        self.found.balances[sale["seller"]] += sale["quantity"] * sale["price"]

    def transfer_action(self, saga, sale):
        self.found.reservations.append(
            reservation(saga, "transfer", sale["item"], sale["quantity"], sale["seller"], sale["buyer"], "reserved"))
        self.found.quantities[sale["seller"], sale["item"]] -= sale["quantity"]

    def transfer_compensation(self, saga, sale):
        self.end_row(self.found.reservations, saga, state="released")
        self.found.quantities[sale["seller"], sale["item"]] += sale["quantity"]

    def deliver_action(self, saga, sale):
        self.end_row(self.found.reservations, saga, state="delivered")
        have = self.found.quantities.setdefault((sale["buyer"], sale["item"]), 0)
        self.found.quantities[sale["buyer"], sale["item"]] = have + sale["quantity"]

    def rate_action(self, saga, sale):
        self.found.sales.append(sold(saga, "rate", sale["item"], sale["quantity"], sale["price"]))
        sales, volume, value = self.found.rates.get(sale["item"], (0, 0, 0))
        self.found.rates[sale["item"]] = (sales + 1, volume + sale["quantity"], value + sale["quantity"] * sale["price"])

    @staticmethod
    def end_row(rows, saga, **changes):
        rows[:] = [row._replace(**changes) if row.saga == saga else row for row in rows]

    # The five sales -----------------------------------------------------------------------------------------------------

    def sell_with_trouble(self):
        """Two kills, a new generation, a pause, a participant that was away: completed all the same."""
        saga = "SOLD"
        self.start(saga, "sale-1", "escrow", "transfer")
        self.record(saga, "forward", {"event": "recovered", "epoch": 2}, of_step("lost", "settle"))
        self.act(saga, "settle")
        self.record(saga, "forward", done("settle", 2), released=[("deliver",), ("rate",)])
        self.record(saga, "forward", of_step("failed", "deliver", cause="timed_out"))
        self.record(saga, "forward", of_step("renewed", "deliver", 2, cause="rejected"), released=[("deliver", "action", 2)])
        self.record(saga, "forward", of_step("withheld", "rate", cause="not_sent"))
        self.act(saga, "rate")
        self.record(saga, "forward", done("rate"))
        self.record(saga, "forward", {"event": "recovered", "epoch": 5}, of_step("lost", "deliver", 3, 2))
        self.record(saga, "paused_forward", commanded("pause"))
        self.record(saga, "forward", commanded("resume"))
        self.act(saga, "deliver", generation=2)
        self.record(saga, "completed", done("deliver", 4, 2), {"event": "finished"})
        self.told(saga, "completed", escrow=DONE, transfer=DONE, settle=("done", 2, 0), deliver=("done", 4, 0), rate=DONE)

    def reject_the_pivot(self):
        """The pivot is rejected, and a compensation is stuck for a while."""
        saga = "REFUSED"
        self.start(saga, "sale-2", "escrow", "transfer")
        self.remember(saga, "settle", "rejected")
        self.record(saga, "backward", of_step("rejected", "settle", cause="rejected"),
                    {"event": "turned_back", "step": "settle", "cause": "rejected"}, released=[("transfer", "compensation")])
        self.record(saga, "backward", of_step("failed", "transfer", operation="compensation", cause="cut"),
                    of_step("blocked", "transfer", operation="compensation", cause="budget_spent", next_at="2026-01-01T00:01:00.000Z"))
        self.record(saga, "backward", {"event": "recovered", "epoch": 3}, of_step("lost", "transfer", 2, operation="compensation"))
        self.act(saga, "transfer", "compensation")
        self.record(saga, "backward", undone("transfer", 3), released=[("escrow", "compensation")])
        self.act(saga, "escrow", "compensation")
        self.record(saga, "compensated", undone("escrow"), {"event": "finished"})
        self.told(saga, "compensated", escrow=("undone", 1, 1), transfer=("undone", 1, 3), settle=("rejected", 1, 0))
        self.found.seen[saga].add((5, "stuck"))

    def cancel_in_doubt(self):
        """Paused and taken back while nobody knew whether the transfer had happened: it had not."""
        saga = "TAKEN-BACK"
        self.start(saga, "sale-3", "escrow")
        self.record(saga, "paused_forward", of_step("failed", "transfer", cause="cut"), commanded("pause"))
        self.record(saga, "paused_backward", commanded("cancel"), {"event": "turned_back", "cause": "cancelled"})
        self.record(saga, "backward", commanded("resume"), released=[("transfer", "compensation")])
        self.barriers["transfer"][saga, "transfer"] = barrier_row(saga, "transfer", 0, "undone", None, None, json.dumps({"undo": "transfer"}))
        self.record(saga, "backward", undone("transfer"), released=[("escrow", "compensation")])
        self.act(saga, "escrow", "compensation")
        self.record(saga, "compensated", undone("escrow"), {"event": "finished"})
        self.told(saga, "compensated", escrow=("undone", 1, 1), transfer=("undone", 1, 1))
        self.found.seen[saga] |= {(4, "paused"), (5, "compensating")}

    def reject_at_once(self):
        saga = "POOR"
        self.start(saga, "sale-4")
        self.remember(saga, "escrow", "rejected")
        self.record(saga, "compensated", of_step("rejected", "escrow", cause="rejected"),
                    {"event": "turned_back", "step": "escrow", "cause": "rejected"}, {"event": "finished"})
        self.told(saga, "compensated", escrow=("rejected", 1, 0))

    def answer_late(self):
        """The rate is accepted and awaited over a kill, given up on, asked for again, and told by callback."""
        saga = "AWAITED"
        self.start(saga, "sale-5", "escrow", "transfer", "settle")
        self.record(saga, "forward", of_step("accepted", "rate"))
        self.record(saga, "forward", {"event": "recovered", "epoch": 4}, of_step("lost", "deliver"))
        self.record(saga, "forward", of_step("failed", "rate", cause="no_late_answer"))
        self.record(saga, "forward", of_step("accepted", "rate", 2))
        self.act(saga, "deliver")
        self.record(saga, "forward", done("deliver", 2))
        self.act(saga, "rate")
        self.record(saga, "completed", done("rate", 2), {"event": "finished"})
        self.told(saga, "completed", escrow=DONE, transfer=DONE, settle=DONE, deliver=("done", 2, 0), rate=("done", 2, 0))
