"""A page as a stranger follows it: everything in its ```bash blocks is typed into one shell, from the top of a copy of the
tree or in an empty folder, and what a block prints is held against the ```text or ```json block right behind it.

A block under `<!-- instead -->` may be typed in place of the block before it, and is so by `follow(page, choice=1)`.

What differs from run to run is alike for the comparison: ids of sagas, made keys, times, ages, the width of columns. In the
told text a line `...` stands for any lines, and `...` in a line for any part of it. What the shell says of its jobs is left
out. The ports that pages name are replaced by free ones. At its end a page has brought its reader back to where it began.
"""
import difflib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import json_answers

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / 'scripts'))
from processes import free_ports  # noqa: E402

TYPED_SECONDS_MAX = 100
BLOCK = re.compile(r'(?P<instead>^<!-- instead -->\n)?^```bash\n(?P<typed>.*?)^```$(?:\n\n```(?P<kind>text|json)\n(?P<told>.*?)^```$)?', re.DOTALL | re.MULTILINE)
JOB_NOTICE = re.compile(r'^(\[\d+\][-+ ]|bash: line \d+: +\d+ Killed |\(wd now: )')
PORTS = ('7070', '8101', '8102', '8103', '8104', '9000')
# What pages use of the tree.
COPIED = ('README.md', 'docs', 'examples', 'quickstart', 'sagas', 'scripts', 'participants')
# What somebody who has followed a page in the tree itself has left there, as .gitignore names it.
LEFT_BEHIND = ('sagad-data*', 'monday*', '*.db', '*.db.*', '*.log', '*.port')
# Commands that have been done: what pages install and build is there.
DONE = {'cmake': 'exit 0', 'dpkg-query': 'echo installed'}
LIKE = ((re.compile(r'\b01[0-9A-HJKMNP-TV-Z]{24}\b'), 'SAGA'),
        (re.compile(r'\bsagactl-[0-9a-z]{26}\b'), 'KEY'),
        (re.compile(r'\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z'), 'TIME'),
        (re.compile(r'\b\d+(ms|s|m)\b'), 'AGE'),
        (re.compile(r'[ \t]+'), ' '))


class stranger:
    """A copy of the tree with the programs where a build leaves them. What was typed ends with it."""

    def __init__(self, root, binaries):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sagad-page-'))
        self.ports = dict(zip(PORTS, map(str, free_ports(len(PORTS)))))
        for name in COPIED:
            source = pathlib.Path(root) / name
            if source.is_file():
                shutil.copy(source, self.folder / name)
            else:
                shutil.copytree(source, self.folder / name, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        (self.folder / 'build/release').mkdir(parents=True)
        (self.folder / 'build/release/bin').symlink_to(pathlib.Path(binaries).resolve())
        (self.folder / 'done').mkdir()
        for name, body in DONE.items():
            (self.folder / 'done' / name).write_text(f'#!/bin/sh\n{body}\n')
            (self.folder / 'done' / name).chmod(0o755)
        for path in self.folder.glob('examples/**/*'):
            if path.suffix in ('.py', '.mjs', '.yaml'):
                path.write_text(self.with_free_ports(path.read_text()))

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def with_free_ports(self, text):
        return re.sub(rf'\b({"|".join(self.ports)})\b', lambda found: self.ports[found[0]], text)

    def as_on_the_page(self, text):
        for written, free in self.ports.items():
            text = re.sub(rf'\b{free}\b', written, text)
        return text

    def follow(self, page, choice=0, begins_in='.'):
        """Types the page: the differences between what is printed and what is told, as text, empty when there are none."""
        begins_in = self.folder / begins_in
        begins_in.mkdir(exist_ok=True)
        blocks = chosen_blocks((self.folder / page).read_text(), choice)
        script = ['set -em']
        for number, block in enumerate(blocks):
            script += [f"printf '\\n<block {number}>\\n'", self.with_free_ports(block['typed'])]
        script.append("printf '\\n<block end>'; pwd")
        code, printed = self.type('\n'.join(script), begins_in)
        ends_in = printed.rpartition('<block end>')[2].strip()
        pieces = dict(re.findall(r'^<block (\d+)>\n(.*?)\n?(?=^<block |\Z)', printed, re.DOTALL | re.MULTILINE))
        wrong = [] if code == 0 and blocks else [f'{page} ended with {code}:\n{printed}']
        if code == 0 and ends_in != str(begins_in):
            wrong.append(f'{page} leaves its reader in {ends_in}, and not where it began')
        for number, block in enumerate(blocks):
            if block['told'] is not None:
                compare = differences if block['kind'] == 'text' else json_answers.differences
                wrong += compare(block['told'], pieces.get(str(number), ''), f'{page}, block {number}')
        return '\n'.join(wrong)

    def type(self, script, folder):
        """Exit code, and all that was printed: on a terminal, too, both outputs are one."""
        environment = dict(os.environ, PATH=f'{self.folder / "done"}:{self.folder / "build/release/bin"}:{os.environ["PATH"]}', LC_ALL='C.UTF-8',
                           SAGAD_LISTEN=f'127.0.0.1:{self.ports["7070"]}',
                           SAGACTL_SERVER=f'http://127.0.0.1:{self.ports["7070"]}')
        with tempfile.TemporaryFile('w+') as printed:
            shell = subprocess.Popen(['bash', '-c', script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                     stdout=printed, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = shell.wait(TYPED_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                code = f'nothing, within {TYPED_SECONDS_MAX} seconds'
            finally:
                end_session(shell)
            printed.seek(0)
            return code, self.as_on_the_page(printed.read())


def chosen_blocks(text, choice):
    chosen = []
    for block in BLOCK.finditer(text):
        if not block['instead']:
            chosen.append(block)
        elif choice:
            chosen[-1] = block
    return chosen


def end_session(shell):
    """Ends the shell and what it has started and left: each is a process group of its own, in the shell's session."""
    for stat in pathlib.Path('/proc').glob('[0-9]*/stat'):
        try:
            session = stat.read_text().rpartition(')')[2].split()[3]
            if session == str(shell.pid):
                os.kill(int(stat.parent.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass                # it has ended meanwhile
    shell.wait()


def alike(text):
    for pattern, name in LIKE:
        text = pattern.sub(name, text)
    return [line.rstrip() for line in text.splitlines() if not JOB_NOTICE.match(line)]


def pattern_of(told_line):
    if told_line == '...':
        return '(?:.*\n)*'
    return '.*'.join(map(re.escape, told_line.split('...'))) + '\n'


def differences(told, printed, where):
    told_lines, printed_lines = alike(told), alike(printed)
    if re.fullmatch(''.join(map(pattern_of, told_lines)), ''.join(line + '\n' for line in printed_lines)):
        return []
    return [f'{where}: not as told:'] + list(difflib.unified_diff(told_lines, printed_lines, 'told', 'printed', lineterm=''))
