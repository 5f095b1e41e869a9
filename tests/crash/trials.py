"""What trials share that run processes under load until something does not hold: their folder, their options, how they end and what they say."""

import collections
import datetime
import pathlib
import shutil
import tempfile
import time

from processes import call
from sale import accounts, goods

SHOWN_OF_EACH = 5


class broken(Exception):
    """Something does not hold: findings."""


def now():
    """As records write times."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def add_options(parser):
    """Those that each trial has."""
    parser.add_argument("--bin", type=lambda text: pathlib.Path(text).resolve(), required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", help="where data and logs go (default: a new one, kept when the test fails)")


def show(findings):
    by_name = collections.defaultdict(list)
    for one in findings:
        by_name[one.name].append(one)
    for name, some in sorted(by_name.items()):
        print(f"BROKEN {name}: {len(some)} found")
        for one in some[:SHOWN_OF_EACH]:
            print(f"    {one.saga} {one.text}")


def stock(services):
    """Gives the services, by name, what the market owns before."""
    call(services["escrow"].port, "POST", "/admin/accounts",
         [{"account": account, "balance": balance} for account, balance in accounts().items()])
    call(services["transfer"].port, "POST", "/admin/items",
         [{"owner": owner, "item": item, "quantity": quantity} for (owner, item), quantity in goods().items()])


def carry_out(name, trial, options):
    """Makes the trial, `trial(options, folder)`, and runs it; returns what the program exits with."""
    folder = pathlib.Path(options.folder or tempfile.mkdtemp(prefix=f"sagad-{name}-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{name} test: seed {options.seed}, data in {folder}", flush=True)
    run = trial(options, folder)
    try:
        run.run()
    except broken as error:
        show(error.args[0])
        print(f"again: {name}_test.py --bin {options.bin} --seed {options.seed}; what is left is in {folder}")
        return 1
    finally:
        run.close()
    if not options.folder:
        shutil.rmtree(folder)
    print("every invariant holds")
    return 0
