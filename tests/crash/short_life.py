"""A short life of sagad, whose calls that change files may go wrong, and what clients ask of it over the lives of one trial."""

import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"))
from connection import connection  # noqa: E402
from errands import ERRAND, FILLER_BYTES, LATE, OTHER, check_calls, check_saga  # noqa: E402
from processes import call  # noqa: E402

PATIENCE_SECONDS = 60
SEGMENT_BYTES = 1 << 20
MUST_BE_ZERO = ("sagad_audit_violations_total", "sagad_sagas_quarantined_total", "sagad_contradictions_total",
                "sagad_requests_failed_total")


class not_so(Exception):
    """Something does not hold."""


class unreadable(not_so):
    """It is said that records cannot be read."""


def await_that(condition, what):
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        if time.monotonic() > end:
            raise not_so(f"{what} did not happen within {PATIENCE_SECONDS} seconds")
        time.sleep(0.002)
    return found


def prepare(folder):
    """What is there before a first life."""
    for name in ("journal", "views", "definitions"):
        (folder / name).mkdir(parents=True)
    (folder / "journal").rmdir()  # made by the first life, as everywhere
    (folder / "definitions" / "errand.yaml").write_text(ERRAND)
    (folder / "definitions" / "late.yaml").write_text(LATE)


def request(how):
    return {"how": how, "filler": "x" * FILLER_BYTES}


def by_number(notes):
    """Each call's line at its number: a process may end before one of its threads has noted the call that it counted."""
    noted = {int(line.split(" ", 1)[0]): line for line in notes}
    return [noted.get(number, f"{number} unnoted ?") for number in range(1, max(noted, default=0) + 1)]


class life:
    """One process from its start to its end, in `folder`. `faults`: what faulty_calls.cpp is told, beside where it notes."""

    def __init__(self, options, folder, shop, faults=None, segment_bytes=SEGMENT_BYTES, retention="30d"):
        self.folder, self.notes, self.to = folder, folder / "notes", None
        port_file = folder / "port"
        for left in (self.notes, port_file):
            left.unlink(missing_ok=True)
        preloaded = {"LD_PRELOAD": str(options.faulty_calls), "FAULTY_NOTES": str(self.notes), **faults} if faults else {}
        (folder / "sagad.yaml").write_text(f"participants: {{shop: {{endpoints: ['http://127.0.0.1:{shop.port}']}}}}\n")
        command = [options.bin / "sagad", "--config", folder / "sagad.yaml", "--listen", "127.0.0.1:0", "--port-file", port_file,
                   "--journal", f"log:{folder}/journal", "--views", folder / "views" / "views.db", "--reactors", "1",
                   "--log-segment-bytes", f"{segment_bytes}B", "--history-retention", retention, "--definitions",
                   folder / "definitions", "--public-url", "http://sagad.example", "--drain", "5s"]
        with open(folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **preloaded}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            await_that(lambda: self.ended() or port_file.exists(), "listening")
        except not_so:
            self.__exit__()
            raise
        if not self.ended():
            self.to = connection(int(port_file.read_text()), PATIENCE_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.ended():
            self.process.kill()
        self.wait()

    def began(self):
        return self.to is not None

    def ended(self):
        return self.process.poll() is not None

    def metrics(self):
        text = self.to.ask_text("GET", "/metrics")[1].decode()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}

    def counted(self):
        """The calls that were counted, a line each."""
        return by_number(self.notes.read_text().splitlines() if self.notes.exists() else [])

    def wait(self):
        """Its exit code."""
        try:
            return self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise not_so(f"it did not end within {PATIENCE_SECONDS} seconds") from None
        finally:
            if self.to:
                self.to.close()


