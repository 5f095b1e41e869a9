#!/usr/bin/env python3
"""nodes_test.py --bin DIR [--rounds 20] [--clients 32] [--seed N] [--folder DIR]

Three nodes of sagad on one database, each in a network namespace of its own (needs root), under load; round after round something strikes: nodes and the
database are killed or stand still for longer than a lease, the database's standby is promoted, links are cut without a word, nodes leave and join, with
clocks that are minutes off.
What clients were told is kept here; at the end all is left to finish, and every saga's records, the participants' own databases and what clients were
told are held against each other by the kill test's checker, on each node. Exits 1 when an invariant does not hold, or when something that there
is to show was never hit. Standard library only.
"""

import argparse
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "crash"), str(HERE.parent.parent / "scripts")]
import evidence as gather  # noqa: E402
import network  # noqa: E402
import trials  # noqa: E402
from blows import KINDS, struck, summary  # noqa: E402
from checker import check, evidence  # noqa: E402
from cluster import PATIENCE_SECONDS, cluster  # noqa: E402
from connection import GONE, connection  # noqa: E402
from faults import keeper  # noqa: E402
from load import client, client_record, crowd, not_now, repeat_unanswered  # noqa: E402
from processes import await_that  # noqa: E402
from replay import finding  # noqa: E402

QUIET_SECONDS = (0.3, 1.0)  # between two rounds
PAUSE_SECONDS_MAX = 0.5     # of a client between two requests
ANSWER_SECONDS_MAX = 6      # a client waits: longer than it asks to wait for an end
AVOIDED_SECONDS = 3         # a node that did not answer, by the client that has asked it
TWO_AT_ONCE_EVERY = 4
MUST_BE_ZERO = ("sagad_audit_violations_total", "sagad_sagas_quarantined_total", "sagad_contradictions_total")
# What the database itself says of who has written: findings where it counts any.
NEVER = {
    "I9 epoch: records written under an epoch that was over":
        "SELECT count(*) FROM (SELECT epoch, max(epoch) OVER (PARTITION BY partition_id ORDER BY position ROWS UNBOUNDED PRECEDING) AS newest "
        "FROM sagad_records) AS each WHERE epoch < newest",
    "I12 old state: positions that were given twice":
        "SELECT count(*) - count(DISTINCT (partition_id, position)) FROM sagad_records",
    "I12 old state: records of one saga with one number":
        "SELECT count(*) - count(DISTINCT (saga, seq)) FROM sagad_records",
}


class roamer(client):
    """A client that asks now this node, now that one."""

    def __init__(self, places, record, seed):
        super().__init__(places[0], record, seed)
        self.links = [connection(one, ANSWER_SECONDS_MAX) for one in places]
        self.avoided = {}  # link -> until when

    def run(self, stop):
        while not stop.is_set():
            at = time.monotonic()
            self.to = self.dice.choice([link for link in self.links if self.avoided.get(link, 0) < at] or self.links)
            try:
                self.act()
            except (*GONE, not_now):
                self.avoided[self.to] = time.monotonic() + AVOIDED_SECONDS
            stop.wait(self.dice.uniform(0, PAUSE_SECONDS_MAX))
        for one in self.links:
            one.close()


