"""The marketplace's real processes, and what they are asked from outside."""

import pathlib
import shutil

from demonstration import market
from processes import call, program


class Marketplace:
    """escrow, transfer, rate and sagad, each with its own data."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder
        self.participants = {name: self.program(name, "--database", folder / f"{name}.db") for name in market.PARTICIPANTS}
        self.sagad = self.program("sagad", "--config", folder / "sagad.yaml")

    def program(self, name, *more):
        # Should this script be killed, the kernel ends its programs, too.
        with_us = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        return program(self.folder, name, lambda port, port_file: [
            *with_us, self.binaries / name, "--listen", f"127.0.0.1:{port}", "--port-file", port_file, *more])

    def open(self):
        for one in self.participants.values():
            one.start()
        sagas = pathlib.Path(__file__).resolve().parent.parent.parent / "sagas"
        lines = [f"journal: log:{self.folder}/journal", f"definitions: {sagas}", "participants:"]
        lines += [f"  {name}: {{endpoints: ['http://127.0.0.1:{one.port}']}}" for name, one in self.participants.items()]
        (self.folder / "sagad.yaml").write_text("\n".join(lines) + "\n")
        self.sagad.start()
        self.ask("escrow", "POST", "/admin/accounts", market.accounts())
        self.ask("transfer", "POST", "/admin/items", market.goods())

    def close(self):
        for one in [self.sagad, *self.participants.values()]:
            one.end()

    def ask(self, name, method, path, body=None):
        status, answer = call(self.participants[name].port, method, path, body)
        if status != 200:
            raise SystemExit(f"{name} answered {method} {path} with {status}: {answer}")
        return answer

    def break_things(self):
        for name in market.PARTICIPANTS:
            self.ask(name, "POST", "/admin/faults", market.FAULTS)

    def mend_things(self):
        for name in market.PARTICIPANTS:
            self.ask(name, "DELETE", "/admin/faults")

    def books(self):
        return {name: self.ask(name, "GET", "/admin/books") for name in market.PARTICIPANTS}
