"""bench_batches_test.py ROOT: how bench/batches judges what it has measured, and how it ends when sagad does not answer any more, with a fake sagad."""
import contextlib
import io
import pathlib
import runpy
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path('.')

# Answers when its metrics are asked for; what it does with a batch is put in.
SAGAD = '''#!{python}
import http.server, pathlib, re, sys, time
starts = [0]

class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        starts[0] += 1
        self.answer(b"sagad_sagas_started_total %d\\n" % starts[0])

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        {batch}

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

print("sagad: said before it stalled", flush=True)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
settings = pathlib.Path(sys.argv[2]).read_text()
pathlib.Path(re.search("port_file: (.*)", settings)[1]).write_text(str(server.server_port))
server.serve_forever()
'''

LOADED = '{"per_second": 1.0, "p50_ms": 1.0, "p99_ms": 1.0, "max_ms": 1.0}'


class BenchBatches(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = pathlib.Path(folder.name) / 'bin'
        self.bin.mkdir()

    def program(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def run_bench(self, batch, load=f"echo '{LOADED}'"):
        self.program('sagad', SAGAD.format(python=sys.executable, batch=batch))
        self.program('bench_load', f'#!/bin/sh\n{load}\n')
        return subprocess.run([ROOT / 'bench/batches', '--bin', self.bin, '--starts', '10000', '--seconds', '0.1',
                               '--patience', '2'], capture_output=True, text=True, check=False, timeout=50)

    def expect_stalled(self, done, says):
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn('bench/batches: sagad stalled: ' + says, done.stderr)
        self.assertIn('said before it stalled', done.stderr)
        self.assertNotIn('Traceback', done.stderr)
        self.assertEqual([path.name for path in self.bin.parent.iterdir()], ['bin'])

    def test_each_of_its_targets_is_judged(self):
        judge = runpy.run_path(str(ROOT / 'bench/batches'))['judge']
        for of, met in (((100_000, 50, '400'), True), ((99_999, 50, '400'), False), ((100_000, 50.1, '400'), False),
                        ((100_000, 50, 'a reset: it is gone'), False)):
            with contextlib.redirect_stdout(io.StringIO()) as said:
                self.assertEqual(judge(*of), met, of)
            self.assertEqual(said.getvalue().count('MISSED'), 0 if met else 1)

    def test_a_batch_without_an_answer_ends_the_run(self):
        self.expect_stalled(self.run_bench('time.sleep(1000)'), 'batch 0 ')

    def test_a_batch_whose_answer_drips_ends_the_run(self):
        drips = 'self.send_response(200); self.end_headers(); [(self.wfile.write(b" "), time.sleep(0.05)) for _ in range(9999)]'
        self.expect_stalled(self.run_bench(drips, load=f"sleep 0.2; echo '{LOADED}'"), 'batch 0 of 1 has no answer after')

    def test_single_starts_that_do_not_end_end_the_run(self):
        self.expect_stalled(self.run_bench('pass', load='exec sleep 1000'), 'the single starts did not end within 2.1 s')

    def test_a_batch_that_starts_too_few_ends_the_run(self):
        done = self.run_bench("self.answer(b'{\"started\": 7}')")
        self.expect_stalled(done, 'batch 0 was not answered: started were 7 of 10000')


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    sys.path.insert(0, str(ROOT / 'bench'))
    unittest.main()
