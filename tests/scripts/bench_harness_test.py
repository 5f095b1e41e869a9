"""bench_harness_test.py ROOT: what the benchmarks make of what their rounds told, and how it is drawn."""
import contextlib
import io
import pathlib
import sys
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path('.')


def told(rate, p99=2.0, cpu=50.0):
    return {'per_second': rate, 'p50_ms': 1.0, 'p99_ms': p99, 'p999_ms': 3.0, 'max_ms': 4.0, 'first_failure': '', 'connections': 64,
            'failed': 0, 'cpu_us_per_saga': cpu, 'cpu_us_by_process': {'it': cpu, 'load': 9.0}, 'peak_memory_bytes': 2 ** 20,
            'percentiles_ms': [[0.0, 0.5], [50.0, 1.0], [100.0, p99]]}


def quiet(function, *arguments, **named):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        found = function(*arguments, **named)
    return found, said.getvalue()


class Rounds(unittest.TestCase):
    def setUp(self):
        import harness
        self.harness = harness
        self.rounds = [{'fdatasync': {}, 'sagad': told(rate, p99), 'floor': told(100.0)} for rate, p99 in ((50, 5), (90, 9), (60, 6))]

    def test_a_ratio_is_the_median_of_the_rounds_own(self):
        found, said = quiet(self.harness.ratio, self.rounds, 'sagad', 'floor', 0.6)
        self.assertEqual(found, {'median': 0.6, 'min': 0.5, 'max': 0.9, 'target': 0.6, 'met': True})
        self.assertEqual(said, '  sagad / floor: 0.60 (rounds 0.50, 0.90, 0.60)   target >= 0.60: met\n')

    def test_a_ratio_below_its_target(self):
        found, said = quiet(self.harness.ratio, self.rounds, 'sagad', 'floor', 0.61)
        self.assertFalse(found['met'])
        self.assertIn('MISSED', said)

    def test_a_ratio_that_may_be_at_most(self):
        self.assertTrue(quiet(self.harness.ratio, self.rounds, 'sagad', 'floor', 0.6, at_most=True)[0]['met'])
        self.assertFalse(quiet(self.harness.ratio, self.rounds, 'sagad', 'floor', 0.59, at_most=True)[0]['met'])

    def test_a_ratio_without_a_target_is_not_judged(self):
        found, said = quiet(self.harness.ratio, self.rounds, 'sagad', 'floor')
        self.assertTrue(found['met'])
        self.assertNotIn('target', said)

    def test_medians_and_their_spread(self):
        found, said = quiet(self.harness.summarize, self.rounds)
        self.assertEqual(found['sagad']['per_second'], {'median': 60, 'min': 50, 'max': 90})
        self.assertEqual(found['sagad']['cpu_us_by_process']['load'], {'median': 9.0, 'min': 9.0, 'max': 9.0})
        self.assertEqual(found['sagad']['percentiles_ms'], [[0.0, 0.5], [50.0, 1.0], [100.0, 6]])
        self.assertIn('sagad, medians: 60 sagas/s (50-90)', said)
        self.assertIn('CPU a saga: it 50 us, load 9 us', said)

    def test_one_missed_target_is_found_wherever_it_stands(self):
        self.assertTrue(self.harness.all_met({'a': {'met': True}, 'b': [1, {'x': 'y'}]}))
        self.assertFalse(self.harness.all_met({'a': {'met': True}, 'b': [1, {'x': {'met': False}}]}))

    def test_what_is_drawn_has_a_line_for_each(self):
        import latency_plot
        summary = quiet(self.harness.summarize, self.rounds)[0]
        drawn = latency_plot.draw(latency_plot.curves_of({'open': {'rate': 55.0, 'summary': summary}}))
        tree = xml.etree.ElementTree.fromstring(drawn)
        lines = [one.get('points').split() for one in tree.iter('{http://www.w3.org/2000/svg}polyline')]
        self.assertEqual([len(points) for points in lines], [3, 3])
        sagad = [tuple(map(float, point.split(','))) for point in lines[0]]
        self.assertEqual(sagad, sorted(sagad, key=lambda point: (point[0], -point[1])))  # to the right and up
        self.assertIn('sagad: 6.0 ms', drawn)
        self.assertIn('55 starts a second', drawn)


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    sys.path.insert(0, str(ROOT / 'bench'))
    unittest.main()
