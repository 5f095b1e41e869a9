"""Makes definitions with something wrong, or something rare, in one place each, out of definitions that load."""
import copy

LONG = 'x' * 65

# What is put in place of any value.
VALUES = [None, True, False, 0, 1, -1, 7, 1.5, 1e30, '', ' ', 'text', 'none', 'unbounded', 'true', '7', 'a\n', '\u0007', 'é', LONG, '${',
          '${}', '${ }', '${input}', '${input', '$${input}', '$${', 'a ${saga.id} b', '${saga.id}${saga.id}', '${1 +}', '${nothing}',
          [], [1], ['a'], [[]], [None], {}, {'a': 1}, {'a': None}, {'${saga.id}': 1}, {'a': '${'}, ['${'], {'a': ['${}']}]

DURATIONS = ['0s', '0ms', '1ms', '9ms', '10ms', '999ms', '1000ms', '00001s', '1s', '3600s', '3601s', '60m', '61m', '1h', '2h', '24h', '25h',
             '1d', '2d', '30d', '31d', '720h', '721h', '43200m', '43201m', '2592000s', '2592001s', '2592000000ms', '2592000001ms', '86400s',
             '86401s', '1440m', '1441m', '86400000ms', '86400001ms', '3600000ms', '3600001ms', '89d', '90d', '91d', '2160h', '2161h',
             '129600m', '129601m', '7776000s', '7776001s', '7776000000ms', '7776000001ms', '99999999999999999999s', '5', '5 s', ' 5s', '5s ',
             '-5s', '+5s', '1.5s', '5S', '5sec', '1h30m', 's', '5s\n', '١s']

NAMES = ['a', 'a-', 'a_9', 'A', 'aB', '9a', '-a', '_a', 'a.b', 'a b', 'x' * 64, LONG, 'a\n', 'é']

PATHS = ['/', '/a', '/a/', 'a', '//', '/a//b', '/a//', '/.', '/..', '/a/..', '/a/./b', '/a/.b', '/a/...', '/a?', '/a?b//c', '/a?../', '/?',
         '//?', '/..?', '/a#b', '/a b', '/é', '/a%', '/a%2', '/a%2G', '/a%20', '/a%2e', '/a%2F', '/a%5c', '/a%00', '/a%1f', '/a%7F', '/a%ff',
         '/a$b', '/a$', '/a$$b', '/a$b//c', '/a$/../c', '/a{b}', '/a}', '/a\\b', '/a"b', '/a<b', '/a\n', '/a\t', '/$${a}', '/$$${a}', '/a$${',
         'http://a/b', '${saga.id}', '/${saga.id}', '/${saga.id}/', '/${saga.id}//', '/${saga.id}//b', '/${saga.id}/../b', '/${saga.id}/..',
         '/${saga.id}..', '/..${saga.id}', '/.${saga.id}', '/a/..${saga.id}', '/${saga.id}/b?c//d', '/a?b=${saga.id}//c', '/a?${saga.id}/../',
         '/${saga.id}#b', '/${saga.id} b', '/${saga.id}%2', '/${saga.id}%2f', '/%2${saga.id}', '/${saga.id}$b', '/${saga.id}$${b',
         '/${saga.id', '/${', '/${}', '/${{"a": saga.id}.a}', '/${"}"}', '/${"}//"}/b', '/${"a"}}', '/${saga.id}//${saga.id}',
         '/${saga.id} ${saga.id}', '/${saga.id}#${saga.id}', '/${saga.id}%2${saga.id}', '/${saga.id}%2f${saga.id}', '/${saga.id ? "a" : "b"}/..', '/' + 'a' * 4095, '/' + 'a' * 4096, '/' + 'a' * 4095 + '${saga.id}',
         '/' + 'a' * 4096 + '${saga.id}', '/' + 'a' * 2048 + '${saga.id}' + 'a' * 2048]

HEADERS = ['X-A', 'x', 'a!#$%&\'*+-.^_`|~9', 'a' * 128, 'a' * 129, '', 'a b', 'a:', 'é', 'a\n', '${saga.id}', 'Host', 'hosts', 'HOST', 'Saga-Id',
           'saga-', 'Saga', 'Content-Type', 'contents', 'Proxy-A', 'Authorization', 'Idempotency-Key', 'traceparent', 'Tracestate', 'TE', 'Tea',
           'Connection', 'Keep-Alive', 'Transfer-Encoding', 'Trailer', 'Upgrade', 'Expect', 'Accept-Encoding', 'Accept', 'HTTP2-Settings', 'Cookie']

