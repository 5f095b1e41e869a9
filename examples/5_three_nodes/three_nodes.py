#!/usr/bin/env python3
"""three_nodes.py [--sales N] [--bin DIR]: three sagad on one database, nginx before them, and some of it is killed.

Starts a PostgreSQL with a synchronous standby, three nodes of sagad, escrow, transfer, rate, and nginx, all on free ports of this machine. Players
sell to each other through nginx; meanwhile a node is killed with kill -9, and later the database's primary, whose standby is then promoted. At the
end every sale is asked for once more, and the books must balance. Ends with 0 if so. Everything ends with it, and the databases of the sagas
are removed; logs and configurations are in build/three_nodes.
"""
import argparse
import asyncio
import collections
import datetime
import itertools
import os
import pathlib
import shutil
import signal
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from demonstration import market, postgres, proxy  # noqa: E402
from demonstration.marketplace import Marketplace  # noqa: E402
from demonstration.sales import Sale, changed_answers, sell  # noqa: E402
from demonstration.show import Sagactl, act, say, table  # noqa: E402
from processes import await_that, call  # noqa: E402

NODES = ("node-1", "node-2", "node-3")
TRADERS = 40                # sales under way at once
# Each service takes its time, so that there is something under way whenever something is killed.
SLOW = [{"kind": "late", "rate": 1, "delay_ms": 150}]
LEASE_SECONDS = 5
WHOLE_SECONDS_MAX, STEP_SECONDS_MAX = 300, 90


class Nodes(Marketplace):
    """The marketplace with several sagad in the place of one."""

    def __init__(self, binaries, folder, journal):
        super().__init__(binaries, folder)
        self.journal = journal
        self.nodes = {name: self.program(name, "--config", folder / "sagad.yaml", binary="sagad") for name in NODES}

    def open(self):
        for one in self.participants.values():
            one.start()
        lines = [f"journal: {self.journal}", f"definitions: {ROOT / 'sagas'}", "participants:"]
        lines += [f"  {name}: {{endpoints: ['http://127.0.0.1:{one.port}']}}" for name, one in self.participants.items()]
        (self.folder / "sagad.yaml").write_text("\n".join(lines) + "\n")
        for one in self.nodes.values():
            one.start()
            self.await_ready(one)
        self.ask("escrow", "POST", "/admin/accounts", market.accounts())
        self.ask("transfer", "POST", "/admin/items", market.goods())
        for name in market.PARTICIPANTS:
            self.ask(name, "POST", "/admin/faults", SLOW)

    def show_nodes(self):
        """What each owns, as node-1 knows it."""
        Sagactl(self.binaries / "sagactl", lambda: f"http://127.0.0.1:{self.nodes['node-1'].port}")("nodes")

    def await_shares(self, count):
        """So many nodes own partitions, and all are owned."""
        def shared():
            status, told = call(self.nodes["node-1"].port, "GET", "/v1/nodes")
            owned = [len(one["partitions"]) for one in told["nodes"]] if status == 200 else []
            return sum(map(bool, owned)) == count and sum(owned) == 256
        await_that(shared, STEP_SECONDS_MAX, f"{count} nodes having their shares")

    @staticmethod
    def await_ready(one):
        await_that(lambda: call(one.port, "GET", "/readyz")[0] == 200, STEP_SECONDS_MAX, f"{one.name} being ready")

    def close(self):
        for one in [*self.nodes.values(), *self.participants.values()]:
            one.end()


class Sellers:
    """Players who sell, each one thing after the other, until so many sales have been begun; on a thread of its own."""

    def __init__(self, count, port, connection):
        self.sales, self.count, self.port, self.connection = [], count, port, connection
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            asyncio.run(self.sell())
        except (Exception, SystemExit) as error:  # pylint: disable=broad-except
            self.failure = error

    async def sell(self):
        wishes = itertools.islice(market.wishes(seed=7), self.count)

        async def trader():
            connection = self.connection()
            for wish in wishes:
                sale = Sale(*wish)
                self.sales.append(sale)
                await sell(sale, connection, lambda: self.port)
                sale.ended_at = time.time()
            connection.close()

        await asyncio.gather(*(trader() for _ in range(TRADERS)))

    def ended(self):
        if self.failure:
            raise SystemExit(f"a sale could not go on: {self.failure}")
        return sum(bool(sale.outcome) for sale in list(self.sales))

    def under_way(self):
        return [sale for sale in list(self.sales) if not sale.outcome]

    def await_ended(self, count, what):
        await_that(lambda: self.ended() >= count, STEP_SECONDS_MAX, what)

    def await_these(self, sales):
        await_that(lambda: self.ended() and all(sale.outcome for sale in sales), STEP_SECONDS_MAX, "the end of every sale that was under way")


