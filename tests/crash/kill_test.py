#!/usr/bin/env python3
"""kill_test.py --bin DIR [--lives 50] [--sagas 20000] [--connections 64] [--seed N] [--folder DIR]

Kills sagad with SIGKILL at random moments, life after life, under load and while it starts, with participants that reject, fail, hang, answer late,
run a request twice and die between commit and answer. What clients were told is written down here; at the end everything is left to finish,
and the invariants are checked over the participants' own databases and what the coordinator says. Exits 1 when one does not hold,
or when a phase was never hit by a kill. Standard library only.
"""

import argparse
import collections
import concurrent.futures
import http.client
import json
import pathlib
import random
import re
import shutil
import socket
import sqlite3
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts"))
from processes import await_that, call, program  # noqa: E402

PLAYERS, MONEY, ITEMS = 40, 100_000, 5_000
# One call in five goes wrong: each kind its share, and deaths rarer, since each takes a participant away for a while.
FAULTS = [{"kind": "reject", "rate": 0.04}, {"kind": "fail", "rate": 0.05}, {"kind": "hang", "rate": 0.02},
          {"kind": "late", "rate": 0.05, "delay_ms": 60}, {"kind": "answer_twice", "rate": 0.04}, {"kind": "exit", "rate": 0.0005}]
PHASES = ["forward", "backward", "paused_forward", "paused_backward"]
LOAD_MS = (300, 900)
PATIENCE_SECONDS = 120
UNDONE_BY_COMPENSATION = {"escrow", "transfer"}
ALL_STEPS = {"escrow", "transfer", "settle", "deliver", "rate"}


class broken(Exception):
    """An invariant does not hold."""


class client_record:
    """What clients were told. Thread-safe."""

    def __init__(self):
        self.guard = threading.Lock()
        self.acknowledged = {}  # saga -> its key
        self.final = {}         # saga -> the outcome that was reported
        self.unanswered = []    # keys whose start was not answered: they may be repeated
        self.refused = collections.Counter()

    def told(self, key, saga):
        with self.guard:
            known = self.acknowledged.setdefault(saga["id"], key)
            if known != key:
                raise broken(f"I4: saga {saga['id']} was started by {known} and now answers {key}")
            outcome = saga.get("outcome")
            if outcome and self.final.setdefault(saga["id"], outcome) != outcome:
                raise broken(f"I4: {saga['id']} was reported {self.final[saga['id']]} and is now {outcome}")

    def lost(self, key):
        with self.guard:
            self.unanswered.append(key)

    def take_unanswered(self):
        with self.guard:
            return self.unanswered.pop() if self.unanswered else None


class connection:
    """One client's keep-alive connection to a coordinator that comes and goes."""

    def __init__(self, port):
        self.port, self.open = port, None

    def ask(self, method, path, body=None):
        if self.open is None:
            self.open = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
            self.open.connect()
            self.open.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.open.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = self.open.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError):
            self.open.close()
            self.open = None
            raise


