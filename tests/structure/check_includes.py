"""Includes go only where docs/architecture.md lets them; pure rooms have no clock, thread, socket, database or dice."""
import pathlib
import re

import room_table
import source_tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
IMPURE_HEADERS = re.compile(
    r'^(boost/(asio|beast)|libpq|postgresql/|sqlite3|cpprest/|pplx/|spdlog/|prometheus/|netinet/|arpa/|sys/(socket|time|epoll)'
    r'|(chrono|thread|mutex|shared_mutex|condition_variable|future|atomic|random|ctime|time\.h|fstream|filesystem|unistd\.h'
    r'|stop_token|semaphore|latch|barrier)$)')
IMPURE_WORDS = re.compile(
    r'\b(steady_clock|system_clock|clock_gettime|gettimeofday|random_device|std::rand|std::time|getenv|thread_local_random)\b')


def check(root):
    root = pathlib.Path(root)
    rooms = room_table.parse(source_tree.text_of(root / 'docs/architecture.md'))
    faults = []
    for path in source_tree.files(root, source_tree.CPP_ENDINGS):
        inside = path.relative_to(root)
        room = room_table.room_of(inside, rooms)
        if room is None:
            faults.append(f'{inside}: lies in no room of docs/architecture.md')
            continue
        text = source_tree.text_of(path)
        for bracket, name in INCLUDE.findall(text):
            faults += check_include(root, inside, room, rooms, bracket, name)
        if room.pure and not is_program(inside):
            words = sorted(set(IMPURE_WORDS.findall(source_tree.code_of(text))))
            faults += [f'{inside}: {room.name} is pure and may not use {word}' for word in words]
    return faults


def is_program(inside):
    """A tool beside a room's library prints and reads files; it is not part of the room that others link."""
    return inside.stem.endswith('_main')


def check_include(root, inside, room, rooms, bracket, name):
    target = resolve(root, inside, name)
    if target is None:
        if bracket == '"':
            return [f'{inside}: includes "{name}", which is nowhere in the tree']
        if room.pure and not is_program(inside) and IMPURE_HEADERS.match(name):
            return [f'{inside}: {room.name} is pure and may not include <{name}>']
        return []
    if bracket == '<':
        return [f'{inside}: includes our own {name} with <>']
    other = room_table.room_of(target, rooms)
    if other is None:
        return [f'{inside}: includes {target}, which lies in no room']
    if other is room or room.may_include == room_table.EVERYTHING or other.name in room.may_include:
        return []
    return [f'{inside}: {room.name} may not include {other.name} ({name})']


def resolve(root, inside, name):
    """The file below the top that an include names, as the build's include directories have it; None for a foreign one."""
    for folder in (inside.parent, pathlib.PurePath('orchestrator'), pathlib.PurePath('.')):
        if (root / folder / name).is_file():
            return (root / folder / name).resolve().relative_to(root.resolve())
    return None
