"""pages_test.py ROOT BIN: what the pages about participants say to type does what they say it does."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT, BIN = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
BLOCK = re.compile(r'^```bash\n(.*?)^```(?:\n\n```text\n(.*?)^```)?', re.DOTALL | re.MULTILINE)


class Pages(unittest.TestCase):
    def type_all(self, page):
        """Each bash block of a page in a folder of its own: (what it printed, what the page says it prints)."""
        blocks = BLOCK.findall((ROOT / page).read_text())
        self.assertTrue(blocks, f'{page} has nothing to type')
        said = []
        for typed, told in blocks:
            with tempfile.TemporaryDirectory() as folder:
                # `set -m`: what is started with & is ended as a job of the shell.
                done = subprocess.run(['bash', '-c', 'set -em\n' + typed], cwd=folder, capture_output=True, text=True, check=False,
                                      env=dict(os.environ, PATH=f'{BIN}:{os.environ["PATH"]}'), timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            said.append((done.stdout, told))
        return said

    def test_a_service_of_ones_own_answers_as_the_page_tells(self):
        for printed, told in self.type_all('docs/writing-a-participant.md'):
            self.assertEqual(printed, told)

    def test_escrow_answers_as_its_page_tells(self):
        for printed, told in self.type_all('participants/README.md'):
            self.assertEqual(printed, told)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
