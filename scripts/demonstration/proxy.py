"""nginx of a script's own, and how one speaks to it."""

import asyncio
import ctypes
import pathlib
import shutil
import signal
import socket
import ssl
import string
import subprocess

from demonstration.sales import Connection
from processes import await_that, free_ports

PR_SET_PDEATHSIG = 1
START_SECONDS_MAX = 20


def program():
    """Debian has it where only root's PATH leads."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise SystemExit("nginx is missing: apt-get install nginx-light")
    return found


def make_certificate(folder):
    """One that it has made itself, for localhost: tls.crt and tls.key."""
    if not shutil.which("openssl"):
        raise SystemExit("openssl is missing: apt-get install openssl")
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                           "subjectAltName=DNS:localhost", "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"openssl made no certificate:\n{done.stderr}")


def die_with_us():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Proxy:
    """Balances over nodes, as a template says it."""

    def __init__(self, folder, template, ports):
        self.folder = folder
        self.port = free_ports(1)[0]
        make_certificate(folder)
        nodes = "\n".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=5s;" for port in ports)
        text = string.Template(template.read_text()).safe_substitute(folder=folder, port=self.port, nodes=nodes)
        (folder / "nginx.conf").write_text(text)
        self.process = None

    def start(self):
        errors = self.folder / "nginx.log"
        self.process = subprocess.Popen([program(), "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", errors], preexec_fn=die_with_us)
        await_that(lambda: self.listens(errors), START_SECONDS_MAX, "nginx listening")

    def listens(self, errors):
        if self.process.poll() is not None:
            raise SystemExit(f"nginx ended:\n{errors.read_text()[-2000:] if errors.exists() else ''}")
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def secure_connections(certificate: pathlib.Path):
    """The kind of a client's connection that believes this certificate alone."""
    context = ssl.create_default_context(cafile=certificate)

    class Secure(Connection):
        async def open(self, port):
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")

    return Secure
