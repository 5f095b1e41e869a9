"""The client's name for a start."""

import unittest

from shop import INPUT_GOOD, ORDER, shop_case


class keys(shop_case):
    def keyed(self, key, given=None, query=""):
        return self.start("order", given, query, {} if key is None else {"Idempotency-Key": key})

    def test_the_same_key_with_the_same_request_is_the_same_saga(self):
        first = self.keyed("order-1")
        self.assertEqual(first.status, 201)
        for given in (None, '{"quantity":2,"item":"sword"}', ' {\n"item" : "sword",\t"quantity": 2 } '):
            again = self.keyed("order-1", given)
            self.assertEqual((again.status, again.body["id"]), (200, first.body["id"]))
        whole = {"definition": "order", "input": INPUT_GOOD, "key": "order-1"}
        self.assertEqual(self.call("POST", "/v1/sagas", whole).body["id"], first.body["id"])
        self.assertEqual(self.sagad.metric("sagad_sagas_started_total"), 1)

    def test_a_number_written_in_another_way_is_another_request(self):
        self.assertEqual(self.keyed("n", '{"item":"a","quantity":2,"x":1.0}').status, 201)
        self.refused(self.keyed("n", '{"item":"a","quantity":2,"x":1}'), 409, "key-reused")

    def test_the_same_key_with_another_request_is_409_and_names_the_saga(self):
        first = self.keyed("order-2").body["id"]
        told = self.refused(self.keyed("order-2", {"item": "bow", "quantity": 2}), 409, "key-reused", first)
        self.assertEqual(told["saga"], first)
        self.refused(self.start("keyed", headers={"Idempotency-Key": "order-2"}), 409, "key-reused", first)
        whole = {"definition": "order", "input": INPUT_GOOD, "key": "order-2"}
        self.refused(self.call("POST", "/v1/sagas", {**whole, "labels": {"a": "b"}}), 409, "key-reused", first)
        self.refused(self.call("POST", "/v1/sagas", {**whole, "deadline": "5s"}), 409, "key-reused", first)
        self.assertEqual(self.sagad.metric("sagad_sagas_started_total"), 1)

    def test_the_same_start_is_its_saga_although_the_definition_wants_more_today(self):
        first = self.keyed("order-3").body["id"]
        inline = {"definition": {"steps": [{"step": "a", "participant": "shop", "compensation": "none", "action": {"post": "/hold"}}]},
                  "key": "inline-1"}
        second = self.call("POST", "/v1/sagas", inline).body["id"]
        wanting = ORDER.replace("required: [item, quantity]", "required: [item, quantity, reason]").replace(
            "    quantity: {type: integer, minimum: 1}", "    quantity: {type: integer, minimum: 1}\n    reason: {type: string}")
        self.assertEqual(self.call("PUT", "/v1/definitions/order", wanting).status, 200)
        self.refused(self.keyed("order-4"), 422, "invalid-input", "reason")
        again = self.keyed("order-3")
        self.assertEqual((again.status, again.body["id"]), (200, first))
        self.refused(self.keyed("order-3", {"item": "bow", "quantity": 2}), 422, "invalid-input")
        self.assertEqual(self.call("POST", "/v1/sagas", inline).body["id"], second)

    def test_bare_quoted_and_in_the_query_are_one_key(self):
        first = self.keyed("a.b_c~d:e-F9").body["id"]
        self.assertEqual(self.keyed('"a.b_c~d:e-F9"').body["id"], first)
        self.assertEqual(self.keyed(None, query="?key=a.b_c~d:e-F9").body["id"], first)
        self.assertEqual(self.keyed("a.b_c~d:e-F9", query="?key=a.b_c%7ed:e-F9").body["id"], first)

    def test_two_that_differ_are_400(self):
        self.refused(self.keyed("a", query="?key=b"), 400, "invalid-argument", "once")
        self.refused(self.keyed(None, query="?key=a&key=b"), 400, "invalid-argument", "once")
        whole = {"definition": "order", "input": INPUT_GOOD, "key": "b"}
        self.refused(self.call("POST", "/v1/sagas", whole, {"Idempotency-Key": "a"}), 400, "invalid-argument", "once")

    def test_a_key_of_other_characters_or_too_long_is_400(self):
        for key in ("a/0", "a b", "\xe4", "a" * 129, '""', '"', "", "a,b"):
            with self.subTest(key=key):
                self.refused(self.keyed(key), 400, "invalid-argument", "128")
        self.refused(self.keyed(None, query="?key="), 400, "invalid-argument", "128")
        self.refused(self.call("POST", "/v1/sagas", {"definition": "order", "input": INPUT_GOOD, "key": ""}),
                     400, "invalid-argument", "128")
        self.assertEqual(self.keyed("a" * 128).status, 201)

    def test_a_required_key_that_is_missing_is_422(self):
        self.refused(self.start("keyed"), 422, "key-required", "Idempotency-Key")
        self.assertEqual(self.start("keyed", headers={"Idempotency-Key": "k"}).status, 201)

    def test_a_start_without_a_key_says_so(self):
        one, other = self.keyed(None), self.keyed(None)
        self.assertEqual(one.headers["Saga-Key"], "none")
        self.assertNotEqual(one.body["id"], other.body["id"])
        self.assertIsNone(self.keyed("k").headers["Saga-Key"])


if __name__ == "__main__":
    unittest.main()
