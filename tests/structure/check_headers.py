"""Every header compiles alone: it includes what it uses. One unit a header, as many at once as there are processors.

Most of such a unit's time goes into the library's headers, and many units have the same ones. So these come precompiled where
that shows nothing else than the header itself would: a prelude holds only what the header, or a header of ours that it includes,
includes anyway, and before any code."""
import concurrent.futures
import itertools
import os
import pathlib
import re
import subprocess
import tempfile

import source_tree

FLAGS = ['-std=c++20', '-O0', '-Wall', '-Wextra', '-Wno-unused', '-Winvalid-pch', '-pthread', '-D_TURN_OFF_PLATFORM_STRING']
PRELUDES_MAX = 16
HEAVY = re.compile(r'(boost|gtest|gmock|rapidjson|openssl)/')  # each some ten times what one of the standard library's is
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
BETWEEN = re.compile(r'\s*(//.*|#\s*pragma\s+once\s*)?$')


def check(root, compiler):
    root = pathlib.Path(root).resolve()
    headers = source_tree.files(root, {'.hpp'})
    if not headers:
        return ['no header found: the check looks at nothing']
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        at_work = workshop(root, compiler, pathlib.Path(folder))
        included = {header: at_work.library_headers(header) for header in headers}
        made = dict(pool.map(at_work.precompile, enumerate(preludes(list(included.values())))))
        jobs = [pool.submit(at_work.compile_alone, header, largest_within(made, included[header])) for header in headers]
        return [fault for job in jobs for fault in job.result()]


class workshop:
    def __init__(self, root, compiler, folder):
        self.root, self.compiler, self.folder = root, compiler, folder
        self.places = [root, root / 'orchestrator']

    def library_headers(self, header):
        """What is included for sure, by the header or by what of ours it includes."""
        found, seen, left = set(), set(), [header]
        while left:
            one = left.pop()
            if one in seen:
                continue
            seen.add(one)
            for kind, name in first_includes(one):
                if kind == '<':
                    found.add(name)
                else:
                    ours = (place / name for place in [one.parent, *self.places])
                    left += itertools.islice((path.resolve() for path in ours if path.is_file()), 1)
        return frozenset(found)

    def precompile(self, numbered):
        number, names = numbered
        prelude = self.folder / f'prelude_{number}.hpp'
        prelude.write_text(''.join(f'#include <{name}>\n' for name in sorted(names)))
        done = self.run('-x', 'c++-header', str(prelude), '-o', f'{prelude}.gch')
        return names, prelude if done.returncode == 0 else None

    def compile_alone(self, header, prelude):
        inside = header.relative_to(self.root)
        unit = self.folder / '_'.join(inside.with_suffix('.cpp').parts)
        unit.write_text(f'#include "{inside}"\n')
        before = ['-include', str(prelude)] if prelude else []
        done = self.run(*before, '-fsyntax-only', str(unit))
        if done.returncode == 0:
            return []
        first = next((line for line in done.stderr.splitlines() if 'error' in line), done.stderr[:200])
        return [f'{inside}: does not compile alone: {first}']

    def run(self, *arguments):
        places = [f'-I{place}' for place in self.places]
        return subprocess.run([self.compiler, *FLAGS, *places, *arguments], capture_output=True, text=True, check=False)


def first_includes(header):
    """Those that stand before everything else: a later one may be on a condition, or after what needs it."""
    lines = source_tree.text_of(header).splitlines()
    first = itertools.takewhile(lambda line: INCLUDE.match(line) or BETWEEN.match(line), lines)
    return [match.groups() for match in map(INCLUDE.match, first) if match]


def weight(names):
    return sum(10 if HEAVY.match(name) else 1 for name in names)


def preludes(included):
    """Sets of library headers that are worth it to be precompiled: each saves the most beside those before it."""
    kinds = sorted(set(included), key=lambda names: (weight(names), sorted(names)))
    candidates = {one & other for one in kinds for other in kinds} - {frozenset()}
    weights = {one: weight(one) for one in candidates}
    fits = {one: [number for number, names in enumerate(included) if one <= names] for one in candidates}
    saved, chosen = [0] * len(included), []
    while len(chosen) < PRELUDES_MAX and candidates:
        def gain(one):
            return sum(max(0, weights[one] - saved[number]) for number in fits[one]) - weights[one], sorted(one)
        best = max(candidates, key=gain)
        if gain(best)[0] <= 0:
            break
        candidates.remove(best)
        chosen.append(best)
        for number in fits[best]:
            saved[number] = max(saved[number], weights[best])
    return chosen


def largest_within(made, names):
    fitting = [(weight(prelude), path) for prelude, path in made.items() if path and prelude <= names]
    return max(fitting, key=lambda one: one[0])[1] if fitting else None
