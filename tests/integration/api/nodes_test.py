"""Two nodes on one database: any of them answers any request, and each goes on with what another leaves."""

import http.client
import json
import re
import select
import signal
import socket
import threading
import unittest

import coordinator
import stub_participant
from coordinator import PATIENCE_SECONDS, await_that
from database import in_a_database, setUpModule  # noqa: F401
from shop import ORDER

# Of the journal, all nodes together.
PARTITIONS = 256
# Its one call may take long.
SLOW = """
saga: slow
steps:
  - {step: work, participant: shop, action: {post: /slow, timeout: 60s}, compensation: none}
"""
# Who may wait for the ends of other nodes' sagas at once, at one node.
ONLOOKERS_MAX = 512


class two_nodes(in_a_database):
    """`self.sagad` and `self.other`."""

    other_knows = "shop"

    def setUp(self):
        super().setUp()
        flags = self.sagad.flags if self.other_knows == "shop" else self.flags  # else those definitions are refused
        self.other = coordinator.coordinator({self.other_knows: self.shop.port}, self.configuration, flags)
        self.addCleanup(self.other.remove)
        self.other.journal = self.sagad.journal
        self.other.start()
        self.shared_out()

    def owned(self, node):
        return node.metric("sagad_partitions_owned")

    def shared_out(self):
        await_that(lambda: self.owned(self.sagad) == self.owned(self.other) == PARTITIONS / 2, "a half for each")

    def accepted(self, saga_id):
        """Once it is recorded that the late answer is waited for."""
        await_that(lambda: self.saga(saga_id)["seq"] >= 2, "the record of the call's answer")


