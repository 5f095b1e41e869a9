"""waits_test.py ROOT: whatever a page has its reader wait for in a loop, the loop has an end: `timeout SECONDS sh -c 'until ...'`."""
import pathlib
import re
import sys
import unittest

from links_test import pages

ROOT = pathlib.Path(sys.argv[1]).resolve()
TYPED = re.compile(r'^```(?:bash|sh)\n(.*?)^```$', re.DOTALL | re.MULTILINE)
LOOP = re.compile(r'\b(?:until|while)\b.*; do\b')


class Waits(unittest.TestCase):
    def test_have_an_end(self):
        seen = 0
        for page in pages():
            lines = '\n'.join(TYPED.findall(page.read_text())).splitlines()
            for line in filter(LOOP.search, lines):
                seen += 1
                with self.subTest(page=str(page.relative_to(ROOT)), line=line):
                    self.assertRegex(line, r'\btimeout \d+ sh -c ["\'](?:until|while)\b')
        self.assertGreater(seen, 5)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