class Blow:
    """Something is killed: which sales were under way then, and when each of them went on."""

    def __init__(self, what, sellers):
        self.what, self.sellers = what, sellers
        self.under_way = sellers.under_way()
        self.at = time.time()
        self.taken_over = self.went_on = self.ended = 0

    def learn(self, port):
        """From the records of each saga, once all have ended."""
        self.sellers.await_these(self.under_way)
        went_on = []
        for sale in self.under_way:
            status, records = call(port, "GET", f"/v1/sagas/{sale.saga['id']}/events")
            if status != 200:
                raise SystemExit(f"{sale.key} has ended, and its records are answered {status}: {records}")
            later = [record for record in records if seconds(record["time"]) > self.at]
            went_on += [seconds(record["time"]) - self.at for record in later[:1]]
            self.taken_over += any(event["event"] == "recovered" for record in later for event in record["events"])
        self.went_on = max(went_on, default=0)
        self.ended = max((sale.ended_at - self.at for sale in self.under_way), default=0)

    def row(self):
        return (self.what, len(self.under_way), self.taken_over, f"{self.went_on:.1f} s", f"{self.ended:.1f} s")


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Databases:
    """A primary, and a standby that has each commit before it is answered."""

    def __init__(self, folder):
        self.place = postgres.Place()
        os.environ["PGPASSFILE"] = str(self.place.passwords)  # where sagad looks
        ports = proxy.free_ports(2)
        self.primary, self.standby = (postgres.Server(self.place, name, "127.0.0.1", port, folder / f"{name}.log")
                                      for name, port in zip(("primary", "standby"), ports))
        self.journal = (f"postgresql://sagad@127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/sagad?target_session_attrs=read-write")

    def open(self):
        self.primary.make().start().has_role("sagad", "sagad")
        self.standby.make_of(self.primary).start()
        self.primary.waits_for(self.standby)

    def close(self):
        for one in (self.standby, self.primary):
            one.end()
        self.place.remove()


def sell_and_kill(here, databases, sellers):
    """The two blows."""
    sellers.await_ended(sellers.count // 4, "the first quarter of the sales")
    victim = here.nodes["node-2"]
    act(f"kill -9 {victim.process.pid}: node-2, while {len(sellers.under_way())} sales are under way")
    node = Blow("node-2 killed", sellers)
    victim.end(hard=True)
    node.learn(here.nodes["node-1"].port)
    say(f"its sagas ({node.taken_over}) went on at the other nodes, the last one after {node.went_on:.1f} s (lease: {LEASE_SECONDS} s)")
    here.await_shares(len(NODES) - 1)
    here.show_nodes()
    victim.start()
    here.await_shares(len(NODES))
    say("node-2 is started again, and has its share")

    sellers.await_ended(sellers.count // 2, "half of the sales")
    act(f"kill -9 {databases.primary.process.pid}: the database's primary, while {len(sellers.under_way())} sales are under way")
    database = Blow("primary killed, standby promoted", sellers)
    databases.primary.kill()
    databases.standby.promote()
    say(f"the standby is promoted: {databases.standby.sql('SELECT count(*) FROM sagad_records', 'sagad')} records are there")
    database.learn(here.nodes["node-1"].port)
    say(f"every saga that was under way has ended, the last one after {database.ended:.1f} s")
    return [node, database]


def wrong_in(here, sellers):
    """What is not as it should be, in words."""
    sales = sellers.sales
    lost = [f"{sale.key} has not ended: {sale.saga}" for sale in sales if not sale.outcome]
    ended = [sale for sale in sales if sale.outcome]
    return (lost + market.wrong_in(here.books(), [sale.wish for sale in ended if sale.outcome == "completed"])
            + changed_answers(ended, lambda: sellers.port, sellers.connection))


def show(sellers, blows):
    table(["what happened", "sales under way", "taken over", "all went on within", "all had ended within"], [blow.row() for blow in blows])
    outcomes = collections.Counter(sale.outcome for sale in sellers.sales)
    table(["sales", ""], [("begun", len(sellers.sales)), ("completed", outcomes["completed"]), ("undone", outcomes["compensated"]),
                          ("sent more than once, with the same key", sum(sale.times_sent > 1 for sale in sellers.sales)),
                          ("without an end", outcomes[None])])


def run(here, databases, front, options):
    act("PostgreSQL: a primary, and a standby that has each commit before it is answered")
    databases.open()
    act(f"escrow, transfer, rate; {', '.join(NODES)} of sagad on that database")
    here.open()
    here.await_shares(len(NODES))
    here.show_nodes()
    nginx = front(here)
    nginx.start()
    act(f"nginx at https://localhost:{nginx.port} before the nodes; {TRADERS} players at a time sell through it, {options.sales:,} sales")
    sellers = Sellers(options.sales, nginx.port, proxy.secure_connections(here.folder / "tls.crt"))
    blows = sell_and_kill(here, databases, sellers)
    sellers.await_ended(options.sales, "the end of the last sale")
    act("Every sale is asked for once more, by its key, through nginx")
    show(sellers, blows)
    return wrong_in(here, sellers)


def end(number, _):
    sys.exit(f"this took longer than {WHOLE_SECONDS_MAX} s; the logs are in build/three_nodes" if number == signal.SIGALRM else 128 + number)


def main():
    parser = argparse.ArgumentParser(description="Three sagad on one database, nginx before them, and some of it is killed.")
    parser.add_argument("--sales", type=int, default=800, help="how many are sold (800)")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin", help="where the programs are (build/release/bin)")
    options = parser.parse_args()
    if not 4 * TRADERS <= options.sales <= 100_000:
        parser.error(f"--sales is from {4 * TRADERS} to 100000")
    for sign in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGALRM):
        signal.signal(sign, end)
    signal.alarm(WHOLE_SECONDS_MAX)
    proxy.program()
    if not (options.bin / "sagad").exists():
        raise SystemExit(f"there is no sagad in {options.bin}: ./quickstart builds it")
    folder = ROOT / "build/three_nodes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    databases = Databases(folder)
    here = Nodes(options.bin.resolve(), folder, databases.journal)
    opened = []

    def front(nodes):
        opened.append(proxy.Proxy(folder, pathlib.Path(__file__).with_name("nginx.conf"), [one.port for one in nodes.nodes.values()]))
        return opened[0]

    try:
        wrong = run(here, databases, front, options)
    finally:
        for one in (*opened,):
            one.end()
        here.close()
        databases.close()
    act("SOMETHING IS WRONG:" if wrong else "Nothing that was acknowledged is lost, every sale has ended once, and the books balance.")
    for one in wrong[:20]:
        say(one)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
