"""What drives the marketplace's real processes from outside: waiting for conditions, calls, and programs that tell their port."""

import http.client
import json
import random
import socket
import subprocess
import time

# Below those that the kernel gives to whoever asks for any, or connects.
CHOSEN_AMONG = range(20_000, 32_000)
RESERVED = []


def await_that(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise SystemExit(f"{what} did not happen within {seconds} seconds; the logs are beside the data")


def free_ports(count):
    """All different. What listens there may begin much later, and again and again: until this process ends they are chosen by nobody else."""
    return [reserve_port() for _ in range(count)]


def reserve_port():
    for port in random.sample(CHOSEN_AMONG, len(CHOSEN_AMONG)):
        reserved = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            reserved.bind(("127.0.0.1", port))  # what is chosen here is known by its UDP port, which nothing here uses
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            reserved.close()
            continue
        RESERVED.append(reserved)
        return port
    raise SystemExit("no port is free")


def call(port, method, path, body=None, headers=None, timeout=70):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        told = answer.read().decode()
        return answer.status, json.loads(told) if told else None
    finally:
        connection.close()


class program:
    """A process that writes its port to a file. The port it once had is kept when it is started again."""

    def __init__(self, folder, name, command):
        self.folder, self.name, self.command = folder, name, command
        self.port, self.process = 0, None

    def launch(self):
        """Begins the process and waits for nothing."""
        port_file = self.folder / f"{self.name}.port"
        port_file.unlink(missing_ok=True)
        with open(self.folder / f"{self.name}.log", "ab") as log:
            command = [str(part) for part in self.command(self.port, port_file)]
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        return port_file

    def start(self):
        port_file = self.launch()
        await_that(lambda: self.process.poll() is not None or (port_file.exists() and port_file.read_text().strip()),
                   30, f"{self.name} listening")
        if self.process.poll() is not None:
            raise SystemExit(f"{self.name} ended:\n{(self.folder / f'{self.name}.log').read_text()[-2000:]}")
        self.port = int(port_file.read_text())
        return self

    def end(self, hard=False):
        if self.process and self.process.poll() is None:
            self.process.kill() if hard else self.process.terminate()
            self.process.wait()
