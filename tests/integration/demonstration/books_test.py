"""books_test.py ROOT: the demonstration's check of the books sees whatever is lost, doubled or left behind."""
import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(sys.argv.pop(1)).resolve() / 'scripts'))
from demonstration import market  # noqa: E402

SALE = {'seller': 'player-000', 'buyer': 'player-001', 'item': 'sword', 'quantity': 2, 'price': 150}
BALANCED = {'escrow': {'total': market.PLAYERS * market.MONEY, 'held': 0, 'settled': 300},
            'transfer': {'total': market.PLAYERS * sum(market.ITEMS.values()), 'reserved': 0, 'delivered': 2},
            'rate': {'sales': 1, 'value': 300}}


class Books(unittest.TestCase):
    def test_balance_after_a_sale_that_completed(self):
        self.assertEqual(market.wrong_in(BALANCED, [SALE]), [])

    def test_do_not_balance_when_any_figure_is_off_by_one(self):
        for name, figures in BALANCED.items():
            for member in figures:
                for much in (-1, 1):
                    off = copy.deepcopy(BALANCED)
                    off[name][member] += much
                    self.assertEqual(len(market.wrong_in(off, [SALE])), 1, (name, member, much))

    def test_do_not_balance_when_a_completed_sale_left_no_trace(self):
        self.assertEqual(len(market.wrong_in(BALANCED, [SALE, SALE])), 4)

    def test_do_not_balance_when_a_sale_that_did_not_complete_was_done(self):
        self.assertEqual(len(market.wrong_in(BALANCED, [])), 4)


class Wishes(unittest.TestCase):
    def test_are_the_same_for_the_same_seed_and_have_a_key_each(self):
        first, again = market.wishes(7), market.wishes(7)
        sales = [next(first) for _ in range(1000)]
        self.assertEqual(sales, [next(again) for _ in range(1000)])
        self.assertEqual(len({key for key, _ in sales}), 1000)
        self.assertTrue(all(wish['seller'] != wish['buyer'] for _, wish in sales))


if __name__ == '__main__':
    unittest.main()
