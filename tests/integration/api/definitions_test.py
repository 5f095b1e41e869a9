"""Definitions over HTTP."""

import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import resource
import struct
import unittest

import coordinator
import stub_participant
from shop import INPUT_GOOD, ORDER, shop_case

TEXT = """
saga: small
description: one step
steps:
  - step: hold
    participant: shop
    action: {post: /hold}
    compensation: none
"""
MODEL = {"saga": "small", "description": "one step",
         "steps": [{"step": "hold", "participant": "shop", "action": {"post": "/hold"}, "compensation": "none"}]}


def crc32c(data):
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ 0x82F63B78 * (rest & 1)
    return rest ^ 0xFFFFFFFF


class definitions(shop_case):
    def put(self, text, name="small", query=""):
        return self.call("PUT", f"/v1/definitions/{name}{query}", text)

    def test_yaml_and_json_of_the_same_content_are_one_version(self):
        first = self.put(TEXT)
        self.assertEqual((first.status, first.body["version"]), (200, 1), first.text)
        for same in (TEXT, TEXT + "# a comment\n", MODEL):
            again = self.put(same)
            self.assertEqual((again.body["version"], again.body["digest"]), (1, first.body["digest"]))
        changed = self.put({**MODEL, "description": "another"})
        self.assertEqual(changed.body["version"], 2)
        self.assertEqual(self.call("GET", "/v1/definitions/small").body["version"], 2)
        self.assertEqual(self.call("GET", "/v1/definitions/small@1").body["digest"], first.body["digest"])
        self.assertEqual(self.start("small@1", {}, "?wait=30s").body["state"], "completed")

    def test_of_all_that_upload_the_same_at_once_one_is_told_that_it_is_new(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            told = [one.body for one in pool.map(lambda _: self.put(TEXT), range(8))]
        self.assertEqual({one["version"] for one in told}, {1})
        self.assertEqual(sorted(one["new_version"] for one in told), [False] * 7 + [True])

    def test_mistakes_are_told_all_at_once_with_line_and_column(self):
        told = self.refused(self.put(TEXT.replace("participant: shop", "participant: shpo").replace("post:", "past:")),
                            422, "invalid-definition", "line")
        self.assertGreaterEqual(len(told["errors"]), 2, told)
        for one in told["errors"]:
            self.assertGreater(one["line"], 0)
            self.assertGreater(one["column"], 0)
            self.assertTrue(one["detail"])
        for text in ("", "{", "- a", "saga: [", "\x00", "a: &x 1\nb: *x", "[" * 100_000, "5"):
            with self.subTest(text=text[:10]):
                self.refused(self.put(text), 422, "invalid-definition", "line")
        self.refused(self.put(b"saga: \xff\xfe"), 422, "invalid-definition")
        self.refused(self.call("GET", "/v1/definitions/small"), 404, "unknown-definition")

    def test_past_the_most_that_are_kept_a_new_one_is_refused_and_what_is_there_stays_in_use(self):
        self.sagad.end()
        self.sagad.flags += ["--definitions-max", str(len(self.definitions) + 1)]
        self.sagad.start()
        self.assertEqual(self.put(TEXT).status, 200)
        another = {**MODEL, "description": "another"}
        kept = self.kept_bytes()
        for query in ("?dry_run", ""):
            self.refused(self.put(another, query=query), 503, "overloaded", "limits.definitions_max")
        self.assertEqual(self.put(TEXT, query="?dry_run").status, 200)
        self.refused(self.call("POST", "/v1/sagas", {"definition": another, "input": {"a": 1}}), 503, "overloaded", "limits.definitions_max")
        self.assertEqual(self.kept_bytes(), kept)
        self.assertEqual(self.put(TEXT).status, 200)
        self.assertEqual(self.call("POST", "/v1/sagas?wait=30s", {"definition": MODEL, "input": {"a": 1}}).status, 200)
        self.assertEqual(self.call("POST", "/v1/sagas?wait=30s", {"definition": "small", "input": {"a": 1}}).status, 200)

    def test_dry_run_stores_nothing(self):
        self.assertEqual(self.put(TEXT, query="?dry_run").status, 200)
        self.assertEqual(self.put(TEXT, query="?dry_run=true").status, 200)
        self.refused(self.put("saga: small", query="?dry_run"), 422, "invalid-definition")
        self.refused(self.call("GET", "/v1/definitions/small"), 404, "unknown-definition")

    def test_dry_run_says_what_would_become_of_it(self):
        told = lambda text: {name: self.put(text, query="?dry_run").body[name] for name in ("version", "new_version", "dry_run")}
        self.assertEqual(told(TEXT), {"version": 1, "new_version": True, "dry_run": True})
        self.put(TEXT)
        self.assertEqual(told(TEXT), {"version": 1, "new_version": False, "dry_run": True})
        self.assertEqual(told(TEXT.replace("one step", "another")), {"version": 2, "new_version": True, "dry_run": True})

    def test_a_retired_one_starts_nothing_and_what_runs_goes_on(self):
        saga_id = self.stuck()
        kept = self.start(query="?key=kept", given={"item": "kept", "quantity": 1})
        self.until(kept.body["id"], "stuck")
        retired = self.call("DELETE", "/v1/definitions/order")
        self.assertEqual((retired.status, retired.body["retired"]), (200, True), retired.text)
        self.assertEqual(self.call("DELETE", "/v1/definitions/order").status, 200)
        for restarted in (False, True):
            if restarted:
                self.assertEqual(self.sagad.end(), 0)
                self.sagad.start()
            for name in ("order", "order@1"):
                self.refused(self.start(name), 404, "unknown-definition", "retired")
            again = self.start(query="?key=kept", given={"item": "kept", "quantity": 1})
            self.assertEqual((again.status, again.body["id"]), (200, kept.body["id"]))
            self.assertTrue(self.call("GET", "/v1/definitions/order").body["retired"])
            self.seen()
            listed, = [one for one in self.call("GET", "/v1/definitions").body["definitions"] if one["name"] == "order"]
            self.assertEqual((listed["retired"], listed["in_flight"]), (True, 2))
        self.shop.does("/send", stub_participant.done())
        for one in (saga_id, kept.body["id"]):
            self.command(one, "retry")
            self.until(one, "completed")
        put = self.call("PUT", "/v1/definitions/order", ORDER)
        self.assertEqual((put.body["version"], "retired" in put.body), (1, False))
        self.assertEqual(self.start(query="?wait=30s").status, 200)
        self.refused(self.call("DELETE", "/v1/definitions/nobody"), 404, "unknown-definition")
        self.refused(self.call("DELETE", "/v1/definitions/order@1"), 400, "invalid-argument", "all its versions")

    def test_a_name_that_differs_from_the_path_is_refused(self):
        self.refused(self.put(TEXT, "other"), 422, "invalid-definition", "small", "other")
        self.refused(self.put(TEXT.replace("saga: small", ""), "small"), 422, "invalid-definition", "begin it with `saga: small`")

    def test_the_list_names_every_version(self):
        self.put(TEXT)
        self.put({**MODEL, "description": "another"})
        listed = self.call("GET", "/v1/definitions").body["definitions"]
        self.assertEqual([(one["name"], one["version"]) for one in listed if one["name"] == "small"], [("small", 1), ("small", 2)])
        self.assertTrue({"order", "keyed", "later", "polled"} <= {one["name"] for one in listed})

    def test_what_get_answers_can_be_put_again(self):
        one = self.call("GET", "/v1/definitions/order").body
        again = self.call("PUT", "/v1/definitions/order", one["definition"])
        self.assertEqual((again.status, again.body["version"], again.body["digest"]), (200, one["version"], one["digest"]), again.text)

    def test_a_running_saga_keeps_the_definition_it_started_with(self):
        self.shop.does("/send", stub_participant.answers(500))
        saga_id = self.started()
        self.until(saga_id, "stuck")
        self.call("PUT", "/v1/definitions/order", ORDER.replace("/send", "/dispatch"))
        self.shop.does("/send", stub_participant.done())
        self.command(saga_id, "retry")
        self.until(saga_id, "completed")
        self.assertEqual(self.shop.to("/dispatch"), [])
        self.assertEqual(self.start(query="?wait=30s").body["state"], "completed")
        self.assertEqual(len(self.shop.to("/dispatch")), 1)

    def test_an_inline_definition_runs_and_is_not_listed(self):
        model = {name: value for name, value in MODEL.items() if name != "saga"}
        for definition in (model, MODEL):
            answer = self.call("POST", "/v1/sagas", {"definition": definition, "input": {"a": 1}, "wait": "30s"})
            self.assertEqual((answer.status, answer.body["state"]), (200, "completed"), answer.text)
        self.assertNotIn("small", {one["name"] for one in self.call("GET", "/v1/definitions").body["definitions"]})

    def test_an_inline_definition_with_mistakes_is_told_all_of_them(self):
        answer = self.call("POST", "/v1/sagas", {"definition": {"steps": [{"step": "A"}, {"stp": "b"}]}})
        self.assertGreaterEqual(len(self.refused(answer, 422, "invalid-definition", "inline")["errors"]), 2)

    def keep(self, name, version, canonical):
        """Writes one into the journal, while sagad is down, as an earlier or a later sagad would (docs/log-format.md)."""
        text = name.encode() + canonical.encode()
        behind = struct.pack("<IIHHI", 56 + len(text), version, len(name), 1, 0) + hashlib.sha256(canonical.encode()).digest() + text
        with open(self.sagad.folder / "journal" / "definitions.log", "ab") as kept:
            kept.write(b"SGD1" + struct.pack("<I", crc32c(behind)) + behind)

    def test_a_version_that_cannot_be_compiled_is_listed_with_why(self):
        self.put(TEXT)
        self.sagad.end()
        self.keep("small", 2, '{"saga":"small"}')
        self.sagad.start()
        good, bad = (one for one in self.call("GET", "/v1/definitions").body["definitions"] if one["name"] == "small")
        self.assertEqual((good["version"], good.get("fault"), good["in_flight"]), (1, None, 0))
        self.assertEqual((bad["version"], bad["in_flight"]), (2, 0))
        self.assertIn("needs `steps`", bad["fault"])
        self.refused(self.start("small", {}), 500, "internal", "cannot be compiled by this program")
        self.assertEqual(self.start("small@1", {}, "?wait=30s").body["state"], "completed")
        self.assertEqual(self.put(TEXT).body["version"], 3)
        self.assertEqual(self.start("small", {}, "?wait=30s").body["state"], "completed")

    def test_inline_starts_with_one_key_are_one_saga(self):
        whole = {"definition": MODEL, "key": "inline-1", "input": {"a": 1}}
        first = self.call("POST", "/v1/sagas", whole)
        self.assertEqual(first.status, 201)
        again = self.call("POST", "/v1/sagas", json.dumps(whole, indent=2, sort_keys=True))
        self.assertEqual((again.status, again.body["id"]), (200, first.body["id"]), again.text)
        other = {**whole, "definition": {**MODEL, "description": "another"}}
        self.refused(self.call("POST", "/v1/sagas", other), 409, "key-reused", first.body["id"])

    def kept_bytes(self):
        return (self.sagad.folder / "journal" / "definitions.log").stat().st_size

    def test_without_room_for_them_they_are_refused_and_nothing_else_is(self):
        self.sagad.end()
        most = 4 << 20  # a segment, and not one byte more in any file
        self.sagad.start(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
        answers = []
        for number in range(6):
            answers.append(self.put({**MODEL, "description": f"{number}" + "d" * 900_000}))
        self.assertEqual(answers[0].status, 200, answers[0].text)
        refused = next(one for one in answers if one.status != 200)
        self.refused(refused, 503, "journal-full", "make room")
        self.assertEqual(refused.headers["Retry-After"], "1")
        inline = {"definition": {**MODEL, "description": "e" * 900_000}}
        self.refused(self.call("POST", "/v1/sagas", inline), 503, "journal-full")
        self.assertEqual(self.start("small", {}, "?wait=30s").body["state"], "completed")
        self.assertEqual(self.put({**MODEL, "description": "there is room for a small one"}).status, 200)

    def test_an_inline_one_is_kept_only_with_a_start_that_is_taken(self):
        whole = {"definition": MODEL, "key": "inline-2"}
        self.assertEqual(self.call("POST", "/v1/sagas", whole).status, 201)
        kept = self.kept_bytes()
        other = {**whole, "definition": {**MODEL, "description": "another"}}
        self.refused(self.call("POST", "/v1/sagas", other), 409, "key-reused")
        self.assertEqual(self.kept_bytes(), kept)

    def test_an_inline_one_of_a_start_that_is_not_admitted_is_not_kept(self):
        self.sagad.end()
        self.sagad.flags += ["--live-sagas-max", "2"]
        self.sagad.start()
        kept = self.kept_bytes()
        self.shop.does("/send", stub_participant.answers(500))
        with contextlib.ExitStack() as open_until_the_end:
            connections = []  # of both reactors
            for _ in range(4):
                one = http.client.HTTPConnection("127.0.0.1", self.sagad.port, timeout=60)
                one.connect()
                open_until_the_end.callback(one.close)
                connections.append(one)
            for one in connections:
                one.request("POST", "/v1/definitions/order/sagas", json.dumps(INPUT_GOOD))
                one.getresponse().read()
            for one in connections:
                one.request("POST", "/v1/sagas", json.dumps({"definition": MODEL}))
                got = one.getresponse()
                got.read()
                self.assertEqual(got.status, 429)
        self.assertEqual(self.kept_bytes(), kept)
        listed = lambda: [one["id"] for one in self.call("GET", "/v1/sagas?state=stuck").body["sagas"]]
        begun = coordinator.await_that(lambda: len(listed()) == 2 and listed(), "both that were admitted, listed")
        for saga_id in begun:
            self.until(saga_id, "stuck")
        self.shop.does("/send", stub_participant.done())
        for saga_id in begun:
            self.assertEqual(self.command(saga_id, "retry").status, 200)
            self.until(saga_id, "completed")


if __name__ == "__main__":
    unittest.main()
