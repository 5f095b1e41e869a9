"""bench_counts_test.py ROOT: what bench/counts makes of what it has counted."""
import contextlib
import io
import json
import pathlib
import runpy
import sys
import tempfile
import unittest

ROOT = pathlib.Path('.')


class Counts(unittest.TestCase):
    def setUp(self):
        self.counts = runpy.run_path(str(ROOT / 'bench/counts'))
        self.recorded = {'syncs': {'count': 4.0, 'tolerance': 0.05}, 'allocations': {'count': 100, 'tolerance': 0.1}}

    def judge(self, **found):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            good = self.counts['judge'](found, self.recorded)
        return good, said.getvalue()

    def test_what_was_recorded_is_good(self):
        good, said = self.judge(syncs=4.0, allocations=100)
        self.assertTrue(good)
        self.assertNotIn('ABOVE', said)
        self.assertNotIn('better', said)

    def test_within_its_tolerance_a_count_is_good(self):
        self.assertTrue(self.judge(syncs=4.19, allocations=109)[0])

    def test_one_count_above_its_tolerance_is_enough(self):
        good, said = self.judge(syncs=4.0, allocations=111)
        self.assertFalse(good)
        self.assertRegex(said, r'allocations +111\.0 +100\.0  ABOVE it by more than 10%')

    def test_what_became_better_is_told(self):
        good, said = self.judge(syncs=4.0, allocations=80)
        self.assertTrue(good)
        self.assertIn('better: record it', said)

    def test_each_that_is_counted_was_recorded(self):
        recorded = json.loads((ROOT / 'tests/bench/counts.json').read_text())
        phases = {f'allocations {phase}' for phase in self.counts['PHASES']}
        self.assertEqual(set(recorded), {'records', 'bytes', 'syncs', 'allocations', 'instructions'} | phases)
        self.assertAlmostEqual(sum(recorded[phase]['count'] for phase in phases), recorded['allocations']['count'], delta=0.5)

    def test_recording_keeps_tolerances(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / 'counts.json'
            file.write_text(json.dumps(self.recorded))
            self.counts['record'].__globals__['RECORDED'] = file
            self.counts['record']({'allocations': 80.04})
            kept = json.loads(file.read_text())
        self.assertEqual(kept['allocations'], {'count': 80.0, 'tolerance': 0.1})
        self.assertEqual(kept['syncs'], {'count': 4.0, 'tolerance': 0.05})


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    sys.path.insert(0, str(ROOT / 'bench'))
    unittest.main()
