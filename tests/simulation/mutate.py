"""mutate.py SOURCE OUT BEFORE AFTER: writes SOURCE with BEFORE, which must stand in it exactly once, replaced by AFTER.

Where it does not, OUT is SOURCE as it is: the mutant then is none, its test finds nothing and fails, and the build of
everything else goes on."""
import pathlib
import sys


def main(source, out, before, after):
    text = pathlib.Path(source).read_text(encoding='utf-8')
    if text.count(before) == 1:
        text = text.replace(before, after)
    else:
        print(f'{source}: `{before}` stands in it {text.count(before)} times, not once: no mutant', file=sys.stderr)
    pathlib.Path(out).write_text(text, encoding='utf-8')


main(*sys.argv[1:])
