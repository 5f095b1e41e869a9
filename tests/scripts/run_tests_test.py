"""run_tests_test.py ROOT: what run-tests counts and how it ends, with fake build tools."""
import pathlib
import shutil
import sys
import textwrap
import unittest

from fake_machine import FakeMachine

ROOT = pathlib.Path('.')

# Lists one program for whatever label is asked, and ends a run of `$1` tests with `$2` failures.
CTEST = '''case "$*" in
*--show-only*) echo "  Test #1: some_test" ;;
*) echo "{percent}% tests passed, {failed} tests failed out of {all}"; exit {failed} ;;
esac'''


# The release tests end well once the awaited file is there, which comes from a build beside them.
CTEST_WAITS = '''case "$*" in
*--show-only*) echo "  Test #1: some_test"; exit ;;
*"--preset release"*)
  for try in $(seq 600); do [ -s {awaited} ] && break; sleep 0.05; done
  touch {ended}
  [ -s {awaited} ] || exit 8 ;;
esac
echo "100% tests passed, 0 tests failed out of 5"'''


def is_running(process):
    """One that has ended may still be listed, until its parent asks how."""
    try:
        return '\nState:\tZ' not in pathlib.Path('/proc', process, 'status').read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


class RunTests(unittest.TestCase):
    def setUp(self):
        self.machine = FakeMachine().__enter__()
        self.addCleanup(self.machine.__exit__)
        self.machine.command('cmake')
        self.machine.command('clang-format', 'echo "clang-format version 14.0.6"')
        self.let_tests_end(all=5, failed=0)
        top = self.machine.root / 'tree'
        (top / 'scripts').mkdir(parents=True)
        (top / 'orchestrator/base').mkdir(parents=True)
        (top / 'orchestrator/base/a.cpp').touch()
        shutil.copy(ROOT / 'run-tests', top)
        shutil.copy(ROOT / 'scripts/what_failed.py', top / 'scripts')
        self.script('scripts/install-dependencies', 'exit 0')

    def script(self, name, body):
        path = self.machine.root / 'tree' / name
        path.write_text(f'#!/bin/sh\n{body}\n')
        path.chmod(0o755)

    def let_tests_end(self, all, failed):
        self.machine.command('ctest', CTEST.format(percent=100 * (all - failed) // all, failed=failed, all=all))

    def let_tests_print(self, text):
        log = self.machine.root / 'printed'
        log.write_text(textwrap.dedent(text))
        self.machine.command('ctest', f"""case "$*" in
            *--show-only*) echo "  Test #1: some_test" ;;
            *) cat {log}; exit 8 ;;
            esac""")

    def said_at_the_end(self, *arguments):
        """What stands behind the times."""
        return self.run_script(*arguments).stdout.split('=== Times\n')[1].split('  in all\n')[1]

    def assert_ends(self, done, last_line, good):
        self.assertEqual(done.stdout.splitlines()[-1], last_line, done.stdout + done.stderr)
        self.assertEqual(done.returncode == 0, good)

    def run_script(self, *arguments):
        return self.machine.run(str(self.machine.root / 'tree/run-tests'), *arguments)

    def test_sums_release_tsan_integration_simulation_and_debug(self):
        self.assert_ends(self.run_script(), '25 passed, 0 failed', good=True)
        self.assertIn('--target lint', self.machine.calls('cmake')[-1])

    def test_quick_runs_the_unit_tests_once(self):
        self.assert_ends(self.run_script('--quick'), '5 passed, 0 failed', good=True)
        self.assertEqual([call for call in self.machine.calls('cmake') if 'lint' in call], [])

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
        self.machine.command('cmake', 'case "$*" in *"--target lint"*) exit 1 ;; esac')
        self.assert_ends(self.run_script(), '25 passed, 2 failed', good=False)

    def let_builds_ahead(self, body):
        """What a build of the preset `debug` does before the release tests have ended, and so beside them; `$awaited` is what
        these wait for. It gives way to nobody: on a busy machine it would not begin in time."""
        awaited, ended = self.machine.root / 'awaited', self.machine.root / 'ended'
        self.machine.command('renice')
        self.machine.command('ctest', CTEST_WAITS.format(awaited=awaited, ended=ended))
        self.machine.command('cmake', f"""case "$*" in "--build --preset debug "*) if [ ! -e {ended} ]; then awaited={awaited}
            {body}; fi ;;
            esac""")
        return awaited

    def test_builds_what_comes_next_while_the_release_tests_run(self):
        self.let_builds_ahead('echo built >$awaited')
        self.assert_ends(self.run_script(), '25 passed, 0 failed', good=True)
        self.assertIn('renice -n 19 ', self.machine.calls('renice')[0])

    def test_a_build_ahead_ends_with_the_tests_and_the_stage_builds_what_is_left(self):
        awaited = self.let_builds_ahead('echo $$ >$awaited; exec sleep 1000')
        done = self.run_script()
        self.assert_ends(done, '25 passed, 0 failed', good=True)
        self.assertNotIn('Terminated', done.stdout + done.stderr)
        self.assertFalse(is_running(awaited.read_text().strip()))

    def test_a_build_ahead_that_breaks_is_told_by_its_stage_alone(self):
        self.let_builds_ahead('echo broken >$awaited; exit 1')
        self.assert_ends(self.run_script(), '25 passed, 0 failed', good=True)
        self.machine.command('ctest', CTEST.format(percent=100, failed=0, all=5))
        self.machine.command('cmake', 'case "$*" in *"--build --preset debug "*) exit 1 ;; esac')
        self.assert_ends(self.run_script(), '10 passed, 3 failed', good=False)

    def test_says_at_its_end_which_tests_failed_and_what_they_said(self):
        self.let_tests_print("""\
                Start 1: some_test
                Start 2: other_test
            1/3 Test #1: some_test ........***Failed    1.50 sec
            [ RUN      ] log.keeps_what_it_has
            a line that is printed on the way
            some_test.cpp:12: Failure
            Value of: log.is_whole()
              Actual: false
            [  FAILED  ] log.keeps_what_it_has (3 ms)
            [ RUN      ] log.is_short
            [       OK ] log.is_short (0 ms)
            [  FAILED  ] 1 test, listed below:
            [  FAILED  ] log.keeps_what_it_has

                Start 3: page_test
            2/3 Test #2: other_test .......   Passed    0.10 sec
            3/3 Test #3: page_test ........***Timeout   9.00 sec
            100% tests passed, 0 tests failed out of 7
            the page waits for ever

            33% tests passed, 2 tests failed out of 3

            The following tests FAILED:
            \t  1 - some_test (Failed)
            \t  3 - page_test (Timeout)
            """)
        self.assertEqual(self.said_at_the_end('--quick'), textwrap.dedent("""
            === What failed
            --- release: run the unit tests: some_test (Failed)
                some_test.cpp:12: Failure
                Value of: log.is_whole()
                  Actual: false
                [  FAILED  ] log.keeps_what_it_has
            --- release: run the unit tests: page_test (Timeout)
                100% tests passed, 0 tests failed out of 7
                the page waits for ever

            failed: release: run the unit tests: some_test (Failed)
            failed: release: run the unit tests: page_test (Timeout)
            1 passed, 2 failed
            """))

    def test_says_of_a_crash_where_the_sanitizer_begins(self):
        shadow = '\n'.join(f'            shadow bytes {number}' for number in range(100))
        self.let_tests_print(f"""\
            1/1 Test #1: some_test ........***Failed    1.50 sec
            [ RUN      ] log.keeps_what_it_has
            ==1==ERROR: AddressSanitizer: heap-use-after-free
                #0 in log::append
{shadow}
            0% tests passed, 1 tests failed out of 1

            The following tests FAILED:
            \t  1 - some_test (Failed)
            """)
        said = self.said_at_the_end('--quick').splitlines()
        self.assertEqual(said[3], '    ==1==ERROR: AddressSanitizer: heap-use-after-free')
        self.assertIn('shadow bytes 20', '\n'.join(said))
        self.assertLess(len(said), 40)

    def test_says_of_many_failures_the_first_lines_and_all_names(self):
        tests = [f'test_{number}' for number in range(15)]
        assertions = ''.join(f'{number}.cpp:1: Failure\nValue\n' for number in range(500))
        printed = ''.join(f' 1/15 Test #{number}: {name} ...***Failed 0.1 sec\n{assertions}[  FAILED  ] log.is_{name} (0 ms)\n'
                          for number, name in enumerate(tests, 1))
        listed = ''.join(f'\t  {number} - {name} (Failed)\n' for number, name in enumerate(tests, 1))
        self.let_tests_print(f'{printed}0% tests passed, 15 tests failed out of 15\n\n{listed}')
        said = self.said_at_the_end('--quick').splitlines()
        self.assertEqual(said.count('    [  FAILED  ] log.is_test_3'), 1)
        self.assertLess(len(said), 10 * 41 + 5 + 15 + 5)
        self.assertEqual(said[-16:-1], [f'failed: release: run the unit tests: {name} (Failed)' for name in tests])

    def test_says_at_its_end_how_a_build_broke(self):
        self.machine.command('cmake', """case "$*" in *--build*)
            seq 1000; echo "a.cpp:1:1: error: no such thing"; echo "ninja: build stopped"; exit 1 ;;
            esac""")
        said = self.said_at_the_end('--quick').splitlines()
        self.assertEqual(said[1:3], ['=== What failed', '--- release: build the unit tests'])
        self.assertEqual(said[31:], ['    a.cpp:1:1: error: no such thing', '    ninja: build stopped', '',
                                     'failed: release: build the unit tests', '0 passed, 1 failed'])

    def test_says_nothing_of_failures_where_there_are_none(self):
        self.assertEqual(self.said_at_the_end('--quick'), '\n5 passed, 0 failed\n')

    def test_packages_that_cannot_be_had_end_it(self):
        self.script('scripts/install-dependencies', 'exit 100')
        self.assert_ends(self.run_script(), '0 passed, 1 failed', good=False)
        self.assertEqual(self.machine.calls('cmake'), [])


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
