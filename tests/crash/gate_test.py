#!/usr/bin/env python3
"""gate_test.py: each fault of gate.py, before a small service. No clock: what a gate delays goes on when the test says so. Standard library only."""

import asyncio
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import gate
from gate import CUT_ANSWER, CUT_REQUEST, DELAY_ANSWER, DELAY_REQUEST, HANG_UP, KINDS, REPLAY, TRUNCATE

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"))
from processes import await_that, call  # noqa: E402

REQUEST = b"POST /holds HTTP/1.1\r\nHost: escrow\r\nContent-Length: 13\r\n\r\n{\"amount\": 5}"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"hold\":\"h-1\"}"


class service:
    """Answers each whole request alike, and keeps what each connection has brought, whole or not."""

    def __init__(self):
        self.connections, self.ended, self.answered = [], 0, 0
        self.at_work = []

    async def open(self, port=0):
        self.listener = await asyncio.start_server(
            lambda *ends: self.at_work.append(asyncio.ensure_future(self.serve(*ends))), "127.0.0.1", port)
        self.port = self.listener.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        number = len(self.connections)
        self.connections.append(b"")
        try:
            while some := await reader.read(65536):
                self.connections[number] += some
                if len(self.connections[number]) % len(REQUEST) == 0:
                    writer.write(ANSWER)
                    self.answered += 1
        except OSError:
            pass
        self.ended += 1
        writer.close()


async def until(condition):
    async def looking():
        while not condition():
            await asyncio.sleep(0.001)
    await asyncio.wait_for(looking(), 30)


