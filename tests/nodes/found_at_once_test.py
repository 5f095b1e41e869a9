#!/usr/bin/env python3
"""found_at_once_test.py --bin DIR [--times 10000] [--seed N]

A start that one node has answered is asked for at another at once, by its id and by its key, so many times in a row: it is there each time. Three nodes as
in nodes_test.py (needs root), and nothing goes wrong. Exits 1 at the first that is not found.
"""

import argparse
import collections
import pathlib
import random
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "crash"), str(HERE.parent.parent / "scripts")]
import network  # noqa: E402
from cluster import PATIENCE_SECONDS, cluster  # noqa: E402
from connection import connection  # noqa: E402
from processes import await_that  # noqa: E402
from sale import sale_of  # noqa: E402


class missing(Exception):
    """In words."""


def start(to, key):
    status, told = to.ask("POST", f"/v1/definitions/sale/sagas?key={key}", sale_of(key))
    if status not in (200, 201):
        raise missing(f"the start of {key} was answered {status}: {told}")
    return status, told


def once(nodes, dice, number):
    (one, at_one), (other, at_other), (third, at_third) = dice.sample(sorted(nodes.items()), 3)
    key = f"once-{number}"
    status, begun = start(at_one, key)
    if status != 201:
        raise missing(f"{key} was new, and {one} answered {status}: {begun}")
    status, found = at_other.ask("GET", f"/v1/sagas/{begun['id']}")
    if status != 200 or found["id"] != begun["id"] or found["seq"] < begun["seq"]:
        raise missing(f"{one} answered {begun}, and {other} then {status}: {found}")
    status, again = start(at_third, key)
    if status != 200 or again["id"] != begun["id"] or again["seq"] < found["seq"]:
        raise missing(f"{other} answered {found}, and {third}, asked by key, then {status}: {again}")


def all_own_something(here):
    return all(here.partitions_of(one) for one in here.nodes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=lambda text: pathlib.Path(text).resolve(), required=True)
    parser.add_argument("--times", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    network.enter()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-found-"))
    dice = random.Random(options.seed)
    here = cluster(options.bin, folder, random.Random(options.seed + 1), collections.Counter())
    try:
        here.open()
        await_that(lambda: all_own_something(here), PATIENCE_SECONDS, "each node owning partitions")
        nodes = {one.machine.name: connection(one.place, PATIENCE_SECONDS) for one in here.nodes}
        for number in range(1, options.times + 1):
            once(nodes, dice, number)
    except missing as error:
        print(f"seed {options.seed}, data in {folder}: {error}")
        return 1
    finally:
        here.close()
    shutil.rmtree(folder)
    print(f"{options.times} starts were found at the other nodes at once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
