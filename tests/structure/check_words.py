"""Nothing is left for later, no test is skipped or switched off, no name is one that the language keeps for its compilers and
libraries, and every folder with sources says what it is."""
import pathlib
import re

import source_tree

# Put together, so that this file passes its own check.
LATER = re.compile(r'\b(' + '|'.join(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK']) + r')\b')
SKIPPED = re.compile(r'\b(GTEST_' + r'SKIP|DIS' + r'ABLED_\w+)')
# A name that begins with an underscore or has two of them in a row, unless it is one of theirs.
MAY_BE_RESERVED = re.compile(r'\b_\w|__')
RESERVED = re.compile(r'\b_\w+|\b\w+?__\w*')
THEIRS = re.compile(r'__(builtin|sanitizer|atomic|cxa|ATOMIC|SANITIZE|VA)_\w+|__(asm|attribute|extension|x86_64)__|__int128|_exit|_Exit|'
                    r'_Find_(first|next)|_TURN_OFF_PLATFORM_STRING')
TEXT_ENDINGS = source_tree.SOURCE_ENDINGS | {'.md', '.txt', '.html', '.js', '.css', '.json', '.yml', ''}
README_FOLDERS = ('orchestrator', 'compensations', 'postgresql', 'participants', 'sagactl', 'bench')


def check(root):
    return check_words(root) + check_names(root) + check_readmes(root)


def check_words(root):
    root = pathlib.Path(root)
    faults = []
    for path in source_tree.files(root, TEXT_ENDINGS):
        for number, line in enumerate(source_tree.text_of(path).splitlines(), 1):
            where = f'{path.relative_to(root)}:{number}'
            if LATER.search(line):
                faults.append(f'{where}: left for later: {line.strip()}')
            if SKIPPED.search(line):
                faults.append(f'{where}: a test that does not run: {line.strip()}')
    return faults


def check_names(root):
    root = pathlib.Path(root)
    faults = []
    for path in source_tree.files(root, source_tree.CPP_ENDINGS):
        text = source_tree.text_of(path)
        if not MAY_BE_RESERVED.search(text):
            continue
        for number, line in enumerate(source_tree.code_of(text).splitlines(), 1):
            for name in RESERVED.findall(line):
                if not THEIRS.fullmatch(name):
                    faults.append(f'{path.relative_to(root)}:{number}: a name that is reserved: {name}')
    return faults


def check_readmes(root):
    root = pathlib.Path(root)
    faults = []
    for folder in sorted({path.parent for path in source_tree.files(root, source_tree.CPP_ENDINGS)}):
        inside = folder.relative_to(root)
        # orchestrator/ itself holds main.cpp alone: docs/architecture.md is its page.
        if not inside.parts or inside.parts[0] not in README_FOLDERS or inside == pathlib.PurePath('orchestrator'):
            continue
        readme = folder / 'README.md'
        if not readme.is_file() or len(source_tree.text_of(readme).split()) < 10:
            faults.append(f'{inside}: no README.md that says what the folder owns')
    return faults
