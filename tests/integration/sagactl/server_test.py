"""What needs a server, against the real one. SAGACTL and SAGAD name the programs."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'api'))

import shop  # noqa: E402
import stub_participant  # noqa: E402

SAGACTL = pathlib.Path(os.environ['SAGACTL']).resolve()


class Server(shop.shop_case):
    may_leave_sagas = True

    def run_it(self, *arguments, given=None):
        return subprocess.run([SAGACTL, *arguments], input=given, capture_output=True, text=True, check=False, timeout=60,
                              env={'SAGACTL_SERVER': f'http://127.0.0.1:{self.sagad.port}'})

    def test_a_stuck_saga_is_explained_from_its_records(self):
        saga = self.stuck()
        done = self.run_it('explain', saga)
        said = done.stdout.splitlines()[0]
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('hold and pay are done.', said)
        self.assertIn('The point of no return is passed', said)
        self.assertIn('It is stuck at send for ', said)
        self.assertIn('It was tried 2 times (2 x the participant failed).', said)
        self.assertIn(f'sagactl retry {saga} --step send', done.stdout)
        self.shop.does('/send', stub_participant.done())
        self.assertEqual(self.run_it('retry', saga, '--step', 'send').returncode, 0)
        self.until(saga, 'completed')
        self.assertIn('It ended completed', self.run_it('explain', saga).stdout)

    def test_records_that_are_large_are_shown_to_the_last(self):
        for path in ('/hold', '/pay', '/send'):
            self.shop.does(path, stub_participant.done(json.dumps('x' * 600_000)))
        saga = self.start(query='?wait=30s').body['id']
        told = json.loads(self.run_it('records', saga, '--json').stdout)
        self.assertEqual([one['seq'] for one in told], list(range(1, self.saga(saga)['seq'] + 1)))

    def test_each_misfit_of_an_input_is_told_once(self):
        for given, misfits in (('{"item": "a"}', ['is missing']), ('[]', ['must be an object']),
                               ('{"quantity": 0}', ['/item: is missing', '/quantity: must be'])):
            done = self.run_it('start', 'order', '--input', given)
            self.assertEqual(done.returncode, 1, done.stderr)
            for misfit in misfits:
                self.assertEqual(done.stderr.count(misfit), 1, done.stderr)
                self.assertEqual(done.stderr.count(misfit.split(': ')[0]), 1, done.stderr)

    def test_many_are_started_once_however_often_they_are_said(self):
        lines = ''.join(json.dumps({'item': f'i{number}', 'quantity': 1}) + '\n' for number in range(40))
        first = self.run_it('start', 'order', '--from', '-', '--concurrency', '4', given=lines[:len(lines) // 2])
        self.assertIn('not JSON', first.stdout)  # it was cut off in the middle of a line
        done = self.run_it('start', 'order', '--from', '-', '--concurrency', '4', given=lines)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = self.run_it('start', 'order', '--from', '-', '--concurrency', '4', '--json', given=lines)
        self.assertEqual(again.returncode, 0, again.stderr)
        told = [json.loads(line) for line in again.stdout.splitlines()]
        self.assertEqual({one['status'] for one in told}, {200})
        self.assertEqual(len({one['saga'] for one in told}), 40)
        self.assertEqual(len(self.listed('?limit=100')), 40)
        wrong = self.run_it('start', 'order', '--from', '-', given='{"item": 5}\n')
        self.assertEqual(wrong.returncode, 1)
        self.assertIn('-:1: refused (422)', wrong.stderr)

    def test_lines_that_end_in_an_error_are_not_all_there_are(self):
        unreadable = os.open('/', os.O_RDONLY)
        self.addCleanup(os.close, unreadable)
        done = subprocess.run([SAGACTL, 'start', 'order', '--from', '-'], stdin=unreadable, capture_output=True, text=True, check=False, timeout=60,
                              env={'SAGACTL_SERVER': f'http://127.0.0.1:{self.sagad.port}'})
        self.assertEqual(done.returncode, 2)
        self.assertIn('standard input cannot be read behind line 0', done.stderr)

    def test_a_definition_is_compared_with_what_the_server_has(self):
        self.assertEqual(self.run_it('definitions', 'diff', '-', given=shop.ORDER).returncode, 0)
        changed = self.run_it('definitions', 'diff', '-', given=shop.ORDER.replace('post: /pay, timeout: 10s', 'post: /pay, timeout: 3s'))
        self.assertEqual(changed.returncode, 1)
        self.assertIn('  step pay\n      action.timeout: 10s → 3s\n', changed.stdout)
