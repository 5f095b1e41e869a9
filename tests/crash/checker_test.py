"""checker_test.py: the checker of the kill test finds each thing that it is there to find, by name, and lets a good trial pass."""

import collections
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"))
from checker import barrier_row, check, effect, hold  # noqa: E402
from faults import FAULTS  # noqa: E402
from gate import KINDS  # noqa: E402
from load import client_record  # noqa: E402
from replay import replay  # noqa: E402
from sale import OPERATIONS, SERVED_BY  # noqa: E402
from sample_trial import digest_of, done, of_step, sample_trial, undone  # noqa: E402
from summary import BEFORE_LISTENING, COLUMNS, LOADED, ONCE_LISTENING, PHASES, PROGRAMS, STILL, ending, summary  # noqa: E402


class TrialTest(unittest.TestCase):
    def setUp(self):
        self.trial = sample_trial()
        self.found = self.trial.found

    def assert_found(self, name, saga="", part=""):
        """Among what is found is this: what is broken in one place is often wrong in others, too."""
        found = check(self.trial.evidence())
        self.assertTrue(any((one.name, one.saga) == (name, saga) and part in one.text for one in found), found)

    def record(self, saga, seq):
        return self.trial.histories[saga][seq - 1]

    def event(self, saga, seq, number=0):
        return self.record(saga, seq)["events"][number]


class Whole(TrialTest):
    def test_lets_a_good_trial_pass(self):
        self.assertEqual(check(self.trial.evidence()), [])


class Acknowledged(TrialTest):
    def test_finds_a_saga_without_records(self):
        del self.trial.histories["POOR"]
        self.assert_found("I4 lost", "POOR")

    def test_finds_a_saga_that_another_life_does_not_know(self):
        del self.found.asked_again["after an orderly stop"]["SOLD"]
        self.assert_found("I4 lost", "SOLD")

    def test_finds_records_that_were_told_of_and_are_gone(self):
        for records in self.trial.histories.values():
            records.pop()
        self.assert_found("I4 lost", "SOLD")

    def test_finds_an_outcome_that_changed_after_it_was_reported(self):
        self.found.reported["SOLD"] = "compensated"
        self.assert_found("I4 outcome", "SOLD")

    def test_finds_an_outcome_that_changed_with_a_restart(self):
        self.found.asked_again["after an orderly stop"]["REFUSED"] = "completed"
        self.assert_found("I4 outcome", "REFUSED")

    def test_finds_two_sagas_of_one_key(self):
        self.event("TAKEN-BACK", 1)["key"] = "sale-1"
        self.assert_found("I4 key", "SOLD")

    def test_finds_a_saga_that_was_acknowledged_for_another_key(self):
        self.found.acknowledged["SOLD"] = "sale-77"
        self.assert_found("I4 key", "SOLD")

    def test_finds_an_input_that_the_client_did_not_send(self):
        self.event("POOR", 1)["input"]["price"] += 1
        self.assert_found("I4 key", "POOR")

    def test_finds_a_client_that_was_told_two_things(self):
        def told_by(answers):
            record = client_record()
            for key, saga, outcome in answers:
                record.started(key, {"id": saga, "seq": 9, "state": outcome, "outcome": outcome})
            return [one.name for one in record.findings]
        self.assertEqual(told_by([("a", "A", "completed"), ("b", "B", "compensated"), ("a", "A", "completed")]), [])
        self.assertEqual(told_by([("a", "A", "completed"), ("a", "A", "compensated")]), ["I4 outcome"])
        self.assertEqual(told_by([("a", "A", "completed"), ("a", "B", "completed")]), ["I4 key"])
        self.assertEqual(told_by([("a", "A", "completed"), ("b", "A", "completed")]), ["I4 key"])

    def test_finds_a_client_that_was_told_there_is_no_such_saga(self):
        record = client_record()
        record.unexpected("A", (503, {"type": "draining"}))
        record.unexpected("A", (404, None))
        record.unexpected("A", (500, None))
        self.assertEqual([one.name for one in record.findings], ["I4 lost", "answer"])


