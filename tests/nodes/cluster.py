"""Three sagad on one database, which has a synchronous standby or not, each on a machine of its own, the participants, and what passes late answers on to whichever node is there."""

import hashlib
import os
import pathlib
import secrets
import shutil
import socket
import string
import subprocess

import network
import trials
from connection import place
from demonstration import postgres, proxy
from processes import await_that, program
from sale import LATE, LATE_MS, LATE_PATH, SERVED_BY

HERE = pathlib.Path(__file__).resolve().parent
COUNT = 3
API_PORT, CALLBACKS_PORT, DATABASE_PORTS = 7070, 7080, (5432, 5433)
FAKED = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
CLOCKS = {0: 0, 1: 7 * 60, -1: -7 * 60}  # seconds
PATIENCE_SECONDS = 90
PARTICIPANTS = ("escrow", "transfer", "rate")


class clocks:
    """How far off the next node's clock is: each way before any of them again. `begun` counts the nodes that began with it."""

    def __init__(self, dice, begun):
        self.dice, self.begun, self.ways = dice, begun, []

    def next(self):
        self.ways = self.ways or self.dice.sample(list(CLOCKS), len(CLOCKS))
        way = self.ways.pop()
        self.begun[way] += 1
        return CLOCKS[way]


class node:
    """A sagad, alone on its machine. Its clock is off by some minutes now and then."""

    def __init__(self, machine, folder, binary, token, clocks):
        self.machine, self.clocks, self.binary = machine, clocks, binary
        self.place = place(machine.address("clients"), API_PORT, token)
        self.sagad = program(folder, machine.name, lambda _, port_file: machine.inside(
            [*self.clock(), self.binary, "--config", folder / "sagad.yaml", "--listen", f"0.0.0.0:{API_PORT}", "--port-file", port_file]))

    def clock(self):
        if not FAKED.exists():
            raise SystemExit(f"there is no {FAKED}: apt-get install faketime")
        off = self.clocks.next()
        return ["env", f"LD_PRELOAD={FAKED}", f"FAKETIME={off:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC=1"] if off else []

    def start(self):
        self.sagad.start()

    def leave(self):
        self.sagad.end()


class callbacks:
    """nginx where participants bring their late answers: it asks one node after the other."""

    def __init__(self, folder, machines):
        self.folder = folder
        servers = "\n".join(f"server {one.address('participants')}:{API_PORT} max_fails=1 fail_timeout=1s;" for one in machines)
        (folder / "nginx.conf").write_text(string.Template((HERE / "callbacks.conf").read_text()).substitute(
            folder=folder, servers=servers, listen=f"{network.hub('participants')}:{CALLBACKS_PORT}"))
        self.process = None

    def start(self):
        self.process = subprocess.Popen([proxy.program(), "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "nginx.log"])
        await_that(self.listens, PATIENCE_SECONDS, "nginx listening")

    def listens(self):
        if self.process.poll() is not None:
            raise SystemExit(f"nginx ended:\n{(self.folder / 'nginx.log').read_text()[-2000:]}")
        with socket.socket() as one:
            return one.connect_ex((network.hub("participants"), CALLBACKS_PORT)) == 0


class cluster:
    def __init__(self, binaries, folder, dice, begun_with, with_standby=False):
        self.binaries, self.folder, self.dice = binaries, folder, dice
        memory = pathlib.Path("/dev/shm")
        self.storage = postgres.Place(memory if memory.is_dir() else None)
        self.servers = [postgres.Server(self.storage, f"database_{port}", network.hub("database"), port, folder / f"database-{port}.log")
                        for port in DATABASE_PORTS[:2 if with_standby else 1]]
        self.database, self.standby = (*self.servers, None)[:2]  # the first one takes writes
        os.environ["PGPASSFILE"] = str(self.storage.passwords)  # where sagad looks
        machines = network.machines(COUNT)
        token = secrets.token_hex(16)
        off = clocks(dice, begun_with)
        self.nodes = [node(one, folder, binaries / "sagad", token, off) for one in machines]
        self.services = {name: program(folder, name, self.service_command(name)) for name in PARTICIPANTS}
        self.callbacks = callbacks(folder, machines)
        self.write_configuration(token)

    def service_command(self, name):
        # Each start has a seed of its own: the same one would end every life at the same call.
        return lambda port, port_file: [
            self.binaries / name, "--listen", f"0.0.0.0:{port}", "--admin", "on", "--database", self.folder / f"{name}.db", "--port-file", port_file, "--sync",
            "normal", "--seed", str(self.dice.getrandbits(32)), *(["--answer-later", f"{LATE_PATH}={LATE_MS}"] if name == SERVED_BY[LATE] else [])]

    def write_configuration(self, token):
        (self.folder / "definitions").mkdir()
        shutil.copy(HERE.parent / "crash" / "kill.yaml", self.folder / "definitions")
        self.token_lines = (f"tokens:\n  - {{name: all, token_sha256: {hashlib.sha256(token.encode()).hexdigest()}, "
                            "roles: [client, developer, operator, reader], definitions: [sale]}\n")

    def open(self):
        self.database.make(*(f"{network.hub(side)}/24" for side in network.SIDES)).start().has_role("sagad", "sagad")
        if self.standby:
            self.follow()
        for one in self.services.values():
            one.start()
        here = network.hub("participants")
        lines = [f"  {name}: {{endpoints: ['http://{here}:{one.port}']}}" for name, one in self.services.items()]
        (self.folder / "sagad.yaml").write_text(
            f"public_url: http://{here}:{CALLBACKS_PORT}\n"
            f"journal: postgresql://sagad@{','.join(f'{one.host}:{one.port}' for one in self.servers)}/sagad?target_session_attrs=read-write\n"
            f"definitions: {self.folder}/definitions\n{self.token_lines}participants:\n" + "\n".join(lines) + "\n")
        trials.stock(self.services)
        self.callbacks.start()
        for one in self.nodes:
            one.start()

    def close(self):
        for one in [*(one.sagad for one in self.nodes), *self.services.values()]:
            one.end(hard=True)
        if self.callbacks.process:
            self.callbacks.process.kill()
            self.callbacks.process.wait()
        for one in self.servers:
            one.kill()
        self.storage.remove()

    def follow(self):
        """The standby is made anew, and from then on has each commit before it is answered."""
        self.standby.make_of(self.database).start()
        self.database.waits_for(self.standby)

    def fail_over(self):
        """The primary is gone: the standby takes its place, and another one the standby's."""
        self.standby.promote()
        self.database, self.standby = self.standby, self.database
        self.standby.unmake()
        self.follow()

    def sql(self, text):
        return self.database.sql(text, "sagad")

    def partitions_of(self, one):
        """What the database says that a node owns."""
        rows = self.sql(f"SELECT id FROM sagad_partitions WHERE owner LIKE '%process {one.sagad.process.pid} on %'")
        return frozenset(int(row) for row in rows.split())

    def live_sagas(self):
        return int(self.sql("SELECT count(*) FROM sagad_live_sagas"))
