"""own_service_test.py PROGRAM...: a service of seats behind the barrier does what the barrier's table says, for each way in
which calls come twice, late or in the wrong order, and remembers it when it is killed."""
import collections
import concurrent.futures
import http.client
import json
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = sys.argv[1:]
SECONDS_MAX = 30
ROUNDS = 15
CROWD = 32

Answer = collections.namedtuple('Answer', 'status outcome body')


def await_that(condition, what):
    end = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f'{what} did not happen within {SECONDS_MAX} seconds')
        time.sleep(0.01)


class Service:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sagad-seats-'))
        self.database, self.port_file = self.folder / 'seats.db', self.folder / 'port'
        self.start()

    def start(self):
        self.port_file.unlink(missing_ok=True)
        with open(self.folder / 'log', 'ab') as log:
            self.process = subprocess.Popen([*PROGRAM, '--listen', '127.0.0.1:0', '--database', str(self.database), '--port-file',
                                             str(self.port_file)], stdout=log, stderr=log)
        await_that(lambda: self.process.poll() is not None or self.port_file.exists(), 'listening')
        if self.process.poll() is not None:
            raise AssertionError(f'the service ended:\n{self.log()}')
        self.port = int(self.port_file.read_text())

    def log(self):
        return (self.folder / 'log').read_text()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        self.kill()
        shutil.rmtree(self.folder)

    def ask(self, method, path, body='', headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=SECONDS_MAX)
        try:
            connection.request(method, path, body, headers or {})
            return self.read(connection)
        finally:
            connection.close()

    @staticmethod
    def read(connection):
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers.get('Saga-Outcome'), answer.read().decode())


def saga(number):
    return f'01JF00000000000000000{number:05}'


def headers(number, operation, generation):
    return {'Saga-Id': saga(number), 'Saga-Step': 'seat', 'Saga-Operation': operation, 'Saga-Generation': str(generation),
            'Saga-Attempt': '1', 'Idempotency-Key': f'{saga(number)}/seat/{operation}/{generation}'}


def body(seat, show='hamlet'):
    return json.dumps({'show': show, 'seat': seat})


