#!/usr/bin/env python3
"""gate.py --port-file FILE [--seed N] [--rate 0.08] NAME=PORT...

Stands before services of HTTP/1.1 as a bad network would: for each NAME it listens on a port of its own (FILE says which: NAME=PORT, a line each) and
passes requests on to 127.0.0.1:PORT and the answers back, and some exchanges go wrong. Which ones, the seed and the connection's number say. A service that
takes no connection has a gate that takes none. At the word `calm` on standard input nothing goes wrong any more; where the input ends, what was delayed is
delivered, and the last line of output says as JSON how often each kind of fault has happened. Standard library only.
"""

import argparse
import asyncio
import collections
import json
import pathlib
import random
import socket
import struct
import sys

CUT_REQUEST, CUT_ANSWER = "request cut", "answer cut"              # some of it is passed on, then the connection is reset
TRUNCATE = "answer truncated"                                      # its end is missing, and the connection ends in order
DELAY_REQUEST, DELAY_ANSWER = "request delayed", "answer delayed"  # also when the client has gone meanwhile
REPLAY = "request replayed"                                        # later once more, on a connection of its own; nobody hears that answer
HANG_UP = "connection ended"                                       # after a whole answer, which did not announce it
KINDS = (CUT_REQUEST, CUT_ANSWER, TRUNCATE, DELAY_REQUEST, DELAY_ANSWER, REPLAY, HANG_UP)

DELAY_SECONDS = (0.005, 0.1)
LONG_DELAY_SECONDS, LONG_DELAY_SHARE = (0.3, 1.5), 0.25  # longer than callers are patient
BYTES_AT_ONCE = 65536
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 20


def message_size(text):
    """How many bytes the first message has, head and body; none where its end is not there yet."""
    head_ends = text.find(b"\r\n\r\n")
    if head_ends < 0:
        return None
    length = 0
    for line in bytes(text[:head_ends]).split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
        if name.strip().lower() == b"transfer-encoding":
            raise ValueError(f"a gate passes on what has a length: {bytes(text[:head_ends])}")
    size = head_ends + 4 + length
    return size if len(text) >= size else None


