"""pages_test.py ROOT BIN PAGE [CHOICE]: what PAGE says to type prints what it says it prints."""
import sys
import unittest

from typed_page import stranger

ROOT, BIN, PAGE = sys.argv[1:4]
CHOICE = int(sys.argv[4]) if len(sys.argv) > 4 else 0


class Page(unittest.TestCase):
    maxDiff = None

    def test_does_what_it_says(self):
        somebody = stranger(ROOT, BIN)
        self.addCleanup(somebody.remove)
        self.assertEqual(somebody.follow(PAGE, CHOICE), '')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
