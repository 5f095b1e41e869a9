"""bench_steady_test.py ROOT: how bench/steady judges what it has measured."""
import contextlib
import io
import pathlib
import runpy
import sys
import unittest

ROOT = pathlib.Path('.')


def a_round(p99, may_be, stall):
    return {'sagad': {'p99_ms': p99}, 'p99_may_be_ms': may_be, 'stall_ms': stall}


class Steady(unittest.TestCase):
    def judge(self, *rounds, freed=7):
        steady = runpy.run_path(str(ROOT / 'bench/steady'))
        with contextlib.redirect_stdout(io.StringIO()) as said:
            good = steady['judge']({'rounds': rounds, 'segments_freed': freed})
        return good, said.getvalue()

    def test_within_both_targets(self):
        good, said = self.judge(a_round(5.0, 5.0, 20.0))
        self.assertTrue(good)
        self.assertEqual(said, 'p99 met; no stall past 20 ms: met; 7 segments were freed meanwhile\n')

    def test_a_p99_above_what_it_may_be(self):
        good, said = self.judge(a_round(5.5, 5.0, 0))
        self.assertFalse(good)
        self.assertIn('p99 MISSED by 0.50 ms', said)

    def test_a_stall(self):
        good, said = self.judge(a_round(1.0, 5.0, 20.1))
        self.assertFalse(good)
        self.assertIn('no stall past 20 ms: MISSED', said)

    def test_a_run_in_which_nothing_was_trimmed(self):
        good, said = self.judge(a_round(1.0, 5.0, 0), freed=0)
        self.assertFalse(good)
        self.assertIn('0 segments were freed meanwhile: too few sagas', said)

    def test_of_several_rounds_the_middle_p99_counts(self):
        self.assertTrue(self.judge(a_round(1, 5, 0), a_round(9, 5, 0), a_round(1, 5, 0))[0])
        self.assertFalse(self.judge(a_round(1, 5, 0), a_round(9, 5, 0), a_round(9, 5, 0))[0])

    def test_of_several_rounds_the_worst_stall_counts(self):
        good, said = self.judge(a_round(1, 5, 0), a_round(1, 5, 90), a_round(1, 5, 0))
        self.assertFalse(good)
        self.assertIn('no stall past 20 ms: MISSED', said)


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    sys.path.insert(0, str(ROOT / 'bench'))
    unittest.main()
