"""Tests are named for behaviour and never sleep: they wait for a condition, with a deadline."""
import pathlib
import re

import source_tree

TEST = re.compile(r'^\s*(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)', re.MULTILINE)
SNAKE_CASE = re.compile(r'^[a-z][a-z0-9]*(_[a-z0-9]+)*$')
# A behaviour takes a verb and what it is about: three words at least.
WORDS_MIN = 3
SLEEP = re.compile(r'\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(')


def check(root):
    root = pathlib.Path(root)
    faults = []
    for path in source_tree.files(root / 'tests', source_tree.CPP_ENDINGS):
        inside = path.relative_to(root)
        code = source_tree.code_of(source_tree.text_of(path))
        for suite, case in TEST.findall(code):
            if not SNAKE_CASE.match(suite) or not SNAKE_CASE.match(case):
                faults.append(f'{inside}: {suite}.{case} is not snake_case')
            elif len(case.split('_')) < WORDS_MIN or case.startswith('test_'):
                faults.append(f'{inside}: {suite}.{case} names no behaviour')
        faults += [f'{inside}:{code.count(chr(10), 0, match.start()) + 1}: a test sleeps ({match.group(1)})'
                   for match in SLEEP.finditer(code)]
    return faults