class Records(TrialTest):
    def test_finds_records_out_of_order(self):
        records = self.trial.histories["SOLD"]
        records[3], records[4] = records[4], records[3]
        self.assert_found("I8 order", "SOLD")

    def test_finds_a_record_that_is_missing(self):
        del self.trial.histories["SOLD"][4]
        self.assert_found("I8 order", "SOLD")

    def test_finds_a_record_of_another_partition(self):
        self.record("SOLD", 5)["partition"] = 8
        self.assert_found("I8 order", "SOLD")

    def test_finds_a_position_that_was_given_twice_and_time_that_goes_back_in_a_partition(self):
        self.record("POOR", 1)["position"] = self.record("TAKEN-BACK", 7)["position"]
        self.assert_found("I8 order", "POOR")
        self.record("POOR", 1)["position"] = self.record("POOR", 2)["position"] - 1
        self.record("POOR", 1)["time"] = self.record("SOLD", 1)["time"]
        self.assert_found("I8 order", "POOR")

    def test_finds_a_phase_that_the_events_do_not_give(self):
        self.record("SOLD", 5)["phase"] = "backward"
        self.assert_found("I8 state", "SOLD")

    def test_finds_a_state_that_was_told_and_that_no_record_gives(self):
        self.found.seen["TAKEN-BACK"].add((2, "paused"))
        self.assert_found("I8 state", "TAKEN-BACK")

    def test_finds_a_step_that_is_shown_otherwise_than_it_was_recorded(self):
        self.trial.portraits["SOLD"].steps["settle"] = ("done", 1, 0)
        self.assert_found("I8 state", "SOLD")

    def test_finds_a_response_that_the_participant_did_not_give(self):
        self.event("SOLD", 2)["response"] = {"of": "another"}
        self.assert_found("I8 state", "SOLD")

    def test_finds_attempts_that_restart(self):
        self.event("SOLD", 5)["attempt"] = 1
        self.assert_found("attempts", "SOLD")

    def test_finds_attempts_that_restart_with_a_generation(self):
        self.event("SOLD", 10, 1)["attempt"] = 1
        self.assert_found("attempts", "SOLD")

    def test_finds_an_attempt_that_is_forgotten_at_a_restart(self):
        for saga, seq in (("SOLD", 4), ("SOLD", 10), ("REFUSED", 6)):
            with self.subTest(saga=saga, seq=seq):
                lost = self.record(saga, seq)["events"].pop()
                self.assert_found("attempts", saga, "not counted as lost")
                self.record(saga, seq)["events"].append(lost)

    def test_finds_a_restart_that_no_record_tells_of(self):
        records = self.trial.histories["SOLD"]
        self.assertEqual(replay("SOLD", records, [records[2]["time"]]).findings, [])
        killed_later = replay("SOLD", records, [records[4]["time"]]).findings
        self.assertEqual({one.name for one in killed_later}, {"attempts"})

    def test_finds_attempts_with_a_gap(self):
        self.event("SOLD", 7)["attempt"] = 3
        self.assert_found("attempts", "SOLD")

    def test_finds_an_acceptance_that_names_another_attempt(self):
        self.event("AWAITED", 5)["attempt"] = 2
        self.assert_found("attempts", "AWAITED")

    def test_finds_a_block_that_names_another_attempt(self):
        self.event("REFUSED", 5, 1)["attempt"] = 2
        self.assert_found("attempts", "REFUSED")

    def test_finds_what_was_decided_on_an_old_state(self):
        finished, resumed = {"event": "finished"}, {"event": "commanded", "command": "resume"}
        cancelled, rejected = {"event": "turned_back", "cause": "cancelled"}, {"event": "turned_back", "cause": "rejected", "step": "escrow"}
        for saga, seq, more, part in (
                ("SOLD", 9, done("rate"), "which is done"), ("SOLD", 4, done("deliver"), "not released"),
                ("SOLD", 10, done("deliver", 4, 1), "generation 1, not 2"), ("REFUSED", 7, undone("transfer", 4), "which is done"),
                ("SOLD", 4, finished, "'deliver', 'rate'] are not done"), ("REFUSED", 5, finished, "'transfer'] are not undone"),
                ("SOLD", 11, finished, "ends when paused_forward"), ("TAKEN-BACK", 6, resumed, "resume when backward"),
                ("SOLD", 5, cancelled, "although settle was released"), ("REFUSED", 5, cancelled, "turns back when backward"),
                ("SOLD", 2, rejected, "escrow, which is not rejected"), ("SOLD", 2, {"event": "started"}, "starts the saga again"),
                ("SOLD", 10, {"event": "recovered", "epoch": 5}, "epoch 5"), ("POOR", 2, {"event": "enlisted"}, "cannot happen"),
                ("SOLD", 6, of_step("rejected", "deliver", 2), "must succeed"), ("SOLD", 3, of_step("renewed", "settle"), "only what must succeed"),
                ("SOLD", 10, of_step("renewed", "deliver", 4, 2), "and does not"),
                ("SOLD", 6, of_step("accepted", "deliver", 2), "may not answer late"), ("AWAITED", 6, of_step("accepted", "rate"), "it was")):
            with self.subTest(saga=saga, seq=seq, event=more["event"]):
                events = self.record(saga, seq)["events"]
                events.append(more)
                self.assert_found("I12 old state", saga, part)
                events.pop()

    def test_finds_a_record_after_the_end(self):
        self.trial.record("POOR", "compensated", {"event": "recovered", "epoch": 9})
        self.assert_found("I12 old state", "POOR")

    def test_finds_an_operation_that_is_released_again(self):
        for step, generation, part in (("transfer", 1, "again"), ("transfer", 2, "follows nothing"), ("deliver", 2, "follows nothing"),
                                       ("deliver", 4, "follows nothing")):
            with self.subTest(step=step, generation=generation):
                released = self.record("SOLD", 9)["released"]
                released.append(self.trial.release("SOLD", step, "action", generation))
                self.assert_found("I12 old state", "SOLD", part)
                released.pop()

    def test_finds_a_release_before_its_turn(self):
        self.record("SOLD", 2)["released"].append(self.trial.release("SOLD", "settle"))
        self.assert_found("I5 release", "SOLD", "before transfer is done")

    def test_finds_a_release_of_a_paused_saga(self):
        self.record("TAKEN-BACK", 4)["released"] = self.record("TAKEN-BACK", 5)["released"]
        self.assert_found("I5 release", "TAKEN-BACK", "undone when paused_backward")
        self.record("TAKEN-BACK", 3)["released"], self.record("TAKEN-BACK", 2)["released"] = self.record("TAKEN-BACK", 2)["released"], []
        self.assert_found("I5 release", "TAKEN-BACK", "released when paused_forward")

    def test_finds_a_release_of_what_could_not_be_rendered(self):
        self.record("SOLD", 2)["released"][0]["request_digest"] = "0" * 64
        self.assert_found("I5 release", "SOLD", "rendered")

    def test_finds_a_step_that_is_undone_before_what_followed_it(self):
        self.record("REFUSED", 4)["released"].append(self.trial.release("REFUSED", "escrow", "compensation"))
        self.assert_found("I2 release", "REFUSED")

    def test_finds_an_undo_of_what_was_rejected(self):
        self.record("POOR", 2)["released"].append(self.trial.release("POOR", "escrow", "compensation"))
        self.assert_found("I3 release", "POOR")

    def test_finds_a_saga_that_does_not_end(self):
        self.trial.histories["SOLD"].pop()
        self.assert_found("I7 end", "SOLD")

    def test_finds_what_the_auditor_has_found(self):
        self.found.audits += [("3", "sagad_audit_violations_total", 0.0), ("4", "sagad_audit_violations_total", 1.0)]
        self.assert_found("I6 audit")


