"""Who may do what."""

import hashlib
import subprocess
import unittest

import coordinator
import stub_participant
from coordinator import PATIENCE_SECONDS
from shop import INPUT_GOOD, ORDER, shop_case

ROLES = ("client", "developer", "operator", "reader")


def token_lines():
    lines = ["tokens:"]
    for role in ROLES:
        digest = hashlib.sha256(f"secret-of-{role}".encode()).hexdigest()
        only = ", definitions: [order]" if role == "client" else ""
        article = "an" if role == "operator" else "a"
        lines.append(f"  - {{name: {article}-{role}, token_sha256: {digest}, roles: [{role}]{only}}}")
    neighbour = hashlib.sha256(b"secret-of-neighbour").hexdigest()
    lines.append(f"  - {{name: a-neighbour, token_sha256: {neighbour}, roles: [client], definitions: [order]}}")
    return "\n".join(lines) + "\n"


def bearer(role):
    return {"Authorization": f"Bearer secret-of-{role}"}


class roles(shop_case):
    configuration = token_lines()

    def setUp(self):
        super().setUp()
        plain = self.sagad.call
        # The harness looks on as somebody who may.
        self.sagad.call = lambda method, path, body=None, headers=None, **more: plain(
            method, path, body, {**bearer("reader"), **(headers or {})}, **more)
        self.plain = plain

    def as_role(self, role, method, path, body=None):
        return self.plain(method, path, body, bearer(role))

    def test_without_a_token_or_with_a_wrong_one_it_is_401(self):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"},
                        {"Authorization": "secret-of-reader"}, {"Authorization": "Bearer " + "a" * 8000}):
            for method, path in (("GET", "/v1/sagas"), ("POST", "/v1/sagas"), ("GET", "/metrics"), ("GET", "/v1/nothing"),
                                 ("PUT", "/v1/definitions/x"), ("GET", "/v1/participants")):
                with self.subTest(headers=str(headers)[:40], path=path):
                    answer = self.plain(method, path, None, headers)
                    self.refused(answer, 401, "unauthorized", "Bearer")
                    self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_probes_and_callbacks_need_no_token(self):
        self.assertEqual(self.plain("GET", "/healthz").status, 200)
        self.assertEqual(self.plain("GET", "/readyz").status, 200)
        for path in ("/healthz", "/readyz"):
            for method in ("DELETE", "TRACE", "POST"):
                refused = self.plain(method, path)
                self.assertEqual((refused.status, refused.headers["allow"]), (405, "GET, HEAD"), f"{method} {path}")

    def test_the_scheme_is_taken_in_any_case(self):
        for scheme in ("bearer", "BEARER", "Bearer"):
            token = {"Authorization": f"{scheme} secret-of-reader"}
            self.assertEqual(self.plain("GET", "/v1/views", headers=token).status, 200, scheme)
        for wrong in ("Bearer", "Bearers secret-of-reader", "Basic secret-of-reader", "bearer_secret-of-reader"):
            self.assertEqual(self.plain("GET", "/v1/views", headers={"Authorization": wrong}).status, 401, wrong)
        self.assertEqual(self.plain("POST", "/v1/callbacks/x").status, 404)

    def test_a_rebuild_without_a_token_says_what_to_set(self):
        ended = subprocess.run(self.sagad.command(verb=("views", "rebuild")), capture_output=True, text=True,
                               timeout=PATIENCE_SECONDS)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("wants a token with the role operator: set the variable SAGAD_TOKEN", ended.stderr)
        self.assertNotIn("{", ended.stderr)

    def test_each_role_may_do_its_own_and_no_other(self):
        saga_id = self.as_role("client", "POST", "/v1/definitions/order/sagas?wait=30s", INPUT_GOOD).body["id"]
        inline = {"definition": {"steps": [{"step": "a", "participant": "shop", "action": {"post": "/a"}, "compensation": "none"}]}}
        table = (
            ("POST", "/v1/definitions/order/sagas", INPUT_GOOD, {"client", "developer"}),
            ("POST", "/v1/definitions/keyed/sagas?key=k", INPUT_GOOD, {"developer"}),
            ("POST", "/v1/sagas", {"definition": "order", "input": INPUT_GOOD}, {"client", "developer"}),
            ("POST", "/v1/sagas", {"definition": "keyed", "key": "k", "input": INPUT_GOOD}, {"developer"}),
            ("POST", "/v1/sagas", inline, {"developer"}),
            ("PUT", "/v1/definitions/order", ORDER, {"developer"}),
            ("DELETE", "/v1/definitions/order@1", None, {"developer"}),
            ("POST", f"/v1/sagas/{saga_id}/commands/pause", {}, {"operator"}),
            ("POST", f"/v1/sagas/{saga_id}/cancel", {}, {"client", "operator"}),
            ("POST", "/v1/commands", {"id": "job", "command": "retry", "filter": {"state": "stuck"}}, {"operator"}),
            ("GET", "/v1/commands/job", None, {"operator"}),
            ("DELETE", "/v1/commands/job", None, {"operator"}),
            ("GET", "/v1/sagas", None, set(ROLES)),
            ("GET", "/v1/sagas?counts=true", None, {"developer", "operator", "reader"}),
            ("GET", "/v1/sagas?starter=a-reader", None, {"developer", "operator", "reader"}),
            ("GET", "/v1/events", None, set(ROLES)),
            ("GET", "/v1/events?starter=a-reader", None, {"developer", "operator", "reader"}),
            ("GET", "/v1/views", None, {"developer", "operator", "reader"}),
            ("POST", "/v1/views/rebuild", None, {"operator"}),
            ("GET", f"/v1/sagas/{saga_id}", None, set(ROLES)),
            ("GET", f"/v1/sagas/{saga_id}/events", None, set(ROLES)),
            ("GET", "/v1/definitions", None, {"developer", "operator", "reader"}),
            ("GET", "/v1/definitions/order", None, {"developer", "operator", "reader"}),
            ("GET", "/v1/participants", None, {"developer", "operator", "reader"}),
            ("GET", "/v1/nodes", None, {"developer", "operator", "reader"}),
            ("GET", "/metrics", None, {"developer", "operator", "reader"}),
        )
        for method, path, body, may in table:
            for role in ROLES:
                with self.subTest(method=method, path=path, role=role):
                    answer = self.as_role(role, method, path, body)
                    if role in may:
                        self.assertNotIn(answer.status, (401, 403, 404), answer.text)
                    else:
                        self.refused(answer, 403, "forbidden")

    def test_a_client_lists_what_it_started_and_nothing_else(self):
        own = self.as_role("client", "POST", "/v1/definitions/order/sagas?wait=30s", INPUT_GOOD).body["id"]
        other = self.as_role("developer", "POST", "/v1/definitions/order/sagas?wait=30s", INPUT_GOOD).body["id"]
        self.assertEqual([one["id"] for one in self.listed()], sorted([own, other], reverse=True))
        for query in ("", "?state=completed", "?definition=order", "?starter=a-client", f"?id={other[:4]}"):
            with self.subTest(query=query):
                mine = self.as_role("client", "GET", f"/v1/sagas{query}").body["sagas"]
                self.assertEqual([(one["id"], one["starter"]) for one in mine], [(own, "a-client")])
        self.assertEqual(self.as_role("client", "GET", f"/v1/sagas?id={other}").body["sagas"], [])

    def test_the_token_is_shown_nowhere(self):
        self.as_role("client", "POST", "/v1/definitions/order/sagas?wait=30s", INPUT_GOOD)
        printed = subprocess.run(self.sagad.command("--print-config"), capture_output=True, text=True, check=True,
                                 timeout=PATIENCE_SECONDS).stdout
        self.assertNotIn("secret-of-", self.sagad.log() + printed)

    def test_who_starts_and_who_commands_is_recorded(self):
        saga_id = self.as_role("client", "POST", "/v1/definitions/order/sagas?wait=30s", INPUT_GOOD).body["id"]
        self.assertEqual(self.as_role("reader", "GET", f"/v1/sagas/{saga_id}").body["started_by"], "a-client")
        self.shop.does("/send", stub_participant.answers(500))
        stuck = self.as_role("developer", "POST", "/v1/definitions/order/sagas", INPUT_GOOD).body["id"]
        coordinator.await_that(lambda: self.as_role("reader", "GET", f"/v1/sagas/{stuck}").body["state"] == "stuck", "stuck")
        self.assertEqual(self.as_role("operator", "POST", f"/v1/sagas/{stuck}/commands/resolve", {"reason": "r"}).status, 200)
        events = self.as_role("reader", "GET", f"/v1/sagas/{stuck}/events").body
        self.assertEqual([event["actor"] for record in events for event in record["events"] if "actor" in event],
                         ["a-developer", "an-operator"])

    def test_a_client_sees_cancels_and_repeats_only_what_it_started(self):
        path = "/v1/definitions/order/sagas?key=mine"
        mine = self.as_role("client", "POST", path, INPUT_GOOD).body["id"]
        self.assertEqual(self.as_role("client", "POST", path, INPUT_GOOD).body["id"], mine)
        other = self.plain("POST", path, INPUT_GOOD, {"Authorization": "Bearer secret-of-neighbour"})
        told = self.refused(other, 409, "key-reused")
        self.assertNotIn(mine, other.text)
        self.assertNotIn("saga", told)
        for method, what in (("GET", ""), ("GET", "?wait=1s"), ("GET", "/events"), ("POST", "/cancel")):
            answer = self.plain(method, f"/v1/sagas/{mine}{what}", None, {"Authorization": "Bearer secret-of-neighbour"})
            self.refused(answer, 404, "not-found")
        for role in ROLES:
            self.assertEqual(self.as_role(role, "GET", f"/v1/sagas/{mine}").status, 200)


class listening_beyond_loopback(unittest.TestCase):
    def test_without_tokens_it_is_refused(self):
        sagad = coordinator.coordinator()
        self.addCleanup(sagad.remove)
        for address in ("0.0.0.0:0", "[::]:0"):
            ended = subprocess.run(sagad.command(listen=address), capture_output=True, text=True, timeout=PATIENCE_SECONDS)
            self.assertEqual(ended.returncode, 2)
            self.assertIn("token", ended.stderr)

    def test_with_tokens_it_begins(self):
        sagad = coordinator.coordinator(configuration=token_lines(), address="0.0.0.0")
        self.addCleanup(sagad.remove)
        sagad.start()
        self.assertEqual(sagad.call("GET", "/v1/sagas").status, 401)
        self.assertEqual(sagad.end(), 0)


if __name__ == "__main__":
    unittest.main()
