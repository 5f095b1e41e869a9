"""getting_started_test.py ROOT BIN: what docs/getting-started.md says to type does what it says it does."""
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT, BIN = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
PAGE = (ROOT / 'docs/getting-started.md').read_text()


def free_port():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        return str(taken.getsockname()[1])


class GettingStarted(unittest.TestCase):
    def test_a_saga_of_ones_own_runs_as_the_page_tells(self):
        typed = ''.join(re.findall(r'^```bash\n(.*?)^```', PAGE, re.DOTALL | re.MULTILINE))
        told = [line.strip() for line in PAGE.splitlines() if re.match(r'    (action|compensation) /', line)]
        self.assertEqual(len(told), 5)
        server = f'127.0.0.1:{free_port()}'
        environment = dict(os.environ, PATH=f'{BIN}:{os.environ["PATH"]}', SAGAD_LISTEN=server,
                           SAGACTL_SERVER=f'http://{server}')
        with tempfile.TemporaryDirectory() as folder:
            # `set -m`: the page ends its two programs as jobs of the shell that they are typed into.
            done = subprocess.run(['bash', '-c', 'set -m\n' + typed.replace('9000', free_port())], cwd=folder,
                                  env=environment, capture_output=True, text=True, check=False, timeout=60)
        said = done.stdout.splitlines()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn('state        completed', said)
        self.assertIn('exit code 4: compensated', said)
        self.assertEqual([line for line in said if line in told], told, done.stdout)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
