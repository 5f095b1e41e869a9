"""Every header compiles alone: it includes what it uses. As many units at once as there are processors.

Most of such a unit's time goes into what the header includes, and many headers include the same. So that comes precompiled, where
it shows nothing else than the header itself would: a prelude holds only what the header, or a header of ours that it includes,
includes anyway, and before any code. For the same reason one unit may hold several headers, each of which includes all those
before it. What does not compile so is compiled header by header, to tell which it is."""
import concurrent.futures
import itertools
import os
import pathlib
import re
import subprocess
import tempfile

import source_tree

FLAGS = ['-std=c++20', '-O0', '-w', '-Winvalid-pch', '-pthread', '-D_TURN_OFF_PLATFORM_STRING']
PRELUDES_MAX = 12
MAKING = 2  # what it takes to precompile them, beside what it takes to compile them
LOADING = 3  # the same of what a unit with a prelude takes at least
OURS = 0.3  # what one of ours is beside one of the standard library's
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
        included = {header: at_work.included(header) for header in headers}
        made = dict(pool.map(at_work.precompile, enumerate(preludes(included))))
        before = {header: largest_within(made, included[header]) for header in headers}
        rows = chains(included, before)
        jobs = [pool.submit(at_work.compile, row, [made.get(before[header]) for header in row]) for row in rows]
        return sorted(fault for job in jobs for fault in job.result())


class workshop:
    def __init__(self, root, compiler, folder):
        self.root, self.compiler, self.folder = root, compiler, folder
        self.places = [root, root / 'orchestrator']

    def included(self, header):
        """What is included for sure, by the header or by what of ours it includes: names of the library's, paths of ours."""
        found, left = set(), [header]
        while left:
            one = left.pop()
            for kind, name in first_includes(one):
                if kind == '<':
                    found.add(name)
                    continue
                ours = (place / name for place in [one.parent, *self.places])
                for path in itertools.islice((path.resolve() for path in ours if path.is_file()), 1):
                    if path not in found and path != header:
                        found.add(path)
                        left.append(path)
        return frozenset(found)

    def precompile(self, numbered):
        number, names = numbered
        prelude = self.folder / f'prelude_{number}.hpp'
        library = sorted(name for name in names if isinstance(name, str))
        ours = sorted(path for path in names if isinstance(path, pathlib.Path))
        prelude.write_text(''.join([*(f'#include <{name}>\n' for name in library), *(f'#include "{path}"\n' for path in ours)]))
        done = self.run('-x', 'c++-header', str(prelude), '-o', f'{prelude}.gch')
        return names, prelude if done.returncode == 0 else None

    def compile(self, headers, preludes_of_them):
        if self.errors_of(headers, preludes_of_them[0]):
            return [fault for one in zip(headers, preludes_of_them) for fault in self.compile_alone(*one)]
        return []

    def compile_alone(self, header, prelude):
        errors = self.errors_of([header], prelude)
        if not errors:
            return []
        first = next((line for line in errors.splitlines() if 'error' in line), errors[:200])
        return [f'{header.relative_to(self.root)}: does not compile alone: {first}']

    def errors_of(self, headers, prelude):
        insides = [header.relative_to(self.root) for header in headers]
        unit = self.folder / '_'.join(insides[-1].with_suffix('.cpp').parts)
        unit.write_text(''.join(f'#include "{inside}"\n' for inside in insides))
        done = self.run(*(['-include', str(prelude)] if prelude else []), '-fsyntax-only', str(unit))
        return (done.stderr or 'it does not say why') if done.returncode else ''

    def run(self, *arguments):
        places = [f'-I{place}' for place in self.places]
        return subprocess.run([self.compiler, *FLAGS, *places, *arguments], capture_output=True, text=True, check=False)


def first_includes(header):
    """Those that stand before everything else: a later one may be on a condition, or after what needs it."""
    lines = source_tree.text_of(header).splitlines()
    first = itertools.takewhile(lambda line: INCLUDE.match(line) or BETWEEN.match(line), lines)
    return [match.groups() for match in map(INCLUDE.match, first) if match]


def weight(names):
    return sum(OURS if isinstance(name, pathlib.Path) else 10 if HEAVY.match(name) else 1 for name in names)


def preludes(included):
    """Sets of headers that are worth it to be precompiled: each saves the most beside those before it."""
    library = [frozenset(name for name in names if isinstance(name, str)) for names in included.values()]
    kinds = sorted(set(library), key=lambda names: (weight(names), sorted(names)))
    candidates = {one & other for one in kinds for other in kinds} - {frozenset()}
    # One of ours with all that it includes.
    candidates |= {names | {header} for header, names in included.items()}
    weights = {one: weight(one) for one in candidates}
    fits = {one: [number for number, names in enumerate(included.values()) if one <= names] for one in candidates}
    saved, chosen = [0] * len(included), []
    while len(chosen) < PRELUDES_MAX and candidates:
        def gain(one):
            return sum(max(0, weights[one] - saved[number]) for number in fits[one]) - MAKING * weights[one], sorted(map(str, one))
        best = max(candidates, key=gain)
        if gain(best)[0] <= 0:
            break
        candidates.remove(best)
        chosen.append(best)
        for number in fits[best]:
            saved[number] = max(saved[number], weights[best])
    return chosen


def largest_within(made, names):
    fitting = [prelude for prelude, path in made.items() if path and prelude <= names]
    return max(fitting, key=weight, default=frozenset())


def chains(included, before):
    """The headers, in few rows of which each includes those before it: as one unit they cost less, unless its prelude, which is
    the first one's, is much less than the others'."""
    left = sorted(included, key=lambda header: (-len(included[header]), header))
    found = []
    while left:
        chain = [left.pop(0)]
        for header in list(left):
            if header in included[chain[0]] and weight(before[chain[-1]]) - weight(before[header]) <= LOADING:
                chain.insert(0, header)
                left.remove(header)
        found.append(chain)
    return found
