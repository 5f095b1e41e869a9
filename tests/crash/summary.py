"""What a trial has shown: the phase of every unfinished saga at each kill, what was in doubt, what went wrong at the participants. And what it has
not shown: a trial that never hit something has proved nothing of it."""

import collections
import dataclasses

import gate
from faults import FAULTS, SHARE_MIN
from sale import OPERATIONS, SERVED_BY

PHASES = ("forward", "backward", "paused_forward", "paused_backward")
LOADED, BEFORE_LISTENING, ONCE_LISTENING, ORDERLY = "under load", "before it listened", "once it listened", "in order, under load"
STILL = "while it stood still"
COLUMNS = (*PHASES, "stuck", "awaited")  # the last two are no phases: such a saga is counted in its phase, too
PROGRAMS = ("sagad", *dict.fromkeys(SERVED_BY.values()))
KINDS = tuple(fault["kind"] for fault in FAULTS)


@dataclasses.dataclass
class ending:
    """The end of one life of the coordinator."""
    how: str
    after_ms: float
    at: str = ""  # as records write times; no record of this life is later
    acknowledged: int = 0
    found_again: dict = None  # phase -> how many unfinished sagas the next life has loaded; none where it was killed before


@dataclasses.dataclass
class summary:
    lives_wanted: int
    load_ms_min: int
    sagas_wanted: int
    endings: list = dataclasses.field(default_factory=list)
    phases: list = dataclasses.field(default_factory=list)  # of each ending: Counter of phases
    lost: object = dataclasses.field(default_factory=collections.Counter)  # (step, operation) -> how often in doubt at a kill
    happened: object = dataclasses.field(default_factory=collections.Counter)  # kind of fault, "calls"
    on_the_way: object = dataclasses.field(default_factory=collections.Counter)  # kind of the gates' faults, "exchanges", "connections"
    stood_still: object = dataclasses.field(default_factory=collections.Counter)  # program -> how often
    looks: int = 0       # of the wake-up auditor
    sagas: object = dataclasses.field(default_factory=collections.Counter)  # by how they ended
    repeated: int = 0
    refused: object = dataclasses.field(default_factory=collections.Counter)

    def learn(self, stories):
        self.phases = [collections.Counter() for _ in self.endings]
        for told in stories.values():
            for kill, marks in told.at_kill.items():
                self.phases[kill].update(marks)
            self.lost.update(told.lost)
            self.sagas[told.phase] += 1

    def forgotten(self):
        """Where the next life did not find the unfinished sagas that the records tell of."""
        for number, (one, found) in enumerate(zip(self.endings, self.phases), 1):
            if one.found_again is not None and any(found[phase] != one.found_again[phase] for phase in PHASES):
                yield f"after life {number} {dict(found)} were unfinished, and {one.found_again} were loaded"

    def killed(self):
        return [(one, found) for one, found in zip(self.endings, self.phases) if one.how != ORDERLY]

    def missing(self):
        """What would have to be shown and was not, in words."""
        loaded = [one for one in self.endings if one.how == LOADED and one.after_ms >= self.load_ms_min]
        if len(loaded) < self.lives_wanted:
            yield f"{len(loaded)} lives of {self.load_ms_min} ms of load were ended by a kill, and {self.lives_wanted} are wanted"
        if self.endings and self.endings[-1].acknowledged < self.sagas_wanted:
            yield f"{self.endings[-1].acknowledged} sagas were acknowledged, and {self.sagas_wanted} are wanted"
        for how in (BEFORE_LISTENING, ONCE_LISTENING, STILL):
            if not any(one.how == how for one in self.endings):
                yield f"no kill came {how}"
        for phase in COLUMNS:
            if not any(found[phase] for _, found in self.killed()):
                yield f"no kill has hit a saga that was {phase}"
        for key in OPERATIONS:
            if not self.lost[key]:
                yield f"no restart has found {' '.join(key)} in doubt"
        for kind in KINDS:
            if not self.happened[kind]:
                yield f"the fault {kind} never happened"
        for kind in gate.KINDS:
            if not self.on_the_way[kind]:
                yield f"no gate has had: {kind}"
        for name in PROGRAMS:
            if not self.stood_still[name]:
                yield f"{name} never stood still"
        if self.share() < SHARE_MIN:
            yield f"{self.share():.1%} of the calls went wrong, and {SHARE_MIN:.0%} are wanted"
        if not self.looks:
            yield "the wake-up auditor has looked at no saga"

    def share(self):
        return sum(self.happened[kind] for kind in KINDS) / max(1, self.happened["calls"])

    def lines(self):
        yield f"{'':5}{'ended':21}{'after':>9}{'acknowledged':>14}" + "".join(f"{phase.replace('_', ' '):>17}" for phase in COLUMNS)
        for number, (one, found) in enumerate(zip(self.endings, self.phases), 1):
            yield (f"{number:4} {one.how:21}{one.after_ms:6.0f} ms{one.acknowledged:14}"
                   + "".join(f"{found[phase]:17}" for phase in COLUMNS))
        sums = sum((found for _, found in self.killed()), collections.Counter())
        yield f"{'':5}{'killed in all':44}" + "".join(f"{sums[phase]:17}" for phase in COLUMNS)
        ends = collections.Counter(one.how for one in self.endings)
        yield f"{len(self.endings)} lives, ended " + ", ".join(f"{how} {count}" for how, count in ends.items())
        yield "in doubt at a restart: " + ", ".join(f"{step} {which} {self.lost[step, which]}" for step, which in OPERATIONS)
        yield (f"faults that happened, {self.share():.1%} of {self.happened['calls']} counted calls: "
               + ", ".join(f"{kind} {self.happened[kind]}" for kind in KINDS))
        yield (f"faults on the way, {sum(self.on_the_way[kind] for kind in gate.KINDS)} of {self.on_the_way['exchanges']} exchanges: "
               + ", ".join(f"{kind} {self.on_the_way[kind]}" for kind in gate.KINDS))
        yield "stood still for seconds: " + ", ".join(f"{name} {count}" for name, count in sorted(self.stood_still.items()))
        yield f"{sum(self.sagas.values())} sagas: {dict(self.sagas)}; {self.repeated} starts repeated because their answer was lost"
        yield f"the wake-up auditor has looked {self.looks} times and found nothing asleep"
        if self.refused:
            yield f"requests refused for the moment: {dict(self.refused)}"
