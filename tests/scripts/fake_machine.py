"""A machine for a script to run on: its commands are small shell scripts that write down how they were called."""
import os
import pathlib
import subprocess
import tempfile


class FakeMachine:
    """A folder of fake commands first in PATH. Use as a context manager."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        (self.root / 'bin').mkdir()
        self.calls_file = self.root / 'calls'
        self.calls_file.touch()
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def command(self, name, body='exit 0'):
        path = self.root / 'bin' / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls_file}"\n{body}\n')
        path.chmod(0o755)

    def calls(self, name):
        return [line for line in self.calls_file.read_text().splitlines() if line.split()[0] == name]

    def run(self, *command):
        environment = dict(os.environ, PATH=f'{self.root / "bin"}:{os.environ["PATH"]}')
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=50)
