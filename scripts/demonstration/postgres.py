"""PostgreSQL servers of a script's own: a primary, and standbys that follow it."""

import ctypes
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile

from processes import await_that

PR_SET_PDEATHSIG = 1
START_SECONDS_MAX = 60
# A standby looks for a primary that is begun again twice a second: what waits for the standby waits as long.
SETTINGS = ("max_connections=100", "shared_buffers=32MB", "max_wal_senders=4", "dynamic_shared_memory_type=mmap", "wal_retrieve_retry_interval=500ms")


def programs():
    """The folder of the newest that is installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise SystemExit("PostgreSQL is missing: apt-get install postgresql")
    return found[-1].parent


def children(process):
    """The numbers of the processes that it has begun."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has just ended
    return found


class Place:
    """Where servers keep their data: a folder of its own, since PostgreSQL refuses to run as root, and its user must reach it. It is gone afterwards.
    Whoever knows the password in the file `passwords` may enter."""

    def __init__(self, parent=None):
        self.programs = programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-postgresql-", dir=parent))
        self.passwords = self.folder / "passwords"
        password = secrets.token_hex(16)
        self.password_alone = self.folder / "password"
        for file, text in ((self.passwords, f"*:*:*:*:{password}\n"), (self.password_alone, password)):
            file.touch(mode=0o600)
            file.write_text(text)
        self.user = None
        if os.geteuid() == 0:
            try:
                self.user = pwd.getpwnam("postgres")
            except KeyError:
                raise SystemExit("there is no user postgres, which PostgreSQL's programs need where one is root: apt-get install postgresql") from None
            for path in (self.folder, self.passwords, self.password_alone):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def become(self):
        if self.user:
            os.setgroups([])
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)
        # Should the script be killed, the kernel ends its servers, too.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)

    def environment(self):
        return {**os.environ, "PGPASSFILE": str(self.passwords)}

    def run(self, name, *arguments):
        done = subprocess.run([self.programs / name, *map(str, arguments)], capture_output=True, text=True, cwd="/", check=False,
                              env=self.environment(), preexec_fn=self.become)
        if done.returncode != 0:
            raise SystemExit(f"{name} {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Server:
    """One of them, at `host` and `port`; its log is written to `log`."""

    def __init__(self, place, name, host, port, log):
        self.place, self.name, self.host, self.port, self.log = place, name, host, port, log
        self.data = place.folder / name
        self.process = None

    def make(self, *networks):
        """An empty one, for its superuser `postgres`; others may come from the networks, with the password, and standbys, too."""
        self.place.run("initdb", "--pgdata", self.data, "--username", "postgres", "--pwfile", self.place.password_alone, "--auth",
                       "scram-sha-256", "--no-sync", "--no-locale", "--encoding", "UTF8")
        with open(self.data / "pg_hba.conf", "a", encoding="utf-8") as rules:
            rules.writelines(f"host all,replication all {network} scram-sha-256\n" for network in networks)
        return self

    def make_of(self, primary):
        """A copy that follows it, and gets all that it has written since by a slot of its own."""
        self.place.run("pg_basebackup", "--pgdata", self.data, "--write-recovery-conf", "--create-slot", "--slot", self.name, "--checkpoint",
                       "fast", "--no-sync", "--dbname",
                       f"host={primary.host} port={primary.port} user=postgres application_name={self.name}")
        return self

    def unmake(self):
        """Its data are gone; it has ended before."""
        shutil.rmtree(self.data)

    def start(self):
        options = [part for one in (*SETTINGS, f"cluster_name={self.name}") for part in ("-c", one)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.place.programs / "postgres", "-D", self.data, "-h", self.host, "-p", str(self.port), "-k", "",
                                             *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                                            preexec_fn=self.place.become)
        await_that(self.answers, START_SECONDS_MAX, f"{self.name} answering at {self.host}:{self.port}")
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise SystemExit(f"{self.name} ended with {self.process.returncode}:\n{self.log.read_text()[-2000:]}")
        return subprocess.run([self.place.programs / "pg_isready", "-q", "-h", self.host, "-p", str(self.port)], check=False).returncode == 0

    def sql(self, text, database="postgres"):
        return self.place.run("psql", "-h", self.host, "-p", self.port, "-U", "postgres", "-d", database, "-X", "-q", "-A", "-t", "-c", text)

    def has_role(self, name, database):
        """A user who owns an empty database."""
        self.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{self.place.password_alone.read_text()}'")
        self.sql(f"CREATE DATABASE {database} OWNER {name}")

    def waits_for(self, standby):
        """From now on a commit is answered when the standby has it on its disk, too."""
        self.sql(f"ALTER SYSTEM SET synchronous_standby_names = '\"{standby.name}\"'")
        self.sql("SELECT pg_reload_conf()")
        await_that(lambda: self.sql(f"SELECT sync_state FROM pg_stat_replication WHERE application_name = '{standby.name}'") == "sync",
                   START_SECONDS_MAX, f"{standby.name} following as a synchronous standby")

    def promote(self):
        self.place.run("pg_ctl", "promote", "--pgdata", self.data, "--wait", "--timeout", START_SECONDS_MAX)

    def everybody(self):
        """The numbers of all its processes, the first one first."""
        return [self.process.pid, *children(self.process.pid)]

    def send(self, number):
        for one in self.everybody():
            try:
                os.kill(one, number)
            except ProcessLookupError:
                pass  # it has just ended

    def kill(self):
        """All of it at once, as when its machine fails."""
        if self.process and self.process.poll() is None:
            self.send(signal.SIGKILL)
            self.process.wait()

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.send(signal.SIGCONT)  # should it stand still
            self.process.wait()
