"""Loaded by schemathesis: most of what it makes up for paths, and for the members of bodies that name something, is replaced by what is there."""

import json
import os
import zlib

import schemathesis

THERE = json.loads(os.environ["SAGAD_THERE"])  # a path's parameter -> what is there
MADE_UP_ONE_IN = 4


def made_up(value):
    """Whether it stays; and a number that it gives."""
    drawn = zlib.crc32(repr(value).encode())
    return drawn % MADE_UP_ONE_IN == 0, drawn // MADE_UP_ONE_IN


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if context.operation.method.lower() == "delete":
        return path_parameters  # what is there is to stay
    for name in THERE.keys() & (path_parameters or {}).keys():
        stays, number = made_up(path_parameters[name])
        if not stays:
            path_parameters[name] = THERE[name][number % len(THERE[name])]
    return path_parameters


@schemathesis.hook
def map_query(_, query):
    # A key stands in a header, too, and two that differ are refused.
    return {name: value for name, value in query.items() if name != "key"} if query and not made_up(query)[0] else query


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict) or made_up(body)[0]:
        return body
    if context.operation.path == "/v1/sagas":
        return {**body, "definition": "any", "deadline": "1h"}
    # A command that fits whatever the saga does.
    return {name: value for name, value in body.items() if name not in ("if_seq", "step", "operation")}
