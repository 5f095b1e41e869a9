#!/usr/bin/env python3
"""demonstrate.py BIN FOLDER [--sales N] [--keep]: real sales through sagad and its three participants.

A thousand sales in the same moment, with faults; a saga that is stuck, explained and freed; sagad killed with -9 in the middle of two
hundred sales. Starts everything on free ports of the loopback with its data in FOLDER (made anew), ends it again, and exits 1 when a
sale did not end or the books do not balance. Uses the standard library only.
"""

import argparse
import asyncio
import collections
import itertools
import json
import pathlib
import re
import resource
import shutil
import signal
import sys

from demonstration import market
from demonstration.marketplace import Marketplace
from demonstration.sales import Sale, changed_answers, percentile, sell_all
from demonstration.show import Progress, Sagactl, act, say, table
from processes import await_that

ALONE = 50
KILLED = 200
STUCK_SECONDS_MAX = 20
MEANING = {"escrow rejected": "the buyer cannot pay", "transfer rejected": "the seller has not enough"}


class Demonstration:
    """The acts. Whatever is wrong is noted in words, and told at the end."""

    def __init__(self, place, at_once):
        self.place, self.at_once = place, at_once
        self.wishes = market.wishes(seed=7)
        self.sagactl = Sagactl(place.binaries / "sagactl", lambda: f"http://127.0.0.1:{place.sagad.port}")
        self.sold = []
        self.wrong = []

    def sell(self, count, told=None):
        """Sells so many in the same moment."""
        sales = [Sale(*one) for one in itertools.islice(self.wishes, count)]
        asyncio.run(sell_all(sales, lambda: self.place.sagad.port, told or Progress(count)))
        self.sold += sales
        self.wrong += [f"{sale.key} has not ended: {sale.saga}" for sale in sales if not sale.outcome]
        return sales

    def sales_at_once(self):
        act(f"{ALONE} sales, one after the other: what a sale takes when nothing is in its way")
        alone = [self.sell(1, told=lambda ended: None)[0] for _ in range(ALONE)]
        before = self.place.books()
        act(f"{self.at_once:,} sales in the same moment; a few calls in a hundred fail, hang, come late or arrive twice")
        self.place.break_things()
        sold = self.sell(self.at_once)
        self.place.mend_things()
        self.show_ends(sold)
        table(["from start to end", "sales", "p50", "p99"], [
            [what, len(sales), f"{percentile(sales, 0.5):,.1f} ms", f"{percentile(sales, 0.99):,.1f} ms"]
            for what, sales in (("one at a time", alone), ("all at once, with faults", sold))])
        self.show_books(before)

    def show_ends(self, sold):
        ends = collections.Counter()
        for sale in sold:
            turned_back = sale.saga.get("turned_back", {})
            why = f"{turned_back.get('step', '')} {turned_back.get('cause', '')}".strip()
            ends[(sale.outcome or "not ended", why, MEANING.get(why, ""))] += 1
        table(["outcome", "turned back by", "because", "sales"], [[*end, number] for end, number in ends.most_common()])

    def show_books(self, before):
        after = self.place.books()
        table(["the books", "before", "after"], [[what, before[name][member], after[name][member]]
                                                for name, member, what in market.BOOKS])
        wrong = market.wrong_in(after, [sale.wish for sale in self.sold if sale.outcome == "completed"])
        self.wrong += wrong
        if not wrong:
            say("They balance: nothing was lost, doubled or left behind.")

    def stuck_and_freed(self):
        act("The participant `rate` is stopped; the last step of `sale_impatient` gives up after 3 s and waits for a person")
        self.place.participants["rate"].end()
        sale = Sale("impatient-1", {"seller": market.player(0), "buyer": market.player(1), "item": "potion", "quantity": 1,
                                    "price": 1}, "sale_impatient")
        code, out = self.sagactl("start", sale.definition, "--key", sale.key, "--input", json.dumps(sale.wish), "--json",
                                 quiet=True)
        if code != 0:
            raise SystemExit(f"the impatient sale was not started: {out}")
        saga = json.loads(out)["id"]
        await_that(lambda: self.state_of(saga) == "stuck", STUCK_SECONDS_MAX, "a stuck saga")
        await_that(lambda: saga in self.sagactl("list", "--state", "stuck", quiet=True)[1], STUCK_SECONDS_MAX, "its place in the list")
        self.sagactl("list", "--state", "stuck")
        self.sagactl("get", saga)
        act("`rate` is started again, and the saga is told to go on")
        self.place.participants["rate"].start()
        self.sagactl("retry", saga, "--step", "rate", "--reason", "rate is back")
        _, out = self.sagactl("get", saga, "--wait", "30s", "--json", quiet=True)
        self.sagactl("get", saga)
        sale.saga = json.loads(out)
        self.sold.append(sale)
        if sale.outcome != "completed":
            self.wrong.append(f"the freed saga is not completed: {sale.saga}")

    def state_of(self, saga):
        return json.loads(self.sagactl("get", saga, "--json", quiet=True)[1])["state"]

    def killed_in_between(self):
        act(f"{KILLED} sales in the same moment, and kill -9 of sagad when a quarter of them has ended")
        before = self.place.books()
        killed = []

        def told(ended):
            if ended < KILLED // 4 or killed:
                return
            killed.append(self.place.sagad.process.pid)
            self.place.sagad.end(hard=True)
            say(f"kill -9 {killed[0]}: {ended} had ended")
            self.place.sagad.start()
            unfinished = re.findall(r"(\d+) unfinished", (self.place.folder / "sagad.log").read_text())
            say(f"started again, with {unfinished[-1]} unfinished sagas to go on with")

        sold = self.sell(KILLED, told)
        again = sum(sale.times_sent > 1 for sale in sold)
        say(f"{sum(bool(sale.outcome) for sale in sold)} of {KILLED} have ended; {again} clients were cut off, "
            "and sent the same again with the same key")
        self.wrong += changed_answers(sold, lambda: self.place.sagad.port)
        self.show_ends(sold)
        self.show_books(before)

    def run(self):
        self.sales_at_once()
        self.stuck_and_freed()
        self.killed_in_between()
        if not self.wrong:
            act("Every sale has ended, and the books balance.")
            return 0
        act("SOMETHING IS WRONG:")
        for one in self.wrong[:20]:
            say(one)
        return 1


