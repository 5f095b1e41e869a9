#!/usr/bin/env python3
"""each_call_test.py --bin DIR [--all] [--trials 60] [--seed N] [--only NAME] [--folder DIR]

A short life of sagad, again and again, and each time another one of its calls that change a file goes wrong: the process is killed there, with
nothing of it done or with half of the bytes written, or the call fails, or it writes less than it was asked to; or a read fails, is interrupted, or
gives half of what was asked for, of which the last two must change nothing. Then sagad is started without faults: it must begin, everything that was
acknowledged is there, each saga ends as it must, and the shop's books agree.

A life begins without a journal (`new`), or with one that was killed at work (`old`): sagas under way, half a frame at its end, segments past their
retention, a checkpoint due. In it a definition is stored and a few sagas are run, one of which is undone, and the log goes from segment to segment.
Calls on the journal's folder and on that of the views are counted apart: new/journal/kill/7 is the trial that kills at the journal's seventh, and
new/journal/kill/7/3 the one in which the next life is killed at its third.

--all goes through every call: n = 1, 2, 3, ... until lives end before their n-th. Without it about so many trials are drawn from all of them, by a
fresh seed, and in half of these a second life is killed. --only old/journal leaves the others out; --only old/journal/torn/23 does this one, and keeps its
folder. Exits 1 when something does not hold. Standard library only.
"""

import argparse
import collections
import itertools
import pathlib
import random
import shutil
import struct
import sys
import tempfile
import time

from connection import GONE
from errands import shop
from short_life import SEGMENT_BYTES, await_that, clients, life, not_so, prepare, unreadable

BASES, FOLDERS, WAYS = ("new", "old"), ("journal", "views"), ("kill", "torn", "EIO", "ENOSPC", "short", "unread", "EINTR", "part")
KILLING, OF_BYTES, OF_READS, HARMLESS = ("kill", "torn"), ("torn", "short"), ("unread", "EINTR", "part"), ("EINTR", "part")
KILLED, CANNOT_BEGIN, DISK_FAILED = -9, 1, 70

WANTED = {"well": ("errand", "well"), "undone": ("errand", "undone"), "again": ("errand", "again"), "late": ("late", "well")}
CHECKPOINT_BYTES = 4 << 20   # of log between two of them
OLD_SEGMENT_BYTES = 2 << 20  # so that there are few to free
RETENTION_SECONDS = 10       # in a life with faults; in all others nothing is freed
HELD = {"held": ("well", "two", "action"), "held-back": ("undone", "two", "compensation")}
GARBAGE, SECTOR_BYTES = b"torn" * 75, 512
FAILED_MAX = 20              # each keeps some 40 MB
EARLY_ENDS = 5               # lives in a row that ended before their n-th call: there is none. How many there are differs a little

kind = collections.namedtuple("kind", "base folder way")


# The journal that a life begins with ---------------------------------------------------------------------------------------

class new_base:
    """None."""

    def __init__(self, folder):
        self.folder, self.books, self.clients = folder, None, clients({})
        prepare(folder)

    def await_age(self):
        pass


