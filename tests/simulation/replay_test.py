"""replay_test.py BIN: a run that fails prints how to see it again, and these commands show the same, each time.

By mutants, for of the program itself no run fails."""
import pathlib
import re
import subprocess
import sys
import unittest

BIN = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else 'build/release/bin').resolve()


def simulate(mutant, *arguments):
    """The exit code and what was printed."""
    ended = subprocess.run([BIN / f'simulation_mutant_{mutant}', *arguments], capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


class ReplayTest(unittest.TestCase):
    def check(self, mutant, *arguments):
        code, told = simulate(mutant, *arguments, '--from', '1', '--seeds', '10000')
        self.assertEqual(code, 1, told)
        found = re.search(r'^seed \d+: (.*)$', told, re.MULTILINE)[1]
        of_least = told.rstrip().splitlines()[-1]
        whole = re.search('^replay it: simulation (.*)$', told, re.MULTILINE)[1].split()
        least = re.search('^the least of it: simulation (.*)$', told, re.MULTILINE)[1].split()
        for command, violated in ((whole, found), (least, of_least)):
            code, shown = simulate(mutant, *command)
            self.assertEqual(code, 1, command)
            self.assertEqual(shown.rstrip().splitlines()[-1], ' '.join(command) + ': ' + violated)
            self.assertEqual(simulate(mutant, *command), (code, shown), 'the second time')
        return least

    def test_over_memory(self):
        least = self.check('turns_back_after_the_pivot')
        self.assertIn('--only', least)

    def test_over_the_log(self):
        self.check('lets_the_index_lack_one_key', '--journal', 'log')

    def test_what_is_no_argument_is_said_to_be_none(self):
        for arguments, told in ((('--replay', 'x'), '--replay: a number must follow'), (('--replay',), '--replay: a number must follow'),
                                (('--repaly', '7'), '--repaly: there is no such argument'), (('--journal', 'disk'), '--journal: memory, log or shared'),
                                (('--replay', '7', '--only', 'crash,rain'), '--only: there is no kind of weather `rain`, but refused, held,'),
                                (('--only', 'crash'), '--sagas, --for and --only are of one run: --replay says which')):
            code, text = simulate('turns_back_after_the_pivot', *arguments)
            self.assertEqual(code, 2)
            self.assertTrue(text.startswith(told), text)


if __name__ == '__main__':
    unittest.main()