class trial:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.chance = random.Random(options.seed)
        self.record = client_record()
        self.phases = collections.Counter()
        self.numbers = iter(range(10**9))
        self.failure = None
        self.ending = threading.Event()
        self.services = {name: program(folder, name, self.service_command(name)) for name in ("escrow", "transfer", "rate")}
        self.sagad = program(folder, "sagad", lambda port, port_file: [
            options.bin / "sagad", "--config", folder / "sagad.yaml", "--listen", f"127.0.0.1:{port}", "--port-file", port_file])

    def service_command(self, name):
        return lambda port, port_file: [
            self.options.bin / name, "--listen", f"127.0.0.1:{port}", "--database", self.folder / f"{name}.db", "--port-file",
            port_file, "--sync", "normal", "--seed", str(self.options.seed)]

    def open(self):
        for one in self.services.values():
            one.start()
        (self.folder / "definitions").mkdir()
        shutil.copy(HERE / "kill.yaml", self.folder / "definitions")
        lines = [f"  {name}: {{endpoints: ['http://127.0.0.1:{one.port}']}}" for name, one in self.services.items()]
        (self.folder / "sagad.yaml").write_text(
            f"journal: log:{self.folder}/journal\ndefinitions: {self.folder}/definitions\nparticipants:\n" + "\n".join(lines) + "\n")
        self.sagad.start()
        call(self.services["escrow"].port, "POST", "/admin/accounts",
             [{"account": f"player-{n}", "balance": MONEY} for n in range(PLAYERS)])
        call(self.services["transfer"].port, "POST", "/admin/items",
             [{"owner": f"player-{n}", "item": f"sword-{n % 8}", "quantity": ITEMS} for n in range(PLAYERS)])
        self.books_before = self.books()
        for name in self.services:
            self.set_faults(name)

    def set_faults(self, name):
        for fault in FAULTS:
            status, told = call(self.services[name].port, "POST", "/admin/faults", fault)
            if status >= 300:
                raise SystemExit(f"{name} took no fault {fault}: {told}")

    def keep_services(self):
        """Starts participants that died of a fault again, on their port and database."""
        while not self.ending.wait(0.05):
            for name, one in self.services.items():
                if one.process.poll() is not None and not self.ending.is_set():
                    one.start()
                    self.deaths += 1
                    self.set_faults(name)

    def books(self):
        return {name: call(one.port, "GET", "/admin/books")[1] for name, one in self.services.items()}

    # One life -----------------------------------------------------------------------------------------------------------

    def client(self, seed, stop):
        chance = random.Random(seed)
        to = connection(self.sagad.port)
        while not stop.is_set() and self.failure is None:
            key = (self.record.take_unanswered() if chance.random() < 0.5 else None) or f"sale-{next(self.numbers)}"
            try:
                self.one_sale(to, key, chance)
            except (OSError, http.client.HTTPException, ValueError):
                self.record.lost(key)
                if stop.wait(0.01):
                    return
            except broken as error:
                self.failure = error

    def one_sale(self, to, key, chance):
        of = random.Random(key)
        seller, buyer = of.sample(range(PLAYERS), 2)
        sale = {"seller": f"player-{seller}", "buyer": f"player-{buyer}", "item": f"sword-{seller % 8}",
                "quantity": of.randint(1, 3), "price": of.randint(1, 50)}
        wait = "5s" if chance.random() < 0.6 else "1ms"
        status, told = to.ask("POST", f"/v1/definitions/sale/sagas?key={key}&wait={wait}", sale)
        if status not in (200, 201, 202):
            with self.record.guard:
                self.record.refused[(status, told.get("type"))] += 1
            return self.record.lost(key)
        self.record.told(key, told)
        if status == 202 and chance.random() < 0.015:
            to.ask("POST", f"/v1/sagas/{told['id']}/commands/pause", {"reason": "the test pauses it"})
            if chance.random() < 0.5:
                to.ask("POST", f"/v1/sagas/{told['id']}/cancel", {})

    def life(self, number):
        in_startup = number % 5 == 4
        if in_startup:
            self.sagad.launch()
            time.sleep(self.chance.uniform(0, 0.05))  # the moment of the kill is what is drawn
            self.sagad.end(hard=True)
            return
        self.sagad.start()
        stop = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(self.options.connections) as pool:
            clients = [pool.submit(self.client, self.chance.random(), stop) for _ in range(self.options.connections)]
            begun = time.monotonic()
            length = self.chance.uniform(*LOAD_MS) / 1000
            self.count_recovered()
            time.sleep(max(0.0, length - (time.monotonic() - begun)))  # the moment of the kill is what is drawn
            self.sagad.end(hard=True)
            stop.set()
            for one in clients:
                one.result()
        if self.failure:
            raise self.failure

    def metrics(self):
        to = http.client.HTTPConnection("127.0.0.1", self.sagad.port, timeout=15)
        to.request("GET", "/metrics")
        text = to.getresponse().read().decode()
        to.close()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in text.splitlines() if line and not line.startswith("#")}

    def count_recovered(self):
        await_that(lambda: self.metrics()["sagad_sagas_to_recover"] == 0, PATIENCE_SECONDS, "loading what was unfinished")
        for name, value in self.metrics().items():
            phase = re.fullmatch(r'sagad_sagas_recovered_total\{phase="(\w+)"\}', name)
            if phase:
                self.phases[phase.group(1)] += int(value)

    # The end ------------------------------------------------------------------------------------------------------------

    def finish(self):
        self.ending.set()
        for one in self.services.values():
            if one.process.poll() is not None:
                one.start()
            call(one.port, "DELETE", "/admin/faults")
        self.sagad.start()
        self.count_recovered()

        def none_left():
            left = call(self.sagad.port, "GET", "/v1/sagas?limit=1000")[1]["sagas"]
            for saga in left:
                if saga["state"] == "paused":
                    call(self.sagad.port, "POST", f"/v1/sagas/{saga['id']}/commands/resume", {"reason": "the test ends"})
            return not left
        await_that(none_left, PATIENCE_SECONDS, "the end of all sagas (I7)")
        measured = self.metrics()
        for name in ("sagad_audit_violations_total", "sagad_sagas_quarantined_total"):
            if measured[name] != 0:
                raise broken(f"I6: {name} is {measured[name]}")

    def effects(self):
        found = collections.defaultdict(list)
        for name in self.services:
            database = sqlite3.connect(f"file:{self.folder}/{name}.db?mode=ro", uri=True)
            for row in database.execute("select seq, saga, step, operation, generation from effects order by seq"):
                found[row[1]].append((name, *row[:1], *row[2:]))
            database.close()
        return found

    def final_states(self, sagas):
        def one(part):
            to = connection(self.sagad.port)
            return [(saga, *to.ask("GET", f"/v1/sagas/{saga}")) for saga in part]
        sagas = sorted(sagas)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return [answer for part in pool.map(one, [sagas[n::8] for n in range(8)]) for answer in part]

    def check(self):
        effects = self.effects()
        states = collections.Counter()
        for saga, status, told in self.final_states(set(self.record.acknowledged) | set(effects)):
            if status != 200:
                raise broken(f"I4/I5: {saga} was acknowledged or has effects, and the coordinator answers {status}: {told}")
            states[told["state"]] += 1
            known = self.record.final.get(saga)
            if known and known != told.get("outcome"):
                raise broken(f"I4: {saga} was reported {known} and is now {told['state']}")
            check_effects(saga, told["state"], effects.get(saga, []))
        for saga in random.Random(self.options.seed).sample(sorted(self.record.acknowledged), min(1000, len(self.record.acknowledged))):
            check_records(saga, call(self.sagad.port, "GET", f"/v1/sagas/{saga}/events")[1])
        after = self.books()
        for name in ("escrow", "transfer"):
            if after[name]["total"] != self.books_before[name]["total"]:
                raise broken(f"I10: {name} had {self.books_before[name]['total']} and has {after[name]['total']}")
        if after["escrow"]["held"] or after["transfer"]["reserved"]:
            raise broken(f"I2: something is held or reserved although all is final: {after}")
        return states

    def run(self):
        self.deaths = 0
        self.open()
        keeper = threading.Thread(target=self.keep_services)
        keeper.start()
        try:
            self.sagad.end(hard=True)
            lives = 0
            while lives < self.options.lives or len(self.record.acknowledged) < self.options.sagas:
                self.life(lives)
                lives += 1
                print(f"\r  life {lives}: {len(self.record.acknowledged)} sagas acknowledged, {len(self.record.final)} ends reported",
                      end="", flush=True)
        finally:
            self.ending.set()
            keeper.join()
        print("\n  all faults off, the last life finishes what is left", flush=True)
        self.finish()
        states = self.check()
        print(f"  {lives} lives, {self.deaths} deaths of participants, {sum(states.values())} sagas: {dict(states)}")
        print(f"  found unfinished after the kills, by phase: {dict(self.phases)}")
        if self.record.refused:
            print(f"  starts refused: {dict(self.record.refused)}")
        missing = [phase for phase in PHASES if not self.phases[phase]]
        if missing:
            raise broken(f"no kill has hit a saga in {', '.join(missing)}: the test has shown nothing of it")

    def close(self):
        self.ending.set()
        for one in [self.sagad, *self.services.values()]:
            one.end(hard=True)


