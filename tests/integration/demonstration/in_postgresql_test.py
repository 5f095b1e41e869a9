"""in_postgresql_test.py ROOT BIN: real sales whose participants keep their data in PostgreSQL, escrow with two processes behind its name.

Participants are killed with -9 while sales run, and the database falls; every sale ends, and the books balance.
"""
import asyncio
import itertools
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT, BINARIES = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
os.environ["SAGAD"] = str(BINARIES / "sagad")
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/integration/api")]
from database import database  # noqa: E402
from demonstration import market  # noqa: E402
from demonstration.marketplace import Marketplace  # noqa: E402
from demonstration.sales import Sale, changed_answers, sell_all  # noqa: E402
from processes import call  # noqa: E402

SALES = 300


class market_in_a_database(Marketplace):
    """Its second escrow shares the first one's database."""

    def __init__(self, folder, server):
        urls = {name: server.fresh() for name in market.PARTICIPANTS}
        super().__init__(BINARIES, folder, urls.get)
        self.second_escrow = self.participant("escrow", "escrow-2")

    def processes(self, name):
        return super().processes(name) + ([self.second_escrow] if name == "escrow" else [])


class Sales(unittest.TestCase):
    def setUp(self):
        self.server = database()
        self.addCleanup(self.server.remove)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-sales-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.place = market_in_a_database(self.folder, self.server)
        self.addCleanup(self.place.close)
        self.place.open()

    def sell(self, seed, *interruptions):
        """Sells at once; each interruption comes when another part of the sales has ended. Those that completed."""
        sales = [Sale(f"{seed}-{key}", wish) for key, wish in itertools.islice(market.wishes(seed), SALES)]
        left = list(interruptions)

        def told(ended):
            if left and ended >= SALES * (len(interruptions) - len(left) + 1) // (len(interruptions) + 1):
                left.pop(0)()

        asyncio.run(sell_all(sales, lambda: self.place.sagad.port, told))
        self.assertEqual([sale.saga for sale in sales if not sale.outcome], [])
        self.assertEqual(left, [], "an interruption never came")
        self.assertEqual(changed_answers(sales, lambda: self.place.sagad.port), [])
        return [sale.wish for sale in sales if sale.outcome == "completed"]

    def calls(self, one):
        """How many it has had since it was started last."""
        return call(one.port, "GET", "/admin/faults")[1]["calls"]

    def kill(self, one):
        def killed():
            one.end(hard=True)
            one.start()
        return killed

    def fall(self):
        self.server.fall()
        self.server.start()

    def test_balance_when_participants_and_their_database_fall_in_between(self):
        self.place.break_things()
        completed = self.sell(7, self.kill(self.place.participants["escrow"]), self.kill(self.place.participants["transfer"]),
                              self.kill(self.place.participants["rate"]))
        self.assertGreater(self.calls(self.place.second_escrow), 0)
        completed += self.sell(8, self.fall, self.kill(self.place.second_escrow))
        self.place.mend_things()
        self.assertGreater(len(completed), SALES // 10)
        self.assertEqual(market.wrong_in(self.place.books(), completed), [])
        self.assertGreater(self.calls(self.place.participants["escrow"]), 0)


if __name__ == "__main__":
    unittest.main()