class clients:
    """What is wanted of sagad, and what was answered. `wanted`: key -> (definition, how)."""

    def __init__(self, wanted, of=None):
        self.wanted = {**(of.wanted if of else {}), **wanted}
        self.new = wanted
        self.acknowledged = dict(of.acknowledged) if of else {}  # key -> saga
        self.reported = dict(of.reported) if of else {}          # saga -> its outcome, as it was first told
        self.over = dict(of.over) if of else {}                  # key -> saga: ended long ago, and may be freed
        self.stored = False                                      # whether a definition was acknowledged

    def errands(self):
        return [key for key, (definition, _) in self.wanted.items() if definition == "errand"]

    @staticmethod
    def until_taken(what, ask, not_now=(503,)):
        """Asks again and again while that is answered."""
        def taken():
            status, told = ask()
            return None if status in not_now else (status, told)
        status, told = await_that(taken, what)
        if status not in (200, 201):
            raise not_so(f"{what} was answered {status}: {told}")
        return told

    def store(self, one):
        # 500 says that the disk did not take it: nothing has changed.
        self.until_taken("a definition", lambda: one.to.ask_text("PUT", "/v1/definitions/other", OTHER.encode()), (500, 503))
        self.stored = True

    def start(self, one, key):
        definition, how = self.wanted[key]
        path = f"/v1/definitions/{definition}/sagas?key={key}"
        told = self.until_taken(f"the start of {key}", lambda: one.to.ask("POST", path, request(how)))
        if self.acknowledged.setdefault(key, told["id"]) != told["id"]:
            raise not_so(f"I4 {key} had started {self.acknowledged[key]}, and stands for {told['id']}")

    def end_of(self, one, key):
        saga = self.acknowledged[key]

        def end():
            status, told = one.to.ask("GET", f"/v1/sagas/{saga}?wait=1s")
            if status == 500:
                raise unreadable(f"I4 {saga} ({key}) was acknowledged, and is answered {told}")
            if status not in (200, 202):
                raise not_so(f"I4 {saga} ({key}) was acknowledged, and is answered {status}: {told}")
            return told if "outcome" in told else None
        told = await_that(end, f"I7 the end of {saga} ({key})")
        if self.reported.setdefault(saga, told["outcome"]) != told["outcome"]:
            raise not_so(f"I4 {saga} was told to be {self.reported[saga]}, and is now {told['outcome']}")
        return told

    def run(self, one):
        """All that is wanted of a life; raises one of GONE when it ends meanwhile."""
        self.store(one)
        for key in self.new:
            self.start(one, key)
        for key in self.errands():
            self.end_of(one, key)

    def run_and_forget(self, one, key):
        self.wanted[key] = ("errand", "well")
        self.start(one, key)
        self.end_of(one, key)
        del self.wanted[key]
        self.over[key] = self.acknowledged.pop(key)

    def lists_show_all(self, one):
        status, told = one.to.ask("GET", "/v1/sagas?definition=errand&limit=1000")
        listed = {saga["id"]: saga["state"] for saga in told["sagas"]} if status == 200 else {}
        return all(listed.get(saga) == self.reported[saga] for saga in (self.acknowledged[key] for key in self.errands()))

    def conclude(self, one, shop):
        """The life after the faults: all starts again, all comes to its end, and is looked at. Raises what does not hold."""
        await_that(lambda: one.metrics()["sagad_sagas_to_recover"] == 0, "loading what was unfinished")
        if self.stored and one.to.ask("GET", "/v1/definitions/other")[0] != 200:
            raise not_so("I4 a definition was acknowledged, and is not there")
        for key in self.wanted:
            self.start(one, key)
        for key, (definition, _) in self.wanted.items():
            if definition == "late":
                self.answer_late(one, shop, key)
        found = [text for key in self.wanted for text in self.check(one, shop, key)]
        found += [text for key in list(self.over)[:1] for text in self.check_key(one, key)]
        measured = one.metrics()
        found += [f"I6 {name} is {measured[name]:.0f}" for name in MUST_BE_ZERO if measured[name] != 0]
        strangers = {one.saga for one in shop.books.calls} - {*self.acknowledged.values(), *self.over.values()}
        found += [f"I5 {saga} was never started, and has called" for saga in sorted(strangers)]
        if found:
            raise not_so("\n".join(found))
        await_that(lambda: self.lists_show_all(one), "a list with all of them as they are")

    def answer_late(self, one, shop, key):
        saga = self.acknowledged[key]
        path = await_that(lambda: shop.books.callbacks.get(saga), f"a call of {saga} that is answered later")
        status, _ = call(one.to.at.port, "POST", path, {}, {"Saga-Outcome": "done"})
        if status != 204:
            raise not_so(f"I4 the late answer of {saga} was answered {status}")

    def check(self, one, shop, key):
        saga = self.acknowledged[key]
        told = self.end_of(one, key)
        records = one.to.ask("GET", f"/v1/sagas/{saga}/events")[1]
        definition, how = self.wanted[key]
        if definition == "errand":
            yield from check_saga(shop.books, saga, how, told, records)
        yield from check_calls(shop.books, saga, records)

    def check_key(self, one, key):
        """Its saga may be freed, and it begins no other."""
        status, told = one.to.ask("POST", f"/v1/definitions/errand/sagas?key={key}", request("well"))
        if (status, told.get("saga" if status == 410 else "id")) not in ((200, self.over[key]), (410, self.over[key])):
            yield f"I4 {key} had started {self.over[key]}, and is answered {status}: {told}"
