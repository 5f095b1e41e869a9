"""check.py NAME ROOT [COMPILER]: runs one check on a source tree, prints what it finds, fails when that is anything."""
import sys

import check_decisions
import check_headers
import check_includes
import check_sizes
import check_snippets
import check_sql
import check_tests
import check_words


def main(arguments):
    name, root = arguments[0], arguments[1]
    if name == 'headers':
        faults = check_headers.check(root, arguments[2])
    else:
        checks = {'decisions': check_decisions, 'includes': check_includes, 'sizes': check_sizes, 'snippets': check_snippets, 'sql': check_sql, 'tests': check_tests,
                  'words': check_words}
        faults = checks[name].check(root)
    for fault in faults:
        print(fault)
    print(f'{name}: {len(faults)} found')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
