"""definitions_page_test.py ROOT BIN: docs/definitions.md has every key of a definition and no other, with the defaults that sagad
fills in and the limits that it refuses past, and its examples are definitions that sagad accepts."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT, BIN = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
sys.path.insert(0, str(ROOT / 'scripts'))
from processes import call, program  # noqa: E402

PAGE = (ROOT / 'docs/definitions.md').read_text()
SCHEMA = json.loads((ROOT / 'sagas/schema/saga.schema.json').read_text())
DEFS = SCHEMA['$defs']
PARTICIPANTS = ('bank', 'packing', 'shop')

# Heading of a section, and the part of the schema whose keys its tables describe.
SECTIONS = {
    'The saga': {**SCHEMA['properties'], **SCHEMA['properties']['defaults']['properties']},
    '`labels`': DEFS['label']['properties'],
    'A step': {**DEFS['step']['properties'], **dict.fromkeys(DEFS['step']['properties']['kind']['enum'])},
    'A call': DEFS['operation']['properties'],
    '`retry`': DEFS['retry']['properties'],
    '`answer`': next(one for one in DEFS['operation']['properties']['answer']['oneOf'] if 'properties' in one)['properties'],
}


# A table's heading, the columns of its defaults, and where its keys stand in a definition; made there where they are not.
TABLES = (('The saga', (2,), lambda whole: [whole]),
          ('Under `defaults`:', (2,), lambda whole: [whole.setdefault('defaults', {})]),
          ('`labels`', (2,), lambda whole: list(whole['labels'].values())),
          ('A step', (2,), lambda whole: whole['steps']),
          ('A call', (2,), lambda whole: calls(whole)),
          ('`retry`', (2, 3), lambda whole: [one.setdefault('retry', {}) for one in calls(whole)]),
          ('`answer`', (2,), lambda whole: [one.setdefault('answer', {'within': '1h', 'by': 'poll'}) for one in calls(whole)]))
RANGE = re.compile(r'`?(\d+(?:ms|[smhd])?)`? to `?(\d+[smhd]?)`?')


def short():
    return {'saga': 'short', 'labels': {'region': {'from': '${input.region}'}},
            'steps': [{'step': 'look', 'participant': 'shop', 'action': {'post': '/looks'},
                       'compensation': {'post': '/looks/undo'}}]}


def calls(whole):
    return [whole['steps'][0]['action'], whole['steps'][0]['compensation']]


def rows(heading):
    """The cells of each row of the first table behind a line, as lists."""
    table = re.search(rf'^(?:##+ )?{re.escape(heading)}\n(?:(?!##|\|).*\n)*\|.*\n\|[-|]+\n((?:\|.*\n)+)', PAGE, re.MULTILINE)[1]
    return [[cell.strip() for cell in line[1:-1].split(' | ')] for line in table.splitlines()]


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

    def start(self):
        """A sagad that knows the page's participants; its port."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix='sagad-page-'))
        self.addCleanup(shutil.rmtree, folder)
        (folder / 'sagad.yaml').write_text('public_url: http://127.0.0.1:7070\nparticipants:\n' + ''.join(
            f'  {one}: {{endpoints: ["http://127.0.0.1:9"]}}\n' for one in PARTICIPANTS))
        sagad = program(folder, 'sagad', lambda port, port_file: [
            BIN / 'sagad', '--config', folder / 'sagad.yaml', '--journal', 'memory:', '--listen', f'127.0.0.1:{port}',
            '--port-file', port_file]).start()
        self.addCleanup(sagad.end, hard=True)
        return sagad.port

    def test_has_examples_that_are_accepted_and_use_every_key(self):
        examples = re.findall(r'^```yaml\n(.*?)^```', PAGE, re.DOTALL | re.MULTILINE)
        self.assertGreater(len(examples), 5)
        port = self.start()
        for example in examples:
            with self.subTest(example=example):
                done = subprocess.run([BIN / 'sagactl', '--server', f'http://127.0.0.1:{port}', 'definitions', 'apply', '-'],
                                      input=example, capture_output=True, text=True, check=False, timeout=30)
                self.assertEqual(done.returncode, 0, done.stderr)
        keys = set().union(*SECTIONS.values())
        self.assertEqual({key for key in keys if not re.search(rf'\b{key}\b', ''.join(examples))} - {'compensatable'}, set())

    def test_tells_the_defaults_that_are_filled_in(self):
        port = self.start()
        call(port, 'PUT', '/v1/definitions/short', short())
        kept = call(port, 'GET', '/v1/definitions/short')[1]['definition']
        compared = 0
        for heading, columns, places in TABLES:
            for row in rows(heading):
                key = row[0].strip('`')
                for column, place in zip(columns, places(kept)):
                    told = re.search(r'`([^`]+)`$', row[column])
                    if told and key in place:
                        compared += 1
                        with self.subTest(heading=heading, key=key, column=column):
                            self.assertEqual(told[1], place[key] if isinstance(place[key], str) else json.dumps(place[key]))
        self.assertEqual(compared, 20)

    def test_tells_the_limits_that_are_refused_past(self):
        port = self.start()
        compared = 0
        for heading, _, places in TABLES:
            for row in rows(heading):
                key, limits = row[0].strip('`'), RANGE.search(row[-1])
                if not limits or key in ('steps', 'rejects'):
                    continue
                compared += 1
                whole = short()
                places(whole)[0][key] = '3649d' if limits[1][-1].isalpha() else 0
                with self.subTest(heading=heading, key=key):
                    status, answer = call(port, 'PUT', '/v1/definitions/short?dry_run=true', whole)
                    self.assertEqual(status, 422, answer)
                    self.assertIn(f'from {limits[1]} to {limits[2]}', json.dumps(answer))
        self.assertEqual(compared, 11)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
