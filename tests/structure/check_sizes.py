"""Files, functions and headers stay small. A function is measured by its braces: good enough, and it never guesses low."""
import pathlib
import re
import statistics

import source_tree

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
# A contract that other programs read is one file, however much it describes.
CONTRACTS = {pathlib.PurePath('orchestrator/api/openapi.yaml')}
HEADER_MEDIAN_LINES_MAX = 120

SCOPE = re.compile(r'\b(namespace|class|struct|union|enum|extern|concept)\b')


def check(root):
    root = pathlib.Path(root)
    faults = []
    header_lines = []
    for path in source_tree.files(root, source_tree.SOURCE_ENDINGS):
        inside = path.relative_to(root)
        text = source_tree.text_of(path)
        lines = len(text.splitlines())
        if lines > FILE_LINES_MAX and inside not in CONTRACTS:
            faults.append(f'{inside}: {lines} lines; at most {FILE_LINES_MAX}')
        if path.suffix == '.hpp':
            header_lines.append(lines)
        if path.suffix in source_tree.CPP_ENDINGS:
            faults += [f'{inside}:{line}: a function of {length} lines; at most {FUNCTION_LINES_MAX}'
                       for line, length in functions(text) if length > FUNCTION_LINES_MAX]
    if header_lines and statistics.median(header_lines) >= HEADER_MEDIAN_LINES_MAX:
        faults.append(f'the median header has {statistics.median(header_lines)} lines; under {HEADER_MEDIAN_LINES_MAX}')
    return faults


def functions(text):
    """(line of the opening brace, lines from brace to brace) of each outermost block that is neither a scope nor an
    initializer."""
    code = re.sub(r'^[ \t]*#(?:[^\n\\]|\\.|\\\n)*', lambda match: '\n' * match.group().count('\n'),
                  source_tree.code_of(text), flags=re.MULTILINE)
    found = []
    open_scopes = 0
    head_start = 0
    at = 0
    while at < len(code):
        letter = code[at]
        if letter == '{':
            if is_scope(code[head_start:at]):
                open_scopes += 1
            else:
                end = end_of_block(code, at)
                if not code[head_start:at].rstrip().endswith('='):
                    found.append((code.count('\n', 0, at) + 1, code.count('\n', at, end) + 1))
                at = end
            head_start = at + 1
        elif letter in ';}':
            open_scopes -= letter == '}'
            head_start = at + 1
        at += 1
    if open_scopes != 0:
        raise ValueError('braces do not balance')
    return found


def is_scope(head):
    """Whether what stands before a brace opens a namespace or a type. `template <class T>` is no type."""
    without_templates = re.sub(r'<[^<>]*>', '', re.sub(r'<[^<>]*>', '', head))
    return bool(SCOPE.search(without_templates)) and '(' not in without_templates.split(':')[0]


def end_of_block(code, at):
    depth = 0
    for end in range(at, len(code)):
        depth += {'{': 1, '}': -1}.get(code[end], 0)
        if depth == 0:
            return end
    raise ValueError('braces do not balance')