def check_effects(saga, state, found):
    """I1, I2, I3, I11 over one saga's effects: (database, seq, step, operation, generation)."""
    of = collections.defaultdict(list)
    for database, seq, step, operation, generation in found:
        of[step, operation].append((database, seq, generation))
    for (step, operation), rows in of.items():
        if len(rows) > 1:
            raise broken(f"I1/I11: {saga} {step} {operation} took effect {len(rows)} times: {rows}")
    actions = {step for step, operation in of if operation == "action"}
    undone = {step for step, operation in of if operation == "compensation"}
    if not undone <= actions:
        raise broken(f"I3: {saga} undid {undone - actions}, which never happened")
    for step in undone:
        if of[step, "compensation"][0][1] < of[step, "action"][0][1]:
            raise broken(f"I3: {saga}'s {step} took effect after its compensation")
    if state == "completed" and (actions != ALL_STEPS or undone):
        raise broken(f"I1: {saga} is completed with the effects {actions}, undone {undone}")
    if state == "compensated" and (actions != undone or not actions <= UNDONE_BY_COMPENSATION):
        raise broken(f"I2: {saga} is compensated with the effects {actions}, undone {undone}")
    if state not in ("completed", "compensated"):
        raise broken(f"I7: {saga} is {state}")


AFTER = {"transfer": "escrow", "settle": "transfer", "deliver": "settle", "rate": "settle"}


