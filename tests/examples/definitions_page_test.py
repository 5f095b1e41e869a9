"""definitions_page_test.py ROOT BIN: docs/definitions.md has every key of a definition and no other, and its examples are
definitions that sagad accepts."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT, BIN = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
sys.path.insert(0, str(ROOT / 'scripts'))
from processes import program  # noqa: E402

PAGE = (ROOT / 'docs/definitions.md').read_text()
SCHEMA = json.loads((ROOT / 'sagas/schema/saga.schema.json').read_text())
DEFS = SCHEMA['$defs']
PARTICIPANTS = ('bank', 'packing', 'shop')

# Heading of a section, and the part of the schema whose keys its tables describe.
SECTIONS = {
    'The saga': {**SCHEMA['properties'], **SCHEMA['properties']['defaults']['properties']},
    'A step': {**DEFS['step']['properties'], **dict.fromkeys(DEFS['step']['properties']['kind']['enum'])},
    'A call': DEFS['operation']['properties'],
    '`retry`': DEFS['retry']['properties'],
    '`answer`': next(one for one in DEFS['operation']['properties']['answer']['oneOf'] if 'properties' in one)['properties'],
}


def section(heading):
    found = re.search(rf'^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)', PAGE, re.DOTALL | re.MULTILINE)
    return found[1] if found else ''


class DefinitionsPage(unittest.TestCase):
    def test_describes_every_key_and_no_other(self):
        for heading, keys in SECTIONS.items():
            with self.subTest(heading=heading):
                rows = re.findall(r'^\| `([^`]+)` \| \S.* \|$', section(heading), re.MULTILINE)
                self.assertEqual(set(rows), set(keys))

    def test_names_every_keyword_of_the_inputs_schema_and_no_other(self):
        named = re.findall(r'`([^`]+)`', section("The input's schema"))
        self.assertEqual(sorted(named), sorted(DEFS['schema']['properties']))

    def test_has_examples_that_are_accepted_and_use_every_key(self):
        examples = re.findall(r'^```yaml\n(.*?)^```', PAGE, re.DOTALL | re.MULTILINE)
        self.assertGreater(len(examples), 5)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / 'sagad.yaml').write_text('public_url: http://127.0.0.1:7070\nparticipants:\n' + ''.join(
                f'  {one}: {{endpoints: ["http://127.0.0.1:9"]}}\n' for one in PARTICIPANTS))
            sagad = program(folder, 'sagad', lambda port, port_file: [
                BIN / 'sagad', '--config', folder / 'sagad.yaml', '--journal', 'memory:', '--listen', f'127.0.0.1:{port}',
                '--port-file', port_file]).start()
            self.addCleanup(sagad.end, hard=True)
            for number, example in enumerate(examples):
                with self.subTest(example=example):
                    (folder / f'{number}.yaml').write_text(example)
                    done = subprocess.run([BIN / 'sagactl', '--server', f'http://127.0.0.1:{sagad.port}', 'definitions', 'apply',
                                           folder / f'{number}.yaml'], capture_output=True, text=True, check=False, timeout=30)
                    self.assertEqual(done.returncode, 0, done.stderr)
        keys = set().union(*SECTIONS.values())
        self.assertEqual({key for key in keys if not re.search(rf'\b{key}\b', ''.join(examples))} - {'compensatable'}, set())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
