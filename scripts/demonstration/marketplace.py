"""The marketplace's real processes, and what they are asked from outside."""

import pathlib
import shutil

from demonstration import market
from processes import call, program


class Marketplace:
    """escrow, transfer, rate and sagad, each with its own data."""

    def __init__(self, binaries, folder, database=None):
        """`database(name)`: where a participant keeps its data, a file in the folder if that is not given."""
        self.binaries, self.folder = binaries, folder
        self.database = database or (lambda name: folder / f"{name}.db")
        self.participants = {name: self.participant(name, name) for name in market.PARTICIPANTS}
        self.sagad = self.program("sagad", "--config", folder / "sagad.yaml")

    def participant(self, kind, name):
        """One whose files are called by `name`."""
        return self.program(name, "--database", self.database(kind), binary=kind)

    def program(self, name, *more, binary=None):
        # Should this script be killed, the kernel ends its programs, too.
        with_us = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        return program(self.folder, name, lambda port, port_file: [
            *with_us, self.binaries / (binary or name), "--listen", f"127.0.0.1:{port}", "--port-file", port_file, *more])

    def processes(self, name):
        """Those behind a participant's name."""
        return [self.participants[name]]

    def open(self):
        for name in self.participants:
            for one in self.processes(name):
                one.start()
        sagas = pathlib.Path(__file__).resolve().parent.parent.parent / "sagas"
        lines = [f"journal: log:{self.folder}/journal", f"definitions: {sagas}", "participants:"]
        lines += [f"  {name}: {{endpoints: {[f'http://127.0.0.1:{one.port}' for one in self.processes(name)]}}}"
                  for name in self.participants]
        (self.folder / "sagad.yaml").write_text("\n".join(lines) + "\n")
        self.sagad.start()
        self.ask("escrow", "POST", "/admin/accounts", market.accounts())
        self.ask("transfer", "POST", "/admin/items", market.goods())

    def close(self):
        for one in [self.sagad, *(one for name in self.participants for one in self.processes(name))]:
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
