"""A PostgreSQL of the tests' own, in memory, reached by a socket in its folder. It ends with the process that began it."""

import ctypes
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import stub_participant
from coordinator import await_that
from shop import shop_case

PR_SET_PDEATHSIG = 1


def programs():
    """The newest that are installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise AssertionError("no PostgreSQL in /usr/lib/postgresql: scripts/install-dependencies --tests installs it")
    return found[-1]


class database:
    def __init__(self):
        self.programs = programs()
        memory = pathlib.Path("/dev/shm")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-database-", dir=memory if memory.is_dir() else None))
        # It refuses to run as root.
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.run("initdb", "--pgdata", self.folder / "data", "--username", "sagad", "--auth", "trust", "--no-sync", "--no-locale",
                 "--encoding", "UTF8")
        self.process, self.made = None, 0
        self.start()

    def become(self):
        if self.user:
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)

    def run(self, name, *arguments):
        done = subprocess.run([self.programs / name, *arguments], capture_output=True, text=True, cwd="/", preexec_fn=self.become)
        if done.returncode != 0:
            raise AssertionError(f"{name}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, "-h", ""],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", preexec_fn=self.become)
        ready = [self.programs / "pg_isready", "-q", "-h", self.folder]
        await_that(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL answering")

    def fall(self):
        """Ends as it does when the power fails."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def remove(self):
        self.fall()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def name_of(journal):
        return re.search(r"/(journal_\d+)\?", journal).group(1)

    def asks(self, journal, statement):
        return self.run("psql", "-h", self.folder, "-U", "sagad", "-d", self.name_of(journal), "-X", "-q", "-A", "-t", "-c", statement)

    def keeps(self, journal, statement):
        """A session that has the rows locked which the statement finds, and one of them at least; what it returns ends it."""
        session = subprocess.Popen([self.programs / "psql", "-h", self.folder, "-U", "sagad", "-d", self.name_of(journal), "-X", "-q", "-A", "-t"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/", preexec_fn=self.become)
        session.stdin.write(f"BEGIN;\n{statement} FOR UPDATE;\n")
        session.stdin.flush()
        if not session.stdout.readline().strip():
            raise AssertionError(f"nothing is locked by: {statement}")
        return session.communicate

    def fresh(self):
        """The URL of a database that is empty."""
        self.made += 1
        self.run("createdb", "-h", self.folder, "-U", "sagad", f"journal_{self.made}")
        return f"postgresql://sagad@/journal_{self.made}?host={self.folder}"


def setUpModule():
    """For a module whose tests share a server."""
    in_a_database.server = database()
    unittest.addModuleCleanup(in_a_database.server.remove)


class in_a_database(shop_case):
    server = None

    def setUp(self):
        super().setUp()
        self.sagad.end()
        self.sagad.journal = self.server.fresh()
        self.sagad.start()

    def callback(self):
        """The path that a late answer was asked to come to."""
        return self.shop.to("/bake")[-1].headers["saga-callback"].removeprefix("http://sagad.example")

    def waiting(self):
        """The id of a saga that waits for a late answer."""
        self.shop.does("/bake", stub_participant.answers(202))
        saga_id = self.started("later")
        await_that(lambda: self.shop.to("/bake"), "the call")
        return saga_id