class trial:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.dice = random.Random(options.seed)
        self.record, self.shown, self.audits = client_record(), summary(), []
        self.cluster = cluster(options.bin, folder, random.Random(options.seed + 1), self.shown.clocks, with_standby=True)
        self.keeper = keeper(self.cluster.services, random.Random(options.seed + 2))
        self.places = [one.place for one in self.cluster.nodes]
        self.kinds = []  # that are still to come before all begin again

    # Rounds -------------------------------------------------------------------------------------------------------------

    def next_kind(self, among):
        """Each of them before any of them again."""
        if not any(kind in self.kinds for kind in among):
            self.kinds += self.dice.sample(among, len(among))
        kind = next(kind for kind in self.kinds if kind in among)
        self.kinds.remove(kind)
        return kind

    def blows(self, number):
        """What strikes in this round: one, or one at each of two nodes."""
        nodes = self.dice.sample(self.cluster.nodes, 2)
        if number % TWO_AT_ONCE_EVERY:
            return [self.next_kind(KINDS)(self.cluster, nodes[0])]
        of_nodes = [kind for kind in KINDS if kind.many]
        return [self.next_kind(of_nodes)(self.cluster, node) for node in nodes]

    def round(self, number):
        time.sleep(self.dice.uniform(*QUIET_SECONDS))  # the moment is what is drawn
        blows = self.blows(number)
        whose = [None if one.whose() is None else self.cluster.partitions_of(one.whose()) for one in blows]
        for one, partitions in zip(blows, whose):
            self.shown.struck.append(struck(one.kind, trials.now(), partitions))
            one.begin()
        time.sleep(max(self.dice.uniform(*one.seconds) for one in blows))
        for one in blows:
            one.end()
        self.keeper.count()
        self.look_after_nodes(number)
        print(f"\r  round {number}: {len(self.record.acknowledged)} sagas acknowledged, {len(self.record.reported)} ends reported; "
              + ", and ".join(one.kind for one in blows) + " " * 20, end="", flush=True)

    def look_after_nodes(self, number):
        for one in self.cluster.nodes:
            code = one.sagad.process.poll()
            if code is not None:
                self.record.wrong("end", "", f"{one.machine.name} ended by itself with {code} in round {number}; its log says why")
                return
            self.audit(one, number)

    @staticmethod
    def metrics(one):
        to = connection(one.place, PATIENCE_SECONDS)
        text = to.ask_text("GET", "/metrics")[1].decode()
        to.close()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))}

    def audit(self, one, when):
        measured = self.metrics(one)
        self.audits += [(f"{when} of {one.machine.name}", name, measured[name]) for name in MUST_BE_ZERO]

    def live(self):
        self.keeper.begin()
        with crowd(self.places, self.record, self.options.clients, self.dice, roamer) as clients:
            for number in range(1, self.options.rounds + 1):
                self.round(number)
                if self.record.findings or self.keeper.failure:
                    break
            clients.stop.set()
        print(flush=True)

    # The end ------------------------------------------------------------------------------------------------------------

    def finish(self):
        self.keeper.end()
        self.keeper.mend()
        self.finish_sagas()

    def finish_sagas(self):
        self.await_ready()
        repeat_unanswered(self.places[0], self.record, self.options.clients)
        live = self.live_sagas()
        while live:
            await_that(lambda before=live: self.live_sagas() < before, PATIENCE_SECONDS, f"another end of {live} unfinished sagas (I7)")
            live = self.live_sagas()
        self.look_after_nodes("the end")

    def await_ready(self):
        for at in self.places:
            await_that(lambda at=at: self.ask(at, "GET", "/readyz")[0] == 200, PATIENCE_SECONDS, f"{at.host} being ready")

    @staticmethod
    def ask(at, method, path, body=None):
        to = connection(at, PATIENCE_SECONDS)
        try:
            return to.ask(method, path, body)
        except GONE as error:
            return 0, error
        finally:
            to.close()

    def live_sagas(self):
        """How many are not final, by the nodes, and by the database, which is told a little later. What is paused is resumed, at any node."""
        status, told = self.ask(self.dice.choice(self.places), "GET", "/v1/sagas?state=paused&limit=1000")
        for saga in told["sagas"] if status == 200 else ():
            self.ask(self.dice.choice(self.places), "POST", f"/v1/sagas/{saga['id']}/commands/resume", {"reason": "the test ends"})
        measured = [self.metrics(one) for one in self.cluster.nodes]
        return max(self.cluster.live_sagas(), int(sum(one["sagad_sagas_live"] + one["sagad_sagas_to_recover"] for one in measured)))

    def gather(self):
        found = evidence(self.record.acknowledged, self.record.reported, self.record.seen, {}, {}, audits=self.audits)
        gather.read_databases(self.folder, found)
        first, second, third = self.places
        found.asked_again["when all was over, at node-1"] = gather.in_processes(gather.outcomes, first, self.record.acknowledged)
        by_key = gather.in_processes(gather.outcomes_by_key, second, self.record.sagas)
        found.asked_again["when all was over, at node-2"] = dict(by_key.values())
        for key, (saga, _) in by_key.items():
            if saga != self.record.sagas[key]:
                self.record.wrong("I4 key", saga, f"{key} had started {self.record.sagas[key]}, and stands for it at node-2")
        for one in self.cluster.nodes:
            one.sagad.end(hard=True)
        for one in self.cluster.nodes:
            one.start()
        self.await_ready()
        sagas = set(self.record.acknowledged).union(*({row.saga for row in rows} for rows in found.barriers.values()),
                                                    *({row.saga for row in rows} for rows in found.effects.values()))
        histories = gather.in_processes(gather.histories, third, sagas, [])
        found.stories = {saga: told for saga, (told, _, _) in histories.items() if told}
        found.portraits = {saga: picture for saga, (_, picture, _) in histories.items() if picture}
        found.asked_again["after all were killed, at node-3"] = {saga: outcome for saga, (_, _, outcome) in histories.items()}
        return found

    def conclude(self, found):
        self.shown.learn(found.stories)
        self.shown.faults = self.keeper.happened()
        for line in self.shown.lines():
            print("  " + line)
        self.judge(found)
        self.record.findings += [finding("not shown", "", text) for text in self.shown.missing()]

    def judge(self, found):
        self.record.findings += check(found)
        for what, query in NEVER.items():
            count = int(self.cluster.sql(query))
            if count:
                self.record.wrong(what.split(":")[0], "", f"{count}{what.split(':')[1]}")

    def run(self):
        self.cluster.open()
        self.live()
        if not self.record.findings:
            print("  nothing strikes any more, and what is left is finished", flush=True)
            self.finish()
            self.conclude(self.gather())
        if self.record.findings:
            raise trials.broken(self.record.findings)

    def close(self):
        self.keeper.over.set()
        self.cluster.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trials.add_options(parser)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=32)
    options = parser.parse_args()
    network.enter()
    return trials.carry_out("nodes", trial, options)


if __name__ == "__main__":
    sys.exit(main())
