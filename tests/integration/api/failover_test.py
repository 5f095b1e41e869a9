"""The journal in a database with a synchronous standby: the primary falls or hangs, the standby is promoted, and nothing that was told is lost."""

import os
import pathlib
import shutil
import signal
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "scripts"))
import stub_participant  # noqa: E402
from coordinator import await_that  # noqa: E402
from demonstration import postgres, proxy  # noqa: E402
from shop import shop_case  # noqa: E402


class failover(shop_case):
    def setUp(self):
        super().setUp()
        self.sagad.end()
        logs = pathlib.Path(tempfile.mkdtemp(prefix="sagad-failover-"))
        self.addCleanup(shutil.rmtree, logs)
        place = postgres.Place()
        self.addCleanup(place.remove)
        before = os.environ.get("PGPASSFILE")
        self.addCleanup(lambda: os.environ.pop("PGPASSFILE") if before is None else os.environ.update(PGPASSFILE=before))
        os.environ["PGPASSFILE"] = str(place.passwords)
        ports = proxy.free_ports(2)
        self.primary, self.standby = (postgres.Server(place, name, "127.0.0.1", port, logs / f"{name}.log")
                                      for name, port in zip(("primary", "standby"), ports))
        for one in (self.primary, self.standby):
            self.addCleanup(one.end)
        self.primary.make().start().has_role("sagad", "sagad")
        self.standby.make_of(self.primary).start()
        self.primary.waits_for(self.standby)
        self.sagad.journal = f"postgresql://sagad@127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/sagad?target_session_attrs=read-write"
        self.sagad.start()

    def test_what_was_told_is_there_and_goes_on_when_the_primary_has_fallen(self):
        self.fails_over(self.primary.kill)

    def test_and_when_it_hangs_and_nobody_is_told_that_it_is_gone(self):
        self.fails_over(lambda: self.primary.send(signal.SIGSTOP))

    def fails_over(self, end_primary):
        told = {f"order-{number}": self.start(headers={"Idempotency-Key": f"order-{number}"}).body["id"] for number in range(50)}
        self.shop.does("/bake", stub_participant.answers(202))
        waiting = self.started("later")
        await_that(lambda: self.shop.to("/bake"), "the call")
        callback = self.shop.to("/bake")[-1].headers["saga-callback"].removeprefix("http://sagad.example")
        end_primary()
        self.standby.promote()
        await_that(lambda: self.call("GET", "/readyz").status == 200, "going on")
        for key, saga in told.items():
            again = self.now_or_later(lambda: self.start(query="?wait=30s", headers={"Idempotency-Key": key}))
            self.assertEqual((again.status, again.body["id"], again.body["state"]), (200, saga, "completed"), again.text)
        self.assertEqual(self.now_or_later(lambda: self.call("POST", callback, {}, {"Saga-Outcome": "done"})).status, 204)
        await_that(lambda: self.now_or_later(lambda: self.call("GET", f"/v1/sagas/{waiting}")).body["state"] == "completed", "its end")
        self.assertEqual(self.now_or_later(lambda: self.start(query="?wait=30s")).body["state"], "completed", "a new one")


if __name__ == "__main__":
    unittest.main()
