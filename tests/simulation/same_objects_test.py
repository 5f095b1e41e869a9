"""same_objects_test.py BUILD: what is simulated is the program.

Reads how `sagad` and `simulation` are linked (build.ninja), and what is in their objects (nm): both link the same
libraries of the coordinator's rooms; nothing else that the simulation links is made of the coordinator's sources; and
what the simulation has in place of the program's is what stands here."""
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else ROOT / 'build/release'

# What must be the program's own. Of `dispatch` the interface is, in `http` nothing is left: sockets are replaced.
SIMULATED = {'engine', 'records', 'definition', 'lifecycle', 'compensations', 'journal', 'runtime', 'json', 'base'}
# What the program does with sockets, threads, files and the clock goes through these, of which the simulation has its own.
SEAMS = {
    'dispatch::caller': 'sockets',
    'runtime::clock': 'the clock',
    'journal::log::file': 'files', 'journal::log::files': 'files',
    'journal::log::threads': 'threads', 'condition': 'threads', 'thread': 'threads',
    'journal::archiver': 'files',
    'journal::appender': 'a journal that lies: for the defects put in on purpose',
}
# Functions of the program that the simulation links in place of: the end of the process, and what is told on the way.
FUNCTIONS = {
    'sagad::journal::log::fatal', 'sagad::log::info', 'sagad::log::warn', 'sagad::log::error', 'sagad::log::dropped',
    'sagad::log::flush', 'sagad::log::last_line',
}
# The same object, but its callers are sent elsewhere: in an upgrade run another version goes on.
WRAPPED = {'_ZN5sagad6engine11outstandingERKNS0_4sagaEl'}


class Program:
    """One of the programs, as the build makes it."""

    def __init__(self, name):
        text = (BUILD / 'build.ninja').read_text(encoding='utf-8')
        statement = re.search(rf'^build bin/{name}: CXX_EXECUTABLE_LINKER\S* (.*)\n((?:  .*\n)*)', text, re.MULTILINE)
        assert statement, f'build.ninja does not say how bin/{name} is linked'
        self.objects = [word for word in statement[1].split(' | ')[0].split() if word.endswith('.o')]
        self.libraries = {word for word in self.variable(statement[2], 'LINK_LIBRARIES').split() if word.endswith('.a')}
        self.flags = self.variable(statement[2], 'LINK_FLAGS').split()
        self.sources = []
        for made in self.objects:
            compiled = re.search(rf'^build {re.escape(made)}: \S+ (\S+)', text, re.MULTILINE)
            assert compiled, f'build.ninja does not say what {made} is made of'
            self.sources += sources_in(pathlib.Path(compiled[1]))

    @staticmethod
    def variable(lines, name):
        found = re.search(rf'^  {name} = (.*)$', lines, re.MULTILINE)
        return found[1] if found else ''


def sources_in(path):
    """A source, or those that a unity file puts together."""
    if 'Unity' not in path.parts:
        return [path]
    return [pathlib.Path(one) for one in re.findall(r'#include "(.*\.cpp)"', path.read_text(encoding='utf-8'))]


def room_of(library):
    return re.fullmatch(r'libsagad_(\w+)\.a', pathlib.PurePath(library).name)[1]


def defined(path):
    """The functions and variables that it defines and nobody else may."""
    listed = subprocess.run(['nm', '--defined-only', '--demangle', path], check=True, capture_output=True, text=True, cwd=BUILD)
    return {line.split(' ', 2)[2].split('(')[0] for line in listed.stdout.splitlines() if re.match(r'[0-9a-f]+ [TDBR] ', line)}


class SameObjects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Program('sagad')
        cls.simulation = Program('simulation')

    def test_the_rooms_that_are_simulated_are_linked_by_both_from_the_same_libraries(self):
        both = {room_of(one) for one in self.simulation.libraries & self.server.libraries}
        self.assertLessEqual(SIMULATED, both)

    def test_the_simulation_links_no_library_that_the_server_does_not(self):
        self.assertEqual(self.simulation.libraries - self.server.libraries, set())

    def test_no_source_of_the_program_is_compiled_for_the_simulation(self):
        self.assertTrue(self.simulation.sources)
        for source in self.simulation.sources:
            self.assertEqual(source.relative_to(ROOT).parts[0], 'tests', source)
            included = re.findall(r'#include ["<](.*\.(?:cpp|cc|c))[">]', source.read_text(encoding='utf-8'))
            self.assertEqual(included, [], source)

    def test_only_the_end_of_the_process_and_its_log_are_linked_in_place_of_the_programs(self):
        ours = set().union(*(defined(one) for one in self.simulation.objects))
        theirs = set().union(*(defined(one) for one in self.simulation.libraries))
        self.assertEqual(ours & theirs, FUNCTIONS)

    def test_the_linker_is_told_to_send_elsewhere_what_differs_between_versions_and_nothing_else(self):
        flags = [flag for flag in self.simulation.flags if flag.startswith('-Wl')]
        self.assertEqual(set(flags), {f'-Wl,--wrap={name}' for name in WRAPPED})
        self.assertEqual([flag for flag in self.server.flags if flag.startswith('-Wl')], [])

    def test_only_sockets_threads_files_and_the_clock_are_classes_of_the_simulations_own(self):
        bases = set()
        for path in sorted((ROOT / 'tests/simulation').glob('*.[ch]pp')):
            bases |= set(re.findall(r'class [\w:]+(?: final)? : public ([\w:]+)', path.read_text(encoding='utf-8')))
        self.assertEqual(bases - {'storage', 'oracle', 'testing::Test', 'testing::TestWithParam'}, set(SEAMS))


if __name__ == '__main__':
    unittest.main(verbosity=1)
