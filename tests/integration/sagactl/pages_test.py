"""pages_test.py ROOT BIN: what the pages show of commands that need no server is what they print."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT, BIN = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
PAGES = ('docs/sagactl.md', 'docs/trying-definitions.md')
BLOCK = re.compile(r'^```console\n(.*?)^```', re.DOTALL | re.MULTILINE)


def shows(shown, printed):
    """Whether `printed` is what is shown; a line `...` stands for any lines."""
    parts = [re.escape(part) for part in re.split(r'^\.\.\.\n', shown, flags=re.MULTILINE)]
    return re.fullmatch('(?:.*\n)*'.join(parts), printed) is not None


class Pages(unittest.TestCase):
    maxDiff = None

    def test_commands_print_what_the_pages_show(self):
        for name in PAGES:
            blocks = BLOCK.findall((ROOT / name).read_text())
            self.assertTrue(blocks, name)
            with tempfile.TemporaryDirectory() as folder:
                shutil.copytree(ROOT / 'sagas', pathlib.Path(folder) / 'sagas')
                for block in blocks:
                    typed, shown = block.split('\n', 1)
                    self.assertTrue(typed.startswith('$ '), typed)
                    done = subprocess.run(['bash', '-c', typed[2:]], cwd=folder, stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT, text=True, check=False, timeout=60,
                                          env=dict(os.environ, PATH=f'{BIN}:{os.environ["PATH"]}'))
                    if not shows(shown, done.stdout):
                        self.assertEqual(shown, done.stdout, typed)

    def test_dots_stand_for_lines_and_for_nothing_else(self):
        self.assertTrue(shows('a\n...\nb\n', 'a\nx\ny\nb\n'))
        self.assertTrue(shows('a\n...\nb\n', 'a\nb\n'))
        self.assertFalse(shows('a\n...\nb\n', 'a\nx\n'))
        self.assertFalse(shows('a\n', 'a\nb\n'))


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
