"""What people see of the demonstration."""

import subprocess
import sys
import time

BEGAN = time.monotonic()


def act(title):
    print(f"\n[{time.monotonic() - BEGAN:5.1f} s] {title}", flush=True)


def say(text):
    print(f"  {text}", flush=True)


def table(heading, rows):
    """Text stands left, numbers right."""
    cells = [heading] + [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in rows]
    right = [all(isinstance(row[at], int) for row in rows) for at in range(len(heading))]
    widths = [max(len(row[at]) for row in cells) for at in range(len(heading))]
    lines = ["  ".join(cell.rjust(width) if to_right else cell.ljust(width)
                       for cell, width, to_right in zip(row, widths, right)).rstrip() for row in cells]
    lines.insert(1, "-" * max(map(len, lines)))
    print("\n" + "\n".join(f"  {line}" for line in lines), flush=True)


class Progress:
    """Tells how far it is: in place on a terminal, else at each quarter."""

    def __init__(self, of):
        self.of = of
        self.quarter = 0

    def __call__(self, ended):
        if sys.stdout.isatty():
            print(f"\r  {ended:,} of {self.of:,} have ended", end="\n" if ended == self.of else "", flush=True)
        elif 4 * ended // self.of > self.quarter:
            self.quarter = 4 * ended // self.of
            say(f"{ended:,} of {self.of:,} have ended")


class Sagactl:
    """Runs sagactl as a person would, and shows what was typed and what came."""

    def __init__(self, program, server):
        self.program, self.server = program, server

    def __call__(self, *arguments, quiet=False):
        """Exit code and output."""
        done = subprocess.run([self.program, "--server", self.server(), *arguments], capture_output=True, text=True,
                              check=False, timeout=60)
        if not quiet:
            shown = " ".join(f"'{one}'" if " " in one else one for one in arguments)
            print(f"\n  $ sagactl {shown}")
            print("".join(f"    {line}\n" for line in (done.stdout + done.stderr).splitlines()), end="", flush=True)
        return done.returncode, done.stdout
