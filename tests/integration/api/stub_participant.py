"""A participant in the test's own process that answers as it is told, path by path."""

import collections
import json
import socket
import threading

call = collections.namedtuple("call", "method path headers body")


def status(code, body="{}", headers=()):
    """An answer with a status and a JSON body."""
    text = body if isinstance(body, str) else json.dumps(body)
    lines = [f"HTTP/1.1 {code} x", "Content-Type: application/json", f"Content-Length: {len(text.encode())}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


def done(body="{}"):
    return lambda peer, _: peer.sendall(status(200, body, ["Saga-Outcome: done"]))


def rejects(body='{"reason":"no"}'):
    return lambda peer, _: peer.sendall(status(422, body, ["Saga-Outcome: rejected"]))


def answers(code, body="{}", headers=()):
    return lambda peer, _: peer.sendall(status(code, body, headers))


def sends(data):
    """Bytes as they are, then the end of the connection."""
    def behave(peer, _):
        peer.sendall(data)
        return "close"
    return behave


def endless(size):
    """A body of `size` bytes, announced and sent as fast as it is read."""
    def behave(peer, _):
        peer.sendall(f"HTTP/1.1 200 x\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n".encode())
        piece = b" " * 65536
        for _number in range(size // len(piece)):
            peer.sendall(piece)
        return "close"
    return behave


def never():
    """Says nothing until the other side gives up."""
    def behave(peer, _):
        peer.recv(1)
        return "close"
    return behave


def holds(freed):
    """Says nothing until the event is set, and then that it is done."""
    def behave(peer, called):
        freed.wait()
        return done()(peer, called)
    return behave


def drops(freed):
    """Says nothing at all: the connection ends once the event is set."""
    def behave(_, _called):
        freed.wait()
        return "close"
    return behave


def cut():
    return sends(b"")


class participant:
    """Accepts on a port of its own; a thread for each connection. `behaviour` maps a path to what it does; `done` else.
    With `tls`, a context of `ssl`, it speaks TLS."""

    def __init__(self, tls=None):
        self.behaviour = {}
        self.calls = []
        self.closing = False
        self.lock = threading.Lock()
        self.peers = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        if tls is not None:
            self.listener = tls.wrap_socket(self.listener, server_side=True)
        self.port = self.listener.getsockname()[1]
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            if self.closing:
                peer.close()
                return
            with self.lock:
                self.peers.add(peer)
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            arriving = peer.makefile("rb")
            while self.exchange(peer, arriving):
                pass
        except (OSError, ValueError):
            pass  # the other side has gone, which ends a connection as well as anything
        finally:
            with self.lock:
                self.peers.discard(peer)
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # already gone
            peer.close()

    def exchange(self, peer, arriving):
        line = arriving.readline().decode().split()
        if len(line) != 3:
            return False
        headers = {}
        while True:
            header = arriving.readline().decode().rstrip("\r\n")
            if not header:
                break
            name, _, value = header.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = arriving.read(int(headers.get("content-length", 0))).decode()
        called = call(line[0], line[1], headers, body)
        with self.lock:
            self.calls.append(called)
            behave = self.behaviour.get(called.path.partition("?")[0], done())
        return behave(peer, called) != "close"

    def does(self, path, behaviour):
        with self.lock:
            self.behaviour[path] = behaviour

    def to(self, path):
        """The calls of a path so far."""
        with self.lock:
            return [one for one in self.calls if one.path.partition("?")[0] == path]

    def connections(self):
        with self.lock:
            return len(self.peers)

    def close(self):
        if self.closing:
            return
        self.closing = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.accepting.join()
        with self.lock:
            peers = list(self.peers)
        for peer in peers:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # already gone
