#!/usr/bin/env python3
"""kill_test.py --bin DIR [--lives 20] [--sagas 3000] [--connections 64] [--seed N] [--folder DIR]

Kills sagad with SIGKILL at random moments, life after life, under load and while it starts, with participants that reject, fail, hang, answer late,
run a request twice and die between commit and answer. sagad and they stand still for seconds (SIGSTOP), and a gate (gate.py) before each of them cuts, delays,
truncates and replays what passes. What clients were told is kept here; at the end all is left to finish, and every saga's
records, the participants' own databases and what clients were told are held against each other, also after an orderly stop and another kill. Exits 1
when an invariant does not hold, or when something that there is to show was never hit. Standard library only.
"""

import argparse
import pathlib
import random
import shutil
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts"))
import evidence as gather  # noqa: E402
import trials  # noqa: E402
from checker import check, evidence  # noqa: E402
from connection import connection  # noqa: E402
from faults import STILL_SECONDS, gates, keeper, still  # noqa: E402
from load import client_record, crowd, repeat_unanswered  # noqa: E402
from processes import await_that, call, free_ports, program  # noqa: E402
from replay import finding  # noqa: E402
from sale import LATE, LATE_MS, LATE_PATH, SERVED_BY  # noqa: E402
from summary import BEFORE_LISTENING, LOADED, ONCE_LISTENING, ORDERLY, PHASES, STILL, ending, summary  # noqa: E402

LOAD_MS = (300, 900)
STRETCH_MAX = 10  # on a machine that is slow or busy lives are longer, so that there need not be many more of them
FIRST_STARTS_KILLED, START_UP_KILLED_EVERY, ORDERLY_EVERY, STILL_EVERY = 5, 4, 10, 4
SEGMENT = "1MiB"  # so that kills also find the log going from file to file
PATIENCE_SECONDS = 120
MUST_BE_ZERO = ("sagad_audit_violations_total", "sagad_sagas_quarantined_total", "sagad_contradictions_total")