def stay(place):
    act("Everything keeps running until Ctrl-C. In another shell:")
    say(f'export PATH="{place.binaries}:$PATH" SAGACTL_SERVER=http://127.0.0.1:{place.sagad.port}')
    say("sagactl participants")
    say("sagactl start sale --wait 10s --input '{\"seller\": \"player-002\", \"buyer\": \"player-003\", \"item\": \"potion\", "
        "\"quantity\": 1, \"price\": 5}'")
    signal.pause()


def read_options():
    parser = argparse.ArgumentParser(description="Real sales through sagad, with faults, a stuck saga and a kill -9.")
    parser.add_argument("bin", type=pathlib.Path, help="where the programs are")
    parser.add_argument("folder", type=pathlib.Path, help="for data and logs; made anew")
    parser.add_argument("--sales", type=int, default=1000, help="how many in the same moment (1000)")
    parser.add_argument("--keep", action="store_true", help="leave everything running afterwards, until Ctrl-C")
    options = parser.parse_args()
    if not 1 <= options.sales <= 10_000:
        parser.error("--sales is from 1 to 10000")
    return options


def end(number, _):
    sys.exit(128 + number)


def main():
    options = read_options()
    folder = options.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # A connection for each sale, here and in sagad, which inherits the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for sign in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sign, end)
    place = Marketplace(options.bin.resolve(), folder)
    try:
        act("escrow (money), transfer (items), rate (prices) and sagad are started")
        place.open()
        say(f"{market.PLAYERS} players with {market.MONEY:,} coins each and some swords, shields and potions; "
            f"data and logs: {folder}")
        ended = Demonstration(place, options.sales).run()
        if options.keep:
            stay(place)
    finally:
        place.close()
    print(f"\nNext: ./quickstart --keep to try it yourself; docs/getting-started.md; {options.bin}/sagactl --help")
    return ended


if __name__ == "__main__":
    sys.exit(main())
