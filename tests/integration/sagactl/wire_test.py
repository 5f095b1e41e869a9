"""wire_test.py BIN: what sagactl sends over a real connection, and what it makes of servers that behave badly."""
import http.server
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

SAGACTL = pathlib.Path(sys.argv[1]).resolve() / 'sagactl'
SAGA = {'id': '01KB0000000000000000000000', 'definition': 'sale', 'state': 'completed', 'outcome': 'completed', 'seq': 6,
        'steps': []}


class Stub:
    """A server on a free port that answers everything the same way, and keeps what it was asked."""

    def __init__(self, status=200, body=b'{}', answer=True, location=None, server=http.server.ThreadingHTTPServer,
                 address='127.0.0.1', length=None, before_answering=lambda: None):
        self.asked = []
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def serve(self):
                text = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                stub.asked.append((self.command, self.path, dict(self.headers), text))
                if not answer:
                    self.close_connection = True
                    return
                before_answering()
                self.send_response(status)
                self.send_header('Content-Length', str(len(body) if length is None else length))
                if location is not None:
                    self.send_header('Location', location)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = serve

            def log_message(self, *_):
                pass

        self.server = server((address, 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def run(self, *arguments, **environment):
        return run(self.server.server_port, *arguments, **environment)


def run(port, *arguments, **environment):
    return subprocess.run([SAGACTL, *arguments], capture_output=True, text=True, check=False, timeout=60,
                          env={'SAGACTL_SERVER': f'http://127.0.0.1:{port}', **environment})


def has_sixth_version():
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(('::1', 0))
        return True
    except OSError:
        return False


class SixthVersion(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


class Endless(Stub):
    """Answers with a body that goes on until nobody reads it any more; counts what it could send."""

    def __init__(self, status=200):
        super().__init__()
        self.sent = 0
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def serve(self):
                self.rfile.read(int(self.headers.get('Content-Length', 0)))
                self.send_response(status)
                self.send_header('Transfer-Encoding', 'chunked')
                self.end_headers()
                block = b'100000\r\n' + b' ' * 0x100000 + b'\r\n'
                try:
                    while True:
                        self.wfile.write(block)
                        stub.sent += 1
                except OSError:
                    self.close_connection = True

            do_GET = do_POST = do_PUT = serve

            def log_message(self, *_):
                pass

        self.server.RequestHandlerClass = Handler


class Wire(unittest.TestCase):
    def test_a_body_without_an_end_is_read_to_a_bound_and_told(self):
        for most, *command in ((32, 'get', SAGA['id']), (32, 'start', 'sale', '--key', 'k'), (256, 'list'),
                               (32, 'health')):
            with self.subTest(command), Endless() as server:
                done = server.run(*command)
                self.assertEqual((done.returncode, done.stdout), (3, ''), done.stderr)
                self.assertIn(f'answered 200, and not as sagad does: more than {most} MiB, read no further\n', done.stderr)
                self.assertIn('next: is that address sagad', done.stderr)
                # What the kernels keep between the two is little.
                self.assertLess(server.sent, most + 64)
        with Endless(502) as server:
            self.assertIn('answered 502, and not as sagad does: more than 32 MiB', server.run('get', SAGA['id']).stderr)

    def test_a_body_that_says_it_is_too_large_is_not_read(self):
        with Stub(body=b'x', length=33 << 20) as server:
            done = server.run('get', SAGA['id'])
        self.assertEqual(done.returncode, 3)
        self.assertIn('more than 32 MiB, read no further', done.stderr)

    def test_many_starts_that_are_interrupted_say_how_to_go_on(self):
        arrived, go_on = threading.Event(), threading.Event()
        with Stub(201, json.dumps(SAGA).encode(), before_answering=lambda: (arrived.set(), go_on.wait(60))) as server, \
                tempfile.NamedTemporaryFile('w', suffix='.ndjson') as lines:
            lines.write('{"a": 1}\n{"a": 2}\n{"a": 3}\n')
            lines.flush()
            command = [SAGACTL, 'start', 'sale', '--from', lines.name, '--concurrency', '1']
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env={'SAGACTL_SERVER': f'http://127.0.0.1:{server.server.server_port}'}) as many:
                self.assertTrue(arrived.wait(60))
                many.send_signal(signal.SIGINT)
                self.assertEqual(many.stderr.readline(), '\n')
                self.assertIn('Ctrl-C again ends at once', many.stderr.readline())
                go_on.set()
                said, complained = many.communicate(timeout=60)
        self.assertEqual(many.returncode, 130, complained)
        self.assertIn('1 start: 1 new', said)
        self.assertIn('sagactl: interrupted: 2 more lines were not sent\n  next: type `sagactl start sale', complained)

    def test_many_starts_are_interrupted_while_their_input_stands_still(self):
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(number), Stub(201, json.dumps(SAGA).encode()) as server, subprocess.Popen(
                    [SAGACTL, '--json', 'start', 'sale', '--from', '-', '--concurrency', '1'], stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    env={'SAGACTL_SERVER': f'http://127.0.0.1:{server.server.server_port}'}) as many:
                many.stdin.write(b'{"a": 1}\n{"half": 1}')
                many.stdin.flush()
                self.assertIn(b'"line":1', many.stdout.readline())
                many.send_signal(number)
                complained = many.stderr.read().decode()
                self.assertEqual(many.wait(60), 130, complained)
                self.assertIn('sagactl: interrupted: what follows line 1 was not sent\n  next: type', complained)
                self.assertEqual([text for *_, text in server.asked if b'half' in text], [])

    @unittest.skipUnless(has_sixth_version(), 'this machine has no ::1')
    def test_a_server_may_be_named_by_an_address_of_the_sixth_version(self):
        with Stub(body=json.dumps(SAGA).encode(), server=SixthVersion, address='::1') as server:
            named = f'[::1]:{server.server.server_port}'
            done = server.run('get', SAGA['id'], SAGACTL_SERVER=f'http://{named}')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.asked[0][2]['Host'], named)

    def test_a_start_arrives_as_json_with_the_token(self):
        with Stub(201, json.dumps(SAGA).encode()) as server:
            done = server.run('start', 'sale', '--key', 'k', '--input', '{"price": 1}', SAGACTL_TOKEN='secret')
        self.assertEqual(done.returncode, 0, done.stderr)
        (method, path, headers, text), = server.asked
        self.assertEqual((method, path), ('POST', '/v1/sagas'))
        self.assertEqual(headers['Authorization'], 'Bearer secret')
        self.assertEqual(headers['Content-Type'], 'application/json')
        self.assertEqual(json.loads(text), {'definition': 'sale', 'key': 'k', 'input': {'price': 1}})

    def test_what_is_encoded_arrives_encoded_once(self):
        with Stub() as server:
            server.run('list', '--definition', 'a&b=c d/é')
            server.run('get', '../x')
            server.run('definitions', 'get', 'sale@2')
        self.assertEqual([path for _, path, _, _ in server.asked], [
            '/v1/sagas?limit=50&definition=a%26b%3Dc%20d%2F%C3%A9', '/v1/sagas?limit=2&key=..%2Fx', '/v1/definitions/sale%402'])

    def test_a_definition_arrives_as_it_was_written(self):
        text = ('saga: sale  # é\r\nsteps: [{step: a, participant: p, action: {post: /a}, '
                'compensation: none}]\n')
        with Stub(200, b'{"name":"sale","version":1,"new_version":true}') as server:
            done = subprocess.run([SAGACTL, 'definitions', 'apply', '-'], input=text.encode(), capture_output=True,
                                  check=False, timeout=60,
                                  env={'SAGACTL_SERVER': f'http://127.0.0.1:{server.server.server_port}'})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.asked[0][0], 'PUT')
        self.assertEqual(server.asked[0][2]['Content-Type'], 'application/yaml')
        self.assertEqual(server.asked[0][3], text.encode())

    def test_a_server_that_hangs_up_is_no_answer(self):
        with Stub(answer=False) as server:
            done = server.run('start', 'sale', '--key', 'mine')
        self.assertEqual(done.returncode, 3)
        self.assertIn('--key mine', done.stderr)
        # Whoever sends it again, the HTTP library too, sends the same key.
        self.assertEqual({json.loads(text)['key'] for _, _, _, text in server.asked}, {'mine'})

    def test_a_token_is_not_carried_to_where_a_server_redirects(self):
        with Stub(200, json.dumps(SAGA).encode()) as other:
            elsewhere = f'http://127.0.0.1:{other.server.server_port}/'
            for status in (301, 302, 307):
                with self.subTest(status), Stub(status, location=elsewhere) as server:
                    done = server.run('start', 'sale', '--key', 'mine', SAGACTL_TOKEN='secret')
                    self.assertEqual((done.returncode, len(server.asked)), (3, 1), done.stderr)
            self.assertEqual(other.asked, [])

    def test_a_port_where_nobody_listens_is_no_answer(self):
        with Stub() as server:
            port = server.server.server_port
        done = run(port, 'health')
        self.assertEqual(done.returncode, 3)
        self.assertIn(f'http://127.0.0.1:{port}', done.stderr)

    def test_a_refusal_is_told(self):
        body = {'type': 'urn:sagad:problem:forbidden', 'title': 'forbidden', 'status': 403, 'detail': 'needs operator'}
        with Stub(403, json.dumps(body).encode()) as server:
            done = server.run('list')
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertIn('needs operator', done.stderr)

    def test_output_that_nobody_takes_is_a_failure(self):
        with Stub(201, json.dumps(SAGA).encode()) as server, open('/dev/full', 'w') as full:
            done = subprocess.run([SAGACTL, 'start', 'sale', '--key', 'k'], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60,
                                  env={'SAGACTL_SERVER': f'http://127.0.0.1:{server.server.server_port}'})
        self.assertEqual(done.returncode, 3)
        self.assertIn(b'standard output cannot be written', done.stderr)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
