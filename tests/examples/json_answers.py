"""Answers in JSON as a page shows them: `…` stands for any value, and in a text for any part of it."""
import json
import re


def values(text):
    """The JSON values that stand one behind the other; raises ValueError for anything else."""
    decoder, found = json.JSONDecoder(), []
    text = text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


def like(told, shown):
    if isinstance(shown, str) and '…' in shown:
        return shown == '…' or (isinstance(told, str) and re.fullmatch(re.escape(shown).replace('…', '.*'), told, re.DOTALL))
    if isinstance(shown, dict):
        return isinstance(told, dict) and told.keys() == shown.keys() and all(like(told[name], shown[name]) for name in shown)
    if isinstance(shown, list):
        return isinstance(told, list) and len(told) == len(shown) and all(map(like, told, shown))
    return type(told) is type(shown) and told == shown


def differences(told, printed, where):
    try:
        if like(values(printed), values(told)):
            return []
    except ValueError:
        pass
    return [f'{where}: not as told:', told, 'but:', printed]