class Participants(TrialTest):
    def again(self, saga, step, operation="action", generation=1):
        rows = self.found.effects[SERVED_BY[step]]
        rows.append(effect(len(rows) + 1, saga, step, operation, generation))

    def test_finds_an_effect_that_happened_twice(self):
        self.again("SOLD", "rate")
        self.assert_found("I1 twice", "SOLD")

    def test_finds_an_effect_in_two_generations(self):
        self.again("SOLD", "deliver", generation=1)
        self.assert_found("I11 generations", "SOLD")

    def test_finds_an_effect_without_a_release(self):
        self.again("REFUSED", "rate")
        self.assert_found("I5 effect", "REFUSED")

    def test_finds_an_effect_of_a_generation_that_was_not_released(self):
        rows = self.found.effects["transfer"]
        rows[:] = [row._replace(generation=3) if row.step == "deliver" else row for row in rows]
        self.assert_found("I5 effect", "SOLD")

    def test_finds_an_effect_of_a_saga_that_nobody_knows(self):
        self.again("GHOST", "rate")
        self.assert_found("I5 effect", "GHOST")

    def test_finds_a_call_without_a_release_though_it_had_no_effect(self):
        for row in (barrier_row("POOR", "settle", 1, "rejected", "00ff", "{}", None), barrier_row("POOR", "transfer", 0, "undone", None, None, "{}"),
                    barrier_row("GHOST", "transfer", 1, "rejected", "00ff", "{}", None)):
            self.trial.barriers["transfer"] = {"that": row}
            self.assert_found("I5 effect", row.saga)

    def test_finds_a_request_that_is_not_the_one_that_was_released(self):
        self.record("SOLD", 5)["released"][1]["request_digest"] = "1" * 64
        self.assert_found("I5 request", "SOLD")

    def test_goes_by_the_half_of_a_digest_where_a_record_keeps_no_more(self):
        release = self.record("SOLD", 5)["released"][1]
        release["request_digest"] = release["request_digest"][:32]
        self.assertEqual(check(self.trial.evidence()), [])
        release["request_digest"] = "1" * 32
        self.assert_found("I5 request", "SOLD")

    def test_finds_an_effect_beside_the_barrier(self):
        rows = self.trial.barriers["transfer"]
        rows["SOLD", "deliver"] = rows["SOLD", "deliver"]._replace(generation=1, digest=digest_of("SOLD", "deliver", "action", 1))
        self.assert_found("I5 request", "SOLD")
        del rows["SOLD", "deliver"]
        self.assert_found("I5 request", "SOLD")

    def test_finds_a_completed_saga_without_an_effect(self):
        self.found.effects["rate"].clear()
        self.assert_found("I1 effects", "SOLD")

    def test_finds_what_a_compensated_saga_left_behind(self):
        self.found.effects["escrow"] = [row for row in self.found.effects["escrow"] if (row.saga, row.operation) != ("REFUSED", "compensation")]
        self.assert_found("I2 effects", "REFUSED")

    def test_finds_an_undo_of_what_never_happened(self):
        self.again("TAKEN-BACK", "transfer", "compensation")
        self.assert_found("I3 order", "TAKEN-BACK")

    def test_finds_an_action_after_its_undo(self):
        rows = self.found.effects["escrow"]
        action = next(row for row in rows if row.saga == "REFUSED" and row.operation == "action")
        rows[rows.index(action)] = action._replace(seq=len(rows) + 1)
        self.assert_found("I3 order", "REFUSED")

    def test_finds_a_participant_that_remembers_something_else(self):
        rows = self.trial.barriers["escrow"]
        rows["REFUSED", "settle"] = rows["REFUSED", "settle"]._replace(state="done")
        self.assert_found("I2 effects", "REFUSED")

    def test_finds_a_leak_of_money(self):
        self.found.balances["player-3"] -= 1
        self.found.balances["player-4"] += 1  # the sum is what it was
        self.assert_found("I10 money")

    def test_finds_a_leak_of_items(self):
        self.found.quantities["player-3", "sword-3"] += 1
        self.assert_found("I10 items")

    def test_finds_a_rate_that_the_sales_do_not_give(self):
        self.found.rates["sword-9"] = (1, 1, 1)
        self.assert_found("I10 items")

    def test_finds_a_hold_that_nothing_explains(self):
        self.found.holds.append(hold("POOR", "escrow", "player-1", 5, "released", None))
        self.assert_found("ledger", "POOR")

    def test_finds_a_hold_a_reservation_and_a_sale_of_something_else(self):
        for rows, change in ((self.found.holds, {"amount": 1}), (self.found.holds, {"state": "released"}),
                             (self.found.reservations, {"taker": "player-0"}), (self.found.sales, {"price": 1000})):
            with self.subTest(change=change):
                before = list(rows)
                self.trial.end_row(rows, "SOLD", **change)
                self.assert_found("ledger", "SOLD")
                rows[:] = before

    def test_finds_a_reservation_that_is_still_there(self):
        self.found.effects["transfer"] = [row for row in self.found.effects["transfer"] if row.operation == "action"]
        self.trial.end_row(self.found.reservations, "REFUSED", state="reserved")
        self.assert_found("I2 effects", "REFUSED", "all is over")


