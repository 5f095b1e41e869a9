"""What strikes nodes, the database, and the network between them, one kind a class: `begin`, a while, `end`. And the phases that sagas were in then."""

import bisect
import collections
import dataclasses
import signal

from replay import ENDS

LEASE_SECONDS = 5


class blow:
    """`seconds`: from when to when it lasts. `whose`: of which node's sagas are struck; none: of all."""
    kind, seconds = "", (1, 3)
    many = True  # there may be one of it at each node

    def __init__(self, cluster, node):
        self.cluster, self.node = cluster, node

    def whose(self):
        return self.node

    def begin(self):
        raise NotImplementedError

    def end(self):
        raise NotImplementedError


LONGER_THAN_THE_LEASE = (LEASE_SECONDS + 1, LEASE_SECONDS + 2.5)


class node_killed(blow):
    kind = "a node is killed"

    def begin(self):
        self.node.sagad.end(hard=True)

    def end(self):
        self.node.start()


class node_killed_for_long(node_killed):
    kind, seconds = "a node is killed, and away for longer than its lease", LONGER_THAN_THE_LEASE


class node_stands_still(blow):
    kind, seconds = "a node stands still for longer than its lease", LONGER_THAN_THE_LEASE

    def begin(self):
        self.node.sagad.process.send_signal(signal.SIGSTOP)

    def end(self):
        self.node.sagad.process.send_signal(signal.SIGCONT)


class node_leaves(blow):
    kind = "a node leaves, and joins again"

    def begin(self):
        self.node.leave()

    def end(self):
        self.node.start()


class cut(blow):
    side = ""

    def begin(self):
        self.node.machine.cut(self.side)

    def end(self):
        self.node.machine.join(self.side)


class database_out_of_reach(cut):
    kind, seconds, side = "a node does not reach the database for longer than its lease", LONGER_THAN_THE_LEASE, "database"


class participants_out_of_reach(cut):
    kind, side = "a node does not reach the participants", "participants"


class clients_out_of_reach(cut):
    kind, side = "a node does not reach the clients", "clients"


class of_the_database(blow):
    many = False

    def whose(self):
        return None


class database_killed(of_the_database):
    kind = "the database is killed"

    def begin(self):
        self.cluster.database.kill()

    def end(self):
        self.cluster.database.start()


class database_stands_still(of_the_database):
    kind, seconds = "the database stands still for longer than the lease", LONGER_THAN_THE_LEASE

    def begin(self):
        self.cluster.database.send(signal.SIGSTOP)

    def end(self):
        self.cluster.database.send(signal.SIGCONT)


class database_fails_over(of_the_database):
    kind = "the database's machine dies, and its standby is promoted"

    def begin(self):
        self.cluster.database.kill()

    def end(self):
        self.cluster.fail_over()


KINDS = (node_killed, node_stands_still, database_out_of_reach, database_killed, participants_out_of_reach, node_leaves, node_killed_for_long,
         database_stands_still, clients_out_of_reach, database_fails_over)
PHASES = ("forward", "backward", "paused_forward", "paused_backward")
COLUMNS = (*PHASES, "stuck", "awaited")  # the last two are no phases: such a saga is counted in its phase, too


@dataclasses.dataclass
class struck:
    """One blow, as it is remembered."""
    kind: str
    at: str               # as records write times
    partitions: frozenset  # whose sagas were struck; none: all
    phases: object = dataclasses.field(default_factory=collections.Counter)

    def learn(self, told):
        """Whether this saga was under way there, and in which phase."""
        partition = told.places[0][0]
        if self.partitions is not None and partition not in self.partitions:
            return
        last = bisect.bisect_right([place[2] for place in told.places], self.at) - 1
        if last >= 0 and told.marks[last][0] not in ENDS:
            self.phases.update(told.marks[last])


class summary:
    """What a trial has shown, and what it has not."""

    def __init__(self):
        self.struck = []
        self.lost = collections.Counter()   # (step, operation) -> how often in doubt when another node or life took it over
        self.taken_over = 0                 # times that a saga was
        self.sagas = collections.Counter()  # by how they ended
        self.clocks = collections.Counter()  # how far a node's clock was off -> starts
        self.nodes_asked = collections.Counter()
        self.faults = collections.Counter()

    def learn(self, stories):
        for told in stories.values():
            self.sagas[told.phase] += 1
            self.lost.update(told.lost)
            for one in self.struck:
                one.learn(told)

    def by_kind(self):
        found = {kind.kind: collections.Counter() for kind in KINDS}
        for one in self.struck:
            found[one.kind].update(one.phases)
            found[one.kind]["blows"] += 1
        return found

    def missing(self):
        """What would have to be shown and was not, in words."""
        found = self.by_kind()
        for kind, hit in found.items():
            if not hit["blows"]:
                yield f"it never happened that {kind}"
            elif not any(hit[phase] for phase in PHASES):
                yield f"no saga was under way when {kind}"
        everywhere = sum(found.values(), collections.Counter())
        for column in COLUMNS:
            if not everywhere[column]:
                yield f"nothing has struck a saga that was {column}"
        if not self.lost:
            yield "nothing was in doubt when a node took it over"
        if not all(self.clocks[minutes] for minutes in (-1, 1)):
            yield "no node's clock was ahead, or none was behind"

    def lines(self):
        yield f"{'':66}{'blows':>6}" + "".join(f"{column.replace('_', ' '):>17}" for column in COLUMNS)
        found = self.by_kind()
        for kind, hit in found.items():
            yield f"{kind:66}{hit['blows']:6}" + "".join(f"{hit[column]:17}" for column in COLUMNS)
        everywhere = sum(found.values(), collections.Counter())
        yield f"{'in all':66}{everywhere['blows']:6}" + "".join(f"{everywhere[column]:17}" for column in COLUMNS)
        yield "in doubt at a take-over: " + ", ".join(f"{step} {which} {count}" for (step, which), count in sorted(self.lost.items()))
        yield "nodes began with their clocks " + ", ".join(
            f"{'ahead' if way > 0 else 'behind' if way < 0 else 'right'} {count}" for way, count in sorted(self.clocks.items()))
        yield "participants' faults: " + ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items()))
        yield f"{sum(self.sagas.values())} sagas: {dict(self.sagas)}"
