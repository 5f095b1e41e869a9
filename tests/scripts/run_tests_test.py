"""run_tests_test.py ROOT: what run-tests counts and how it ends, with fake build tools."""
import pathlib
import shutil
import sys
import unittest

from fake_machine import FakeMachine

ROOT = pathlib.Path('.')

# Lists one program for whatever label is asked, and ends a run of `$1` tests with `$2` failures.
CTEST = '''case "$*" in
*--show-only*) echo "  Test #1: some_test" ;;
*) echo "{percent}% tests passed, {failed} tests failed out of {all}"; exit {failed} ;;
esac'''


class RunTests(unittest.TestCase):
    def setUp(self):
        self.machine = FakeMachine().__enter__()
        self.addCleanup(self.machine.__exit__)
        self.machine.command('cmake')
        self.machine.command('clang-format', 'echo "clang-format version 14.0.6"')
        self.machine.command('clang-tidy')
        self.let_tests_end(all=5, failed=0)
        top = self.machine.root / 'tree'
        (top / 'scripts').mkdir(parents=True)
        (top / 'orchestrator/base').mkdir(parents=True)
        (top / 'orchestrator/base/a.cpp').touch()
        (top / 'build/release/orchestrator/base/Unity').mkdir(parents=True)
        (top / 'build/release/orchestrator/base/Unity/unity_0.cxx').touch()
        shutil.copy(ROOT / 'run-tests', top)
        self.script('scripts/install-dependencies', 'exit 0')

    def script(self, name, body):
        path = self.machine.root / 'tree' / name
        path.write_text(f'#!/bin/sh\n{body}\n')
        path.chmod(0o755)

    def let_tests_end(self, all, failed):
        self.machine.command('ctest', CTEST.format(percent=100 * (all - failed) // all, failed=failed, all=all))

    def assert_ends(self, done, last_line, good):
        self.assertEqual(done.stdout.splitlines()[-1], last_line, done.stdout + done.stderr)
        self.assertEqual(done.returncode == 0, good)

    def run_script(self, *arguments):
        return self.machine.run(str(self.machine.root / 'tree/run-tests'), *arguments)

    def test_sums_release_debug_simulation_integration_and_tsan(self):
        self.assert_ends(self.run_script(), '25 passed, 0 failed', good=True)
        self.assertEqual(len(self.machine.calls('clang-tidy')), 1)

    def test_quick_runs_the_unit_tests_once(self):
        self.assert_ends(self.run_script('--quick'), '5 passed, 0 failed', good=True)
        self.assertEqual(self.machine.calls('clang-tidy'), [])

    def test_counts_what_fails(self):
        self.let_tests_end(all=5, failed=2)
        self.assert_ends(self.run_script('--quick'), '3 passed, 2 failed', good=False)

    def test_counts_what_is_said_last(self):
        self.machine.command('ctest', """case "$*" in
            *--show-only*) echo "  Test #1: some_test" ;;
            *) printf '100%% tests passed, 0 tests failed out of 3\n60%% tests passed, 2 tests failed out of 5\n'; exit 8 ;;
            esac""")
        self.assert_ends(self.run_script('--quick'), '3 passed, 2 failed', good=False)

    def test_tests_that_end_badly_though_none_failed_are_a_failure(self):
        self.machine.command('ctest', """case "$*" in
            *--show-only*) echo "  Test #1: some_test" ;;
            *) echo '100% tests passed, 0 tests failed out of 5'; exit 8 ;;
            esac""")
        self.assert_ends(self.run_script('--quick'), '5 passed, 1 failed', good=False)

    def test_lint_that_finds_nothing_to_look_at_is_a_failure(self):
        shutil.rmtree(self.machine.root / 'tree/build')
        self.assert_ends(self.run_script(), '25 passed, 1 failed', good=False)

    def test_a_build_that_breaks_is_a_failure(self):
        self.machine.command('cmake', 'case "$*" in *--build*) exit 1 ;; esac')
        self.assert_ends(self.run_script(), '0 passed, 1 failed', good=False)

    def test_tests_that_end_without_a_sum_are_a_failure(self):
        self.machine.command('ctest', 'case "$*" in *--show-only*) echo "  Test #1: some_test" ;; *) exit 8 ;; esac')
        self.assert_ends(self.run_script('--quick'), '0 passed, 1 failed', good=False)

    def test_a_label_without_tests_is_a_failure(self):
        self.machine.command('ctest', 'exit 0')
        self.assert_ends(self.run_script('--quick'), '0 passed, 1 failed', good=False)

    def test_bad_format_and_lint_are_failures(self):
        self.machine.command('clang-format', 'case "$*" in --version) echo "x version 14.0" ;; *) exit 1 ;; esac')
        self.machine.command('clang-tidy', 'exit 1')
        self.assert_ends(self.run_script(), '25 passed, 2 failed', good=False)

    def test_packages_that_cannot_be_had_end_it(self):
        self.script('scripts/install-dependencies', 'exit 100')
        self.assert_ends(self.run_script(), '0 passed, 1 failed', good=False)
        self.assertEqual(self.machine.calls('cmake'), [])


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
