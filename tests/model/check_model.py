"""check_model.py MODEL [-D...] [--fails ASSERTION]: looks at every state of a Promela model.

Without --fails no assertion may fail, and the search must have been whole: nothing is left out, and no depth or memory
was wanting. With it that assertion, and no other, must fail, and the trail that spin keeps must lead to it. Prints how
many states there are.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# Assertions alone, and each state kept as it is: no hashing that takes two states for one. To optimise what is compiled
# takes longer than it saves.
COMPILER = ['cc', '-w', '-DSAFETY', '-DVECTORSZ=512', '-DMEMLIM=3000']
DEPTH_MAX = 1_000_000


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def search(model, defines, folder):
    for command in (['spin', *defines, '-a', str(model)], [*COMPILER, '-o', 'pan', 'pan.c']):
        code, text = run(command, folder)
        if code != 0:
            sys.exit(f'{command[0]} fails:\n{text}')
    _, text = run(['./pan', f'-m{DEPTH_MAX}', '-w20'], folder)
    return text


def fault_of(text, fails, model, defines, folder):
    """What is not as it should be, or nothing."""
    failed = re.search(r'assertion violated (\S+)', text)
    found = failed.group(1).strip('()') if failed else None
    if found != fails:
        return f'the assertion that fails is {found}, and should be {fails}'
    if fails:
        # By the model itself, not by what was generated of it.
        _, played = run(['spin', *defines, '-t', '-k', f'{model.name}.trail', str(model)], folder)
        return None if f'assert({fails})' in played else f'the trail leads elsewhere:\n{played}'
    if re.search(r'max search depth too small|out of memory|aborted|interrupted|error: ', text):
        return 'the search was cut short'
    if not re.search(r'errors: 0\b', text):
        return 'something else is wrong'
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('model', type=pathlib.Path)
    parser.add_argument('-D', dest='defines', action='append', default=[])
    parser.add_argument('--fails')
    given = parser.parse_args()
    defines = [f'-D{name}' for name in given.defines]
    with tempfile.TemporaryDirectory() as folder:
        text = search(given.model.resolve(), defines, folder)
        fault = fault_of(text, given.fails, given.model.resolve(), defines, folder)
    states = re.search(r'(\d[\d.e+]*) states, stored', text)
    if fault or not states:
        sys.exit(f'{text}\n{fault or "no states are told"}')
    seen = f'{int(float(states.group(1)))} states'
    print(f'{seen}, and then {given.fails} fails, as it must' if given.fails else f'{seen}, and no assertion fails')


if __name__ == '__main__':
    main()