class any_node_answers(two_nodes):
    def test_what_one_has_started_the_other_finds_at_once(self):
        for number in range(50):
            here, there = (self.sagad, self.other) if number % 2 else (self.other, self.sagad)
            started = here.call("POST", "/v1/definitions/order/sagas", {"item": "sword", "quantity": 2})
            self.assertEqual(started.status, 201, started.text)
            found = there.call("GET", f"/v1/sagas/{started.body['id']}?wait=30s")
            self.assertEqual((found.status, found.body["state"]), (200, "completed"), found.text)
            records = there.call("GET", f"/v1/sagas/{started.body['id']}/events")
            self.assertEqual((records.status, len(records.body)), (200, found.body["seq"]), records.text)

    def test_nobody_has_started_what_nobody_knows(self):
        for node in (self.sagad, self.other):
            self.assertEqual(node.call("GET", "/v1/sagas/00000000000000000000000000").status, 404)

    def test_whoever_waits_at_another_node_is_told_the_end(self):
        waiting = self.waiting()
        self.accepted(waiting)
        told = []
        waiter = threading.Thread(target=lambda: told.append(self.other.call("GET", f"/v1/sagas/{waiting}?wait=30s")))
        waiter.start()
        self.addCleanup(waiter.join)
        self.assertEqual(self.other.call("GET", f"/v1/sagas/{waiting}?wait=100ms").body["state"], "running")
        self.assertEqual(self.other.call("POST", self.callback(), {"loaf": 1}, {"Saga-Outcome": "done"}).status, 204)
        waiter.join()
        self.assertEqual(told[0].body["state"], "completed", told[0].text)
        again = self.other.call("POST", self.callback(), {"loaf": 1}, {"Saga-Outcome": "done"})
        self.assertEqual(again.status, 204, "the same again")
        against = self.other.call("POST", self.callback(), {}, {"Saga-Outcome": "rejected"})
        self.refused(against, 409, "outcome-stands")

    def test_of_too_many_who_wait_at_another_node_the_last_are_told_at_once(self):
        waiting = self.waiting()
        self.accepted(waiting)
        asking = [socket.create_connection(("127.0.0.1", self.other.port)) for _ in range(ONLOOKERS_MAX + 3)]
        for one in asking:
            self.addCleanup(one.close)
            one.sendall(f"GET /v1/sagas/{waiting}?wait=60s HTTP/1.1\r\nHost: sagad\r\n\r\n".encode())
        poll = select.poll()
        for one in asking:
            poll.register(one, select.POLLIN)
        await_that(lambda: len(poll.poll(0)) == 3, "three answers")
        self.assertEqual(self.other.call("GET", f"/v1/sagas/{waiting}?wait=60s").body["state"], "running", "one more is told, too")
        self.assertEqual(self.call("POST", self.callback(), {}, {"Saga-Outcome": "done"}).status, 204)
        await_that(lambda: len(poll.poll(0)) == len(asking), "all answers")
        states = [re.search(rb'"state":"(\w+)"', one.recv(4096)).group(1) for one in asking]
        self.assertEqual((states.count(b"running"), states.count(b"completed")), (3, ONLOOKERS_MAX))

    def test_a_command_reaches_the_saga_from_wherever_it_comes(self):
        waiting = self.waiting()
        self.accepted(waiting)
        command = f"/v1/sagas/{waiting}/commands/"
        for times in range(2):
            paused = self.other.call("POST", command + "pause", {"id": "c-1", "reason": "looking into it"})
            self.assertEqual((paused.status, paused.body["state"]), (200, "paused"), f"{times}: {paused.text}")
        for node in (self.sagad, self.other):
            asked = node.call("GET", f"/v1/sagas/{waiting}/commands?id=c-1")
            self.assertEqual((asked.status, asked.body["id"]), (200, waiting), asked.text)
            self.assertEqual(node.call("GET", f"/v1/sagas/{waiting}/commands?id=c-2").status, 404)
        self.refused(self.other.call("POST", command + "resume", {"id": "c-1"}), 409, "key-reused")
        self.refused(self.other.call("POST", command + "resume", {"id": "c-3", "if_seq": 1}), 409, "changed-meanwhile")
        refused = self.sagad.call("GET", f"/v1/sagas/{waiting}/commands?id=c-3")
        self.refused(refused, 409, "changed-meanwhile")
        self.assertEqual(self.other.call("POST", command + "resume", {"id": "c-3"}).body["state"], "running", "now it may")
        events = self.sagad.call("GET", f"/v1/sagas/{waiting}/events").body
        self.assertEqual(sum(one["cause"] == "command" for one in events), 2, events)
        self.assertEqual(self.call("POST", self.callback(), {}, {"Saga-Outcome": "done"}).status, 204)
        self.until(waiting, "completed")

    def test_a_key_stands_for_one_saga_on_both(self):
        for number in range(20):
            answers = []
            starts = [threading.Thread(target=lambda node=node: answers.append(
                node.call("POST", f"/v1/definitions/order/sagas?key=k-{number}", {"item": "sword", "quantity": 2})))
                for node in (self.sagad, self.other)]
            for one in starts:
                one.start()
            for one in starts:
                one.join()
            self.assertEqual(len({one.body["id"] for one in answers}), 1, [one.text for one in answers])
            self.assertEqual(sorted(one.status for one in answers), [200, 201])

    def test_each_lists_the_sagas_of_both(self):
        ids = {node.call("POST", "/v1/definitions/order/sagas?wait=30s", {"item": "sword", "quantity": 2}).body["id"]
               for node in (self.sagad, self.other, self.sagad, self.other)}
        for node in (self.sagad, self.other):
            await_that(lambda: {one["id"] for one in node.call("GET", "/v1/sagas").body["sagas"]} == ids, "all in the list")

    def test_what_one_defines_the_other_knows(self):
        inline = {"definition": {"steps": [{"step": "hold", "participant": "shop", "action": {"post": "/hold"}, "compensation": "none"}]}}
        begun = self.call("POST", "/v1/sagas", inline)
        self.assertEqual(begun.status, 201, begun.text)
        found = self.other.call("GET", f"/v1/sagas/{begun.body['id']}?wait=30s")
        self.assertEqual((found.status, found.body.get("state")), (200, "completed"), found.text)
        fresh = ORDER.replace("saga: order", "saga: fresh")
        self.assertEqual(self.call("PUT", "/v1/definitions/fresh", fresh).status, 200)
        started = self.other.call("POST", "/v1/definitions/fresh/sagas?wait=30s", {"item": "sword", "quantity": 2})
        self.assertEqual(started.body["state"], "completed", started.text)
        self.assertEqual(self.other.call("DELETE", "/v1/definitions/fresh").status, 200)
        await_that(lambda: self.start("fresh").status == 404, "the first node knowing that it is retired")

    def test_a_job_of_commands_is_asked_for_at_any_node(self):
        self.shop.does("/bake", stub_participant.answers(202))
        waiting = [self.started("later") for _ in range(3)]
        for one in waiting:
            self.accepted(one)
        nodes = (self.sagad, self.other)
        # Ten ids fall to both nodes' partitions, but for once in 500 runs, in which this asks for less.
        for number in range(10):
            here, there = nodes if number % 2 else nodes[::-1]
            job, command = f"night-{number}", ("pause", "resume")[number % 2]
            for one in waiting:  # in lists that are behind a saga is left alone
                place = here.call("GET", f"/v1/sagas/{one}").headers["Saga-Position"]
                for node in nodes:
                    self.assertEqual(node.call("GET", f"/v1/sagas?after={place}").status, 200)
            asks = {"id": job, "command": command, "filter": {"definition": "later"}}
            begun = here.call("POST", "/v1/commands", asks)
            self.assertIn(begun.status, (200, 202), begun.text)
            self.assertEqual(begun.headers["Location"], f"/v1/commands/{job}")
            for node in nodes:
                over = await_that(lambda: (lambda it: it if "ended" in it.body else None)(
                    node.call("GET", f"/v1/commands/{job}?outcome=done")), "the job over")
                self.assertEqual((over.body["found"], over.body["done"], len(over.body["results"])), (3, 3, 3), over.text)
            again = there.call("POST", "/v1/commands", asks)
            self.assertEqual((again.status, again.body["ended"]), (200, over.body["ended"]), "the same job")
            self.refused(there.call("POST", "/v1/commands", asks | {"reason": "another"}), 409, "key-reused")
            self.assertEqual(there.call("DELETE", f"/v1/commands/{job}").body["state"], "done")
        for node in nodes:
            self.refused(node.call("GET", "/v1/commands/nobody"), 404, "not-found")
        for one in waiting:
            self.assertEqual(self.other.call("POST", f"/v1/sagas/{one}/commands/resolve", {"reason": "enough"}).status, 200)

    def test_it_is_told_who_has_what(self):
        nodes = self.call("GET", "/v1/nodes").body["nodes"]
        self.assertEqual({one["address"].rpartition(":")[2] for one in nodes}, {str(self.sagad.port), str(self.other.port)})
        self.assertEqual(sorted(number for one in nodes for number in one["partitions"]), list(range(PARTITIONS)))


