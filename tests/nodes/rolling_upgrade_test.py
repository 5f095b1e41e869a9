#!/usr/bin/env python3
"""rolling_upgrade_test.py --bin DIR [--clients 12] [--seed N] [--folder DIR]

Three nodes of the previous format of records on one database, as in nodes_test.py (needs root), are replaced by the present program under load, one after
the other, and both take each other's sagas over. Raising the format is refused, by name, while one of the previous program is there; afterwards it is raised
under load, new records are written in it, and a node of the previous program is not let in any more. At the end every invariant holds that nodes_test.py
asks for. The previous program is `sagad_of_format_1`: this one's objects, but for the newest format that it knows. Exits 1 when something does not hold.
"""

import argparse
import itertools
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "crash"), str(HERE.parent.parent / "scripts")]
import network  # noqa: E402
import nodes_test  # noqa: E402
import trials  # noqa: E402
from cluster import PATIENCE_SECONDS  # noqa: E402
from connection import connection  # noqa: E402
from load import crowd  # noqa: E402
from processes import await_that, program  # noqa: E402
from sale import sale_of  # noqa: E402

PREVIOUS, PRESENT = 1, 2
UNFINISHED = 5          # sagas of a node that goes
SAGAS_MEANWHILE = 40    # that are acknowledged before the next thing is done
NEWEST_RECORDS = 200    # that are all of the present format, some time after it was raised
NOT_KNOWN = f"format {PRESENT} is not known (this program reads up to {PREVIOUS}): start a newer sagad"


