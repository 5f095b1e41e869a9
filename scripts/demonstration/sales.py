"""Sales, all at once: each sent to sagad over a connection of its own, and waited for until it is final."""

import asyncio
import json
import time

END_SECONDS_MAX = 120
ASKED_AT_ONCE = 200          # each over a connection of its own


class Sale:
    """One sale as its client sees it. Its key makes it safe to send it again whenever no answer came."""

    def __init__(self, key, wish, definition="sale"):
        self.key, self.wish, self.definition = key, wish, definition
        self.saga = {}           # the newest answer about it
        self.times_sent = 0
        self.seconds = 0.0       # from the first sending to the end

    @property
    def outcome(self):
        return self.saga.get("outcome")


class Connection:
    """One connection to sagad, kept open from request to request. Raises OSError or EOFError when it breaks."""

    def __init__(self):
        self.reader = self.writer = None

    async def open(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)

    async def start(self, sale):
        """Status and JSON, when the saga is final or after 30 seconds."""
        text = json.dumps(sale.wish).encode()
        head = (f"POST /v1/definitions/{sale.definition}/sagas?wait=30s HTTP/1.1\r\nHost: sagad\r\n"
                f"Content-Type: application/json\r\nIdempotency-Key: {sale.key}\r\nContent-Length: {len(text)}\r\n\r\n")
        self.writer.write(head.encode() + text)
        await self.writer.drain()
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        content = await self.reader.readexactly(int(headers["content-length"]))
        return int(lines[0].split()[1]), json.loads(content)

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def sell(sale, connection, server):
    """Sends it until it is final, however often it must; `server()` is the port at which sagad listens now."""
    began = time.monotonic()
    while time.monotonic() - began < END_SECONDS_MAX:
        try:
            if connection.writer is None:
                await connection.open(server())
            sale.times_sent += 1
            status, answer = await connection.start(sale)
        except (OSError, EOFError):
            connection.close()
            await asyncio.sleep(0.1)
            continue
        if status in (429, 503):
            await asyncio.sleep(0.2)
            continue
        if status >= 400:
            raise SystemExit(f"{sale.key} was refused: {answer}")
        sale.saga, sale.seconds = answer, time.monotonic() - began
        if sale.outcome:
            return


async def sell_all(sales, server, told, connection=Connection):
    """Opens all connections, then sends everything in the same moment. `told(ended)` is called as sales end."""
    connections = [connection() for _ in sales]
    for one in connections:
        await one.open(server())
    ended = 0
    for one in asyncio.as_completed([sell(*pair, server) for pair in zip(sales, connections)]):
        await one
        ended += 1
        told(ended)
    for one in connections:
        one.close()


def changed_answers(sold, server, connection=Connection):
    """Asks for every sale once more by its key: in words, those that are not the same saga with the same end."""
    repeated = [Sale(sale.key, sale.wish) for sale in sold]
    for begin in range(0, len(repeated), ASKED_AT_ONCE):
        asyncio.run(sell_all(repeated[begin:begin + ASKED_AT_ONCE], server, lambda ended: None, connection))
    return [f"{first.key} was answered {first.saga}, and later {then.saga}" for first, then in zip(sold, repeated)
            if (first.saga.get("id"), first.outcome) != (then.saga.get("id"), then.outcome)]


def percentile(sales, share):
    """Milliseconds within which that share of the sales had ended."""
    took = sorted(sale.seconds for sale in sales)
    return 1000 * took[min(len(took) - 1, int(share * len(took)))]
