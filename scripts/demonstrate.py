#!/usr/bin/env python3
"""demonstrate.py BIN FOLDER: real sales through sagad and its three participants, with faults, a stuck saga and a kill -9.

Starts everything on the loopback with its data in FOLDER (made anew), ends it again, and exits 1 when a sale did not end or the
books do not balance. Uses the standard library only.
"""

import collections
import concurrent.futures
import http.client
import json
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

from processes import await_that, call, program

SALES = 1000
SALES_UNDER_KILL = 200
AT_ONCE = 64
PLAYERS = 40
MONEY = 3000
ITEMS = 60
PATIENCE_SECONDS = 90
FAULTS = {  # a few of every hundred calls go wrong, each in its way
    "escrow": [("reject", 0.03), ("fail", 0.03)],
    "transfer": [("reject", 0.03), ("answer_twice", 0.03)],
    "rate": [("fail", 0.05)],
}


class marketplace:
    """escrow, transfer, rate and sagad, each with its own data."""

    def __init__(self, binaries, folder):
        self.binaries = binaries
        self.participants = {name: program(folder, name, self.participant_command(folder, name)) for name in FAULTS}
        self.sagad = program(folder, "sagad", lambda port, port_file: [
            binaries / "sagad", "--config", folder / "sagad.yaml", "--listen", f"127.0.0.1:{port}", "--port-file", port_file])
        self.folder = folder

    def participant_command(self, folder, name):
        return lambda port, port_file: [self.binaries / name, "--listen", f"127.0.0.1:{port}", "--database",
                                        folder / f"{name}.db", "--port-file", port_file]

    def open(self):
        for one in self.participants.values():
            one.start()
        lines = [f"  {name}: {{endpoints: ['http://127.0.0.1:{one.port}']}}" for name, one in self.participants.items()]
        sagas = pathlib.Path(__file__).resolve().parent.parent / "sagas"
        (self.folder / "sagad.yaml").write_text(
            f"journal: log:{self.folder}/journal\ndefinitions: {sagas}\nparticipants:\n" + "\n".join(lines) + "\n")
        self.sagad.start()
        call(self.participants["escrow"].port, "POST", "/admin/accounts",
             [{"account": f"player-{n}", "balance": MONEY} for n in range(PLAYERS)])
        call(self.participants["transfer"].port, "POST", "/admin/items",
             [{"owner": f"player-{n}", "item": f"sword-{n % 8}", "quantity": ITEMS} for n in range(PLAYERS)])

    def close(self):
        for one in [self.sagad, *self.participants.values()]:
            one.end()

    def faults(self, on):
        for name, kinds in FAULTS.items():
            port = self.participants[name].port
            call(port, "DELETE", "/admin/faults")
            for kind, rate in kinds if on else []:
                status, told = call(port, "POST", "/admin/faults", {"kind": kind, "rate": rate})
                if status >= 300:
                    raise SystemExit(f"{name} took no fault {kind}: {told}")

    def books(self):
        return {name: call(one.port, "GET", "/admin/books")[1] for name, one in self.participants.items()}

    def start_sale(self, key, wait="60s", definition="sale"):
        chance = random.Random(key)
        seller, buyer = chance.sample(range(PLAYERS), 2)
        sale = {"seller": f"player-{seller}", "buyer": f"player-{buyer}", "item": f"sword-{seller % 8}",
                "quantity": chance.randint(1, 4), "price": chance.randint(10, 400)}
        return call(self.sagad.port, "POST", f"/v1/definitions/{definition}/sagas?key={key}&wait={wait}", sale)

    def unfinished(self):
        return call(self.sagad.port, "GET", "/v1/sagas?limit=1000")[1]["sagas"]

    def sagactl(self, *arguments):
        command = [str(self.binaries / "sagactl"), "--server", f"http://127.0.0.1:{self.sagad.port}", *arguments]
        print(f"\n$ sagactl {' '.join(arguments)}", flush=True)
        return subprocess.run(command, timeout=60).returncode


def reason(saga):
    if saga["state"] == "completed":
        return "completed"
    turned = saga.get("turned_back", {})
    detail = turned.get("detail", "")
    try:
        detail = json.loads(detail).get("type", "").rsplit(":", 1)[-1]
    except ValueError:
        detail = ""
    return f"{saga['state']}: {turned.get('step', '?')} {turned.get('cause', '?')}{' (' + detail + ')' if detail else ''}"


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def show_books(title, books):
    escrow, transfer, rate = books["escrow"], books["transfer"], books["rate"]
    print(f"  {title:<8} money {escrow['total']:>8} (on accounts {escrow['balances']}, held {escrow['held']})"
          f"   items {transfer['total']:>6} (owned {transfer['owned']}, reserved {transfer['reserved']})"
          f"   sales {rate['sales']}")


