"""What the loader refuses and no JSON Schema can: each kind of mistake, by the text that its author is told, with the reason.

A definition that the schema accepts has mistakes of these kinds alone, and each kind is met: what a schema could say is not listed.
"""
import re

EXPRESSION = r'^[^:]*: `\$\{[\s\S]*?` '

# Each reason with the texts' beginnings.
KINDS = {
    'an expression is a language of its own: its grammar and what its parts give': [
        EXPRESSION + r'(?!reads |gives )',
        EXPRESSION + r'gives ',
    ],
    'what an expression may read depends on the other steps, on their order and on the schema of the input': [
        EXPRESSION + r'reads ',
    ],
    'where an expression ends only its grammar says: what stands between two of them is found with it': [
        r'a `\$\{` is never closed',
        r'is one expression and nothing else',
        r'may not stand in a path',
        r'`%` begins no escape',
        r'hides a point, a separator',
        r'a `#` begins a fragment',
        r'a segment of the path is empty',
        r'a path may not have `\.+` as a segment',
        r'the path is longer than',
        r'has a control character in it',
    ],
    'a name is compared with other names': [
        r'there are two steps ',
        r'^`[^`]*` runs after ',
        r'^`\$ref` names ',
        r'^`required` has `[^`]*`, which is not among the `properties`',
        r'has the header `[^`]*` twice, written in two ways',
    ],
    'the order of the steps is a graph': [
        r'waits for itself',
        r'which waits for ',
        r'is compensatable and runs after the pivot ',
        r'is compensatable and does not surely run before the pivot ',
        r'is retriable and does not wait for ',
    ],
    'two values are compared or added': [
        r'^`delay` is \w+ and `delay_max` only ',
        r'may take \w+ \(`within`\) and \w+ \(`elapsed`\)',
        r'its timeout of \w+ does not fit into the deadline',
        r'^`\w+` is above `\w+`, and nothing would ever fit',
    ],
    'a number has places, and implementations count them in doubles': [
        r'^`factor` is `\d+\.\d{4,}`',
    ],
    'a pattern is one of RE2, which no other has, and its text is counted in bytes': [
        r'^`pattern` is none that RE2 reads',
    ],
    'a schema does not count what lies at many places, nor how deep': [
        r'^this is one `pattern` more than ',
        r'^`\$ref` to `[^`]*` begins a way of more than ',
        r'^`\$ref` to `[^`]*` comes back here',
        r'^nested deeper than ',
    ],
    'a reader of YAML has resolved it before a schema is asked': [
        r'^an alias ',
        r'^an anchor ',
        r'^a tag ',
        r'^the escapes ',
        r'is a number to YAML and none to JSON',
    ],
    'the configuration is not known': [
        r'which is not configured',
        r'is outside the paths that sagas may use',
        r'no `public_url` is configured',
    ],
    'a definition that a start brings along has no name': [
        r'^it has no name',
    ],
}


def kind_of(text):
    """The (reason, text) that a mistake is listed under; nothing where it is not."""
    for reason, texts in KINDS.items():
        for one in texts:
            if re.search(one, text):
                return reason, one
    return None


def kinds():
    return {(reason, text) for reason, texts in KINDS.items() for text in texts}
