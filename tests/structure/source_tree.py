"""The source tree as the checks see it: which files there are, and their text without comments and literals."""
import pathlib
import re

CPP_ENDINGS = {'.hpp', '.cpp'}
SOURCE_ENDINGS = CPP_ENDINGS | {'.py', '.sh', '.cmake', '.yaml', '.sql'}
SKIPPED_FOLDERS = {'build', '__pycache__', 'node_modules'}


def files(root, endings=None):
    """Every file of the tree in a stable order; build outputs and hidden folders other than .ci are left out."""
    found = []
    for path in sorted(pathlib.Path(root).rglob('*')):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith('.') and part != '.ci' for part in parts[:-1])
        if hidden or any(part in SKIPPED_FOLDERS for part in parts[:-1]) or not path.is_file():
            continue
        if endings is None or path.suffix in endings:
            found.append(path)
    return found


def text_of(path):
    # A test's input may be bytes that are no text: what is searched for is ASCII.
    return path.read_text(encoding='utf-8', errors='replace')


LITERALS = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-FxX])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def code_of(text):
    """C++ with comments and literals blanked out, every line where it was."""
    return LITERALS.sub(lambda match: '\n' * match.group().count('\n'), text)
