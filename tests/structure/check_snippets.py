"""C++ on a page is code that is compiled: it stands word for word in a source file, which the page names above it. Blocks
in other languages may name their file too.

    <!-- from FILE: NAME -->   what stands in FILE between the lines `// snippet: NAME` and `// snippet: end`, or `# snippet: ...`
    <!-- from FILE -->         the whole file
"""
import pathlib
import re

import source_tree

BLOCK = re.compile(r'^(?P<before>[^\n]*)\n```(?P<language>[\w+]+)\n(?P<code>.*?)^```', re.MULTILINE | re.DOTALL)
CPP = {'cpp', 'c++', 'cc', 'c'}
ORIGIN = re.compile(r'<!-- from (?P<file>[^\s:]+)(?:: (?P<name>[\w-]+))? -->')


def check(root):
    root = pathlib.Path(root)
    faults = []
    for page in source_tree.files(root, {'.md'}):
        text = source_tree.text_of(page)
        for block in BLOCK.finditer(text):
            where = f'{page.relative_to(root)}:{text.count(chr(10), 0, block.start("code"))}'
            fault = fault_of(root, block)
            if fault:
                faults.append(f'{where}: {fault}')
    return faults


def fault_of(root, block):
    origin = ORIGIN.fullmatch(block['before'])
    if not origin:
        is_cpp = block['language'] in CPP
        return 'C++ that comes from no file; write <!-- from FILE: NAME --> above it' if is_cpp else None
    source = root / origin['file']
    if not source.is_file():
        return f'{origin["file"]} is no file'
    expected = snippet(source_tree.text_of(source), origin['name'])
    if expected is None:
        return f'{origin["file"]} has no snippet {origin["name"]}'
    return None if block['code'] == expected else f'differs from {origin["file"]}'


def snippet(text, name):
    if name is None:
        return text
    found = re.search(rf'^ *(//|#) snippet: {re.escape(name)}\n(.*?)^ *\1 snippet: end\n', text, re.MULTILINE | re.DOTALL)
    return found[2] if found else None