class trial:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.dice, self.seeds = random.Random(options.seed), random.Random(options.seed + 1)
        self.record = client_record()
        self.shown = summary(options.lives, LOAD_MS[0], options.sagas)
        self.audits = []
        self.stretch = 1.0
        self.listening_seconds = self.loading_seconds = 0.05  # how long the last start took
        self.services = {name: program(folder, name, self.service_command(name)) for name in ("escrow", "transfer", "rate")}
        self.keeper = keeper(self.services, random.Random(options.seed + 2))
        self.gates = None
        self.sagad = program(folder, "sagad", lambda port, port_file: [
            options.bin / "sagad", "--config", folder / "sagad.yaml", "--listen", f"127.0.0.1:{port}", "--port-file", port_file])

    def service_command(self, name):
        # Each start has a seed of its own: the same one would end every life at the same call.
        return lambda port, port_file: [
            self.options.bin / name, "--listen", f"127.0.0.1:{port}", "--database", self.folder / f"{name}.db", "--port-file",
            port_file, "--sync", "normal", "--seed", str(self.seeds.getrandbits(32)),
            *(["--answer-later", f"{LATE_PATH}={LATE_MS}"] if name == SERVED_BY[LATE] else [])]

    def open(self):
        for one in self.services.values():
            one.start()
        self.sagad.port, = free_ports(1)  # it stands in the callbacks that participants get
        (self.folder / "definitions").mkdir()
        shutil.copy(HERE / "kill.yaml", self.folder / "definitions")
        behind = {name: one.port for name, one in [*self.services.items(), ("sagad", self.sagad)]}
        self.gates = gates(self.folder, behind, self.options.seed)
        lines = [f"  {name}: {{endpoints: ['http://127.0.0.1:{self.gates.ports[name]}']}}" for name in self.services]
        (self.folder / "sagad.yaml").write_text(
            f"public_url: http://127.0.0.1:{self.gates.ports['sagad']}\njournal: log:{self.folder}/journal\nlog_segment_bytes: {SEGMENT}\n"
            f"definitions: {self.folder}/definitions\nparticipants:\n" + "\n".join(lines) + "\n")
        trials.stock(self.services)
        self.keeper.begin()

    # One life -----------------------------------------------------------------------------------------------------------

    def crowd(self):
        return crowd(self.sagad.port, self.record, self.options.connections, self.dice)

    def end(self, how, begun):
        """Ends the life, and notes how and when."""
        after_ms = (time.monotonic() - begun) * 1000
        self.stop(hard=how != ORDERLY)
        self.shown.endings.append(ending(how, after_ms, trials.now(), len(self.record.acknowledged)))

    def stop(self, hard):
        """It must not have ended by itself before, and in order it ends with 0."""
        self.sagad.end(hard)
        code = self.sagad.process.returncode
        if code != (-signal.SIGKILL if hard else 0):
            self.record.wrong("end", "", f"sagad ended with {code}, where it {'was to be killed' if hard else 'got SIGTERM'}; its log says why")

    def loaded_life(self, how, stands_still=False):
        begun = time.monotonic()
        self.sagad.start()
        listening = time.monotonic()
        with self.crowd() as clients:
            self.await_loaded()
            loaded = time.monotonic()
            self.listening_seconds, self.loading_seconds = listening - begun, loaded - listening
            self.work_a_while()
            if how == STILL:
                with still(self.sagad.process):
                    time.sleep(self.dice.uniform(*STILL_SECONDS))
                    self.end(how, loaded)
            else:
                if stands_still:
                    with still(self.sagad.process):
                        self.shown.stood_still["sagad"] += 1
                        time.sleep(self.dice.uniform(*STILL_SECONDS))
                    self.work_a_while()
                self.audit(f"{len(self.shown.endings) + 1}")
                self.end(how, loaded)
            clients.stop.set()

    def work_a_while(self):
        time.sleep(self.dice.uniform(*LOAD_MS) / 1000 * self.stretch)  # the moment of the end is what is drawn

    def killed_before_listening(self):
        begun = time.monotonic()
        port_file = self.sagad.launch()
        time.sleep(self.dice.uniform(0, self.listening_seconds))
        self.end(ONCE_LISTENING if port_file.exists() else BEFORE_LISTENING, begun)

    def killed_once_listening(self):
        self.sagad.start()
        begun = time.monotonic()
        with self.crowd() as clients:
            time.sleep(self.dice.uniform(0, self.loading_seconds))
            self.end(ONCE_LISTENING, begun)
            clients.stop.set()

    def metrics(self):
        to = connection(self.sagad.port, PATIENCE_SECONDS)
        text = to.ask_text("GET", "/metrics")[1].decode()
        to.close()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}

    def await_loaded(self):
        await_that(lambda: self.metrics()["sagad_sagas_to_recover"] == 0, PATIENCE_SECONDS, "loading what was unfinished")
        measured = self.metrics()
        if self.shown.endings:
            self.shown.endings[-1].found_again = {
                phase: int(measured[f'sagad_sagas_recovered_total{{phase="{phase}"}}']) for phase in PHASES}

    def audit(self, life):
        measured = self.metrics()
        self.audits += [(life, name, measured[name]) for name in MUST_BE_ZERO]
        self.shown.looks += int(measured["sagad_audit_looked_total"])

    def live(self):
        loaded = 0
        for _ in range(FIRST_STARTS_KILLED):
            self.killed_before_listening()
        while loaded < self.options.lives or len(self.record.acknowledged) < self.options.sagas:
            self.loaded_life(LOADED, stands_still=loaded % STILL_EVERY == 1)
            loaded += 1
            behind = len(self.record.acknowledged) * self.options.lives < loaded * self.options.sagas
            self.stretch = min(STRETCH_MAX, self.stretch * 1.25) if behind else max(1.0, self.stretch / 1.25)
            self.keeper.count()
            if loaded % START_UP_KILLED_EVERY == 0:
                self.killed_before_listening()
            if loaded % START_UP_KILLED_EVERY == 2:
                self.killed_once_listening()
            if loaded % ORDERLY_EVERY == 0:
                self.loaded_life(ORDERLY)
            if loaded % STILL_EVERY == 3:
                self.loaded_life(STILL)
            print(f"\r  life {len(self.shown.endings)}: {len(self.record.acknowledged)} sagas acknowledged, "
                  f"{len(self.record.reported)} ends reported", end="", flush=True)
            if self.record.findings or self.keeper.failure:
                break
        print(flush=True)

    # The end ------------------------------------------------------------------------------------------------------------

    def finish(self):
        self.keeper.end()
        self.gates.calm()
        self.keeper.mend()
        self.sagad.start()
        self.await_loaded()
        repeat_unanswered(self.sagad.port, self.record, self.options.connections)

        live = self.live_sagas()
        while live:
            await_that(lambda before=live: self.live_sagas() < before, PATIENCE_SECONDS, f"another end of {live} unfinished sagas (I7)")
            live = self.live_sagas()
        self.audit("the last")
        self.shown.on_the_way = self.gates.end()

    def live_sagas(self):
        """How many are not final. What is paused is resumed."""
        for saga in call(self.sagad.port, "GET", "/v1/sagas?state=paused&limit=1000")[1]["sagas"]:
            call(self.sagad.port, "POST", f"/v1/sagas/{saga['id']}/commands/resume", {"reason": "the test ends"})
        measured = self.metrics()
        return int(measured["sagad_sagas_live"] + measured["sagad_sagas_to_recover"])

    def ask_again(self, found):
        """The same outcome, by id and by key, in three lives: the last one, one after an orderly stop, one after a kill."""
        found.asked_again["when all was over"] = gather.in_processes(gather.outcomes, self.sagad.port, self.record.acknowledged)
        self.stop(hard=False)
        self.sagad.start()
        by_key = gather.in_processes(gather.outcomes_by_key, self.sagad.port, self.record.sagas)
        found.asked_again["after an orderly stop"] = dict(by_key.values())
        for key, (saga, _) in by_key.items():
            if saga != self.record.sagas[key]:
                self.record.wrong("I4 key", saga, f"{key} had started {self.record.sagas[key]}, and stands for it after an orderly stop")
        self.stop(hard=True)
        self.sagad.start()

    def gather(self):
        found = evidence(self.record.acknowledged, self.record.reported, self.record.seen, {}, {}, audits=self.audits)
        gather.read_databases(self.folder, found)
        self.ask_again(found)
        sagas = set(self.record.acknowledged).union(*({row.saga for row in rows} for rows in found.barriers.values()),
                                                    *({row.saga for row in rows} for rows in found.effects.values()))
        kills = [one.at for one in self.shown.endings]
        histories = gather.in_processes(gather.histories, self.sagad.port, sagas, kills)
        found.stories = {saga: told for saga, (told, _, _) in histories.items() if told}
        found.portraits = {saga: picture for saga, (_, picture, _) in histories.items() if picture}
        found.asked_again["after another kill"] = {saga: outcome for saga, (_, _, outcome) in histories.items()}
        return found

    def run(self):
        self.open()
        self.live()
        if not self.record.findings:
            print("  all faults off, the last life finishes what is left", flush=True)
            self.finish()
            found = self.gather()
            self.conclude(found)
        if self.record.findings:
            raise trials.broken(self.record.findings)

    def conclude(self, found):
        self.shown.learn(found.stories)
        self.shown.happened = self.keeper.happened()
        self.shown.stood_still += self.keeper.stood_still
        self.shown.repeated, self.shown.refused = self.record.repeated, self.record.refused
        for line in self.shown.lines():
            print("  " + line)
        self.record.findings += check(found)
        self.record.findings += [finding("I4 lost", "", text) for text in self.shown.forgotten()]
        self.record.findings += [finding("not shown", "", text) for text in self.shown.missing()]

    def close(self):
        self.keeper.over.set()
        for one in [self.sagad, *self.services.values()]:
            one.end(hard=True)
        if self.gates:
            self.gates.process.kill()
            self.gates.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trials.add_options(parser)
    parser.add_argument("--lives", type=int, default=20)
    parser.add_argument("--sagas", type=int, default=3_000)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    return trials.carry_out("kill", trial, options)


if __name__ == "__main__":
    sys.exit(main())
