"""docs/api.md has every route of the contract, and every type of problem. What it says to type is typed by tests/examples."""

import pathlib
import re
import unittest

import yaml

from coordinator import coordinator

PAGE = (pathlib.Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text()


class the_page(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.sagad = coordinator()
        self.addCleanup(self.sagad.remove)
        self.sagad.start()

    def test_it_has_every_route_of_the_contract_and_no_other(self):
        contract = yaml.safe_load(self.sagad.call("GET", "/openapi.yaml").text)
        routes = {f"{method.upper()} {path}" for path, item in contract["paths"].items() for method in item if method != "parameters"}
        shown = re.findall(r"^### ((?:GET|PUT|POST|DELETE) /\S*)$", PAGE, re.MULTILINE)
        self.assertEqual(sorted(shown), sorted(routes))

    def test_it_has_every_type_of_problem(self):
        contract = yaml.safe_load(self.sagad.call("GET", "/openapi.yaml").text)
        table = PAGE[PAGE.index("| status | types |"):PAGE.index("`durability-unknown`: the start")]
        shown = {f"urn:sagad:problem:{name}" for name in re.findall(r"`([a-z-]+)`", table)}
        self.assertEqual(shown, set(contract["components"]["schemas"]["problem_type"]["enum"]))


if __name__ == "__main__":
    unittest.main()
