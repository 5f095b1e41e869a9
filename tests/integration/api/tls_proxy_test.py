"""The TLS proxy of docs/operating.md, as it stands there: clients, waits, events, batches and calls go through it."""

import http.client
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "scripts"))
import stub_participant  # noqa: E402
from coordinator import PATIENCE_SECONDS, await_that, coordinator  # noqa: E402
from demonstration import proxy  # noqa: E402
from processes import free_ports  # noqa: E402
from shop import INPUT_GOOD, ORDER  # noqa: E402

PAGE = (ROOT / "docs" / "operating.md").read_text()


class tls_proxy(unittest.TestCase):
    """nginx with the page's two servers, told this test's ports and certificate; the one participant speaks TLS."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-tls-"))
        self.addCleanup(shutil.rmtree, self.folder)
        proxy.make_certificate(self.folder)
        certificate, key = self.folder / "tls.crt", self.folder / "tls.key"
        of_shop = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        of_shop.load_cert_chain(certificate, key)
        self.shop = stub_participant.participant(of_shop)
        self.addCleanup(self.shop.close)
        self.for_clients, self.for_sagad = free_ports(2)
        self.sagad = coordinator({"shop": self.for_sagad})
        self.addCleanup(self.sagad.remove)
        self.sagad.start()
        self.begin_proxy()
        trusting = ssl.create_default_context(cafile=certificate)
        self.client = http.client.HTTPSConnection("localhost", self.for_clients, context=trusting, timeout=PATIENCE_SECONDS)
        self.addCleanup(self.client.close)
        self.assertEqual(self.ask("PUT", "/v1/definitions/order", ORDER)[0], 200)

    def begin_proxy(self):
        servers = re.search(r"^```nginx\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL).group(1)
        for there, here in (("listen 443 ssl", f"listen 127.0.0.1:{self.for_clients} ssl"),
                            ("/etc/sagad/", f"{self.folder}/"),
                            ("http://127.0.0.1:7070", f"http://127.0.0.1:{self.sagad.port}"),
                            ("listen 127.0.0.1:8101", f"listen 127.0.0.1:{self.for_sagad}"),
                            ("https://escrow.example.com", f"https://localhost:{self.shop.port}"),
                            ("/etc/ssl/certs/ca-certificates.crt", f"{self.folder}/tls.crt")):
            self.assertIn(there, servers)
            servers = servers.replace(there, here)
        kept = "".join(f"{name}_temp_path {self.folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {self.folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{kept}{servers}}}\n")
        self.errors = self.folder / "errors"
        self.proxy = subprocess.Popen(["nginx", "-c", self.folder / "nginx.conf", "-e", self.errors])
        self.addCleanup(self.end_proxy)
        await_that(self.proxy_listens, "nginx listening")

    def proxy_listens(self):
        if self.proxy.poll() is not None:
            raise AssertionError(self.errors.read_text())
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.for_clients)) == 0

    def end_proxy(self):
        self.proxy.terminate()
        self.proxy.wait(PATIENCE_SECONDS)

    def ask(self, method, path, body=None, headers=None):
        self.client.request(method, path, body, headers or {})
        got = self.client.getresponse()
        return got.status, json.loads(got.read())

    def test_a_saga_goes_through_it_both_ways(self):
        status, told = self.ask("POST", "/v1/definitions/order/sagas?wait=30s", json.dumps(INPUT_GOOD), {"Idempotency-Key": "a"})
        self.assertEqual((status, told["state"]), (200, "completed"), told)
        self.assertEqual([one.path for one in self.shop.calls], ["/hold", "/pay", "/send"])
        self.assertEqual(self.shop.calls[0].headers["saga-id"], told["id"])

    def test_what_a_participant_rejects_is_told_as_it_said(self):
        self.shop.does("/hold", stub_participant.rejects('{"reason":"sold out"}'))
        told = self.ask("POST", "/v1/definitions/order/sagas?wait=30s", json.dumps(INPUT_GOOD))[1]
        self.assertEqual(told["state"], "compensated")
        self.assertIn("sold out", json.dumps(told))

    def test_a_batch_and_the_live_events_go_through_it(self):
        lines = "".join(json.dumps({"definition": "order", "key": f"b-{at}", "input": INPUT_GOOD}) + "\n" for at in range(200))
        status, told = self.ask("POST", "/v1/sagas:batch", lines, {"Content-Type": "application/x-ndjson"})
        self.assertEqual((status, told["started"]), (200, 200))
        self.client.request("GET", "/v1/events", headers={"Accept": "text/event-stream"})
        stream = self.client.getresponse()
        self.assertEqual((stream.status, stream.headers["Content-Type"]), (200, "text/event-stream"))
        begun = set()
        await_that(lambda: begun.update(re.findall(rb'"b-\d+"', stream.readline())) or len(begun) == 200, "the batch's starts among the events")


if __name__ == "__main__":
    unittest.main()
