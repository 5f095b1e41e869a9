"""completion_test.py BIN: the completion scripts, in the shells that they are for."""
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest

BIN = pathlib.Path(sys.argv[1]).resolve()


class Names(http.server.BaseHTTPRequestHandler):
    """A server with two definitions."""

    def do_GET(self):
        body = json.dumps({'definitions': [{'name': 'sale'}, {'name': 'order'}]}).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Completion(unittest.TestCase):
    def setUp(self):
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Names)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.environment = dict(os.environ, PATH=f'{BIN}:{os.environ["PATH"]}',
                                SAGACTL_SERVER=f'http://127.0.0.1:{server.server_port}')

    def run_in(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=self.environment)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout.split()

    def in_bash(self, *words):
        script = 'eval "$(sagactl completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sagactl; ' \
                 'complete -p sagactl >/dev/null && printf "%s\\n" "${COMPREPLY[@]}"'
        return self.run_in('bash', '--norc', '-c', script, 'bash', 'sagactl', *words)

    def test_bash_completes_commands_options_states_and_definitions(self):
        self.assertEqual(self.in_bash('definitions', 'v'), ['validate'])
        self.assertEqual(self.in_bash('start', 'sale', '--key-'), ['--key-member'])
        self.assertEqual(sorted(self.in_bash('list', '--state', 'comp')), ['compensated', 'compensating', 'completed'])
        self.assertEqual(self.in_bash('start', ''), ['sale', 'order'])
        self.assertEqual(self.in_bash('definitions', 'try', 'sagas/'), [])

    def test_zsh_and_fish_take_their_scripts(self):
        for shell in ('zsh', 'fish'):
            self.run_in(shell, '-c', f'sagactl completion {shell} | {shell} -n')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
