"""schema_test.py ROOT: sagas/schema/saga.schema.json, which editors complete and check by, accepts what the loader does."""
import json
import pathlib
import sys
import unittest

import jsonschema

import definition_text

ROOT = pathlib.Path('.')

# Refused by the loader, accepted by the schema: what a schema cannot say, and the files that have nothing else wrong.
ACCEPTED_BECAUSE = {
    'an expression is a text to a schema': {
        'expression_constant_faults', 'expression_empty', 'expression_in_a_name', 'expression_kinds', 'expression_kinds_by_reference',
        'expression_misspelt_functions', 'expression_misspelt_member', 'expression_not_closed', 'expression_path_too_long', 'expression_syntax', 'expression_too_deep', 'expression_too_long', 'expression_words', 'headers_with_bad_values',
        'label_of_no_text', 'when_and_no_question', 'when_is_no_condition'},
    'what an expression may read depends on the other steps and on the input': {
        'label_that_reads_more_than_the_input', 'names_without_what_they_are_found_in', 'reference_in_output', 'reference_that_a_definition_rules_out',
        'reference_that_is_misspelt', 'reference_that_the_schema_rules_out',
        'reference_to_a_later_step', 'reference_to_a_name_with_a_hyphen', 'reference_to_a_step_beside', 'reference_to_own_step',
        'reference_to_own_step_in_compensation', 'reference_to_unknown_root', 'reference_to_unknown_step'},
    'names and the order of steps are compared with other steps': {
        'after_misspelt', 'compensatable_after_pivot', 'compensatable_beside_pivot', 'cycle_of_one', 'cycle_of_three', 'cycle_of_two',
        'doubled_step', 'retriable_before_compensatable', 'retriable_before_pivot', 'retriable_beside_compensatable',
        'retriable_beside_pivot', 'two_pivots', 'unknown_step_in_after'},
    'how long a duration is, and two of them compared': {
        'answer_and_no_end', 'answer_past_90_days', 'answer_within_past_90_days', 'budget_without_end',
        'default_budget_without_end', 'delay_above_delay_max', 'pivot_does_not_fit_into_the_deadline', 'time_without_end'},
    'what a step may have depends on its kind': {'when_of_a_pivot'},
    'the configuration is not known': {
        'callback_without_public_url', 'path_outside_the_prefixes', 'unknown_participant'},
    'the parts of a path without its values are counted': {'path_too_long'},
    'a pattern is compiled, a reference or a name is looked up, patterns are counted, bounds are compared': {
        'schema_patterns', 'schema_reference_without_definitions', 'schema_references_in_a_row', 'schema_required_misspelt',
        'schema_that_nothing_fits', 'schema_too_many_patterns'},
    'YAML has it, and a reader of YAML has resolved it': {'alias', 'anchor', 'escape_of_one_byte', 'no_number_in_json', 'tag'},
    'how deep the whole is': {'too_deep'},
}
ACCEPTED = {name for files in ACCEPTED_BECAUSE.values() for name in files}

CONDITIONS = ('if', 'then', 'else', 'not')

# The definitions that are no test data. Beside some of them lies a configuration.
SHOWN = ('sagas', 'bench', 'tests/crash', 'examples/1_hello_saga', 'examples/4_own_service')
CONFIGURATION = 'sagad.yaml'


def definitions(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).iterdir()
                  if path.suffix in ('.yaml', '.json') and path.name != CONFIGURATION)


def schema():
    return json.loads((ROOT / 'sagas/schema/saga.schema.json').read_text())


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


class EditorSchema(unittest.TestCase):
    def setUp(self):
        self.validator = jsonschema.Draft202012Validator(schema())

    def accepts(self, path):
        try:
            return self.validator.is_valid(definition_text.read(path))
        except definition_text.unreadable:
            return False

    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(schema())

    def test_accepts_what_the_loader_accepts(self):
        good = definitions('tests/data/definitions/good', *SHOWN)
        self.assertGreater(len(good), 10)
        for path in good:
            with self.subTest(path=path.name):
                errors = [error.message for error in self.validator.iter_errors(definition_text.read(path))]
                self.assertEqual(errors, [])

    def test_refuses_what_the_loader_refuses_and_lists_what_it_cannot_tell(self):
        bad = definitions('tests/data/definitions/bad')
        accepted = {path.stem for path in bad if self.accepts(path)}
        self.assertEqual(accepted - ACCEPTED, set(), 'accepted, and not listed')
        self.assertEqual(ACCEPTED - accepted, set(), 'listed, and refused or not there')

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

    def test_refuses_a_key_that_is_not_known_wherever_one_is(self):
        whole = definition_text.read(ROOT / 'tests/data/definitions/good/every_key.yaml')
        places = [(), ('defaults',), ('defaults', 'retry'), ('input',), ('labels', 'id'), ('steps', 0), ('steps', 0, 'action'),
                  ('steps', 0, 'action', 'retry'), ('steps', 0, 'action', 'answer'), ('steps', 0, 'compensation'),
                  ('input', 'properties', 'id')]
        for place in places:
            with self.subTest(place=place):
                changed = json.loads(json.dumps(whole))
                inside = changed
                for part in place:
                    inside = inside[part]
                inside['nonsense'] = 1
                self.assertTrue(self.validator.is_valid(whole))
                self.assertFalse(self.validator.is_valid(changed))

    def test_is_named_by_the_definitions_that_people_copy(self):
        for path in definitions(*SHOWN):
            with self.subTest(path=path.name):
                first = path.read_text().splitlines()[0]
                self.assertTrue(first.startswith('# yaml-language-server: $schema='), first)
                self.assertTrue((path.parent / first.split('=')[1]).samefile(ROOT / 'sagas/schema/saga.schema.json'))


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
