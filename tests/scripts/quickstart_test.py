"""quickstart_test.py ROOT: what ./quickstart calls and how it ends, with fake build tools and a fake demonstration."""
import pathlib
import shutil
import sys
import unittest

from fake_machine import FakeMachine

ROOT = pathlib.Path('.')


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.machine = FakeMachine().__enter__()
        self.addCleanup(self.machine.__exit__)
        self.machine.command('cmake')
        self.machine.command('python3')
        top = self.machine.root / 'tree'
        (top / 'scripts').mkdir(parents=True)
        shutil.copy(ROOT / 'quickstart', top)
        self.install_dependencies('exit 0')

    def install_dependencies(self, body):
        path = self.machine.root / 'tree/scripts/install-dependencies'
        path.write_text(f'#!/bin/sh\n{body}\n')
        path.chmod(0o755)

    def run_script(self, *arguments):
        return self.machine.run(str(self.machine.root / 'tree/quickstart'), *arguments)

    def test_builds_the_programs_and_demonstrates_them(self):
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        configure, build = self.machine.calls('cmake')
        self.assertIn('--preset release', configure)
        self.assertTrue(build.endswith('--target sagad sagactl escrow transfer rate'), build)
        self.assertEqual(self.machine.calls('python3'),
                         ['python3 -B scripts/demonstrate.py build/release/bin build/quickstart'])

    def test_hands_its_options_on(self):
        self.assertEqual(self.run_script('--sales', '50', '--keep').returncode, 0)
        self.assertTrue(self.machine.calls('python3')[0].endswith(' --sales 50 --keep'))

    def test_ends_as_the_demonstration_ends(self):
        self.machine.command('python3', 'exit 1')
        self.assertEqual(self.run_script().returncode, 1)

    def test_says_why_it_cannot_be_configured(self):
        self.machine.command('cmake', 'echo no compiler; exit 1')
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn('no compiler', done.stderr)
        self.assertEqual(self.machine.calls('python3'), [])

    def test_demonstrates_nothing_when_the_build_breaks(self):
        self.machine.command('cmake', 'case "$*" in *--build*) exit 3 ;; esac')
        self.assertEqual(self.run_script().returncode, 3)
        self.assertEqual(self.machine.calls('python3'), [])

    def test_ends_when_packages_cannot_be_had(self):
        self.install_dependencies('exit 100')
        self.assertEqual(self.run_script().returncode, 100)
        self.assertEqual(self.machine.calls('cmake'), [])

    def test_refuses_what_it_does_not_know(self):
        for arguments in (['--fast'], ['--sales'], ['--sales', 'many'], ['--sales', '0']):
            self.assertEqual(self.run_script(*arguments).returncode, 2, arguments)
        self.assertEqual(self.machine.calls('cmake'), [])


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