class each_fault(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.service = await service().open()
        self.gate = await gate.gate("escrow", self.service.port, 1, {}).open()
        self.go_on = asyncio.Event()
        self.gate.wait = lambda dice: self.go_on.wait()

    async def asyncTearDown(self):
        self.go_on.set()
        await self.gate.close()
        self.service.listener.close()
        await asyncio.gather(*self.service.at_work)
        self.assertEqual(self.gate.failures, [])

    def always(self, kind):
        self.gate.rates = {kind: 1}

    async def sent(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gate.port)
        self.addCleanup(writer.close)
        writer.write(REQUEST)
        return reader, writer

    async def heard(self, reader):
        """All until the connection ends, and how it ended."""
        some = b""
        try:
            while piece := await asyncio.wait_for(reader.read(65536), 30):
                some += piece
        except ConnectionResetError:
            return some, "reset"
        return some, "in order"

    def happened(self, kind):
        self.assertEqual(self.gate.happened, {kind: 1})

    async def test_without_faults_all_is_passed_on(self):
        reader, writer = await self.sent()
        self.assertEqual(await reader.readexactly(len(ANSWER)), ANSWER)
        writer.write(REQUEST)
        self.assertEqual(await reader.readexactly(len(ANSWER)), ANSWER)
        self.assertEqual(self.service.connections, [2 * REQUEST])
        self.assertFalse(self.gate.happened)

    async def test_a_request_is_cut(self):
        self.always(CUT_REQUEST)
        reader, _ = await self.sent()
        self.assertEqual(await self.heard(reader), (b"", "reset"))
        await until(lambda: self.service.ended == 1)
        self.assertLess(len(self.service.connections[0]), len(REQUEST))
        self.assertTrue(REQUEST.startswith(self.service.connections[0]))
        self.happened(CUT_REQUEST)

    async def test_an_answer_is_cut(self):
        self.always(CUT_ANSWER)
        reader, _ = await self.sent()
        some, how = await self.heard(reader)
        self.assertTrue(ANSWER.startswith(some) and some != ANSWER, some)
        self.assertEqual(how, "reset")
        self.assertEqual(self.service.connections, [REQUEST])
        self.happened(CUT_ANSWER)

    async def test_an_answer_is_truncated(self):
        self.always(TRUNCATE)
        reader, _ = await self.sent()
        some, how = await self.heard(reader)
        self.assertTrue(ANSWER.startswith(some) and some not in (b"", ANSWER), some)
        self.assertEqual(how, "in order")
        self.happened(TRUNCATE)

    async def test_a_request_is_delayed_and_arrives_when_its_client_has_gone(self):
        self.always(DELAY_REQUEST)
        _, writer = await self.sent()
        await until(lambda: self.gate.happened[DELAY_REQUEST])
        self.assertEqual(self.service.connections, [b""])
        writer.close()
        await writer.wait_closed()
        self.go_on.set()
        await until(lambda: self.service.connections == [REQUEST])
        self.happened(DELAY_REQUEST)

    async def test_an_answer_is_delayed(self):
        self.always(DELAY_ANSWER)
        reader, _ = await self.sent()
        answer = asyncio.ensure_future(reader.readexactly(len(ANSWER)))
        await until(lambda: self.service.answered == 1)
        self.assertFalse(answer.done())
        self.go_on.set()
        self.assertEqual(await answer, ANSWER)
        self.happened(DELAY_ANSWER)

    async def test_a_request_is_replayed_later_and_its_second_answer_is_heard_by_nobody(self):
        self.always(REPLAY)
        reader, writer = await self.sent()
        self.assertEqual(await reader.readexactly(len(ANSWER)), ANSWER)
        self.assertEqual(self.service.connections, [REQUEST])
        self.go_on.set()
        await until(lambda: self.service.answered == 2)
        self.assertEqual(self.service.connections, [REQUEST, REQUEST])
        writer.write_eof()
        self.assertEqual(await self.heard(reader), (b"", "in order"))
        self.happened(REPLAY)

    async def test_a_connection_ends_after_a_whole_answer(self):
        self.always(HANG_UP)
        reader, _ = await self.sent()
        self.assertEqual(await self.heard(reader), (ANSWER, "in order"))
        self.happened(HANG_UP)

    async def test_a_service_that_takes_no_connection_has_a_gate_that_takes_none(self):
        self.service.listener.close()
        reader, _ = await self.sent()
        self.assertEqual(await self.heard(reader), (b"", "reset"))
        with self.assertRaises(ConnectionRefusedError):
            await self.sent()
        self.service = await service().open(self.service.port)
        await until(lambda: self.gate.listener)
        reader, _ = await self.sent()
        self.assertEqual(await reader.readexactly(len(ANSWER)), ANSWER)


class what_is_drawn(unittest.TestCase):
    @staticmethod
    def kinds(seed):
        one = gate.gate("escrow", 1, seed, gate.even_rates(0.5))
        dice = gate.random.Random(f"{seed} escrow 1")
        return [one.draw(dice) for _ in range(1000)]

    def test_a_seed_draws_the_same_faults_again_and_another_one_others(self):
        self.assertEqual(self.kinds(1), self.kinds(1))
        self.assertNotEqual(self.kinds(1), self.kinds(2))

    def test_every_kind_is_drawn_and_no_fault_as_often_as_the_rate_says(self):
        drawn = self.kinds(1)
        self.assertEqual({*drawn}, {*KINDS, None})
        self.assertAlmostEqual(drawn.count(None) / len(drawn), 0.5, delta=0.05)

    def test_a_message_without_a_length_is_no_message(self):
        with self.assertRaisesRegex(ValueError, "chunked"):
            gate.message_size(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


class the_process(unittest.TestCase):
    def test_it_says_its_ports_becomes_calm_and_counts_at_its_end(self):
        with tempfile.TemporaryDirectory() as folder:
            ports = [pathlib.Path(folder) / name for name in ("outer", "inner")]
            processes = []
            service_port = 1  # nobody listens there
            for port_file in reversed(ports):  # a gate before a gate before nobody
                command = [sys.executable, "-B", gate.__file__, "--port-file", str(port_file), "--rate", "1", f"one={service_port}"]
                processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
                await_that(port_file.exists, 30, "a gate's port")
                service_port = int(port_file.read_text().strip().removeprefix("one="))
            inner, outer = processes
            for one in processes:
                one.stdin.write("calm\n")
                one.stdin.flush()
            with self.assertRaises(OSError):
                call(service_port, "GET", "/")
            told = [json.loads(one.communicate(timeout=60)[0]) for one in (outer, inner)]
            self.assertEqual([one.returncode for one in processes], [0, 0])
            self.assertEqual([one["connections"] for one in told], [1, 1])


if __name__ == "__main__":
    unittest.main()