class one_lacks_a_participant(two_nodes):
    other_knows = "another_shop"
    may_leave_sagas = True

    def test_the_saga_says_which_node_it_is(self):
        started = self.other.call("POST", "/v1/definitions/order/sagas", {"item": "sword", "quantity": 2})
        self.assertEqual(started.status, 201, started.text)
        stuck = self.until(started.body["id"], "stuck")
        lacks_it = next(one for one in self.call("GET", "/v1/nodes").body["nodes"] if one["address"].endswith(f":{self.other.port}"))
        words = f"participant `shop` is not configured at the node that was to call it: {lacks_it['name']}, at {lacks_it['address']}"
        self.assertIn(words, json.dumps(stuck))
        await_that(lambda: words in self.call("GET", "/v1/sagas?state=stuck").text, "the list telling it, too")


class nodes_come_and_go(two_nodes):
    def test_one_that_ends_hands_over_at_once(self):
        waiting = self.waiting()
        self.accepted(waiting)
        self.assertEqual(self.sagad.end(), 0)
        # Its lease would have lasted for seconds; what it has handed over is there with its end.
        await_that(lambda: self.owned(self.other) == PARTITIONS, "all with the other")
        self.assertIn("drained; all is in the journal", self.sagad.log())
        answered = self.other.call("POST", self.callback(), {}, {"Saga-Outcome": "done"})
        self.assertEqual(answered.status, 204, answered.text)
        self.assertEqual(self.other.call("GET", f"/v1/sagas/{waiting}?wait=30s").body["state"], "completed")
        self.sagad.start()
        self.shared_out()

    def test_of_one_that_is_killed_the_other_takes_over_what_was_under_way(self):
        self.shop.does("/pay", stub_participant.never())
        started = self.started()
        await_that(lambda: self.shop.to("/pay"), "the call that hangs")
        self.sagad.end(signal.SIGKILL)
        self.shop.does("/pay", stub_participant.done())
        found = self.other.call("GET", f"/v1/sagas/{started}?wait=30s")
        self.assertEqual((found.status, found.body["state"]), (200, "completed"), found.text)
        await_that(lambda: self.owned(self.other) == PARTITIONS, "all with the other: not each lease was renewed at the same moment")
        self.assertEqual([one.headers["idempotency-key"] for one in self.shop.to("/hold")],
                         [f"{started}/hold/action/1"], "what was done is not done again")

    def test_of_one_that_stands_still_commands_wait_and_callbacks_are_to_be_said_again(self):
        answered, commanded = self.waiting(), self.started("later")
        self.accepted(answered)
        self.accepted(commanded)
        path = next(one for one in self.shop.to("/bake") if one.headers["saga-id"] == answered)
        path = path.headers["saga-callback"].removeprefix("http://sagad.example")
        # Whoever takes over passes these by, so that nobody has them until all was told.
        partitions = ", ".join(self.call("GET", f"/v1/sagas/{one}").headers["Saga-Position"].partition("-")[0] for one in (answered, commanded))
        let_go = self.server.keeps(self.sagad.journal, f"SELECT id FROM sagad_partitions WHERE id IN ({partitions})")
        self.addCleanup(let_go)
        stopped = self.sagad.process
        stopped.send_signal(signal.SIGSTOP)
        self.addCleanup(stopped.send_signal, signal.SIGCONT)
        said = []
        late = threading.Thread(target=lambda: said.append(self.other.call("POST", path, {}, {"Saga-Outcome": "done"})))
        late.start()
        self.addCleanup(late.join)
        paused = self.other.call("POST", f"/v1/sagas/{commanded}/commands/pause", {"id": "a night's work/1"})
        self.assertEqual((paused.status, paused.body), (202, {"saga": commanded, "id": "a night's work/1", "state": "waiting"}), paused.text)
        where = paused.headers["Location"]
        self.assertEqual(where, f"/v1/sagas/{commanded}/commands?id=a%20night%27s%20work%2F1")
        self.assertEqual(self.other.call("GET", where).status, 202, "nobody has it yet")
        late.join()
        self.refused(said[0], 503, "overloaded")
        self.assertEqual(said[0].headers["Retry-After"], "1")
        let_go()
        paused = await_that(lambda: (lambda it: it if it.status != 202 else None)(self.other.call("GET", where)), "the other's taking over")
        self.assertEqual((paused.status, paused.body["state"]), (200, "paused"), paused.text)
        await_that(lambda: self.other.call("POST", path, {}, {"Saga-Outcome": "done"}).status == 204, "said again")
        stopped.send_signal(signal.SIGCONT)
        self.shared_out()
        self.until(answered, "completed")
        self.assertRegex(self.sagad.log(), "partitions?[^:]* ha(s|ve) another owner")
        self.assertEqual(self.call("POST", f"/v1/sagas/{commanded}/commands/resolve", {"reason": "enough"}).status, 200)

    def test_one_that_can_make_no_connection_goes_on_with_those_that_it_has(self):
        name = re.search(r"/(journal_\d+)\?", self.sagad.journal).group(1)

        def asked(text):
            return self.server.run("psql", "-h", self.server.folder, "-U", "sagad", "-d", "postgres", "-X", "-A", "-t", "-c", text)
        self.assertEqual(self.start(query="?wait=30s").body["state"], "completed", "what it writes with it has")
        leases = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND application_name = 'sagad lease'"
        await_that(lambda: asked(leases) == "2", "each renewing its lease")

        def newest_epoch():
            return int(self.server.run("psql", "-h", self.server.folder, "-U", "sagad", "-d", name, "-X", "-A", "-t", "-c",
                                       "SELECT max(epoch) FROM sagad_partitions"))
        epoch = newest_epoch()
        asked(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self.other.end(signal.SIGKILL)
        # A take-over makes one of its own.
        await_that(lambda: "it cannot be seen who shares the journal" in self.sagad.log(), "the lease's end")
        self.assertEqual(self.start(query="?wait=30s").body["state"], "completed")
        sessions = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND application_name = 'sagad node'"
        self.assertEqual(asked(sessions), "1", "it hears and sees what there is")
        asked(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await_that(lambda: self.owned(self.sagad) == PARTITIONS, "all with the one that is left")
        self.assertLessEqual(newest_epoch(), epoch + 1, "it has taken nothing that it could not read")

    def test_one_without_the_database_takes_no_starts_and_says_what_it_does_not_know(self):
        waiting = self.waiting()
        self.accepted(waiting)
        self.server.fall()
        asked = self.start(query="?key=in-doubt")
        self.assertEqual(asked.status, 503, asked.text)
        self.assertIn(asked.body["type"], ("urn:sagad:problem:durability-unknown", "urn:sagad:problem:overloaded"))
        for node in (self.sagad, self.other):
            await_that(lambda: node.call("GET", "/readyz").status == 503, "being told of it")
            refused = await_that(lambda: (lambda it: it if "saga" not in it.body else None)(
                node.call("POST", "/v1/definitions/order/sagas", {"item": "sword", "quantity": 2})), "the lease's end")
            self.refused(refused, 503, "overloaded")
            unknown = node.call("POST", "/v1/definitions/nobody/sagas?key=in-doubt", {})
            self.refused(unknown, 503, "overloaded")
            for _ in range(2):  # the first may be given up before it is known why
                late = node.call("POST", self.callback(), {}, {"Saga-Outcome": "done"})
                self.assertEqual(late.status, 503, late.text)
                self.assertNotIn(str(self.server.folder), late.text, "how the database is reached is not everybody's to know")
        self.server.start()
        self.shared_out()  # whoever is first back has all for a moment
        for node in (self.sagad, self.other):
            await_that(lambda: node.call("GET", "/readyz").status == 200, "going on")
            done = self.now_or_later(lambda: node.call("POST", "/v1/definitions/order/sagas?wait=30s", {"item": "sword", "quantity": 2}))
            self.assertEqual(done.body.get("state"), "completed", done.text)
        await_that(lambda: self.other.call("POST", self.callback(), {}, {"Saga-Outcome": "done"}).status == 204, "said again")
        await_that(lambda: all(node.metric("sagad_sagas_live") == 0 for node in (self.sagad, self.other)), "what was in doubt")
        again = self.now_or_later(lambda: self.start(query="?key=in-doubt&wait=30s"))
        self.assertEqual(again.body["state"], "completed", again.text)
        await_that(lambda: [one["id"] for one in self.listed("?key=in-doubt")] == [again.body["id"]], "one saga by the key")


class whoever_waits(two_nodes):
    """At a node for the end of a saga, which moves to another one meanwhile."""

    definitions = (*two_nodes.definitions, SLOW)

    def asks(self, method, path, body="", node=None):
        """A question under way: the connection that the answer comes to."""
        peer = socket.create_connection(("127.0.0.1", (node or self.sagad).port), timeout=PATIENCE_SECONDS)
        self.addCleanup(peer.close)
        lines = [f"{method} {path} HTTP/1.1", "Host: sagad", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        peer.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        return peer

    def told(self, asking):
        """What comes, and that nothing comes behind it."""
        answer = http.client.HTTPResponse(asking)
        answer.begin()
        body = json.loads(answer.read())
        asking.setblocking(False)
        try:
            self.assertEqual(asking.recv(1), b"", "one answer")
        except BlockingIOError:
            pass  # it stays open, for the next question
        return answer.status, body.get("state", body), body.get("id")

    def starts(self, key):
        """Starts a saga that is answered late, and waits for its end; its id, and the connection."""
        self.shop.does("/bake", stub_participant.answers(202))
        before = len(self.shop.to("/bake"))
        asking = self.asks("POST", f"/v1/definitions/later/sagas?key={key}&wait=60s", "{}")
        await_that(lambda: len(self.shop.to("/bake")) > before, "its call")
        saga_id = self.shop.to("/bake")[-1].headers["saga-id"]
        self.accepted(saga_id)
        return saga_id, asking

    def starts_elsewhere(self, key, *others):
        """As `starts`, in another partition than those. Starts of one moment share one."""
        for attempt in range(100):
            saga_id, asking = self.starts(f"{key}-{attempt}")
            if self.partition(saga_id) not in {self.partition(one) for one in others}:
                return saga_id, asking, f"{key}-{attempt}"
            self.ends(saga_id)
            self.assertEqual(self.told(asking), (200, "completed", saga_id))
        raise AssertionError("all starts came to the same partitions")

    def partition(self, saga_id):
        return self.call("GET", f"/v1/sagas/{saga_id}").headers["Saga-Position"].partition("-")[0]

    def ends(self, saga_id):
        """Its participant answers at last, by the other node."""
        path = next(one for one in self.shop.to("/bake") if one.headers["saga-id"] == saga_id)
        path = path.headers["saga-callback"].removeprefix("http://sagad.example")
        self.assertEqual(self.other.call("POST", path, {}, {"Saga-Outcome": "done"}).status, 204)

    def test_at_one_that_hands_over_to_a_node_that_comes_is_told_the_end(self):
        self.assertEqual(self.other.end(), 0)
        await_that(lambda: self.owned(self.sagad) == PARTITIONS, "all with the first")
        waiting, places = {}, {0}
        while max(places) < PARTITIONS / 2:  # the upper half will move
            saga_id, asking = self.starts(f"k-{len(waiting)}")
            waiting[saga_id] = asking
            places.add(int(self.partition(saga_id)))
        self.other.start()
        self.shared_out()
        self.assertIn(max(places), self.partitions_of(self.other))
        for saga_id in waiting:
            self.ends(saga_id)
        for saga_id, asking in waiting.items():
            self.assertEqual(self.told(asking), (200, "completed", saga_id))

    def partitions_of(self, node):
        nodes = self.call("GET", "/v1/nodes").body["nodes"]
        return next(one for one in nodes if one["address"].endswith(f":{node.port}"))["partitions"]

    def test_at_one_that_ends_is_told_the_end_as_long_as_it_is_there_and_then_where_the_saga_is(self):
        freed = threading.Event()
        self.addCleanup(freed.set)

        def wait_for_it(peer, _):
            freed.wait(PATIENCE_SECONDS)
            peer.sendall(stub_participant.status(200))
        self.shop.does("/slow", wait_for_it)
        holds_it = self.started("slow")
        await_that(lambda: self.shop.to("/slow"), "the call that holds the end")
        ending, asking, key = self.starts_elsewhere("ends", holds_it)
        staying, starting, _ = self.starts_elsewhere("stays", holds_it, ending)
        again = self.asks("POST", f"/v1/definitions/later/sagas?key={key}&wait=60s", "{}")
        looking = [self.asks("GET", f"/v1/sagas/{ending}?wait=60s") for _ in range(2)]
        patient = self.asks("GET", f"/v1/sagas/{staying}?wait=60s")
        short = self.asks("GET", f"/v1/sagas/{staying}?wait=6s")
        await_that(lambda: self.sagad.metric("sagad_requests_waiting") == 7, "all of them waiting")
        self.sagad.process.send_signal(signal.SIGTERM)
        await_that(lambda: self.owned(self.other) == PARTITIONS - 1, "all but one with the other")
        self.ends(ending)
        for one in (asking, again, *looking):
            self.assertEqual(self.told(one), (200, "completed", ending))
        self.assertEqual(self.told(short), (200, "running", staying), "in time with where it is")
        self.assertIsNone(self.sagad.process.poll(), "it is there yet")
        freed.set()
        self.assertEqual(self.told(starting), (202, "running", staying))
        self.assertEqual(self.told(patient), (200, "running", staying))
        self.assertEqual(self.sagad.process.wait(PATIENCE_SECONDS), 0)
        self.ends(staying)
        for one in (staying, holds_it):
            self.assertEqual(self.other.call("GET", f"/v1/sagas/{one}?wait=30s").body["state"], "completed")

    def test_at_one_that_has_stood_still_is_told_the_end(self):
        saga_id, asking = self.starts("k")
        looking = self.asks("GET", f"/v1/sagas/{saga_id}?wait=60s")
        impatient = self.asks("GET", f"/v1/sagas/{saga_id}?wait=5s")
        await_that(lambda: self.sagad.metric("sagad_requests_waiting") == 3, "all of them waiting")
        stopped = self.sagad.process
        stopped.send_signal(signal.SIGSTOP)
        self.addCleanup(stopped.send_signal, signal.SIGCONT)
        await_that(lambda: self.owned(self.other) == PARTITIONS, "all with the other")
        stopped.send_signal(signal.SIGCONT)
        self.assertEqual(self.told(impatient), (200, "running", saga_id))
        self.shared_out()  # it may be back where it was
        self.ends(saga_id)
        for one in (asking, looking):
            self.assertEqual(self.told(one), (200, "completed", saga_id))


if __name__ == "__main__":
    unittest.main()
