"""One keep-alive connection to a coordinator that comes and goes. It knows no more of HTTP than sagad sends: the library's client takes several times
as long for an answer, and a trial asks for some hundred thousand."""

import collections
import http.client
import json
import socket

# What a request raises when the process went away meanwhile, here and in the library's client.
GONE = (OSError, http.client.HTTPException, ValueError)


# Where a coordinator listens that is not at a port of this machine alone, and the token that it wants.
place = collections.namedtuple("place", "host port token")


class connection:
    def __init__(self, at, timeout_seconds=15):
        """`at`: a port of this machine, or a place."""
        self.at = at if isinstance(at, place) else place("127.0.0.1", at, "")
        self.timeout_seconds = timeout_seconds
        self.token = f"Authorization: Bearer {self.at.token}\r\n" if self.at.token else ""
        self.socket, self.answers = None, None

    def ask(self, method, path, body=None):
        """(status, what the answer's JSON says). Raises one of GONE."""
        status, text = self.ask_text(method, path, b"" if body is None else json.dumps(body).encode())
        return status, json.loads(text or b"null")

    def ask_text(self, method, path, body=b""):
        """(status, the answer's body as bytes). Raises one of GONE."""
        if self.socket is None:
            self.socket = socket.create_connection((self.at.host, self.at.port), timeout=self.timeout_seconds)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.answers = self.socket.makefile("rb")
        try:
            self.socket.sendall(f"{method} {path} HTTP/1.1\r\nHost: sagad\r\nContent-Type: application/json\r\n"
                                f"{self.token}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            return self.read_answer()
        except GONE:
            self.close()
            raise

    def read_answer(self):
        status = int(self.line().split(b" ", 2)[1])
        length, ends = None, False
        while line := self.line():
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
            ends |= name.lower() == b"connection" and value.strip().lower() == b"close"
        if length is None:
            raise ValueError("an answer without Content-Length")
        body = self.answers.read(length)
        if len(body) != length:
            raise ConnectionError("the connection ended within an answer")
        if ends:
            self.close()
        return status, body

    def line(self):
        line = self.answers.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the connection ended before an answer")
        return line[:-2]

    def close(self):
        if self.socket is not None:
            self.answers.close()
            self.socket.close()
            self.socket = None
