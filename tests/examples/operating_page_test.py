"""operating_page_test.py ROOT: the causes and limits that docs/operating.md and docs/views.md name are those of the program."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
PAGE = (ROOT / 'docs/operating.md').read_text()
SETTINGS = (ROOT / 'docs/configuration.md').read_text()


class OperatingPage(unittest.TestCase):
    def test_names_causes_in_the_words_of_sagactl(self):
        words = (ROOT / 'sagactl/words.cpp').read_text()
        table = re.search(r'^\| last \|.*\n\|[-|]+\n((?:\|.*\n)+)', PAGE, re.MULTILINE)[1]
        causes = [cause for line in table.splitlines() for cause in line.split('|')[1].strip().split('; ')]
        self.assertGreater(len(causes), 12)
        for cause in causes:
            with self.subTest(cause=cause):
                self.assertIn(f'"{cause}', words)

    def test_the_table_of_causes_has_those_of_the_engine_in_the_words_of_sagactl(self):
        views = (ROOT / 'docs/views.md').read_text()
        shown = re.findall(r'^\| `(\w+)` \| (.*) \|$', views[views.index('## Causes'):], re.MULTILINE)
        words = (ROOT / 'sagactl/words.cpp').read_text().split('causes{{')[1].split('}};')[0]
        self.assertEqual(shown, re.findall(r'\{"(\w+)", "(.*?)"\}', words))
        names = (ROOT / 'orchestrator/engine/names.cpp').read_text().split('name(cause why)')[1].split('};')[0]
        self.assertEqual({cause for cause, _ in shown} - {'internal'}, set(re.findall(r'"(\w+)"', names)) - {'none'})

    def test_names_limits_that_are_settings(self):
        limits = set(re.findall(r'`limits\.(\w+)`', PAGE))
        self.assertGreater(len(limits), 6)
        for name in limits:
            with self.subTest(limit=name):
                self.assertIn(f'### limits.{name}\n', SETTINGS)


if __name__ == '__main__':
    unittest.main()
