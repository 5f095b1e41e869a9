"""Requests that cannot be: each has a clear answer, and the process goes on."""

import http.client
import json
import unittest

from coordinator import send_raw
from shop import INPUT_GOOD, ORDER, shop_case


class requests_that_cannot_be(shop_case):
    def test_a_body_that_is_not_json_is_malformed(self):
        for body in (b"{", b"{]", b'{"a":01}', b'{"a":1}x', b"nul", b'{"a":1,}', b"\xef\xbb\xbf{}", b'"\\ud800"'):
            with self.subTest(body=body):
                self.refused(self.start(given=body), 400, "malformed", "JSON")
                self.refused(self.call("POST", "/v1/sagas", body), 400, "malformed", "JSON")

    def test_a_doubled_name_is_malformed(self):
        self.refused(self.start(given='{"item":"a","quantity":1,"item":"b"}'), 400, "malformed")
        self.refused(self.start(given='{"item":"a","quantity":1,"\\u0069tem":"b"}'), 400, "malformed")

    def test_what_nests_too_deep_is_malformed(self):
        self.refused(self.start(given="[" * 65 + "]" * 65), 400, "malformed")
        self.refused(self.start(given="[" * 400_000), 400, "malformed")

    def test_what_is_not_utf8_is_malformed(self):
        self.refused(self.start(given=b'{"item":"\xff\xfe","quantity":1}'), 400, "malformed")
        self.refused(self.start(given=b'{"item":"\xc0\x80","quantity":1}'), 400, "malformed")

    def test_a_body_past_its_limit_is_413_and_one_at_it_is_read(self):
        limit = 1 << 20
        head, tail = b'{"item":"', b'","quantity":1}'
        fits = head + b"a" * (limit - len(head) - len(tail)) + tail
        self.refused(self.start(given=fits + b" "), 413, "body-too-large")
        self.assertEqual(self.start(given=fits).status, 201)
        announced = b"POST /v1/sagas HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
        self.assertTrue(send_raw(self.sagad.port, announced).startswith(b"HTTP/1.1 413 "))
        chunked = b"POST /v1/sagas HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertTrue(send_raw(self.sagad.port, chunked + b"ffffffff\r\n" + b"a" * (limit + 1)).startswith(b"HTTP/1.1 413 "))

    def test_headers_past_their_limit_are_431(self):
        self.refused(self.call("GET", "/v1/sagas", headers={"X-Long": "a" * 20_000}), 431, "headers-too-large")
        self.refused(self.call("GET", "/v1/sagas?state=" + "a" * 20_000), 431, "headers-too-large")

    def test_what_is_not_http_is_400_and_closed(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"hello\r\n\r\n", b"GET /\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"):
            with self.subTest(data=data):
                self.assertTrue(send_raw(self.sagad.port, data).startswith(b"HTTP/1.1 400 "), data)

    def test_an_unknown_definition_is_404(self):
        self.refused(self.start("none"), 404, "unknown-definition", "none", "/v1/definitions")
        self.refused(self.start("order@9"), 404, "unknown-definition", "order@9")
        self.refused(self.call("POST", "/v1/sagas", {"definition": "none"}), 404, "unknown-definition", "none")
        self.refused(self.call("GET", "/v1/definitions/none"), 404, "unknown-definition", "none")

    def test_an_unknown_route_is_404(self):
        for path in ("/v1", "/v2/sagas", "/v1/saga", "/v1/definitions/order/saga", "/v1/sagas/" + "0" * 26 + "/x", "//", "/v1/sagas/"):
            with self.subTest(path=path):
                self.refused(self.call("GET", path), 400 if path.endswith("/") and path != "//" else 404,
                             "invalid-argument" if path.endswith("/") and path != "//" else "not-found")
        self.refused(self.call("GET", "/v1/nothing"), 404, "not-found", "GET /openapi.yaml has all routes")
        self.refused(self.call("GET", "/v1/saga"), 404, "not-found", "did you mean /v1/sagas?")
        self.refused(self.call("POST", "/v1/sagas", {"definition": "order", "inputs": {}}), 400, "invalid-argument",
                     "`inputs` is not known here: did you mean `input`?")
        self.refused(self.call("GET", "/v1/sagas/order-1"), 400, "invalid-argument", "GET /v1/sagas?key=KEY")

    def test_a_method_that_a_route_has_not_is_405_and_names_those_it_has(self):
        for method, path, has in (("DELETE", "/v1/sagas", "GET, HEAD, POST"), ("PUT", "/v1/sagas/" + "0" * 26, "GET, HEAD"),
                                  ("GET", "/v1/definitions/order/sagas", "POST"), ("POST", "/v1/definitions", "GET, HEAD"),
                                  ("GET", "/v1/callbacks/x", "POST"), ("POST", "/metrics", "GET, HEAD"),
                                  ("GET", "/v1/sagas/" + "0" * 26 + "/cancel", "POST"), ("POST", "/v1/participants", "GET, HEAD")):
            with self.subTest(method=method, path=path):
                answer = self.call(method, path)
                self.refused(answer, 405, "method-not-allowed", has)
                self.assertEqual(answer.headers["Allow"], has)

    def test_head_is_answered_as_get_without_the_body(self):
        saga_id = self.start(query="?wait=30s").body["id"]
        connection = http.client.HTTPConnection("127.0.0.1", self.sagad.port, timeout=60)
        self.addCleanup(connection.close)

        def asked(method, path):
            connection.request(method, path)
            answer = connection.getresponse()
            told = dict(answer.headers)
            return answer.status, {name: told.get(name) for name in ("Content-Type", "Content-Length", "Saga-State", "Allow")}, answer.read()
        for path in ("/healthz", "/readyz", "/openapi.yaml", "/v1/definitions", "/v1/definitions/order", f"/v1/sagas/{saga_id}",
                     f"/v1/sagas/{saga_id}/events", "/v1/participants", "/v1/sagas/" + "0" * 26, "/v1/sagas:batch"):
            with self.subTest(path=path):
                status, headers, body = asked("GET", path)
                self.assertGreater(len(body), 0)
                self.assertEqual(asked("HEAD", path), (status, headers, b""))

    def test_an_unknown_saga_is_404_and_a_name_that_is_no_id_400(self):
        self.refused(self.call("GET", "/v1/sagas/" + "0" * 26), 404, "not-found")
        self.refused(self.call("GET", "/v1/sagas/" + "0" * 26 + "/events"), 404, "not-found")
        self.refused(self.command("0" * 26, "retry"), 404, "not-found")
        self.refused(self.call("POST", "/v1/sagas/" + "0" * 26 + "/cancel", {}), 404, "not-found")
        self.refused(self.call("GET", "/v1/sagas/short"), 400, "invalid-argument", "26")
        self.refused(self.call("GET", "/v1/sagas/%zz"), 400, "invalid-argument")

    def test_input_that_does_not_fit_is_told_all_at_once_with_pointers(self):
        told = self.refused(self.start(given={"quantity": 0}), 422, "invalid-input")
        pointers = sorted(one["pointer"] for one in told["errors"])
        self.assertEqual(len(pointers), 2, told)
        self.assertIn("/quantity", pointers)
        self.assertTrue(all(one["detail"] for one in told["errors"]))
        self.refused(self.start(given="[]"), 422, "invalid-input", "schema: it must be an object, is a list")
        whole = self.call("POST", "/v1/sagas", {"definition": "order", "input": {"item": 5, "quantity": "x"}})
        self.assertEqual(sorted(one["pointer"] for one in self.refused(whole, 422, "invalid-input")["errors"]),
                         ["/item", "/quantity"])

    def test_of_many_mistakes_in_an_input_a_hundred_are_told_and_the_others_counted(self):
        definition = {"steps": [{"step": "a", "participant": "shop", "action": {"post": "/a"}, "compensation": "none"}],
                      "input": {"items": {"type": "string"}}}
        answer = self.call("POST", "/v1/sagas", {"definition": definition, "input": list(range(250))})
        told = self.refused(answer, 422, "invalid-input", "150 more")
        self.assertEqual([one["pointer"] for one in told["errors"]], [f"/{at}" for at in range(100)])

    def test_a_start_of_another_media_type_is_415(self):
        self.refused(self.start(headers={"Content-Type": "text/xml"}), 415, "unsupported-media",
                     "the input is sent as application/json, and this says that it is `text/xml`: send it with that `Content-Type`")
        self.assertEqual(self.start(headers={"Content-Type": "application/json; charset=utf-8"}).status, 201)

    def test_a_media_type_that_is_no_text_is_not_repeated(self):
        for type in ("text/\xff\xfe", "text/" + "x" * 200):
            self.refused(self.start(headers={"Content-Type": type}), 415, "unsupported-media", "this says something else")

    def test_members_that_are_unknown_or_of_another_kind_are_400(self):
        good = {"definition": "order", "input": INPUT_GOOD}
        for more, named in (({"inputs": {}}, "inputs"), ({"key": 5}, "key"), ({"labels": {"a": 1}}, "labels"),
                            ({"labels": []}, "labels"),
                            ({"labels": {str(one): "x" for one in range(33)}}, "at most 32"), ({"labels": {"a": "x" * 8192}}, "8 KiB"), ({"deadline": 5}, "deadline"), ({"deadline": "soon"}, "deadline"),
                            ({"wait": "10"}, "wait"), ({"definition": None}, "definition")):
            with self.subTest(more=more):
                self.refused(self.call("POST", "/v1/sagas", {**good, **more}), 400, "invalid-argument", named)
        self.refused(self.call("POST", "/v1/sagas", {"input": {}}), 400, "invalid-argument", "definition")
        self.refused(self.call("POST", "/v1/sagas", []), 400, "invalid-argument", "object")

    def test_a_misspelt_parameter_changes_nothing_and_is_named(self):
        for method, path, meant in (
                ("PUT", "/v1/definitions/order?dryrun", "dry_run"),
                ("POST", "/v1/definitions/order/sagas?kye=a", "key"),
                ("POST", "/v1/definitions/order/sagas?wiat=1s", "wait"),
                ("POST", "/v1/sagas?wiat=1s", "wait"),
                ("POST", "/v1/sagas:batch?kye=a", "key"),
                ("GET", f"/v1/sagas/{self.started()}?wiat=1s", "wait")):
            with self.subTest(path):
                body = ORDER.replace("/hold", "/holds") if method == "PUT" else INPUT_GOOD if method == "POST" else None
                before = self.call("GET", "/v1/definitions/order").body["version"]
                self.refused(self.call(method, path, body), 400, "invalid-argument", f"did you mean `{meant}`?")
                self.assertEqual(self.call("GET", "/v1/definitions/order").body["version"], before)
        self.refused(self.call("POST", f"/v1/sagas/{self.started()}/cancel?if_seq=1", {}), 400, "invalid-argument", "no parameters")

    def test_numbers_of_any_size_are_taken_and_handed_on(self):
        number = "123456789012345678901234567890.5e999"
        for body in (f'{{"item":"a","quantity":7,"more":{number}}}',
                     f' {{"definition":"order","input":{{"item":"a","quantity":7,"more":{number}}}}}'):
            path = "/v1/sagas" if "definition" in body else "/v1/definitions/order/sagas"
            self.assertEqual(self.call("POST", path, body).status, 201)

    def test_one_connection_goes_on_after_refusals(self):
        refused = b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        body = json.dumps(INPUT_GOOD).encode()
        start = b"POST /v1/definitions/order/sagas HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        got = send_raw(self.sagad.port, refused * 3 + start + body)
        self.assertEqual(got.count(b"HTTP/1.1 404 "), 3)
        self.assertEqual(got.count(b"HTTP/1.1 201 "), 1)


if __name__ == "__main__":
    unittest.main()
