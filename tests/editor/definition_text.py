"""Reads a definition's text as an editor does: JSON, or YAML 1.2 by its core types, each name of a mapping once."""
import json
import re

import yaml


class unreadable(Exception):
    """The text is neither JSON nor YAML: no schema is asked about it."""


def once(pairs):
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise unreadable(f'{name} is written twice')
    return dict(pairs)


def name_of(key):
    """A name is text, whatever it would be as a value: 1, true."""
    if not isinstance(key, yaml.ScalarNode):
        raise unreadable('a list or a mapping is no name')
    return key.value


class core_loader(yaml.SafeLoader):
    """PyYAML reads YAML 1.1, where `no` is false and 1:30 is ninety: only the core types of 1.2 here."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        return once([(name_of(key), self.construct_object(value, True)) for key, value in node.value])


for kind, pattern in (('null', r'^(?:~|null|Null|NULL|)$'), ('bool', r'^(?:true|True|TRUE|false|False|FALSE)$'),
                      ('int', r'^-?(?:0|[1-9][0-9]*)$'),
                      ('float', r'^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$')):
    core_loader.add_implicit_resolver(f'tag:yaml.org,2002:{kind}', re.compile(pattern), None)
core_loader.add_constructor('tag:yaml.org,2002:map', lambda loader, node: loader.construct_mapping(node))


def read(path):
    try:
        text = path.read_text(encoding='utf-8')
        if path.suffix == '.json':
            return json.loads(text, object_pairs_hook=once)
        return yaml.load(text, core_loader)
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise unreadable(str(error)) from error
