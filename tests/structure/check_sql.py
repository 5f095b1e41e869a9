"""No statement changes a table twice: CockroachDB refuses such, and what others make of it is not seen at a glance."""
import pathlib
import re

import source_tree

FOLDERS = ('orchestrator/journal/postgres',)
RAW = re.compile(r'R"\w*\((.*?)\)\w*"', re.DOTALL)
# Literals that stand side by side are one text.
JOINED = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*')
# `FOR UPDATE` locks, and `DO UPDATE` belongs to its INSERT.
CHANGE = re.compile(r'(?:\bINSERT\s+INTO|(?<!\bFOR )(?<!\bDO )\bUPDATE|\bDELETE\s+FROM)\s+(\w+)')


def statements(text):
    """Each SQL text of C++ source, with where it begins."""
    for match in RAW.finditer(text):
        at = match.start(1)
        for one in match.group(1).split(';'):
            yield at, one
            at += len(one) + 1
    for match in JOINED.finditer(RAW.sub(lambda raw: re.sub(r'[^\n]', ' ', raw.group()), text)):
        yield match.start(), re.sub(r'"\s*"', '', match.group())


def check(root):
    root = pathlib.Path(root)
    faults = []
    for folder in FOLDERS:
        for path in source_tree.files(root / folder, source_tree.CPP_ENDINGS):
            text = source_tree.text_of(path)
            for at, one in statements(text):
                tables = CHANGE.findall(one)
                line = text.count('\n', 0, at) + 1
                faults += [f'{path.relative_to(root)}:{line}: a statement changes {table} twice'
                           for table in sorted(set(tables)) if tables.count(table) > 1]
    return faults