class peer:
    """One end of a connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.ahead = bytearray()
        self.reading = None

    @classmethod
    async def connect(cls, port):
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def more(self):
        """A future: what comes next, nothing where the connection has ended. The same one until its bytes are taken."""
        if self.reading is None:
            self.reading = asyncio.ensure_future(self.reader.read(BYTES_AT_ONCE))
        return self.reading

    async def message(self):
        """The next one, or None where the connection ends before it is whole."""
        while (size := message_size(self.ahead)) is None:
            try:
                piece = await asyncio.shield(self.more())
            except OSError:
                return None
            self.reading = None
            if not piece:
                return None
            self.ahead += piece
        whole = bytes(self.ahead[:size])
        del self.ahead[:size]
        return whole

    def send(self, some):
        self.writer.write(some)

    def close(self):
        """In order: what was sent arrives."""
        self.writer.close()
        self.forget()

    def reset(self):
        there = self.writer.get_extra_info("socket")
        if there is not None and not self.writer.is_closing():
            there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        self.forget()

    def forget(self):
        if self.reading is not None:
            self.reading.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            self.reading.cancel()


class gate:
    """In front of one service."""

    def __init__(self, name, service_port, seed, rates):
        self.name, self.service_port, self.seed = name, service_port, seed
        self.rates = rates  # kind -> how likely it strikes an exchange; empty: calm
        self.happened = collections.Counter()
        self.exchanges, self.connections = 0, 0
        self.failures = []
        self.port, self.listener = 0, None
        self.at_work, self.standing = set(), set()  # what ends by itself, and what is ended

    async def open(self):
        self.listener = await asyncio.start_server(self.take, "127.0.0.1", self.port, reuse_address=True)
        self.port = self.listener.sockets[0].getsockname()[1]
        return self

    async def close(self):
        """Once all that was begun is over."""
        self.rates = {}
        if self.listener is not None:
            self.listener.close()
        if self.at_work:
            await asyncio.wait(self.at_work, timeout=PATIENCE_SECONDS)
        left = [*self.at_work, *self.standing]
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    @staticmethod
    def begin(work, among):
        task = asyncio.ensure_future(work)
        among.add(task)
        task.add_done_callback(among.discard)
        return task

    def take(self, reader, writer):
        self.connections += 1
        self.begin(self.serve(peer(reader, writer), random.Random(f"{self.seed} {self.name} {self.connections}")), self.standing)

    async def connect_to_service(self):
        """None where it takes no connection: then nor does the gate, until it does."""
        try:
            return await peer.connect(self.service_port)
        except OSError:
            if self.listener is not None:
                self.listener.close()
                self.listener = None
                self.begin(self.come_back(), self.standing)
            return None

    async def come_back(self):
        while self.listener is None:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                (await peer.connect(self.service_port)).close()
                await self.open()
            except OSError:
                pass

    # One connection -----------------------------------------------------------------------------------------------------

    async def serve(self, client, dice):
        service = await self.connect_to_service()
        if service is None:
            return client.reset()
        try:
            while request := await client.message():
                if not await self.begin(self.exchange(request, client, service, dice), self.at_work):
                    break
        except OSError:
            pass  # one of them has gone
        except ValueError as error:
            self.failures.append(f"{self.name}: {error}")
        finally:
            client.close()
            service.close()

    def draw(self, dice):
        chance = dice.random()
        for kind, rate in self.rates.items():
            chance -= rate
            if chance < 0:
                return kind
        return None

    async def exchange(self, request, client, service, dice):
        """Passes the request on and its answer back: whether the connection goes on."""
        self.exchanges += 1
        fault = self.draw(dice)
        self.happened.update([fault] if fault else [])
        if fault == CUT_REQUEST:
            service.send(request[:dice.randrange(1, len(request))])
            await service.writer.drain()
            return self.cut(client, service)
        if fault == DELAY_REQUEST:
            await self.wait(dice)
        service.send(request)
        if fault == REPLAY:
            self.begin(self.deliver_again(request, dice), self.at_work)
        answer = await self.answer(client, service)
        if answer is None:
            return False
        if fault == DELAY_ANSWER:
            await self.wait(dice)
        if fault == CUT_ANSWER:
            client.send(answer[:dice.randrange(len(answer))])
            await client.writer.drain()
            return self.cut(client, service)
        if fault == TRUNCATE:
            client.send(answer[:-dice.randrange(1, min(len(answer), 40))])
            return False
        client.send(answer)
        return fault != HANG_UP

    async def answer(self, client, service):
        """None where the client does not wait for it: then the service's connection ends, too."""
        coming = asyncio.ensure_future(service.message())
        gone = client.more()
        await asyncio.wait((coming, gone), return_when=asyncio.FIRST_COMPLETED)
        if not coming.done() and (gone.exception() or not gone.result()):
            coming.cancel()
            return None
        return await coming

    @staticmethod
    def cut(client, service):
        client.reset()
        service.reset()
        return False

    async def deliver_again(self, request, dice):
        await self.wait(dice)
        try:
            service = await peer.connect(self.service_port)
        except OSError:
            return  # nobody is there to hear it
        service.send(request)
        await service.message()
        service.close()

    @staticmethod
    async def wait(dice):
        await asyncio.sleep(dice.uniform(*(LONG_DELAY_SECONDS if dice.random() < LONG_DELAY_SHARE else DELAY_SECONDS)))


def even_rates(rate):
    """Each kind is as likely as the others; one of them strikes with this probability."""
    return {kind: rate / len(KINDS) for kind in KINDS}


async def lines_of_input():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode().strip()


async def stand(options):
    gates = [await gate(name, int(port), options.seed, even_rates(options.rate)).open()
             for name, _, port in (one.partition("=") for one in options.services)]
    text = "".join(f"{one.name}={one.port}\n" for one in gates)
    made = options.port_file.with_suffix(".new")
    made.write_text(text)
    made.rename(options.port_file)
    async for word in lines_of_input():
        if word == "calm":
            for one in gates:
                one.rates = {}
    await asyncio.gather(*(one.close() for one in gates))
    print(json.dumps({"exchanges": sum(one.exchanges for one in gates), "connections": sum(one.connections for one in gates),
                      **sum((one.happened for one in gates), collections.Counter())}))
    failures = [text for one in gates for text in one.failures]
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("services", nargs="+", metavar="NAME=PORT")
    parser.add_argument("--port-file", type=pathlib.Path, required=True)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--rate", type=float, default=0.08)
    return asyncio.run(stand(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
