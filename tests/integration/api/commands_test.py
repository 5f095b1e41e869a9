"""Commands on sagas that are really stuck, and those that a state refuses."""

import threading
import unittest

import stub_participant
from coordinator import await_that
from shop import shop_case


class commands(shop_case):
    def blocked_before_the_pivot_is_undone(self):
        """The id of a saga that goes backward and whose compensation is blocked."""
        self.shop.does("/pay", stub_participant.rejects())
        self.shop.does("/unhold", stub_participant.answers(500))
        saga_id = self.started()
        shown = self.until(saga_id, "stuck")
        self.assertEqual(shown["direction"], "backward")
        return saga_id

    def drops(self, path):
        """The path's calls are not answered until the event is set, and then cut off."""
        freed = threading.Event()
        self.addCleanup(freed.set)
        self.shop.does(path, stub_participant.drops(freed))
        return freed

    def held(self, path):
        """The id of a saga whose call is under way, and what cuts that off."""
        freed = self.drops(path)
        saga_id = self.started()
        await_that(lambda: self.shop.to(path), "the call")
        return saga_id, freed

    def test_an_id_stands_for_one_command(self):
        saga_id = self.stuck()
        self.assertEqual(self.command(saga_id, "pause", {"id": "c1"}).status, 200)
        self.assertEqual(self.command(saga_id, "pause", {"id": "c1"}).status, 200)
        self.refused(self.command(saga_id, "resume", {"id": "c1"}), 409, "key-reused", "pause")
        self.assertEqual(self.call("GET", f"/v1/sagas/{saga_id}").body["state"], "paused")

    def test_an_id_in_the_header_is_a_key_like_a_starts(self):
        saga_id = self.stuck()
        path = f"/v1/sagas/{saga_id}/commands/pause"
        for key in ("\xff\xfe", "a b", "a" * 129):
            self.refused(self.call("POST", path, {}, {"Idempotency-Key": key}), 400, "invalid-argument", "128")
        self.assertEqual(self.call("POST", path, {}, {"Idempotency-Key": '"c-1"'}).status, 200)
        last = self.call("GET", f"/v1/sagas/{saga_id}").body["last_command"]
        self.assertEqual((last["command"], last["actor"]), ("pause", "local"))
        self.assertIn('"id":"c-1"', self.call("GET", f"/v1/sagas/{saga_id}/events").text)

    def test_retry_goes_on_with_a_stuck_saga(self):
        saga_id = self.stuck()
        self.shop.does("/send", stub_participant.done())
        answer = self.command(saga_id, "retry", {"reason": "the carrier is back", "step": "send", "operation": "action"})
        self.assertEqual(answer.status, 200, answer.text)
        self.until(saga_id, "completed")

    def test_retry_without_a_step_takes_a_blocked_compensation_too(self):
        saga_id = self.blocked_before_the_pivot_is_undone()
        self.shop.does("/unhold", stub_participant.done())
        self.assertEqual(self.command(saga_id, "retry").status, 200)
        self.assertEqual(self.until(saga_id, "compensated")["outcome"], "compensated")

    def test_edit_sends_another_body_as_another_generation(self):
        saga_id = self.stuck()
        self.shop.does("/send", stub_participant.done())
        self.refused(self.command(saga_id, "edit", {"step": "send"}), 400, "invalid-argument", "body")
        answer = self.command(saga_id, "edit", {"step": "send", "body": {"to": "elsewhere", "big": 1}})
        self.assertEqual(answer.status, 200, answer.text)
        self.until(saga_id, "completed")
        last = self.shop.to("/send")[-1]
        self.assertEqual((last.headers["saga-generation"], last.body), ("2", '{"to": "elsewhere", "big": 1}'))

    def test_an_edited_body_may_hold_a_number_of_any_size(self):
        saga_id = self.stuck()
        self.shop.does("/send", stub_participant.done())
        answer = self.command(saga_id, "edit", '{"step":"send","body":{"n":1e999,"m":123456789012345678901234567890}}')
        self.assertEqual(answer.status, 200, answer.text)
        self.until(saga_id, "completed")
        self.assertEqual(self.shop.to("/send")[-1].body, '{"n":1e999,"m":123456789012345678901234567890}')

    def test_skip_stands_in_for_the_participant(self):
        saga_id = self.stuck()
        answer = self.command(saga_id, "skip", {"step": "send", "body": {"sent": "by hand"}, "reason": "done by phone"})
        self.assertEqual(answer.status, 200, answer.text)
        shown = self.until(saga_id, "completed")
        self.assertEqual(shown["steps"][2]["state"], "skipped")

    def test_resolve_closes_by_hand_and_lists_what_stays(self):
        saga_id = self.stuck()
        answer = self.command(saga_id, "resolve", {"reason": "written off"})
        self.assertEqual((answer.status, answer.body["outcome"]), (200, "resolved"), answer.text)
        self.assertEqual([one["step"] for one in answer.body["remaining_effects"]], ["hold", "pay", "send"])
        self.refused(self.command(saga_id, "retry"), 409, "state-refuses")

    def test_compensate_turns_back_before_the_pivot_and_not_after_it(self):
        saga_id, freed = self.held("/hold")
        self.assertEqual(self.command(saga_id, "compensate", {"reason": "no longer wanted"}).status, 200)
        freed.set()
        self.assertEqual(self.until(saga_id, "compensated")["turned_back"]["cause"], "compensate_command")
        self.assertEqual(len(self.shop.to("/unhold")), 1)
        self.shop.does("/hold", stub_participant.done())
        self.refused(self.command(self.stuck(), "compensate"), 409, "state-refuses", "no return")

    def test_compensate_by_force_undoes_what_it_can_and_ends_resolved(self):
        saga_id = self.stuck()
        self.assertEqual(self.command(saga_id, "compensate", {"force": True, "reason": "recalled"}).status, 200)
        shown = self.until(saga_id, "resolved")
        self.assertEqual(len(self.shop.to("/unhold")), 1)
        self.assertIn("pay", [one["step"] for one in shown["remaining_effects"]])

    def test_pause_holds_a_saga_and_resume_lets_it_go_on(self):
        saga_id = self.stuck()
        self.assertEqual(self.command(saga_id, "pause").body["state"], "paused")
        self.refused(self.command(saga_id, "pause"), 409, "state-refuses")
        self.shop.does("/send", stub_participant.done())
        self.assertEqual(self.command(saga_id, "resume").status, 200)
        self.refused(self.command(saga_id, "resume"), 409, "state-refuses")
        self.command(saga_id, "retry")
        self.until(saga_id, "completed")

    def test_cancel_before_the_pivot_undoes_and_after_it_is_409(self):
        saga_id, freed = self.held("/hold")
        answer = self.call("POST", f"/v1/sagas/{saga_id}/cancel", {"reason": "changed my mind"})
        self.assertEqual(answer.status, 200, answer.text)
        freed.set()
        self.assertEqual(self.until(saga_id, "compensated")["turned_back"]["cause"], "cancelled")
        self.assertEqual(self.shop.to("/pay"), [])
        self.shop.does("/hold", stub_participant.done())
        self.refused(self.call("POST", f"/v1/sagas/{self.stuck()}/cancel"), 409, "state-refuses")
        self.shop.does("/send", stub_participant.done())
        finished = self.start(query="?wait=30s")
        self.refused(self.call("POST", f"/v1/sagas/{finished.body['id']}/cancel"), 409, "state-refuses")

    def test_what_a_final_saga_is_told_is_409(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        for name, body in (("retry", {}), ("edit", {"step": "send", "body": {}}), ("skip", {"step": "send"}), ("pause", {}),
                           ("resume", {}), ("compensate", {}), ("compensate", {"force": True}), ("resolve", {})):
            with self.subTest(name=name):
                self.refused(self.command(saga_id, name, body), 409, "state-refuses")
        self.assertEqual(self.saga(saga_id)["state"], "completed")

    def test_an_open_exchange_is_409_and_says_until_when(self):
        self.shop.does("/send", stub_participant.answers(500))
        saga_id = self.started()
        self.until(saga_id, "stuck")
        freed = self.drops("/send")
        seen = len(self.shop.to("/send"))
        self.command(saga_id, "retry")
        await_that(lambda: len(self.shop.to("/send")) > seen, "the call")
        for name, body in (("retry", {"step": "send"}), ("edit", {"step": "send", "body": {}}), ("skip", {"step": "send"}),
                           ("resolve", {})):
            self.refused(self.command(saga_id, name, body), 409, "in-flight")
        self.assertEqual(self.command(saga_id, "resolve", {"force": True}).body["outcome"], "resolved")
        freed.set()

    def test_an_outdated_if_seq_is_409_and_the_newest_is_taken(self):
        saga_id = self.stuck()
        seq = self.saga(saga_id)["seq"]
        self.refused(self.command(saga_id, "pause", {"if_seq": seq - 1}), 409, "changed-meanwhile")
        self.refused(self.command(saga_id, "pause", {"if_seq": seq + 1}), 409, "changed-meanwhile")
        for bad in (0, -1, "1", 1.5, 2 ** 32, None):
            with self.subTest(if_seq=bad):
                self.refused(self.command(saga_id, "pause", {"if_seq": bad}), 400, "invalid-argument", "if_seq")
        self.assertEqual(self.command(saga_id, "pause", {"if_seq": seq}).status, 200)

    def test_the_same_command_id_gives_the_first_result(self):
        saga_id = self.stuck()
        first = self.command(saga_id, "pause", {"id": "c-1"})
        again = self.command(saga_id, "pause", {"id": "c-1"})
        self.assertEqual((first.status, again.status), (200, 200), again.text)
        self.assertEqual(self.saga(saga_id)["seq"], first.body["seq"])
        self.refused(self.command(saga_id, "pause", {"id": "c-2"}), 409, "state-refuses")
        path = f"/v1/sagas/{saga_id}/commands/resume"
        statuses = [self.call("POST", path, {}, {"Idempotency-Key": "c-3"}).status for _ in range(2)]
        self.assertEqual(statuses, [200, 200])

    def test_unknown_commands_members_and_steps_are_named(self):
        saga_id = self.stuck()
        self.refused(self.command(saga_id, "restart"), 404, "not-found", "restart", "retry")
        self.refused(self.command(saga_id, "cancel"), 404, "not-found")
        self.refused(self.command(saga_id, "retry", {"setp": "send"}), 400, "invalid-argument", "setp", "step")
        self.refused(self.command(saga_id, "retry", {"step": "none"}), 400, "invalid-argument", "none")
        self.refused(self.command(saga_id, "retry", {"step": 5}), 400, "invalid-argument", "step")
        self.refused(self.command(saga_id, "retry", {"operation": "both"}), 400, "invalid-argument", "compensation")
        self.refused(self.command(saga_id, "resolve", {"force": "yes"}), 400, "invalid-argument", "force")
        self.refused(self.command(saga_id, "retry", {"reason": "a" * 1025}), 400, "invalid-argument", "1024")
        self.refused(self.command(saga_id, "retry", []), 400, "invalid-argument", "object")
        self.refused(self.command(saga_id, "retry", "{"), 400, "malformed")
        self.refused(self.command(saga_id, "skip", {}), 400, "invalid-argument", "step")

    def test_commands_stand_in_the_records_with_actor_and_reason(self):
        saga_id = self.stuck()
        self.command(saga_id, "resolve", {"reason": "written off", "id": "c-9"})
        text = self.call("GET", f"/v1/sagas/{saga_id}/events").text
        for said in ("written off", "local", "c-9", "resolve"):
            self.assertIn(said, text)

    def tearDown(self):
        # What a test leaves stuck on purpose is closed by hand: nothing else may be left.
        for one in self.listed("?state=unfinished&limit=1000"):
            self.command(one["id"], "resolve", {"force": True})
        super().tearDown()


if __name__ == "__main__":
    unittest.main()
