"""pages_test.py ROOT BIN PAGE [CHOICE [FOLDER]]: what PAGE says to type prints what it says it prints.

FOLDER: typed in that folder, which is empty, in place of the top of the tree."""
import sys
import unittest

from typed_page import stranger

ROOT, BIN, PAGE = sys.argv[1:4]
CHOICE = int(sys.argv[4]) if len(sys.argv) > 4 else 0
FOLDER = sys.argv[5] if len(sys.argv) > 5 else '.'


class Page(unittest.TestCase):
    maxDiff = None

    def test_does_what_it_says(self):
        somebody = stranger(ROOT, BIN)
        self.addCleanup(somebody.remove)
        self.assertEqual(somebody.follow(PAGE, CHOICE, FOLDER), '')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