HEADER_VALUES = ['a', '', 'a\n', '\ta', 'a\x7f', 'é', '${saga.id}\n', '\n${saga.id}', '${saga.id\n}', '${"\\n"}', '$${\n', '}\n', 'a${saga.id}b\x00}',
                 '${saga.id}${saga.id}', 1, 1.5, True, None, [], {}]

COUNTS = [0, 1, 5.0, 5.5, 1e6, 1000000, 1000001, 1e30, -1, '5', 'unbounded', 'Unbounded', None, [], {}]
FACTORS = [0, 0.999, 1, 1.0, 1.5, 1.125, 1.0005, 1e1, 100, 100.001, 101, 1e30, -2, '2']
STATUSES = [399, 400, 404, 404.0, 404.5, 408, 409, 422, 425, 429, 499, 500, 503, 200, 0, -404, 4040, 1e30, '404', None, True]

SIZES = [0, 1, 3.0, 3.5, -1, 1e2, 9223372036854775807, 9223372036854775808, 1e30, '3', True, None]
NUMBERS = [0, -1.5, 1e30, -1e300, '1', True, None, []]
MULTIPLES = [0, 1, 1.0, 1.5, -1, 1e18, 10 ** 18, 10 ** 18 + 1, 1e30, '1']
REFERENCES = ['#/$defs/line', '#/$defs/none', '#/$defs/', '#/$defs/a/b', '#/$defs/a~0b', '#/$defs/a~1b', '#/$defs/a~2b', '#/$defs/a~', '#/$defs/%6Cine',
              '#/$defs/%6', '#/$defs/%GG', '#/$defs/a%2Fb', '#/$defs/a%2fb', '#/$defs/a%7Eb', '#/$defs/a%7E0b', '#/$defs/a%7e%31', '#/$defs', '#',
              '#/definitions/a', 'line', 'http://a/b', '#/$defs/a\n', '']
TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object', 'text', 'String', [], ['string', 'null'], ['string', 'string'],
         ['string', 1], [['string']], None]
SCHEMAS = [True, False, {}, {'type': 'string'}, {'nonsense': 1}, {'$defs': {}}, 'string', 1, None, []]

# By the name of the key under which they stand.
BY_NAME = {
    **{name: DURATIONS for name in ('deadline', 'alert_after', 'timeout', 'elapsed', 'delay', 'delay_max', 'stuck_retry', 'within')},
    **{name: NAMES for name in ('saga', 'step', 'participant')},
    **{name: PATHS for name in ('get', 'post', 'put', 'patch', 'delete')},
    **{name: SIZES for name in ('minItems', 'maxItems', 'minLength', 'maxLength')},
    **{name: NUMBERS for name in ('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum')},
    'key': ['optional', 'required', 'Required', True],
    'kind': ['compensatable', 'pivot', 'retriable', 'Pivot', 'pivott', 1],
    'after': [[], ['a', 'a'], 'a', [''], ['A'], [1], [None], ['x' * 65]],
    'when': ['true', '${true}', '${true} ', ' ${true}', '${true}${true}', '${1}', '${}', '${"}"}', True, None],
    'from': ['${input.id}', 'input.id', '${input.id} ', '${input.id}${input.id}', '${saga.id}', '${[1]}', ''],
    'indexed': [True, False, 'true', 0, None],
    'compensation': ['none', 'None', None, False, {}, {'post': '/a'}, {'get': '/a', 'body': {}}],
    'answer': ['none', 'poll', None, {}, {'within': '1h'}, {'by': 'poll'}, {'within': '1h', 'by': 'pigeon'}, {'within': '1h', 'by': 'poll'},
               {'within': '1h', 'by': 'callback'}, {'within': '0s', 'by': 'poll'}, {'within': '1h', 'by': 'poll', 'x': 1}],
    'by': ['callback', 'poll', 'Poll'],
    'retry': [{'elapsed': 'unbounded'}, {'attempts': 'unbounded'}, {'stuck_retry': 'none'}, {'delay': '1m', 'delay_max': '1s'}, 5, None, {'max': 1}],
    'attempts': COUNTS, 'factor': FACTORS, 'rejects': [[one] for one in STATUSES] + [[404, 404], 404, '404'],
    'headers': [{name: 'a'} for name in HEADERS] + [{'X-A': value} for value in HEADER_VALUES] + [{'X-A': 1, 'x-a': 1}],
    'body': [None, 0, 'a', [None], {'a': {'b': ['${']}}, {'a': {'${x}': 1}}, {'$${x}': 1}, '${saga.id', 'a } ${saga.id', '$${', '$$${', '${"}"}'],
    'output': [None, 0, 'a', [None], {'a': {'b': ['${']}}, {'a': {'${x}': 1}}, '${saga.id', '${}'],
    'labels': [{'A': {'from': '${input.id}'}}, {'a': '${input.id}'}, {'a': {}}, {'a': {'indexed': True}}, {'a\n': {'from': '${input.id}'}},
               {f'l{at}': {'from': '${input.id}'} for at in range(8)}, {f'l{at}': {'from': '${input.id}'} for at in range(9)}],
    'steps': [[], {}, None, [{}], 'none'],
    'defaults': [{}, {'timeout': '2s'}, {'retry': {'elapsed': 'unbounded'}}, {'retry': 5}, {'deadline': '2s'}, []],
    'type': TYPES, 'items': SCHEMAS, 'additionalProperties': SCHEMAS, 'multipleOf': MULTIPLES, '$ref': REFERENCES,
    'uniqueItems': [True, False, 'true', 0], 'format': ['uuid', 'email', 'date-time', 'UUID', 'date', 1],
    'pattern': ['', '^a$', '(', '(?=a)', 'a' * 4096, 'a' * 4097, 1, None],
    'required': [[], ['a'], ['a', 'a'], [1], [None], True, 'a', ['']], 'enum': [[], [1], [1, 1], [None], {}, 'a'],
    'properties': [{}, {'': True}, {'a': 1}, {'a': {'$defs': {}}}, [], True], '$defs': [{}, {'a': True}, {'a': 1}, [], {'line': True, 'a b': {}}],
    'input': SCHEMAS,
    'const': [None, 1], 'default': [None, 1], 'examples': [None, 1],
    **{name: ['', 'a', 1, None, []] for name in ('title', 'description', '$comment', '$schema')},
}