class Summary(unittest.TestCase):
    def setUp(self):
        self.shown = summary(lives_wanted=2, load_ms_min=300, sagas_wanted=10)
        self.shown.endings = [ending(LOADED, 300, "2026-01-01T00:00:03.500Z"), ending(BEFORE_LISTENING, 5, "2026-01-01T00:00:03.600Z"),
                              ending(ONCE_LISTENING, 5, "2026-01-01T00:00:11.000Z"), ending(LOADED, 400, "2026-01-01T00:00:19.500Z", acknowledged=10),
                              ending(STILL, 300, "2026-01-01T00:00:30.000Z", acknowledged=10)]
        self.shown.phases = [collections.Counter(COLUMNS) for _ in self.shown.endings]
        self.shown.lost.update(OPERATIONS)
        self.shown.happened.update({fault["kind"]: 10 for fault in FAULTS}, calls=300)
        self.shown.on_the_way.update({kind: 1 for kind in KINDS}, exchanges=100)
        self.shown.stood_still.update({name: 1 for name in PROGRAMS})
        self.shown.looks = 1

    def assert_missing(self, part):
        missing = list(self.shown.missing())
        self.assertEqual(len(missing), 1, missing)
        self.assertIn(part, missing[0])

    def test_lets_a_trial_pass_that_has_shown_all(self):
        self.assertEqual(list(self.shown.missing()), [])

    def test_tells_the_phase_of_each_saga_at_each_kill(self):
        trial = sample_trial()
        self.shown.endings[-1].at = trial.histories["AWAITED"][5]["time"]
        kills = [one.at for one in self.shown.endings]
        self.shown.learn({saga: replay(saga, records, kills) for saga, records in trial.histories.items()})
        self.assertEqual(self.shown.phases, [{"forward": 1}, {"forward": 1}, {"paused_forward": 1}, {"backward": 1, "stuck": 1},
                                             {"forward": 1, "awaited": 1}])
        told = [" ".join(line.split()) for line in self.shown.lines()]
        self.assertIn("3 once it listened 5 ms 0 0 0 1 0 0 0", told)
        self.assertIn("killed in all 3 1 1 0 1 1", told)
        self.assertIn("5 sagas: {'completed': 2, 'compensated': 3}", "".join(told))

    def test_finds_each_phase_that_no_kill_has_hit(self):
        for phase in COLUMNS:
            for found in self.shown.phases:
                del found[phase]
            self.assert_missing(f"a saga that was {phase}")
            self.shown.phases[0][phase] = 1

    def test_finds_each_fault_that_never_happened(self):
        for fault in FAULTS:
            del self.shown.happened[fault["kind"]]
            self.shown.happened["calls"] = 200
            self.assert_missing(f"the fault {fault['kind']}")
            self.shown.happened[fault["kind"]] = 10

    def test_finds_each_fault_that_no_gate_has_had(self):
        for kind in KINDS:
            del self.shown.on_the_way[kind]
            self.assert_missing(kind)
            self.shown.on_the_way[kind] = 1

    def test_finds_a_program_that_never_stood_still(self):
        for name in PROGRAMS:
            del self.shown.stood_still[name]
            self.assert_missing(f"{name} never stood still")
            self.shown.stood_still[name] = 1

    def test_finds_that_nothing_was_killed_while_it_stood_still(self):
        self.shown.endings[-1].how = LOADED
        self.assert_missing(STILL)

    def test_finds_that_too_little_went_wrong(self):
        self.shown.happened["calls"] = 301
        self.assert_missing("went wrong")

    def test_finds_each_operation_that_was_never_in_doubt(self):
        for key in OPERATIONS:
            del self.shown.lost[key]
            self.assert_missing(" ".join(key))
            self.shown.lost[key] = 1

    def test_finds_that_no_kill_came_at_the_start(self):
        self.shown.endings[1].how = ONCE_LISTENING
        self.assert_missing(BEFORE_LISTENING)
        self.shown.endings[1].how = self.shown.endings[2].how = BEFORE_LISTENING
        self.assert_missing(ONCE_LISTENING)

    def test_finds_lives_of_too_little_load_and_too_few_sagas(self):
        self.shown.endings[0].after_ms = 299
        self.assert_missing("1 lives")
        self.shown.endings[0].after_ms = 300
        self.shown.sagas_wanted = 11
        self.assert_missing("10 sagas")

    def test_finds_an_auditor_that_never_looked(self):
        self.shown.looks = 0
        self.assert_missing("auditor")

    def test_finds_unfinished_sagas_that_the_next_life_forgot(self):
        self.shown.endings[0].found_again = {phase: 1 for phase in PHASES}
        self.assertEqual(list(self.shown.forgotten()), [])
        self.shown.endings[0].found_again["backward"] = 0
        self.assertEqual(len(list(self.shown.forgotten())), 1)


if __name__ == "__main__":
    unittest.main()
