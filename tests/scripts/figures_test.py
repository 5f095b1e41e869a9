"""figures_test.py ROOT: what tests/soak/figures takes from what it runs, and where it puts it."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path('.')
PAGE = 'before\n<!-- figures: begin -->\n<!-- figures: end -->\nbehind\n'


def load():
    loader = importlib.machinery.SourceFileLoader('figures', str(ROOT / 'tests/soak/figures'))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('figures', loader))
    loader.exec_module(module)
    return module


class Figures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.figures = load()
        self.figures.PAGE = self.folder / 'page.md'
        self.figures.PAGE.write_text(PAGE)
        self.figures.RUNS = {name: self.figures.run(str(self.folder / f'{name}.py'), r'^kills|^sagas') for name in ('one', 'two')}
        self.says('one', 'kills 3, data in /tmp/x', '  sagas | 7', 'noise')
        self.says('two', 'kills 5')

    def says(self, name, *lines, ends_with=0):
        (self.folder / f'{name}.py').write_text(f'print({chr(10).join(lines)!r})\nraise SystemExit({ends_with})\n')

    def main(self, *arguments):
        before, sys.argv = sys.argv, ['figures', '--write', *arguments]
        try:
            return self.figures.main()
        finally:
            sys.argv = before

    def rows(self):
        return [line.split(' | ', 2)[2] for line in self.figures.PAGE.read_text().splitlines() if line.startswith('| `')]

    def test_puts_a_row_of_figures_for_each_run_in_their_order(self):
        self.assertEqual(self.main('two'), 0)
        self.assertEqual(self.main('one'), 0)
        self.assertEqual(self.rows(), ['kills 3; sagas \\| 7 |', 'kills 5 |'])
        page = self.figures.PAGE.read_text()
        self.assertTrue(page.startswith('before\n<!-- figures: begin -->\n| what') and page.endswith('<!-- figures: end -->\nbehind\n'), page)

    def test_puts_a_new_row_in_the_place_of_the_former_one(self):
        self.main()
        self.says('two', 'kills 6')
        self.assertEqual(self.main(), 0)
        self.assertEqual(self.rows(), ['kills 3; sagas \\| 7 |', 'kills 6 |'])

    def test_writes_no_row_of_a_run_that_has_found_something(self):
        self.main()
        self.says('one', 'kills 9', ends_with=1)
        self.assertEqual(self.main(), 1)
        self.assertEqual(self.rows(), ['kills 3; sagas \\| 7 |', 'kills 5 |'])

    def test_puts_what_struck_beside_that_of_other_journals_also_where_the_page_knows_fewer(self):
        self.figures.PAGE.write_text(PAGE + '<!-- faults: begin -->\n| what | a | b |\n|---|---|---|\n| crash | 2.00 | 50 % |\n<!-- faults: end -->\n')
        self.figures.RUNS = {'one': self.figures.run(str(self.folder / 'one.py') + ' 10', '^records', 'shared')}
        self.says('one', 'records', '  5  crash, in 3 runs', '  1  moves (no fault), in 1 runs')
        self.assertEqual(self.main(), 0)
        rows = [line for line in self.figures.PAGE.read_text().splitlines() if line.startswith(('| crash', '| moves'))]
        self.assertEqual(rows, ['| crash | 2.00 | 50 % |  |  | 0.50 | 30 % |', '| moves (no fault) |  |  |  |  | 0.10 | 10 % |'])


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