class OwnService(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.end)

    def take(self, number, seat='B7', generation=1):
        return self.service.ask('POST', '/v1/seats', body(seat), headers(number, 'action', generation))

    def give_back(self, number, generation=1):
        return self.service.ask('POST', '/v1/seats/back', '', headers(number, 'compensation', generation))

    def is_answered(self, answer, status, outcome):
        self.assertEqual((answer.status, answer.outcome), (status, outcome), answer.body + self.service.log())

    def are_taken(self, count, show='hamlet'):
        self.assertEqual(json.loads(self.service.ask('GET', f'/v1/shows/{show}').body), {'taken': count})

    def test_an_action_and_its_compensation_take_effect(self):
        self.is_answered(self.take(1), 200, 'done')
        self.are_taken(1)
        self.is_answered(self.give_back(1), 200, 'done')
        self.are_taken(0)
        self.is_answered(self.take(2), 200, 'done')

    def test_a_duplicate_is_answered_the_same_and_changes_nothing(self):
        first = self.take(1)
        self.assertEqual(self.take(1), first)
        self.are_taken(1)
        undone = self.give_back(1)
        self.assertEqual(self.give_back(1), undone)
        self.take(2)
        self.assertEqual(self.give_back(1), undone)
        self.are_taken(1)

    def test_a_rejection_stays_one_when_it_would_be_possible_now(self):
        self.take(1)
        rejected = self.take(2)
        self.is_answered(rejected, 409, 'rejected')
        self.give_back(1)
        self.assertEqual(self.take(2), rejected)
        self.are_taken(0)

    def test_an_undo_before_its_action_shuts_the_door(self):
        undone = self.give_back(1)
        self.is_answered(undone, 200, 'done')
        self.is_answered(self.take(1), 410, 'refused')
        self.is_answered(self.take(1, generation=2), 410, 'refused')
        self.assertEqual(self.give_back(1), undone)
        self.are_taken(0)

    def test_a_late_action_after_its_undo_is_refused(self):
        self.take(1)
        self.give_back(1)
        self.is_answered(self.take(1), 410, 'refused')
        self.are_taken(0)

    def test_a_rejected_action_that_is_undone_stays_undone(self):
        self.take(1)
        self.is_answered(self.take(2), 409, 'rejected')
        self.is_answered(self.give_back(2), 200, 'done')
        self.are_taken(1)
        self.is_answered(self.take(2), 410, 'refused')

    def test_the_same_generation_with_another_request_differs(self):
        self.take(1)
        self.is_answered(self.take(1, 'C1'), 412, 'differs')
        self.is_answered(self.take(2), 409, 'rejected')
        self.is_answered(self.take(2, 'C1'), 412, 'differs')
        self.are_taken(1)

    def test_a_higher_generation_runs_where_the_lower_one_was_rejected_alone(self):
        self.take(1)
        self.is_answered(self.take(1, 'C1', generation=2), 412, 'differs')
        self.is_answered(self.take(2), 409, 'rejected')
        self.is_answered(self.take(2, 'C1', generation=2), 200, 'done')
        self.are_taken(2)
        self.is_answered(self.give_back(2), 200, 'done')
        self.are_taken(1)

    def test_a_lower_generation_is_refused(self):
        self.take(1)
        self.is_answered(self.take(2), 409, 'rejected')
        self.is_answered(self.take(2, generation=2), 409, 'rejected')
        self.is_answered(self.take(2), 410, 'refused')
        self.is_answered(self.take(3, 'C1', generation=2), 200, 'done')
        self.is_answered(self.take(3, 'C1'), 410, 'refused')

    def test_a_compensation_undoes_whatever_its_generation(self):
        self.take(1, generation=2)
        self.is_answered(self.give_back(1, generation=1), 200, 'done')
        self.are_taken(0)

    def overlapping(self, sent):
        """The requests on a connection each, all sent before an answer is read."""
        connections = [http.client.HTTPConnection('127.0.0.1', self.service.port, timeout=SECONDS_MAX) for _ in sent]
        try:
            for connection in connections:
                connection.connect()
            for connection, request in zip(connections, sent):
                connection.request(*request)
            return [Service.read(connection) for connection in connections]
        finally:
            for connection in connections:
                connection.close()

    def until_answered(self, request):
        answer = self.service.ask(*request)
        while answer.status == 425:
            answer = self.service.ask(*request)
        return answer

    def test_overlapping_duplicates_take_effect_once(self):
        for number in range(ROUNDS):
            request = ('POST', '/v1/seats', body(f'A{number}'), headers(number, 'action', 1))
            answers = {self.until_answered(request) if one.status == 425 else one for one in self.overlapping([request] * 4)}
            self.assertEqual(len(answers), 1, answers)
            self.is_answered(answers.pop(), 200, 'done')
        self.are_taken(ROUNDS)

    def test_an_action_and_an_undo_that_overlap_leave_nothing_behind(self):
        for number in range(ROUNDS):
            action = ('POST', '/v1/seats', body('B7'), headers(number, 'action', 1))
            undo = ('POST', '/v1/seats/back', '', headers(number, 'compensation', 1))
            self.overlapping([action, undo])
            self.is_answered(self.until_answered(undo), 200, 'done')
            self.is_answered(self.until_answered(action), 410, 'refused')
            self.are_taken(0)

    def test_of_sagas_that_want_one_seat_in_the_same_moment_one_gets_it(self):
        with concurrent.futures.ThreadPoolExecutor(16) as crowd:
            answers = list(crowd.map(lambda number: self.until_answered(
                ('POST', '/v1/seats', body('B7'), headers(number, 'action', 1))), range(CROWD)))
        self.assertEqual(collections.Counter(one.outcome for one in answers), {'done': 1, 'rejected': CROWD - 1},
                         self.service.log())
        self.are_taken(1)

    def test_what_was_answered_outlives_a_kill(self):
        answers = [self.take(1), self.take(2), self.take(3, 'C1'), self.give_back(3), self.give_back(4)]
        self.service.kill()
        self.service.start()
        self.are_taken(1)
        self.assertEqual([self.take(1), self.take(2), self.give_back(3), self.give_back(4)], answers[:2] + answers[3:])
        self.is_answered(self.take(3, 'C1'), 410, 'refused')
        self.are_taken(1)

    def test_what_is_no_call_of_a_saga_is_400_without_an_outcome(self):
        good = headers(1, 'action', 1)
        for name, value in (('Saga-Id', 'x'), ('Saga-Id', '8' + 'Z' * 25), ('Saga-Step', 'Seat'), ('Saga-Operation', 'undo'),
                            ('Saga-Operation', 'compensation'), ('Saga-Generation', '-1'), ('Saga-Generation', '1000000001'),
                            ('Saga-Generation', '1x')):
            with self.subTest(name=name, value=value):
                wrong = dict(good, **{name: value})
                del wrong['Idempotency-Key']
                self.is_answered(self.service.ask('POST', '/v1/seats', body('B7'), wrong), 400, None)
        for text in ('', '{', '[]', 'null', '{"show": "hamlet"}', '{"show": "hamlet", "seat": 7}',
                     '{"show": "hamlet", "seat": "B7", "price": 3}'):
            with self.subTest(text=text):
                self.is_answered(self.service.ask('POST', '/v1/seats', text, good), 400, None)
        self.is_answered(self.take(1), 200, 'done')

    def test_what_there_is_not_is_404_and_a_large_body_is_413(self):
        self.is_answered(self.service.ask('POST', '/v1/stairs', '{}', headers(1, 'action', 1)), 404, None)
        with socket.create_connection(('127.0.0.1', self.service.port), timeout=SECONDS_MAX) as peer:
            peer.sendall(b'POST /v1/seats HTTP/1.1\r\nHost: seats\r\nContent-Length: 99999999\r\n\r\n')
            await_that(lambda: peer.sendall(b' ' * 1000) or select.select([peer], [], [], 0.01)[0], 'an answer')
            self.assertEqual(peer.recv(12), b'HTTP/1.1 413')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
