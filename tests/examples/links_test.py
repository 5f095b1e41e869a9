"""links_test.py ROOT: a link from a page to a file of the tree, or to a heading, leads there; docs/README.md has every page."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv[1]).resolve()
LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
SKIPPED = ('build', 'node_modules')


def text_of(page):
    """Without code: what stands there is no link."""
    return re.sub(r'^```.*?^```$|`[^`\n]*`', '', page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors(page):
    """As a page's reader makes them of its headings."""
    headings = re.findall(r'^#+ (.*)$', page.read_text(), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


def pages():
    return [page for page in sorted(ROOT.rglob('*.md'))
            if not any(part in SKIPPED or part.startswith('.') for part in page.relative_to(ROOT).parts)]


class Links(unittest.TestCase):
    def test_lead_somewhere(self):
        seen = 0
        for page in pages():
            for link in LINK.findall(text_of(page)):
                if re.match(r'\w+:', link):
                    continue
                seen += 1
                path, _, anchor = link.partition('#')
                target = (page.parent / path) if path else page
                with self.subTest(page=str(page.relative_to(ROOT)), link=link):
                    self.assertTrue(target.exists())
                    self.assertTrue(not anchor or anchor in anchors(target), 'there is no such heading')
        self.assertGreater(seen, 30)

    def test_index_of_decisions_has_each_once(self):
        folder = ROOT / 'docs/decisions'
        linked = re.findall(r'\]\((\d{4}-[\w-]+\.md)\)', (folder / 'README.md').read_text())
        self.assertEqual(sorted(linked), sorted(page.name for page in folder.glob('[0-9]*.md')))

    def test_index_has_every_page_of_docs(self):
        index = ROOT / 'docs/README.md'
        linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text())}
        self.assertEqual({page for page in (ROOT / 'docs').glob('*.md')} - linked, {index})


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
