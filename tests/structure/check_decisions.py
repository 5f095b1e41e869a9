"""A decision's title begins with its number, which is its file's, and the list of decisions has it under that title."""
import pathlib
import re

import source_tree

FOLDER = pathlib.PurePath('docs/decisions')
FILE = re.compile(r'(\d{4})-[a-z0-9-]+\.md')
TITLE = re.compile(r'# (\d{4}) (\S.*)')
LISTED = re.compile(r'^- \[(\d{4})\]\(([^)]+)\): (.+)$', re.MULTILINE)


def check(root):
    folder = pathlib.Path(root) / FOLDER
    listed = {}
    faults = []
    for number, file, title in LISTED.findall(source_tree.text_of(folder / 'README.md')):
        if file in listed:
            faults.append(f'{FOLDER}/README.md: {file} is listed twice')
        listed[file] = (number, title)
    numbers = {}
    for path in sorted(folder.glob('*.md')):
        if path.name != 'README.md':
            faults += check_decision(path, listed.pop(path.name, None), numbers)
    return faults + [f'{FOLDER}/README.md: {file} is listed and is not there' for file in listed]


def check_decision(path, listed, numbers):
    where = FOLDER / path.name
    name = FILE.fullmatch(path.name)
    if not name:
        return [f'{where}: a decision\'s file is named NNNN-what-it-says.md']
    number = name[1]
    other = numbers.setdefault(number, path.name)
    if other != path.name:
        return [f'{where}: has the number of {other}']
    title = TITLE.fullmatch(source_tree.text_of(path).split('\n', 1)[0])
    if not title or title[1] != number:
        return [f'{where}: its first line is not `# {number} Title`']
    if listed != (number, title[2]):
        return [f'{where}: is not in the list of README.md, which says `- [{number}]({path.name}): {title[2]}`']
    return []
