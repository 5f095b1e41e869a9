"""openapi.yaml against a running coordinator: every example is sent, and every answer is one that the contract names."""

import collections
import http.client
import json
import re
import unittest
import urllib.parse

import jsonschema
import yaml

import stub_participant
from coordinator import PATIENCE_SECONDS, await_that, coordinator

METHODS = ("get", "put", "post", "delete")
example = collections.namedtuple("example", "method template operation asked")


class contract_case(unittest.TestCase):
    """Without definitions of its own: the examples bring theirs."""

    def setUp(self):
        self.shop = stub_participant.participant()
        self.addCleanup(self.shop.close)
        self.shop.does("/bake", stub_participant.answers(202))
        self.sagad = coordinator({"shop": self.shop.port}, flags=("--public-url", "http://sagad.example"))
        self.addCleanup(self.sagad.remove)
        self.sagad.start()
        self.contract = yaml.safe_load(self.sagad.call("GET", "/openapi.yaml").text)
        self.kept = {}

    def examples(self):
        for template, item in self.contract["paths"].items():
            for method in (each for each in item if each in METHODS):
                for asked in item[method]["x-examples"]:
                    yield example(method.upper(), template, item[method], asked)

    def resolve(self, node):
        while "$ref" in node:
            place = self.contract
            for name in node["$ref"].removeprefix("#/").split("/"):
                place = place[name]
            node = place
        return node

    def fits(self, value, schema):
        """Against the schema, whose references lead into the whole contract."""
        checker = jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver("", self.contract))
        mistakes = [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in checker.iter_errors(value)]
        self.assertEqual(mistakes, [])

    def parameters(self, one):
        of_path = self.contract["paths"][one.template].get("parameters", [])
        return [self.resolve(each) for each in (*of_path, *one.operation.get("parameters", []))]

    def send(self, one):
        path = one.asked["path"].format(**self.kept)
        headers = dict(one.asked.get("headers", {}))
        body = one.asked.get("body")
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        if headers.get("Accept") == "text/event-stream":
            return self.follow(path, headers)
        answer = self.sagad.call(one.method, path, body, headers)
        return answer.status, answer.headers, answer.body if answer.body is not None else answer.text

    def follow(self, path, headers):
        """As much of a stream as its first event."""
        connection = http.client.HTTPConnection("127.0.0.1", self.sagad.port, timeout=PATIENCE_SECONDS)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers)
        got = connection.getresponse()
        lines = iter(lambda: got.readline().decode(), "")
        data = next(line for line in lines if line.startswith("data: "))
        got.close()
        self.fits(json.loads(data.removeprefix("data: ")), {"$ref": "#/components/schemas/record"})
        return got.status, got.headers, data

    def judge(self, one, status, headers, body):
        """The answer is the named one: status, media type, headers, body."""
        self.assertEqual(str(status), one.asked["status"], body)
        response = self.resolve(one.operation["responses"][str(status)])
        for name, header in response.get("headers", {}).items():
            header = self.resolve(header)
            if name in headers:
                self.fits(headers[name], header["schema"])
            else:
                self.assertFalse(header.get("required"), f"{name} is missing")
        media = headers.get("Content-Type", "").partition(";")[0]
        if "content" not in response:
            return self.assertEqual(body, "")
        self.assertIn(media, response["content"])
        schema = response["content"][media].get("schema", True)
        self.fits(body, schema)
        if media == "application/problem+json":
            self.assertEqual(body["status"], status)
        return None

    def await_callback(self):
        """Of the saga that nobody has cancelled."""
        baked = await_that(lambda: [one for one in self.shop.to("/bake") if one.headers["saga-id"] == self.kept["later"]],
                           "a call that is answered later")
        self.kept["callback"] = baked[0].headers["saga-callback"].rpartition("/")[2]

    def test_every_example_is_answered_as_the_contract_says(self):
        sent = 0
        for one in self.examples():
            with self.subTest(method=one.method, path=one.asked["path"], status=one.asked["status"]):
                if "{callback}" in one.asked["path"]:
                    self.await_callback()
                status, headers, body = self.send(one)
                self.judge(one, status, headers, body)
                for name, member in one.asked.get("keep", {}).items():
                    self.kept[name] = body[member]
                sent += 1
        self.assertGreater(sent, 60)

    def test_every_operation_has_an_example_that_it_answers_well_and_names_its_roles(self):
        for template, item in self.contract["paths"].items():
            for method in METHODS:
                if method not in item:
                    continue
                with self.subTest(method=method, path=template):
                    operation = item[method]
                    self.assertTrue([one for one in operation["x-examples"] if one["status"].startswith("2")])
                    self.assertNotEqual("x-roles" in operation, operation.get("security") == [])
                    for name in re.findall(r"{(\w+)}", template):
                        self.assertIn((name, "path"), [(each["name"], each["in"]) for each in self.parameters(
                            example(method, template, operation, None))])

    def test_what_examples_send_is_described(self):
        for one in self.examples():
            described = {(each["in"], each["name"].lower()) for each in self.parameters(one)}
            asked = urllib.parse.urlsplit(one.asked["path"])
            with self.subTest(path=one.asked["path"], method=one.method):
                for name, _ in urllib.parse.parse_qsl(asked.query, keep_blank_values=True):
                    self.assertIn(("query", name), described)
                for name in one.asked.get("headers", {}):
                    if name != "Content-Type":
                        self.assertIn(("header", name.lower()), described)
                if one.asked["status"].startswith("2") and not isinstance(one.asked.get("body", ""), str):
                    self.fits(one.asked["body"], one.operation["requestBody"]["content"]["application/json"]["schema"])

    def test_every_schema_and_every_reference_is_sound(self):
        for name, schema in self.contract["components"]["schemas"].items():
            with self.subTest(schema=name):
                jsonschema.Draft202012Validator.check_schema(schema)
        for reference in re.findall(r"'\$ref': '([^']+)'", str(self.contract)):
            self.resolve({"$ref": reference})

    def test_lists_and_events_take_the_parameters_that_are_described_and_no_other(self):
        for path in ("/v1/sagas", "/v1/events"):
            told = re.findall("`([^`]+)`", self.sagad.call("GET", f"{path}?what=1").body["detail"].partition("; ")[2])
            described = [each["name"] for each in self.contract["paths"][path]["get"]["parameters"] if each["in"] == "query"]
            self.assertEqual(sorted(told), sorted(described))

    def test_no_route_passes_over_a_parameter_that_it_does_not_know(self):
        """The contract names every route of the router: the router's own test holds it to that."""
        for template, item in self.contract["paths"].items():
            path = re.sub(r"{\w+}", "0" * 26, template)
            for method in (each for each in METHODS if each in item):
                with self.subTest(method=method, path=template):
                    body = "{}" if method in ("put", "post") else None
                    answer = self.sagad.call(method.upper(), f"{path}?x=1", body, {"Content-Type": "application/json"} if body else {})
                    self.assertEqual((answer.status, answer.body["type"]), (400, "urn:sagad:problem:invalid-argument"), answer.text)
                    self.assertIn("`x`", answer.body["detail"])
                    self.assertIn("400", item[method]["responses"])

    def test_roles_are_those_that_the_contract_names(self):
        """The roles' own test has a row for each; here only that none is forgotten."""
        known = {"client", "developer", "operator", "reader"}
        for one in self.examples():
            self.assertLessEqual(set(one.operation.get("x-roles", ())), known)
            if "x-roles" in one.operation and set(one.operation["x-roles"]) != known:
                self.assertIn("403", one.operation["responses"], one.template)


if __name__ == "__main__":
    unittest.main()
