"""metrics_names_test.py ROOT: pages about operating name metrics that there are, with labels that they may have, and tables of the database."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
PAGES = ('definitions.md', 'deploying.md', 'operating.md', 'views.md')
GOLDEN = {line.split()[0] for line in (ROOT / 'tests/golden/metrics_names.txt').read_text().splitlines()}
TABLES = set(re.findall(r'CREATE TABLE IF NOT EXISTS (sagad_\w+)', (ROOT / 'orchestrator/journal/postgres/migrations.cpp').read_text()))
WRITTEN_BY = (ROOT / 'orchestrator/api/metrics.cpp').read_text()


class MetricsNames(unittest.TestCase):
    def test_on_pages_are_those_of_the_program(self):
        named = {(page, *found) for page in PAGES
                 for found in re.findall(r'\b(sagad_[a-z_]+)\b(?:\{(\w+)="([a-z_]+)"\})?',
                                         (ROOT / 'docs' / page).read_text())}
        self.assertGreater(len(named), 10)
        self.assertGreater(len(TABLES), 4)
        for page, name, label, value in sorted(named):
            with self.subTest(page=page, name=name):
                self.assertIn(name, GOLDEN | TABLES)
                for word in filter(None, (label, value)):
                    self.assertIn(f'"{word}"', WRITTEN_BY)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
