"""install_dependencies_test.py ROOT: what scripts/install-dependencies says and does, on a machine of fake commands."""
import pathlib
import sys
import unittest

from fake_machine import FakeMachine

ROOT = pathlib.Path('.')


class InstallDependencies(unittest.TestCase):
    def setUp(self):
        self.machine = FakeMachine().__enter__()
        self.addCleanup(self.machine.__exit__)
        self.machine.command('id', 'echo 0')
        self.machine.command('apt-get', 'echo apt-get "$1"')

    def has_installed(self, which):
        self.machine.command('dpkg-query', f'for last; do :; done; case "$last" in {which}) echo installed ;; *) exit 1 ;; esac')

    def run_script(self, *arguments):
        return self.machine.run(str(ROOT / 'scripts/install-dependencies'), *arguments)

    def test_does_nothing_where_all_is_installed(self):
        self.has_installed('*')
        done = self.run_script('--tests')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.machine.calls('apt-get'), [])

    def test_says_what_is_missing_before_it_installs_just_that(self):
        self.has_installed('cmake | g++ | libsqlite3-dev')
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        update, install = self.machine.calls('apt-get')
        self.assertIn('update', update)
        packages = install.split()
        self.assertIn('libboost-dev', packages)
        self.assertNotIn('cmake', packages)
        self.assertNotIn('libgtest-dev', packages)
        said, _, then = done.stdout.partition('apt-get update')
        self.assertIn('libboost-dev', said)
        self.assertNotIn('apt-get install', said)
        self.assertIn('apt-get install', then)

    def test_installs_what_tests_need_only_when_asked(self):
        self.has_installed('cmake')
        self.assertEqual(self.run_script('--tests').returncode, 0)
        self.assertIn('libgtest-dev', self.machine.calls('apt-get')[1].split())

    def test_takes_sudo_when_it_is_not_root(self):
        self.has_installed('cmake')
        self.machine.command('id', 'echo 1000')
        self.machine.command('sudo', 'exec "$@"')
        self.assertEqual(self.run_script().returncode, 0)
        self.assertEqual(len(self.machine.calls('sudo')), 2)

    def test_fails_when_the_packages_cannot_be_had(self):
        self.has_installed('cmake')
        self.machine.command('apt-get', 'exit 100')
        self.assertNotEqual(self.run_script().returncode, 0)

    def test_refuses_what_it_does_not_know(self):
        self.has_installed('*')
        self.assertEqual(self.run_script('--test').returncode, 2)
        self.assertEqual(self.machine.calls('apt-get'), [])


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
