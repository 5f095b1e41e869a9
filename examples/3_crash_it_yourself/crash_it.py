#!/usr/bin/env python3
"""crash_it.py [--seconds N]: players sell to each other for N seconds, and you kill -9 whatever you like meanwhile.

Starts escrow, transfer, rate and sagad on free ports with their data in build/crash_it (made anew), starts again whichever is
killed, waits until every sale has ended, and checks: no sale was lost, the books balance, and every answer is still the same.
Ends with 0 if so.
"""
import argparse
import asyncio
import collections
import pathlib
import shutil
import signal
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from demonstration import market  # noqa: E402
from demonstration.marketplace import Marketplace  # noqa: E402
from demonstration.sales import Connection, Sale, changed_answers, sell  # noqa: E402
from demonstration.show import act, say  # noqa: E402

TRADERS = 40                # sales under way at once
PAUSE_SECONDS = 0.2         # of a trader between two sales
TOLD_EVERY_SECONDS = 5


class Market:
    """The processes, each with its pid in NAME.pid while it runs, and how often each was killed."""

    def __init__(self, folder):
        self.folder = folder
        self.place = Marketplace(ROOT / "build/release/bin", folder)
        self.killed = collections.Counter()

    def open(self):
        self.place.open()
        for one in self.programs():
            self.note_pid(one)

    def programs(self):
        return [self.place.sagad, *self.place.participants.values()]

    def note_pid(self, one):
        whole = self.folder / f"{one.name}.pid.new"
        whole.write_text(f"{one.process.pid}\n")
        whole.rename(self.folder / f"{one.name}.pid")

    def start_what_was_killed(self):
        for one in self.programs():
            if one.process.poll() is not None:
                (self.folder / f"{one.name}.pid").unlink()
                self.killed[one.name] += 1
                was = one.process.pid
                one.start()
                self.note_pid(one)
                say(f"{one.name} ({was}) was killed, and is started again ({one.process.pid})")


async def trade(sales, until, server):
    """Each trader sells one thing after the other. A sale is among `sales` before it is sent."""
    wishes = market.wishes(seed=7)

    async def trader():
        connection = Connection()
        while time.monotonic() < until:
            sale = Sale(*next(wishes))
            sales.append(sale)
            await sell(sale, connection, server)
            await asyncio.sleep(PAUSE_SECONDS)
        connection.close()

    await asyncio.gather(*(trader() for _ in range(TRADERS)))


def sell_until(here, seconds):
    """Sells, and watches over the processes, until every sale has ended: the sales."""
    sales = []
    until = time.monotonic() + seconds
    selling = threading.Thread(target=lambda: asyncio.run(trade(sales, until, lambda: here.place.sagad.port)), daemon=True)
    selling.start()
    told = time.monotonic()
    while selling.is_alive():
        here.start_what_was_killed()
        if time.monotonic() - told > TOLD_EVERY_SECONDS:
            told = time.monotonic()
            say(f"{sum(bool(sale.outcome) for sale in sales):,} of {len(sales):,} sales have ended")
        selling.join(0.05)
    return sales


def wrong_in(here, sales):
    """What is not as it should be, in words."""
    lost = [f"{sale.key} has not ended: {sale.saga}" for sale in sales if not sale.outcome]
    ended = [sale for sale in sales if sale.outcome]
    return (lost + market.wrong_in(here.place.books(), [sale.wish for sale in ended if sale.outcome == "completed"])
            + changed_answers(ended, lambda: here.place.sagad.port))


def show(here, sales):
    outcomes = collections.Counter(sale.outcome for sale in sales)
    killed = ", ".join(f"{name} {times}" for name, times in sorted(here.killed.items())) or "nobody: use the commands above"
    say(f"killed: {killed}")
    say(f"sales: {len(sales):,}, of which {outcomes['completed']:,} completed and {outcomes['compensated']:,} were undone; "
        f"{sum(sale.times_sent > 1 for sale in sales):,} had to be sent again, with the same key")


def end(number, _):
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(description="Players sell to each other, and you kill -9 whatever you like meanwhile.")
    parser.add_argument("--seconds", type=int, default=60, help="how long they sell (60)")
    options = parser.parse_args()
    if not 1 <= options.seconds <= 3600:
        parser.error("--seconds is from 1 to 3600")
    for sign in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sign, end)
    folder = ROOT / "build/crash_it"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    here = Market(folder)
    try:
        act("escrow (money), transfer (items), rate (prices) and sagad are started")
        here.open()
        act(f"{TRADERS} players at a time sell, for {options.seconds} s. In another shell, as often as you like:")
        for one in here.programs():
            say(f'kill -9 "$(cat {folder / one.name}.pid)"')
        print(flush=True)
        sales = sell_until(here, options.seconds)
        act("Nothing more is sold, and every sale that was begun is asked for once more")
        show(here, sales)
        wrong = wrong_in(here, sales)
    finally:
        here.place.close()
    act("SOMETHING IS WRONG:" if wrong else "Every sale has ended once, every answer stands, and the books balance.")
    for one in wrong[:20]:
        say(one)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
