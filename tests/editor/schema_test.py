"""schema_test.py ROOT SAGACTL: sagas/schema/saga.schema.json, which editors complete and check by, accepts what the loader does."""
import functools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import jsonschema

import beyond_a_schema
import definition_text
import mutants

ROOT = pathlib.Path('.')
SAGACTL = 'sagactl'

CONDITIONS = ('if', 'then', 'else', 'not', 'contains')

# The definitions that are no test data. Beside some of them lies a configuration.
SHOWN = ('sagas', 'bench', 'tests/crash', 'examples/1_hello_saga', 'examples/4_own_service')
CONFIGURATION = 'sagad.yaml'


def definitions(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).iterdir()
                  if path.suffix in ('.yaml', '.json') and path.name != CONFIGURATION)


def schema():
    return json.loads((ROOT / 'sagas/schema/saga.schema.json').read_text())


@functools.lru_cache(None)
def ecma_pattern(pattern):
    """Compiled as JSON Schema has it, by ECMA-262: `$` is the end alone, not what comes before a last line's end."""
    parts = re.findall(r'\\.|\[(?:\\.|[^\]])*\]|.', pattern, re.DOTALL)
    return re.compile(''.join(r'\Z' if part == '$' else part for part in parts))


def fits_pattern(validator, pattern, instance, _):
    if validator.is_type(instance, 'string') and not ecma_pattern(pattern).search(instance):
        yield jsonschema.ValidationError(f'{instance!r} does not fit {pattern!r}')


def remembering_references(parts):
    """What follows a `$ref`, which is to one of these parts. What fits a part and what does not is kept: mutants share nearly
    all that is in them, and would have it looked at again each."""
    known = {}  # with the value itself: what lives keeps its identity

    def fits_reference(validator, reference, instance, _):
        of_one_kind = id(instance) if isinstance(instance, (dict, list)) else instance
        key = reference, type(instance), of_one_kind
        if key not in known:
            known[key] = instance, next(validator.descend(instance, parts[reference]), None)
        error = known[key][1]
        if error is not None:
            yield jsonschema.ValidationError(error.message)
    return fits_reference


def keys_of(part):
    """Each (name, schema) among the properties of a schema and of those inside it."""
    if isinstance(part, list):
        return [found for each in part for found in keys_of(each)]
    if not isinstance(part, dict):
        return []
    found = [(name, each) for name, each in part.get('properties', {}).items()]
    for name, inner in part.items():
        if name in CONDITIONS:
            continue  # they say when a key that is described elsewhere may stand
        found += keys_of(list(inner.values()) if name in ('properties', '$defs') else inner)
    return found


def names_in(value):
    """All names of mappings, at every level."""
    if isinstance(value, list):
        return {name for each in value for name in names_in(each)}
    if isinstance(value, dict):
        return set(value) | names_in(list(value.values()))
    return set()


def with_short_patterns(value):
    """The same with other patterns: to compile one takes longer than all else that is done to a definition."""
    if isinstance(value, list):
        return [with_short_patterns(each) for each in value]
    if isinstance(value, dict):
        return {name: '^a' if name == 'pattern' else with_short_patterns(each) for name, each in value.items()}
    return value


def told_by_loader(definitions_made):
    """What the loader tells of each, a list of texts; of a good one an empty one."""
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(definitions_made):
            pathlib.Path(folder, f'{number:06}.json').write_text(json.dumps(one))
        done = subprocess.run([SAGACTL, '--json', 'definitions', 'validate', folder], capture_output=True, text=True, check=False)
    return [[mistake['detail'] for mistake in one['mistakes']] for one in json.loads(done.stdout)]


class EditorSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        whole = schema()
        parts = {f'#/$defs/{name}': part for name, part in whole['$defs'].items()}
        keywords = {'pattern': fits_pattern, '$ref': remembering_references(parts)}
        cls.validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, keywords)(whole)
        cls.met = set()  # the kinds of mistakes of what the schema accepts

    def accepts(self, path):
        try:
            return self.validator.is_valid(definition_text.read(path))
        except definition_text.unreadable:
            return False

    def compare(self, name, accepted, mistakes):
        """What the schema accepts has no mistake but those that it cannot tell; what has none is accepted."""
        if not mistakes and not accepted:
            self.fail(f'{name}: the loader takes it, and the schema does not')
        if not accepted:
            return
        for text in mistakes:
            kind = beyond_a_schema.kind_of(text)
            self.assertIsNotNone(kind, f'{name}: the schema takes it, and the loader says: {text}')
            self.met.add(kind)

    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(schema())

    def test_accepts_what_the_loader_accepts(self):
        good = definitions('tests/data/definitions/good', *SHOWN)
        self.assertGreater(len(good), 10)
        for path in good:
            with self.subTest(path=path.name):
                errors = [error.message for error in self.validator.iter_errors(definition_text.read(path))]
                self.assertEqual(errors, [])

    def test_refuses_what_the_loader_refuses_but_for_what_no_schema_can_tell(self):
        for path in definitions('tests/data/definitions/bad'):
            with self.subTest(path=path.name):
                lines = re.split(r'\n(?=\d+:\d+ )', path.with_suffix('.expected').read_text().rstrip('\n'))
                self.compare(path.name, self.accepts(path), [line.split(' ', 1)[1] for line in lines])
        whole = [(path.stem, with_short_patterns(definition_text.read(path))) for path in definitions('tests/data/definitions/good')]
        whole.sort(key=lambda one: one[0] != 'every_key')
        made = list(mutants.mutants(whole))
        self.assertGreater(len(made), 5000)
        told = told_by_loader([one for _, one in made])
        self.assertGreater(sum(not mistakes for mistakes in told), 500, 'some load: or nothing would be compared')
        for (name, one), mistakes in zip(made, told):
            with self.subTest(name=name):
                self.compare(name, self.validator.is_valid(one), mistakes)
        self.assertEqual(beyond_a_schema.kinds() - self.met, set(), 'listed, and met by no definition that the schema accepts')

    def test_tells_what_can_be_told_of_texts_with_values(self):
        whole = definition_text.read(ROOT / 'tests/data/definitions/good/every_key.yaml')
        self.assertTrue(self.validator.is_valid(whole))
        path = ('steps', 0, 'action', 'put')
        for way, value in ((path, '/' + 'a' * 4096), (path, '/a//${saga.id}'), (path, '/${saga.id}/../b'), (path, '/a%2'), (path, '/a#b'),
                           (path, '/${saga.id} b'), (path, '/%2f${saga.id}'), (('steps', 0, 'when'), 'input.x'),
                           (('steps', 2, 'when'), '${true}'), (('labels', 'id', 'from'), 'a ${input.id}'), (('output',), '${input'),
                           (('steps', 0, 'action', 'headers', 'X-Trace'), '\n${saga.id}')):
            with self.subTest(way=way, value=value[:40]):
                self.assertFalse(self.validator.is_valid(mutants.changed(whole, way, mutants.put(value))))

    def test_describes_every_key(self):
        for name, part in keys_of(schema()):
            with self.subTest(key=name):
                if part is not False:
                    self.assertTrue(part.get('description', '').endswith('.'), part)

    def test_has_no_key_that_no_good_definition_has(self):
        used = set()
        for path in definitions('tests/data/definitions/good'):
            used |= names_in(definition_text.read(path))
        self.assertEqual({name for name, _ in keys_of(schema())} - used, set())

    def test_is_named_by_the_definitions_that_people_copy(self):
        for path in definitions(*SHOWN):
            with self.subTest(path=path.name):
                first = path.read_text().splitlines()[0]
                self.assertTrue(first.startswith('# yaml-language-server: $schema='), first)
                self.assertTrue((path.parent / first.split('=')[1]).samefile(ROOT / 'sagas/schema/saga.schema.json'))


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    SAGACTL = sys.argv.pop(1)
    unittest.main()
