"""fuzz_run_test.py ROOT: what tests/fuzz/run says and how it ends, with fake build tools and fake fuzzers."""
import pathlib
import shutil
import sys
import unittest

from fake_machine import FakeMachine

ROOT = pathlib.Path('.')

SAID = 'echo "#9 DONE cov: 321 ft: 7"; echo "stat::number_of_executed_units: 4567"'


class FuzzRun(unittest.TestCase):
    def setUp(self):
        self.machine = FakeMachine().__enter__()
        self.addCleanup(self.machine.__exit__)
        self.machine.command('cmake')
        self.top = self.machine.root / 'tree'
        (self.top / 'tests/fuzz').mkdir(parents=True)
        (self.top / 'build/fuzz/bin').mkdir(parents=True)
        shutil.copy(ROOT / 'tests/fuzz/run', self.top / 'tests/fuzz')
        (self.top / 'tests/fuzz/replay.cpp').touch()
        for name in ('left', 'right'):
            (self.top / f'tests/fuzz/{name}.cpp').touch()
            (self.top / f'build/fuzz/bin/{name}_fuzz.inputs').write_text(f'tests/fuzz/corpus/{name}\nsagas\n')
            self.let_fuzzer(name, SAID)

    def let_fuzzer(self, name, body):
        path = self.top / f'build/fuzz/bin/{name}_fuzz'
        path.write_text(f'#!/bin/sh\necho "{name}_fuzz $*" >>"{self.machine.calls_file}"\n{body}\n')
        path.chmod(0o755)

    def run_script(self, *arguments):
        return self.machine.run(str(self.top / 'tests/fuzz/run'), *arguments)

    def test_tells_of_each_target_what_was_run(self):
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        left, right = done.stdout.splitlines()
        self.assertEqual(left.split(), ['left', '4567', 'executions', '321', 'edges', '0', 'findings'])
        self.assertTrue(right.startswith('right'))

    def test_runs_only_the_targets_that_are_named_and_as_long_as_is_said(self):
        self.assertEqual(self.run_script('right', '--seconds', '7').returncode, 0)
        self.assertEqual(self.machine.calls('left_fuzz'), [])
        call, = self.machine.calls('right_fuzz')
        self.assertIn('-max_total_time=7', call.split())
        self.assertEqual(call.split()[-2:], ['tests/fuzz/corpus/right', 'sagas'])

    def test_a_finding_has_its_input_and_the_command_that_replays_it(self):
        self.let_fuzzer('left', 'for one; do case "$one" in -artifact_prefix=*) touch "${one#*=}crash-1" ;; esac; done\n'
                                f'{SAID}\necho "does not hold: all is well" >&2\nexit 77')
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn('1 findings', done.stdout)
        self.assertIn('does not hold: all is well', done.stdout)
        self.assertIn('build/fuzz/bin/left_fuzz build/fuzz/findings/left/crash-1', done.stdout)
        self.assertIn('right', done.stdout, 'the other target is run all the same')

    def test_a_fuzzer_that_ends_badly_without_an_input_is_a_failure(self):
        self.let_fuzzer('left', 'exit 1')
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn('left no input', done.stdout)

    def test_a_build_that_breaks_ends_it(self):
        self.machine.command('cmake', 'echo "no clang"; exit 1')
        done = self.run_script()
        self.assertEqual(done.returncode, 2)
        self.assertIn('no clang', done.stderr)

    def test_names_the_targets_that_there_are_when_it_does_not_know_one(self):
        done = self.run_script('middle')
        self.assertEqual(done.returncode, 2)
        self.assertIn('there are left, right', done.stderr)


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