# What is added to a mapping that has none of these: every key there is, somewhere it belongs or does not.
KEYS = {**{name: values[0] for name, values in BY_NAME.items()}, 'compensation': 'none', 'key': 'required', 'retry': {'attempts': 3}, 'attempts': 3,
        'factor': 2, 'rejects': [404], 'labels': {}, 'headers': {'X-A': 'a'}, 'type': 'string', 'required': ['a'], 'when': '${true}', 'enum': [1],
        'steps': [], 'post': '/a', 'get': '/a', 'put': '/a', 'timeout': '2s', 'elapsed': 'unbounded', 'nonsense': 1, 'Saga': 'a', '': 1}


def places(value, way=()):
    """The way to each value, from the outermost."""
    yield way
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield from places(each, way + (name,))


def changed(whole, way, change):
    """A copy, with `change(mapping or list, name)` done at the end of the way. What lies elsewhere is shared."""
    made = copy.copy(whole)
    inside = made
    for part in way[:-1]:
        inside[part] = copy.copy(inside[part])
        inside = inside[part]
    change(inside, way[-1])
    return made


def at(whole, way):
    for part in way:
        whole = whole[part]
    return whole


def key_of(way):
    """The name of the innermost key on the way; of what stands in a list, the list's."""
    return next((part for part in reversed(way) if isinstance(part, str)), None)


def put(value):
    def change(inside, name):
        inside[name] = value
    return change


def drop(inside, name):
    del inside[name]


def twice(inside, name):
    inside.insert(name, inside[name])


def rename(to):
    def change(inside, name):
        inside[to] = inside.pop(name)
    return change


# Below these names are chosen, and one is like the other.
NAMED_FREELY = ('properties', '$defs', 'labels', 'headers', 'body', 'output', 'const', 'default', 'enum', 'examples')


def place_of(way):
    """The same for all places of which a schema says the same."""
    return tuple('*' if isinstance(part, int) or before in NAMED_FREELY else part for before, part in zip((None, *way), way))


def all_mutants(whole):
    """Each (way, what is done, value that it is done with, definition)."""
    for way in places(whole):
        here = at(whole, way)
        if isinstance(here, dict):
            for name, value in KEYS.items():
                if name not in here:
                    yield (*way, name), 'added', value, put(value)
        if not way:
            continue
        yield way, 'dropped', None, drop
        if isinstance(at(whole, way[:-1]), list):
            yield way, 'twice', None, twice
        else:
            for to in (way[-1] + 'x', way[-1].upper(), way[-1][:-1]):
                if to not in at(whole, way[:-1]):
                    yield way, 'renamed', to, rename(to)
        for value in VALUES + BY_NAME.get(key_of(way), []):
            yield way, 'is', value, put(value)


def mutants(wholes):
    """Each (name, definition), none of them twice, nor at two places of one kind. The name says what was done."""
    seen = set()
    for name, whole in wholes:
        for way, what, value, change in all_mutants(whole):
            done = (place_of(way), what, repr(value))
            if done not in seen:
                seen.add(done)
                yield f'{name}: {".".join(map(str, way))} {what} {value!r:.80}', changed(whole, way, change)