class old_base:
    """One that was killed at work. A checkpoint lies behind its oldest segments, and the next one is nearly due."""

    def __init__(self, options, folder):
        self.folder = folder
        prepare(folder)
        self.clients = clients({"carried": ("late", "well"), **{key: ("errand", how) for key, (how, _, _) in HELD.items()}})
        with shop() as answering:
            self.fill(options, answering, OLD_SEGMENT_BYTES, CHECKPOINT_BYTES)
            self.oldest_written = time.monotonic()
            self.fill(options, answering, SEGMENT_BYTES, 2 * CHECKPOINT_BYTES - SEGMENT_BYTES)
        with shop(answering.books, HELD.values()) as holding:
            self.leave_at_work(options, holding)
        self.books = holding.books
        self.tear()

    def fill(self, options, answering, segment_bytes, bytes_kept):
        with life(options, self.folder, answering, segment_bytes=segment_bytes) as one:
            self.clients.start(one, "carried")
            while one.metrics()["sagad_journal_kept_bytes"] < bytes_kept:
                self.clients.run_and_forget(one, f"filler-{len(self.clients.over)}")

    def leave_at_work(self, options, holding):
        with life(options, self.folder, holding) as one:
            for key in HELD:
                self.clients.start(one, key)
            called = {(self.clients.acknowledged[key], step, operation) for key, (_, step, operation) in HELD.items()}
            await_that(lambda: {call[:3] for call in holding.books.calls} >= called, "sagas under way")

    def tear(self):
        """As a write leaves it that was cut off: something that is no frame behind the last one."""
        last = [path for path in sorted((self.folder / "journal").glob("segment-*.log")) if path.read_bytes().strip(b"\0")][-1]
        end = len(last.read_bytes().rstrip(b"\0"))
        with open(last, "r+b") as segment:
            segment.seek((end // SECTOR_BYTES + 1) * SECTOR_BYTES)
            segment.write(GARBAGE)

    def await_age(self):
        """Until its oldest segments are past the retention of a life with faults."""
        await_that(lambda: time.monotonic() - self.oldest_written > RETENTION_SECONDS, "age")


# One trial ------------------------------------------------------------------------------------------------------------------

class trial:
    """The n-th call of a kind goes wrong; n = 0: none does. `then`: a second life is killed at this call; 0: there is none."""

    def __init__(self, options, base, of, n, then, folder):
        self.options, self.base, self.of, self.n, self.then, self.folder = options, base, of, n, then, folder
        self.clients = clients(WANTED, base.clients)
        self.counted = []  # the calls of the life with faults, to the one that went wrong or to its end

    def run(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.base.folder, self.folder)
        with shop(self.base.books) as answering:
            self.counted = self.faulty_life(answering, self.of.way, self.n)
            if self.then:
                self.faulty_life(answering, "kill", self.then)
            with life(self.options, self.folder, answering) as one:
                if not one.began():
                    raise not_so("it did not begin again")
                self.clients.conclude(one, answering)

    def faulty_life(self, answering, way, n):
        """Its calls, to the one that went wrong."""
        told = {"FAULTY_FOLDER": str(self.folder / self.of.folder), "FAULTY_HOW": way, "FAULTY_AT": str(n)}
        with life(self.options, self.folder, answering, told, retention=f"{RETENTION_SECONDS}s") as one:
            try:
                if one.began():
                    self.clients.run(one)
                    self.await_all(one, n)
                    one.process.terminate()
            except GONE:
                if not reached(one, n):
                    raise
            except unreadable:
                # What could not be read may stay so until the next start.
                if way != "unread":
                    raise
                one.process.terminate()
            finally:
                self.counted = self.counted or one.counted()[:n or None]
            self.judge_end(one, way, n)
            return one.counted()[:n or None]

    def await_all(self, one, n):
        """What nobody waits for: that lists show it, and that what is past its retention is freed."""
        await_that(lambda: self.clients.lists_show_all(one), "a list with all of them as they are")
        if self.of.base == "old" and not (self.folder / "journal" / "keys-0000000001.log").exists():
            await_that(lambda: one.metrics()["sagad_journal_segments_freed_total"] or reached(one, n), "a segment freed")

    @staticmethod
    def judge_end(one, way, n):
        code = one.wait()
        if not reached(one, n) or way in HARMLESS:
            right = (0,)
        elif way in KILLING:
            right = (KILLED,)
        else:
            right = (0, DISK_FAILED) if one.began() else (0, DISK_FAILED, CANNOT_BEGIN)
        if code not in right:
            raise not_so(f"a life with faults ended with {code}")


def reached(one, n):
    return n != 0 and len(one.counted()) >= n


# The loop -------------------------------------------------------------------------------------------------------------------

# What a life without faults does at least: the loop is to go through these.
MUST_DO = {
    ("new", "journal"): ("mkdir journal", "rename callback.keys", "pwrite definitions.log", "rename segment-", "pwrite segment-",
                         "fdatasync segment-", "pwrite index.db"),
    ("old", "journal"): ("open torn-", "pwrite definitions.log", "rename segment-", "rename keys-", "unlink segment-", "pwrite index.db"),
    ("new", "views"): ("pwrite views.db.next-wal", "rename views.db"),
    ("old", "views"): ("pwrite views.db-wal", "fdatasync views.db"),
}


def checkpoint_of(folder):
    """Where the last complete one begins; docs/log-format.md says where that stands."""
    return struct.unpack_from("<Q", (folder / "journal" / "lock").read_bytes(), 96)[0]


class loop:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.bases = {"new": new_base(folder / "new"), "old": old_base(options, folder / "old")}
        self.calls = {}   # (base, folder) -> the calls of a life without faults, by name
        self.reads = {}   # the same -> how many read
        self.trials = collections.Counter()
        self.went_wrong = 0  # trials that came to the call that goes wrong
        self.failed = []

    def one(self, of, n, then=0):
        """How many calls were counted, at most n where one went wrong."""
        self.bases[of.base].await_age()
        going = trial(self.options, self.bases[of.base], of, n, then, self.folder / "trial")
        self.trials[of] += 1
        try:
            going.run()
        except (not_so, *GONE) as error:
            self.tell("/".join((*of, str(n), *([str(then)] if then else []))), going, error)
        self.went_wrong += 0 < n <= len(going.counted)
        return going.counted

    def tell(self, name, going, error):
        self.failed.append(name)
        kept = self.folder / name.replace("/", "-")
        shutil.rmtree(kept, ignore_errors=True)
        (self.folder / "trial").rename(kept)
        print(f"BROKEN {name}: {error or repr(error)}\n    the call: {going.counted[-1] if going.counted else 'none'}\n"
              f"    what is left: {kept}", flush=True)

    def without_faults(self):
        """What there is to go through."""
        for base in BASES:
            for folder in FOLDERS:
                counted = self.one(kind(base, folder, "none"), 0)
                self.reads[base, folder] = len(self.one(kind(base, folder, "unread"), 0))
                self.calls[base, folder] = [line.split(" ", 2)[1] for line in counted]
                done = [" ".join((line.split(" ", 2)[1], pathlib.Path(line).name)) for line in counted]
                for wanted in MUST_DO[base, folder]:
                    if not any(one.startswith(wanted) for one in done):
                        self.missing(f"{base}/{folder}: nothing begins with {wanted}")
        if checkpoint_of(self.folder / "trial") == checkpoint_of(self.bases["old"].folder):
            self.missing("no checkpoint was made")

    def missing(self, text):
        self.failed.append(text)
        print(f"NOT SHOWN {text}", flush=True)

    def all(self, of):
        n, early = 0, 0
        while early < EARLY_ENDS and len(self.failed) < FAILED_MAX:
            n += 1
            early = 0 if len(self.one(of, n)) >= n else early + 1

    def count(self, of):
        if of.way in OF_READS:
            return self.reads[of.base, of.folder]
        return sum(of.way not in OF_BYTES or "write" in name for name in self.calls[of.base, of.folder])

    def draw(self, kinds, trials, dice):
        """Of all the calls of all kinds some, at even distances."""
        counts = {of: self.count(of) for of in kinds}
        stride = max(1, sum(counts.values()) // trials)
        at = dice.randrange(stride)
        for of in kinds:
            for n in range(at, counts[of], stride):
                # Every other one dies a second time, mostly early: while it begins.
                then = dice.randrange(2) * (1 + int(counts[of] * dice.random() ** 2))
                self.one(of, n + 1, then)
            at = (at - counts[of]) % stride
        print(f"  {self.went_wrong} calls went wrong; with --all there are some {sum(counts.values())}")


def wanted_of(only):
    """The kinds whose names begin so, and the numbers of the one trial of them that is wanted; none: not one alone."""
    parts = only.split("/") if only else []
    wanted, numbers = parts[:3], [int(part) for part in parts[3:5]]
    return [kind(*one) for one in itertools.product(BASES, FOLDERS, WAYS) if list(one[:len(wanted)]) == wanted], numbers


def run(options, kinds, numbers, folder):
    going = loop(options, folder)
    if numbers:
        going.one(kinds[0], *numbers)
    else:
        go_through(going, options, kinds)
    if not going.went_wrong:
        going.missing("no call went wrong")
    return going


def go_through(going, options, kinds):
    going.without_faults()
    if options.all:
        for of in kinds:
            began = time.monotonic()
            going.all(of)
            print(f"  {'/'.join(of)}: {going.trials[of]} trials in {time.monotonic() - began:.0f} s", flush=True)
    elif not going.failed:
        going.draw(kinds, options.trials, random.Random(options.seed))


def again(options, failed):
    """The arguments that show the first of `failed` once more: that trial alone where it is one."""
    trials = [one for one in failed if one.count("/") >= len(kind._fields) and " " not in one]
    if trials:
        return f"--only {trials[0]}"
    only = [f"--only {options.only}"] if options.only else []
    how = ["--all"] if options.all else [f"--trials {options.trials}", f"--seed {options.seed}"]
    return " ".join(only + how)


def is_in_use(folder):
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=lambda text: pathlib.Path(text).resolve(), required=True)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() // 1000 % 2**32)
    parser.add_argument("--only", default="", help="the trials whose names begin so, or a single one")
    parser.add_argument("--folder", help="where data and logs go (default: a new one, kept when something does not hold)")
    options = parser.parse_args()
    try:
        kinds, numbers = wanted_of(options.only)
    except ValueError:
        kinds = []
    if not kinds:
        parser.error(f"--only {options.only} names no trial: write it like old, old/journal, old/journal/torn or old/journal/torn/23")
    options.faulty_calls = options.bin / "libfaulty_calls.so"
    if options.folder and is_in_use(pathlib.Path(options.folder)):
        parser.error(f"--folder {options.folder} has something in it: name a new folder, or an empty one")
    folder = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="sagad-calls-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"each call: seed {options.seed}, data in {folder}", flush=True)
    failed = run(options, kinds, numbers, folder).failed
    if failed:
        print(f"{len(failed)} do not hold; again: each_call_test.py --bin {options.bin} {again(options, failed)}")
        return 1
    if not options.folder and not numbers:
        shutil.rmtree(folder)
    print("whatever call goes wrong, nothing that was acknowledged is lost, and the next start goes on")
    return 0


if __name__ == "__main__":
    sys.exit(main())