def must_balance(before, after):
    for name in ("escrow", "transfer"):
        if before[name]["total"] != after[name]["total"]:
            raise SystemExit(f"THE BOOKS DO NOT BALANCE: {name} had {before[name]['total']}, has {after[name]['total']}")
    if after["escrow"]["held"] or after["transfer"]["reserved"]:
        raise SystemExit("something is still held or reserved although every sale has ended")


def sales_at_once(market):
    print(f"{SALES} sales, {AT_ONCE} at once, {PLAYERS} players with {MONEY} coins each; a few of every hundred calls fail\n")
    before = market.books()
    market.faults(True)
    outcomes, latencies = collections.Counter(), []
    guard = threading.Lock()

    def one(number):
        begun = time.perf_counter()
        status, saga = market.start_sale(f"first-{number}")
        with guard:
            latencies.append((time.perf_counter() - begun) * 1000)
            outcomes[reason(saga) if status == 200 else f"answered {status}"] += 1
            if len(latencies) % 100 == 0:
                print(f"\r  {len(latencies)} of {SALES} have ended", end="", flush=True)

    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(one, number) for number in range(SALES)]:
            done.result()
    took = time.monotonic() - begun
    market.faults(False)
    await_that(lambda: not market.unfinished(), PATIENCE_SECONDS, "the end of all sales")
    after = market.books()
    print(f"\r  {SALES} sales in {took:.1f} s, each answered when it had ended: p50 {quantile(latencies, 0.5):.0f} ms, "
          f"p99 {quantile(latencies, 0.99):.0f} ms\n")
    for what, count in outcomes.most_common():
        print(f"  {count:>5}  {what}")
    print()
    show_books("before", before)
    show_books("after", after)
    must_balance(before, after)


def stuck_and_freed(market):
    print("\n=== A saga that is stuck\n\nThe participant `rate` is stopped; the last step of `sale_impatient` gives up after 3 s.")
    market.participants["rate"].end()
    while True:
        status, saga = market.start_sale(f"stuck-{time.time_ns()}", wait="20ms", definition="sale_impatient")
        if status >= 300:
            raise SystemExit(f"the sale was not started: {saga}")
        found = await_that(lambda: saga_at(market, saga["id"], ("stuck", "compensated", "completed")), PATIENCE_SECONDS,
                           "a stuck saga")
        if found["state"] == "stuck":
            break
    market.sagactl("list", "--state", "stuck")
    market.sagactl("get", saga["id"])
    print("\n`rate` is started again, and the saga is freed:")
    market.participants["rate"].start()
    if market.sagactl("retry", saga["id"], "--reason", "rate is back"):
        raise SystemExit("retry was refused")
    await_that(lambda: saga_at(market, saga["id"], ("completed",)), PATIENCE_SECONDS, "the freed saga's end")
    print(f"\n  {saga['id']} is completed")


def saga_at(market, saga, states):
    found = call(market.sagad.port, "GET", f"/v1/sagas/{saga}")[1]
    return found if found["state"] in states else None


def killed_in_between(market):
    print(f"\n=== kill -9 in the middle of {SALES_UNDER_KILL} sales\n")
    before = market.books()
    acknowledged, guard, begun = [], threading.Lock(), threading.Event()

    def one(number):
        try:
            status, saga = market.start_sale(f"killed-{number}", wait="1ms")
        except (OSError, http.client.HTTPException):
            return  # the coordinator was gone: nothing was promised
        if status in (200, 201, 202):
            with guard:
                acknowledged.append(saga["id"])
                if len(acknowledged) >= SALES_UNDER_KILL // 3:
                    begun.set()

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        sales = [pool.submit(one, number) for number in range(SALES_UNDER_KILL)]
        begun.wait(PATIENCE_SECONDS)
        market.sagad.end(hard=True)
        print(f"  killed after {len(acknowledged)} starts were acknowledged")
        for done in sales:
            done.result()
    market.sagad.start()
    print(f"  started again, {len(market.unfinished())} sagas to go on with")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        # The same keys again: what was started before the kill is answered, the others are started now.
        answers = list(pool.map(lambda number: market.start_sale(f"killed-{number}"), range(SALES_UNDER_KILL)))
    if any(status != 200 for status, _ in answers):
        raise SystemExit(f"a sale did not end: {next(saga for status, saga in answers if status != 200)}")
    ended = {saga["id"] for _, saga in answers}
    if not ended.issuperset(acknowledged):
        raise SystemExit("a sale that was acknowledged before the kill is not there any more")
    after = market.books()
    outcomes = collections.Counter(saga["state"] for _, saga in answers)
    print(f"  all {SALES_UNDER_KILL} sales have ended, repeated under their keys: {dict(outcomes)}\n")
    show_books("before", before)
    show_books("after", after)
    must_balance(before, after)
    print("\nThe books balance.")


def main():
    binaries, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    market = marketplace(binaries, folder)
    try:
        market.open()
        sales_at_once(market)
        stuck_and_freed(market)
        killed_in_between(market)
    finally:
        market.close()
    print(f"\nData and logs are in {folder}. Next: README.md, or `build/release/bin/sagactl --help`.")


main()
