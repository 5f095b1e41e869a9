"""docs/api.md: what it says to type answers what it says, and it has every route of the contract."""

import json
import pathlib
import re
import subprocess
import unittest

import yaml

import stub_participant
from coordinator import PATIENCE_SECONDS, coordinator

PAGE = (pathlib.Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text()
BLOCK = re.compile(r"^```bash\n(.*?)^```\n\n```(json|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)

ORDER = """
saga: order
input:
  type: object
  required: [item]
  properties: {item: {type: string}}
steps:
  - step: hold
    participant: shop
    action: {post: /hold, body: {item: "${input.item}"}}
    compensation: {post: /unhold}
  - step: pay
    kind: pivot
    participant: shop
    action: {post: /pay}
"""
LATER = {"saga": "later", "steps": [{"step": "bake", "participant": "shop", "compensation": "none",
                                     "action": {"post": "/bake", "answer": {"within": "1h", "by": "callback"}}}]}

# What is typed before the page's own lines: where the token of a callback comes from, which a participant would know.
BEFORE = """
called_back() { until [ -s callback ]; do read -t 0.05 <> <(:) || true; done; cat callback; }
"""


def values(text):
    """The JSON values that stand one behind the other."""
    decoder, found = json.JSONDecoder(), []
    text = text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


def like(told, shown):
    """Whether an answer is the one that the page shows, whose `…` stand for anything."""
    if isinstance(shown, str) and "…" in shown:
        return shown == "…" or (isinstance(told, str) and re.fullmatch(re.escape(shown).replace("…", ".*"), told, re.DOTALL))
    if isinstance(shown, dict):
        return isinstance(told, dict) and told.keys() == shown.keys() and all(like(told[name], shown[name]) for name in shown)
    if isinstance(shown, list):
        return isinstance(told, list) and len(told) == len(shown) and all(map(like, told, shown))
    return type(told) is type(shown) and told == shown


class the_page(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.shop = stub_participant.participant()
        self.addCleanup(self.shop.close)
        self.sagad = coordinator({"shop": self.shop.port}, flags=("--public-url", "http://sagad.example"))
        self.addCleanup(self.sagad.remove)
        (self.sagad.folder / "order.yaml").write_text(ORDER)
        self.sagad.start()

    def bake(self, peer, called):
        token = called.headers["saga-callback"].rpartition("/")[2]
        (self.sagad.folder / "callback").write_text(token)
        return stub_participant.answers(202)(peer, called)

    def test_what_it_says_to_type_answers_what_it_shows(self):
        self.shop.does("/bake", self.bake)
        blocks = BLOCK.findall(PAGE)
        self.assertEqual(len(blocks), PAGE.count("```bash"))
        mark = "---- the next block"
        typed = BEFORE + "".join(f"{lines}printf '\\n%s\\n' '{mark}'\n" for lines, _, _ in blocks)
        # What commands need is uploaded in time, and is on no list that is shown before.
        typed = typed.replace("LATER=$(", f"curl -s -o upload -X PUT $SAGAD/v1/definitions/later -d '{json.dumps(LATER)}'\nLATER=$(")
        done = subprocess.run(["bash", "-c", typed], cwd=self.sagad.folder, capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/bin:/bin", "SAGAD": f"http://127.0.0.1:{self.sagad.port}"}, timeout=PATIENCE_SECONDS)
        answers = done.stdout.split(mark)[:-1]
        self.assertEqual(len(answers), len(blocks), done.stdout + done.stderr)
        for (lines, kind, shown), told in zip(blocks, answers):
            with self.subTest(typed=lines):
                if kind == "text":
                    self.assertEqual(told.strip(), shown.strip())
                else:
                    self.assertTrue(like(values(told), values(shown)), told)

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
