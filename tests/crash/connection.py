"""One keep-alive connection to a process that comes and goes."""

import http.client
import json
import socket

# What a request raises when the process went away meanwhile.
GONE = (OSError, http.client.HTTPException, ValueError)


class connection:
    def __init__(self, port, timeout_seconds=15):
        self.port, self.timeout_seconds, self.open = port, timeout_seconds, None

    def ask(self, method, path, body=None):
        """(status, what the answer's JSON says). Raises one of GONE."""
        status, text = self.ask_text(method, path, None if body is None else json.dumps(body))
        return status, json.loads(text or b"null")

    def ask_text(self, method, path, text=None):
        """(status, the answer's body as bytes). Raises one of GONE."""
        if self.open is None:
            self.open = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_seconds)
            self.open.connect()
            self.open.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.open.request(method, path, text, {"Content-Type": "application/json"})
            answer = self.open.getresponse()
            return answer.status, answer.read()
        except GONE:
            self.close()
            raise

    def close(self):
        if self.open is not None:
            self.open.close()
            self.open = None
