"""Reads the rooms out of docs/architecture.md: the one place that says who may include whom."""
import re

EVERYTHING = 'everything'
# Clients of the coordinator's protocol: what they include of it cannot act.
PURE_ONLY = {'sagactl'}


class Room:
    def __init__(self, name, may_include, pure):
        self.name = name
        self.may_include = may_include
        self.pure = pure


def parse(page):
    """Room name -> Room. Raises ValueError for a page that cannot be meant."""
    block = re.search(r'<!-- rooms: begin -->\n(.*?)<!-- rooms: end -->', page, re.DOTALL)
    if not block:
        raise ValueError('no table of rooms between its markers')
    rooms = {}
    for line in block.group(1).splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip().strip('|').split('|')]
        if len(cells) != 4:
            raise ValueError(f'not a row of four cells: {line}')
        name = cells[0].strip('`')
        words = cells[2].replace('`', '').split()
        if name in rooms:
            raise ValueError(f'{name} has two rows')
        if not words:
            raise ValueError(f'{name}: say "nothing" where nothing may be included')
        may_include = EVERYTHING if words == [EVERYTHING] else set() if words == ['nothing'] else set(words)
        rooms[name] = Room(name, may_include, cells[3] == 'yes')
    check(rooms)
    return rooms


def check(rooms):
    for room in rooms.values():
        if room.may_include == EVERYTHING:
            continue
        unknown = room.may_include - set(rooms)
        if unknown:
            raise ValueError(f'{room.name} may include rooms that have no row: {sorted(unknown)}')
        for other in room.may_include:
            if (room.pure or room.name in PURE_ONLY) and not rooms[other].pure:
                raise ValueError(f'{room.name} may include only what is pure, which {other} is not')
    refuse_cycles(rooms)


def refuse_cycles(rooms):
    finished = set()

    def visit(name, way):
        if name in way:
            raise ValueError('rooms in a circle: ' + ' -> '.join(way + [name]))
        if name in finished or rooms[name].may_include == EVERYTHING:
            return
        for other in sorted(rooms[name].may_include):
            visit(other, way + [name])
        finished.add(name)

    for name in rooms:
        visit(name, [])


def room_of(path, rooms):
    """The room of a path below the top (a pathlib.PurePath): its longest folder that has a row; None without one."""
    parts = path.parts
    if parts[0] == 'orchestrator':
        parts = parts[1:] if len(parts) > 2 else ('main', parts[-1])
    for length in range(len(parts) - 1, 0, -1):
        name = '/'.join(parts[:length])
        if name in rooms:
            return rooms[name]
    return None
