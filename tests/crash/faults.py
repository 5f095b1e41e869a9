"""What goes wrong at the participants and on the way to them: the faults that are asked for, participants that die of them and come back or stand still for
a while, the gates before them, and the count of what happened."""

import collections
import json
import pathlib
import signal
import subprocess
import sys
import threading
import time

from connection import GONE
from processes import await_that, call

# One call in five: each kind its share, and deaths rarer, since each takes a participant away for a while.
FAULTS = [{"kind": "reject", "rate": 0.045}, {"kind": "fail", "rate": 0.06}, {"kind": "hang", "rate": 0.02},
          {"kind": "late", "rate": 0.07, "delay_ms": 60}, {"kind": "answer_twice", "rate": 0.06}, {"kind": "exit", "rate": 0.0005}]
SHARE_MIN = 0.2
# Longer than what must succeed is patient: sagas become stuck, and go on by themselves when the participant is back.
LONG_AWAY_SECONDS, LONG_AWAY_EVERY = 3, 8
STILL_SECONDS, STILL_EVERY_SECONDS = (1, 3), (1, 4)
PATIENCE_SECONDS = 60
EXIT_CODE = 86  # of a participant that an exit fault has ended


class still:
    """A process that stands still, from SIGSTOP to SIGCONT, or to its end."""

    def __init__(self, process):
        self.process = process
        process.send_signal(signal.SIGSTOP)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)


class keeper:
    """Keeps the participants up, and lets one of them stand still now and then. One thread of its own; the counts may be read from any."""

    def __init__(self, services, dice):
        self.services, self.dice = services, dice
        self.stood_still = collections.Counter()  # participant -> how often
        self.guard = threading.Lock()
        self.over = threading.Event()
        self.newest = {name: collections.Counter() for name in services}  # of the processes that run
        self.before = collections.Counter()                               # of those that are gone
        self.back_at = {}  # participant that is away -> when it comes back
        self.failure = None
        self.thread = threading.Thread(target=self.run)

    def begin(self):
        for name in self.services:
            self.ask_for_faults(name)
        self.thread.start()

    def ask_for_faults(self, name):
        status, told = call(self.services[name].port, "POST", "/admin/faults", FAULTS)
        if status != 200:
            raise SystemExit(f"{name} took no faults: {told}")

    def run(self):
        next_still = time.monotonic()
        while not self.over.wait(0.05):
            if time.monotonic() >= next_still:
                self.let_one_stand_still()
                next_still = time.monotonic() + self.dice.uniform(*STILL_EVERY_SECONDS)
            for name, one in self.services.items():
                code = one.process.poll()
                if code is None:
                    continue
                try:
                    self.care_for(name, code)
                except (SystemExit, *GONE) as error:
                    self.failure = f"{name} does not come back: {error}"
                    return

    def let_one_stand_still(self):
        """One of those that did the least often, so that each does in a trial of any length."""
        running = sorted(name for name, one in self.services.items() if one.process.poll() is None)
        if not running:
            return
        least = min(self.stood_still[name] for name in running)
        name = self.dice.choice([one for one in running if self.stood_still[one] == least])
        with still(self.services[name].process):
            self.stood_still[name] += 1
            self.over.wait(self.dice.uniform(*STILL_SECONDS))

    def care_for(self, name, code):
        if code != EXIT_CODE:
            raise SystemExit(f"it ended with {code}, which no fault has asked for")
        if name not in self.back_at:
            with self.guard:
                self.before += self.newest[name]
                self.before["exit"] += 1
                self.newest[name] = collections.Counter()
                long = self.before["exit"] % LONG_AWAY_EVERY == 0
            self.back_at[name] = time.monotonic() + (LONG_AWAY_SECONDS if long else 0)
        if time.monotonic() >= self.back_at[name]:
            del self.back_at[name]
            self.services[name].start()
            self.ask_for_faults(name)

    def count(self):
        """What the participants say has happened up to now. What a participant did after its last count is lost with it."""
        for name, one in self.services.items():
            process = one.process
            try:
                status, told = call(one.port, "GET", "/admin/faults")
            except GONE:
                continue
            with self.guard:
                if status == 200 and process is one.process and process.poll() is None:
                    self.newest[name] = collections.Counter(told["happened"], calls=told["calls"])

    def happened(self):
        with self.guard:
            return sum(self.newest.values(), collections.Counter(self.before))

    def end(self):
        """No more faults. Participants that are down come back first."""
        self.over.set()
        if self.thread.ident is not None:
            self.thread.join()
        if self.failure:
            raise SystemExit(self.failure)

    def mend(self):
        """All participants are up, and nothing goes wrong any more. Nobody calls them meanwhile."""
        for name, one in self.services.items():
            await_that(lambda one=one: self.mended(one), PATIENCE_SECONDS, f"{name} without faults")

    @staticmethod
    def mended(one):
        if one.process.poll() is not None:
            one.start()
        try:
            return call(one.port, "DELETE", "/admin/faults")[0] == 200
        except GONE:
            return False  # what it still had to do has ended it


class gates:
    """The process of the gates (gate.py) before `services`: name -> port. `ports` are the gates'."""

    def __init__(self, folder, services, seed):
        port_file = folder / "gates.ports"
        command = [sys.executable, "-B", pathlib.Path(__file__).with_name("gate.py"), "--port-file", port_file, "--seed", str(seed),
                   *(f"{name}={port}" for name, port in services.items())]
        with open(folder / "gates.log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        await_that(port_file.exists, PATIENCE_SECONDS, "gates listening")
        self.ports = {name: int(port) for name, port in (line.split("=") for line in port_file.read_text().split())}

    def calm(self):
        """Nothing goes wrong any more; what was delayed is still delivered."""
        self.process.stdin.write("calm\n")
        self.process.stdin.flush()

    def end(self):
        """How often each kind of fault has happened, once all that was delayed is delivered."""
        told, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        if self.process.returncode != 0:
            raise SystemExit("a gate has seen what it cannot pass on; its log says what")
        return collections.Counter(json.loads(told))
