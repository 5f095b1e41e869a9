"""what_failed.py STAGE LOG: what failed in a stage of ./run-tests, and the heart of each, out of what the stage printed.

Of tests that is what each failed one has printed, by ctest's list of them at the log's end; of anything else the log's own end. Each
is a line `--- STAGE: TEST (REASON)` and at most 40 lines behind it, which are indented."""
import pathlib
import re
import sys

LINES_MAX = 40
END_LINES = 30
COLUMNS_MAX = 300
SHOWN_MAX = 10  # of one stage: of the others only the names are given

LISTED = re.compile(r'\t *\d+ - (\S+) \((.*)\)')
RESULT = re.compile(r' *\d+/\d+ Test +#\d+: (\S+) ')
BEGUN = re.compile(r' *Start +\d+: \S+$')
SUM = re.compile(r'\d+% tests passed, \d+ tests failed out of \d+')
ASSERTION = re.compile(r'.*: Failure$')
GOOGLETEST = re.compile(r'\[( RUN  |   OK |  FAIL|  PASS|-----|=====|  SKIP)')
FAILED_CASE = re.compile(r'\[  FAILED  \] [\w./]+(, where .*)?$')
SANITIZER = re.compile(r'.*(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|: runtime error: )')


def main(stage, log):
    lines = pathlib.Path(log).read_text(encoding='utf-8', errors='replace').splitlines()
    failed = failed_tests(lines)
    if not failed:
        show(stage, end_of(lines))
    printed = printed_by_tests(lines)
    for number, (name, reason) in enumerate(failed):
        show(f'{stage}: {name} ({reason})', heart(printed.get(name, [])) if number < SHOWN_MAX else [])


def show(title, lines):
    print(f'--- {title}')
    for line in lines[:LINES_MAX]:
        print(f'    {line[:COLUMNS_MAX]}'.rstrip())


def failed_tests(lines):
    """(name, reason) of each, in ctest's order."""
    return [match.groups() for match in map(LISTED.fullmatch, lines[last_sum(lines):]) if match and not match[2].startswith('Skipped')]


def printed_by_tests(lines):
    """What stands below each test's line of result. ctest prints that of failed tests only."""
    printed, current = {}, []
    for line in lines[:last_sum(lines)]:
        result = RESULT.match(line)
        if result:
            current = printed[result[1]] = []
        elif not BEGUN.fullmatch(line):
            current.append(line)
    return printed


def last_sum(lines):
    """Where ctest's sum stands. The last one: a failed test may have printed such a line, too."""
    return max((at for at, line in enumerate(lines) if SUM.match(line)), default=len(lines))


def heart(lines):
    sanitizer = next((at for at, line in enumerate(lines) if SANITIZER.match(line)), None)
    if sanitizer is not None:
        return lines[sanitizer:sanitizer + END_LINES]
    return googletest_heart(lines) or end_of(lines)


def googletest_heart(lines):
    """The failed assertions, and the names of the cases in which they are: last, and there in any case."""
    names, assertions, inside = {}, [], False
    for line in lines:
        if FAILED_CASE.match(line.split(' (')[0]):
            names[line.split(' (')[0]] = None
        inside = bool(ASSERTION.match(line)) or (inside and not GOOGLETEST.match(line))
        if inside and line.strip():
            assertions.append(line)
    if not assertions:
        return []
    shown_names = list(names)[:END_LINES // 2]
    return assertions[:LINES_MAX - len(shown_names)] + shown_names


def end_of(lines):
    return [line for line in lines if line.strip()][-END_LINES:]


if __name__ == '__main__':
    main(*sys.argv[1:])