def check_records(saga, records):
    """I5 and the order of I2: nothing is released before what it waits for is recorded."""
    done, undone, touched = set(), set(), set()
    for number, record in enumerate(records, 1):
        if record["seq"] != number:
            raise broken(f"I8: {saga}'s records are not 1, 2, 3, ...: {record['seq']} at {number}")
        for event in record["events"]:
            if event["event"] == "done":
                done.add(event["step"])
            if event["event"] == "undone":
                undone.add(event["step"])
            if event["event"] in ("rejected", "given_up"):
                touched.discard(event["step"])
        for release in record["released"]:
            step = release["step"]
            if release["operation"] == "action":
                touched.add(step)
                if step in AFTER and AFTER[step] not in done:
                    raise broken(f"I5: {saga} released {step} before {AFTER[step]} was done")
            elif step == "escrow" and "transfer" in touched and "transfer" not in undone:
                raise broken(f"I2: {saga} undoes escrow before transfer")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=lambda text: pathlib.Path(text).resolve(), required=True)
    parser.add_argument("--lives", type=int, default=50)
    parser.add_argument("--sagas", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", help="where data and logs go (default: a new one, kept when the test fails)")
    options = parser.parse_args()
    folder = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="sagad-kill-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"kill test: seed {options.seed}, data in {folder}", flush=True)
    run = trial(options, folder)
    try:
        run.run()
    except broken as error:
        print(f"\nBROKEN {error}\nagain: kill_test.py --bin {options.bin} --seed {options.seed}; what is left is in {folder}")
        return 1
    finally:
        run.close()
    if not options.folder:
        shutil.rmtree(folder)
    print("every invariant holds")
    return 0


sys.exit(main())
