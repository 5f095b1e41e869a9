"""The clients: what they start, ask, repeat, pause and cancel while the coordinator comes and goes, and the record of what they were told."""

import collections
import concurrent.futures
import itertools
import random
import threading

from connection import GONE, connection
from replay import finding
from sale import sale_of

NOT_NOW = (429, 503)


class client_record:
    """What clients were told, kept apart from everything that is killed. Thread-safe."""

    def __init__(self):
        self.guard = threading.Lock()
        self.numbers = itertools.count(1)
        self.acknowledged = {}  # saga -> its key
        self.sagas = {}         # key -> its saga
        self.order = []         # the sagas that were acknowledged, oldest first
        self.reported = {}      # saga -> the outcome that was told first
        self.seen = collections.defaultdict(set)  # saga -> {(seq, state)}
        self.unanswered = []    # keys whose start was not answered: they are repeated
        self.refused = collections.Counter()
        self.repeated = 0
        self.findings = []

    def wrong(self, name, saga, text):
        self.findings.append(finding(name, saga, text))

    def told(self, saga):
        """What an answer says of a saga."""
        with self.guard:
            self.seen[saga["id"]].add((saga["seq"], saga["state"]))
            outcome = saga.get("outcome")
            if outcome and self.reported.setdefault(saga["id"], outcome) != outcome:
                self.wrong("I4 outcome", saga["id"], f"it was reported {self.reported[saga['id']]}, and then {outcome}")

    def started(self, key, saga):
        """A start was acknowledged."""
        self.told(saga)
        with self.guard:
            if saga["id"] not in self.acknowledged:
                self.order.append(saga["id"])
            known_key = self.acknowledged.setdefault(saga["id"], key)
            known_saga = self.sagas.setdefault(key, saga["id"])
            if known_key != key or known_saga != saga["id"]:
                self.wrong("I4 key", saga["id"], f"{key} was answered with it; {key} had started {known_saga}, and it was {known_key}'s")

    def unexpected(self, saga, answer):
        with self.guard:
            if answer[0] in NOT_NOW:
                self.refused[answer[0], (answer[1] or {}).get("type")] += 1
            else:
                self.wrong("I4 lost" if answer[0] == 404 else "answer", saga, f"the answer was {answer}")

    def unanswer(self, key):
        with self.guard:
            if key not in self.sagas:
                self.unanswered.append(key)

    def next_key(self, dice):
        """One that was never sent, or one whose answer was lost."""
        with self.guard:
            if self.unanswered and dice.random() < 0.5:
                self.repeated += 1
                return self.unanswered.pop()
            key = f"sale-{next(self.numbers)}"
            if dice.random() < 0.03:
                self.unanswered.append(key)  # somebody else is likely to send it in the same moment
            return key

    def any_saga(self, dice):
        with self.guard:
            return dice.choice(self.order) if self.order else None


class not_now(Exception):
    """A start was refused for the moment."""


class client:
    """One of them, with a connection of its own. Others take its place in a crowd by being made from the same three."""

    def __init__(self, port, record, seed):
        self.to, self.record, self.dice = connection(port), record, random.Random(seed)

    def run(self, stop):
        while not stop.is_set():
            try:
                self.act()
            except (*GONE, not_now):
                stop.wait(0.02)
        self.to.close()

    def act(self):
        known = self.record.any_saga(self.dice)
        what = self.dice.random()
        if known is None or what < 0.88:
            self.start(self.record.next_key(self.dice))
        elif what < 0.91:
            self.start(self.record.acknowledged[known])
        else:
            self.look(known)

    def start(self, key):
        wait = "5s" if self.dice.random() < 0.6 else "1ms"
        try:
            status, told = self.to.ask("POST", f"/v1/definitions/sale/sagas?key={key}&wait={wait}", sale_of(key))
        except GONE:
            self.record.unanswer(key)
            raise
        if status not in (200, 201, 202):
            self.record.unexpected(key, (status, told))
            self.record.unanswer(key)
            raise not_now
        self.record.started(key, told)
        if status == 202 and self.dice.random() < 0.02:
            self.command(told["id"], "commands/pause", {"reason": "the test pauses it"})
            if self.dice.random() < 0.5:
                self.command(told["id"], "cancel", {})

    def look(self, saga):
        """Whatever was acknowledged, in whichever life, is there to be read."""
        status, told = self.to.ask("GET", f"/v1/sagas/{saga}")
        if status != 200:
            return self.record.unexpected(saga, (status, told))
        self.record.told(told)
        if told["state"] == "paused" and self.dice.random() < 0.3:
            self.command(saga, "commands/resume", {"reason": "the test resumes it"})

    def command(self, saga, path, body):
        status, told = self.to.ask("POST", f"/v1/sagas/{saga}/{path}", body)
        if status == 200:
            self.record.told(told)
        elif status not in (202, 409):  # it is not known yet, at another node; the saga has gone on meanwhile
            self.record.unexpected(saga, (status, told))


class crowd:
    """Clients at work, each on its own thread. Leaving the block ends them."""

    def __init__(self, at, record, count, dice, kind=client):
        self.stop = threading.Event()
        self.pool = concurrent.futures.ThreadPoolExecutor(count)
        self.clients = [self.pool.submit(kind(at, record, dice.random()).run, self.stop) for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.pool.shutdown()
        for one in self.clients:
            one.result()


def repeat_unanswered(port, record, at_once):
    """Every start that was never answered is sent again with its key: nobody is in the way any more."""
    def repeat(keys):
        to = connection(port, timeout_seconds=60)
        for key in keys:
            status, told = to.ask("POST", f"/v1/definitions/sale/sagas?key={key}", sale_of(key))
            if status in (200, 201):
                record.started(key, told)
            else:
                record.wrong("answer", key, f"a start was repeated, and the answer was {status}: {told}")
        to.close()
    keys, record.unanswered = record.unanswered, []
    record.repeated += len(keys)
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        list(pool.map(repeat, [keys[n::at_once] for n in range(at_once)]))