class trial(nodes_test.trial):
    def __init__(self, options, folder):
        super().__init__(options, folder)
        self.present, self.previous = options.bin / "sagad", options.bin / "sagad_of_format_1"
        for one in self.cluster.nodes:
            one.binary = self.previous
        self.waiting = itertools.count(1)

    def hold(self, what, told):
        """It has to."""
        if not what:
            self.record.wrong("upgrade", "", told)
            raise trials.broken(self.record.findings)

    # What is done and looked at -------------------------------------------------------------------------------------------

    def formats(self, newest=None):
        """The records of each format in the database; of the newest so many, or of all."""
        some = "" if newest is None else f" ORDER BY place DESC LIMIT {newest}"
        rows = self.cluster.sql("SELECT format || ' ' || count(*) FROM (SELECT get_byte(bytes, 0) AS format FROM sagad_records"
                                f"{some}) AS each GROUP BY format")
        return {int(row.split()[0]): int(row.split()[1]) for row in rows.splitlines() if row}

    def more_sagas(self):
        want = len(self.record.acknowledged) + SAGAS_MEANWHILE
        await_that(lambda: len(self.record.acknowledged) >= want, PATIENCE_SECONDS, f"{want} sagas acknowledged")

    def await_at_work(self, one):
        await_that(lambda: self.ask(one.place, "GET", "/readyz")[0] == 200 and self.cluster.partitions_of(one), PATIENCE_SECONDS, f"{one.machine.name} at work")

    def recovered(self, some):
        return sum(value for one in some for name, value in self.metrics(one).items() if name.startswith("sagad_sagas_recovered_total{"))

    def run_sagad(self, binary, *arguments):
        """A sagad that ends by itself; its code, and what it has said."""
        done = subprocess.run([binary, *arguments, "--config", self.folder / "sagad.yaml"], capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS, check=False)
        return done.returncode, (done.stdout + done.stderr).strip()

    def cannot_raise(self):
        """While nodes of the previous program are there, which are named."""
        code, told = self.run_sagad(self.present, "migrate", "--raise")
        self.hold(code == 1, f"the format was raised beside the previous program: {code}, {told}")
        for one in self.cluster.nodes:
            named = f"process {one.sagad.process.pid} on " in told
            self.hold(named == (one.binary == self.previous), f"{one.machine.name} is {one.binary.name}, and it was said: {told}")
        self.hold(set(self.formats()) == {PREVIOUS}, f"records are of the formats {self.formats()}")

    def leave_some_unfinished(self, one):
        """Sagas that this node has, and that wait for a person."""
        to = connection(one.place, PATIENCE_SECONDS)
        paused = 0
        while paused < UNFINISHED:
            key = f"waits-{next(self.waiting)}"
            status, told = to.ask("POST", f"/v1/definitions/sale/sagas?key={key}&wait=1ms", sale_of(key))
            self.hold(status in (201, 202), f"{one.machine.name} answers a start {status}: {told}")
            self.record.started(key, told)
            status, told = to.ask("POST", f"/v1/sagas/{told['id']}/commands/pause", {"reason": "it is to be taken over"})
            self.hold(status in (200, 409), f"{one.machine.name} answers a pause {status}: {told}")  # it may be over already
            paused += status == 200
        to.close()

    def replace(self, one):
        others = [other for other in self.cluster.nodes if other is not one]
        self.leave_some_unfinished(one)
        before = self.recovered(others)
        one.leave()
        self.hold(one.sagad.process.returncode == 0, f"{one.machine.name} was drained, and ended with {one.sagad.process.returncode}")
        await_that(lambda: self.recovered(others) > before, PATIENCE_SECONDS, f"the others taking over sagas of {one.machine.name}")
        one.binary = self.present
        one.start()
        self.await_at_work(one)

    def kill_among_the_previous(self, one):
        """The first that was replaced: those of the previous program take over what it has begun."""
        others = [other for other in self.cluster.nodes if other.binary == self.previous]
        self.leave_some_unfinished(one)
        before = self.recovered(others)
        one.sagad.end(hard=True)
        await_that(lambda: self.recovered(others) > before, PATIENCE_SECONDS, "the previous program taking over sagas of the present one")
        one.start()
        self.await_at_work(one)

    def raise_format(self):
        code, told = self.run_sagad(self.present, "migrate", "--raise")
        self.hold(code == 0 and f"records are written in format {PRESENT} from then on" in told, f"the format is not raised: {code}, {told}")
        await_that(lambda: self.formats(NEWEST_RECORDS) == {PRESENT: NEWEST_RECORDS}, PATIENCE_SECONDS, f"records of format {PRESENT} and no others")
        code, told = self.run_sagad(self.present, "migrate", "--raise")
        self.hold(code == 0 and "there is nothing to raise" in told, f"it is raised again: {code}, {told}")

    def keeps_the_previous_out(self):
        code, told = self.run_sagad(self.previous, "--listen", "127.0.0.1:0")
        self.hold(code == 1 and NOT_KNOWN in told.splitlines()[-1], f"the previous program begins, and ends with {code}: {told}")

    def keeps_the_previous_out_of_a_log(self):
        """As soon as the present one has begun there, before it has recorded anything."""
        there = f"log:{self.folder / 'a-log'}"
        newer = program(self.folder, "of-a-log", lambda _, port_file: [self.present, "--config", self.folder / "sagad.yaml", "--journal", there,
                                                                       "--listen", "127.0.0.1:0", "--port-file", port_file])
        newer.start().end()
        code, told = self.run_sagad(self.previous, "--journal", there, "--listen", "127.0.0.1:0")
        self.hold(code == 1 and f"format {PRESENT} is not known (this program reads up to {PREVIOUS})" in told.splitlines()[-1],
                  f"the previous program begins with a log of the present one, and ends with {code}: {told}")

    # The course -------------------------------------------------------------------------------------------------------------

    def live(self):
        for one in self.cluster.nodes:
            self.await_at_work(one)
        with crowd(self.places, self.record, self.options.clients, self.dice, nodes_test.roamer) as clients:
            try:
                for number, one in enumerate(self.cluster.nodes):
                    self.more_sagas()
                    self.cannot_raise()
                    self.replace(one)
                    print(f"  {one.machine.name} is replaced; {len(self.record.acknowledged)} sagas acknowledged", flush=True)
                    if number == 0:
                        self.more_sagas()
                        self.kill_among_the_previous(one)
                before = self.formats()
                self.raise_format()
                self.keeps_the_previous_out()
                self.keeps_the_previous_out_of_a_log()
                self.more_sagas()
                print(f"  records of each format: {before} before it was raised, then {self.formats()}", flush=True)
            finally:
                clients.stop.set()

    def finish(self):
        self.finish_sagas()

    def conclude(self, found):
        self.judge(found)
        print(f"  {len(self.record.acknowledged)} sagas acknowledged, {len(self.record.reported)} ends reported, {sum(self.formats().values())} records")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trials.add_options(parser)
    parser.add_argument("--clients", type=int, default=12)
    options = parser.parse_args()
    network.enter()
    return trials.carry_out("rolling_upgrade", trial, options)


if __name__ == "__main__":
    sys.exit(main())
