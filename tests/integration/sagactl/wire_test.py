"""wire_test.py BIN: what sagactl sends over a real connection, and what it makes of servers that behave badly."""
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import threading
import unittest

SAGACTL = pathlib.Path(sys.argv[1]).resolve() / 'sagactl'
SAGA = {'id': '01KB0000000000000000000000', 'definition': 'sale', 'state': 'completed', 'outcome': 'completed', 'seq': 6,
        'steps': []}


class Stub:
    """A server on a free port that answers everything the same way, and keeps what it was asked."""

    def __init__(self, status=200, body=b'{}', answer=True, location=None, server=http.server.ThreadingHTTPServer,
                 address='127.0.0.1'):
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
                self.send_response(status)
                self.send_header('Content-Length', str(len(body)))
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


class Wire(unittest.TestCase):
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
