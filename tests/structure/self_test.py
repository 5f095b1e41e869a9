"""self_test.py COMPILER: every check finds what it is there to find, and lets a good tree pass."""
import pathlib
import sys
import tempfile
import unittest

import check_decisions
import check_headers
import check_includes
import check_sizes
import check_snippets
import check_sql
import check_tests
import check_words
import room_table

COMPILER = 'c++'
PAGE = '''# rooms
<!-- rooms: begin -->
| room | owns | may include | pure |
|---|---|---|---|
| `base` | values | nothing | yes |
| `engine` | decisions | `base` | yes |
| `runtime` | the shell | `engine` `base` | |
| `main` | all of it | everything | |
| `sagactl` | the command line | `engine` | |
<!-- rooms: end -->
'''


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write('docs/architecture.md', PAGE)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def assert_found(self, faults, *parts):
        self.assertEqual(len(faults), 1, faults)
        for part in parts:
            self.assertIn(part, faults[0])


class Includes(TreeTest):
    def setUp(self):
        super().setUp()
        self.write('orchestrator/base/ids.hpp', '#pragma once\n#include <string>\n')
        self.write('orchestrator/engine/decide.hpp', '#include "base/ids.hpp"\n')
        self.write('orchestrator/engine/decide.cpp', '#include "decide.hpp"\n#include "engine/decide.hpp"\n')
        self.write('orchestrator/runtime/door.cpp', '#include "engine/decide.hpp"\n#include <chrono>\n#include <thread>\n')
        self.write('orchestrator/main.cpp', '#include "runtime/door.cpp"\n')

    def test_lets_the_arrows_pass(self):
        self.assertEqual(check_includes.check(self.root), [])

    def test_finds_an_include_against_the_arrow(self):
        self.write('orchestrator/base/bad.hpp', '#include "engine/decide.hpp"\n')
        self.assert_found(check_includes.check(self.root), 'base/bad.hpp', 'may not include engine')

    def test_finds_the_command_line_reaching_into_the_coordinator_by_any_path(self):
        for written in ('base/ids.hpp', 'orchestrator/base/ids.hpp', '../orchestrator/base/ids.hpp'):
            self.write('sagactl/bad.cpp', f'#include "{written}"\n')
            self.assert_found(check_includes.check(self.root), 'sagactl/bad.cpp', 'may not include base')

    def test_lets_the_command_line_include_the_pure_room_of_its_row(self):
        self.write('sagactl/good.cpp', '#include "engine/decide.hpp"\n#include <chrono>\n')
        self.assertEqual(check_includes.check(self.root), [])

    def test_finds_impure_headers_in_a_pure_room(self):
        for name in ('chrono', 'thread', 'mutex', 'random', 'boost/asio/io_context.hpp', 'boost/beast.hpp', 'libpq-fe.h',
                     'sqlite3.h', 'cpprest/json.h', 'sys/time.h', 'ctime'):
            self.write('orchestrator/engine/bad.cpp', f'#include <{name}>\n')
            self.assert_found(check_includes.check(self.root), 'engine/bad.cpp', name)

    def test_finds_a_clock_in_a_pure_room_but_not_in_its_comments(self):
        self.write('orchestrator/engine/bad.cpp', '// no steady_clock here\nauto now = steady_clock::now();\n')
        self.assert_found(check_includes.check(self.root), 'engine/bad.cpp', 'steady_clock')
        self.write('orchestrator/engine/bad.cpp', '// no steady_clock here\nconst char* said = "steady_clock";\n')
        self.assertEqual(check_includes.check(self.root), [])

    def test_finds_a_folder_without_a_row(self):
        self.write('orchestrator/attic/old.cpp', '')
        self.assert_found(check_includes.check(self.root), 'attic/old.cpp', 'no room')

    def test_finds_own_headers_in_angle_brackets_and_missing_ones(self):
        self.write('orchestrator/engine/bad.cpp', '#include <base/ids.hpp>\n')
        self.assert_found(check_includes.check(self.root), 'with <>')
        self.write('orchestrator/engine/bad.cpp', '#include "base/gone.hpp"\n')
        self.assert_found(check_includes.check(self.root), 'nowhere')


class Decisions(TreeTest):
    def setUp(self):
        super().setUp()
        self.write('docs/decisions/README.md', '# Decisions\n\n- [0007](0007-one.md): One: `and` more\n')
        self.write('docs/decisions/0007-one.md', '# 0007 One: `and` more\n\nBecause.\n')

    def test_lets_a_good_one_pass(self):
        self.assertEqual(check_decisions.check(self.root), [])

    def test_finds_a_title_without_its_number_or_with_another(self):
        for title in ('# One: `and` more', '# 0008 One: `and` more', '## 0007 One: `and` more', ''):
            self.write('docs/decisions/0007-one.md', f'{title}\n')
            self.assert_found(check_decisions.check(self.root), '0007-one.md', 'first line is not `# 0007 Title`')

    def test_finds_what_the_list_lacks_or_says_otherwise(self):
        self.write('docs/decisions/0007-one.md', '# 0007 Another\n')
        self.assert_found(check_decisions.check(self.root), '0007-one.md', '- [0007](0007-one.md): Another')
        self.write('docs/decisions/0007-one.md', '# 0007 One: `and` more\n')
        self.write('docs/decisions/0009-two.md', '# 0009 Two\n')
        self.assert_found(check_decisions.check(self.root), '0009-two.md', 'not in the list')

    def test_finds_what_is_listed_and_is_gone_or_listed_twice(self):
        line = '- [0007](0007-one.md): One: `and` more\n'
        self.write('docs/decisions/README.md', line + '- [0009](0009-two.md): Two\n')
        self.assert_found(check_decisions.check(self.root), '0009-two.md is listed and is not there')
        self.write('docs/decisions/README.md', line + line)
        self.assert_found(check_decisions.check(self.root), '0007-one.md is listed twice')

    def test_finds_a_number_given_twice_and_a_name_without_one(self):
        self.write('docs/decisions/0007-two.md', '# 0007 Two\n')
        self.assert_found(check_decisions.check(self.root), '0007-two.md', 'has the number of 0007-one.md')
        (self.root / 'docs/decisions/0007-two.md').unlink()
        self.write('docs/decisions/notes.md', '# Notes\n')
        self.assert_found(check_decisions.check(self.root), 'notes.md', 'is named NNNN-')


class Sql(TreeTest):
    def write_statement(self, *parts):
        joined = ';\n    '.join(parts) if len(parts) > 1 else parts[0]
        self.write('orchestrator/journal/postgres/some.cpp', f'constexpr statement one{{"name",\n  {joined}}};\n')

    def test_lets_statements_pass_that_change_each_table_once(self):
        self.write_statement('"WITH own AS (SELECT id FROM a FOR UPDATE OF a), b AS (DELETE FROM b) "\n'
                             '"INSERT INTO a SELECT 1 ON CONFLICT (id) DO UPDATE SET x = 1"')
        self.write('orchestrator/journal/postgres/more.cpp', 'auto steps = R"(\nUPDATE a SET x = 1;\nUPDATE a SET y = 1;\n)";\n')
        self.assertEqual(check_sql.check(self.root), [])

    def test_finds_a_table_that_one_statement_changes_twice(self):
        for first, second in (('INSERT INTO a VALUES (1)', 'DELETE FROM a'), ('UPDATE a SET x = 1', 'INSERT INTO a VALUES (1)')):
            self.write_statement(f'"WITH b AS ({first}) "\n  "{second}"')
            self.assert_found(check_sql.check(self.root), 'some.cpp:2', 'changes a twice')


class RoomTable(unittest.TestCase):
    def refuse(self, old, new, part):
        self.assertIn(old, PAGE)
        with self.assertRaises(ValueError) as caught:
            room_table.parse(PAGE.replace(old, new))
        self.assertIn(part, str(caught.exception))

    def test_refuses_what_cannot_be_meant(self):
        self.refuse('rooms: begin', 'begin', 'no table')
        self.refuse('| values | nothing |', '| values | `engine` |', 'circle')
        self.refuse('| decisions | `base` |', '| decisions | `bass` |', 'no row')
        self.refuse('| decisions | `base` |', '| decisions | |', 'nothing')
        self.refuse('| nothing | yes |', '| nothing | |', 'pure')
        self.refuse('| the command line | `engine` |', '| the command line | `runtime` |', 'pure')
        self.refuse('| `sagactl` |', '| `base` |', 'two rows')

    def test_finds_the_room_of_a_path_by_its_longest_folder(self):
        rooms = room_table.parse(PAGE)
        self.assertEqual(room_table.room_of(pathlib.PurePath('orchestrator/engine/deep/a.cpp'), rooms).name, 'engine')
        self.assertEqual(room_table.room_of(pathlib.PurePath('orchestrator/main.cpp'), rooms).name, 'main')
        self.assertIsNone(room_table.room_of(pathlib.PurePath('attic/a.cpp'), rooms))


def function_of(lines, head='void f()'):
    return head + ' {\n' + '  work();\n' * (lines - 2) + '}\n'


class Sizes(TreeTest):
    def test_lets_the_limits_themselves_pass(self):
        self.write('a.cpp', '\n' * check_sizes.FILE_LINES_MAX)
        self.write('b.cpp', 'namespace n {\n' + function_of(check_sizes.FUNCTION_LINES_MAX) * 3 + '}\n')
        self.assertEqual(check_sizes.check(self.root), [])

    def test_finds_a_file_of_one_line_too_many(self):
        self.write('a.cpp', '\n' * (check_sizes.FILE_LINES_MAX + 1))
        self.assert_found(check_sizes.check(self.root), 'a.cpp', '601 lines')

    def test_finds_a_long_function_wherever_it_stands(self):
        long = check_sizes.FUNCTION_LINES_MAX + 1
        for text in (function_of(long),
                     'namespace n {\n' + function_of(long) + '}\n',
                     'class c {\n public:\n' + function_of(long, 'int f(int a = 3) const noexcept') + '};\n',
                     'template <class T>\n' + function_of(long, 'T f(struct other* it)'),
                     'struct c : base<int> {\n' + function_of(long, 'c() : a_{1}, b_{2}') + '};\n',
                     function_of(long, 'TEST(some, case)'),
                     'struct p make() {\n' + '  work();\n' * (long - 2) + '}\n'):
            self.write('a.cpp', text)
            self.assert_found(check_sizes.check(self.root), 'a.cpp', f'function of {long} lines')

    def test_takes_no_type_table_comment_or_text_for_a_function(self):
        many = '  int member;\n' * 100
        for text in ('struct s {\n' + many + '};\n', 'enum class e : int {\n' + '  a,\n' * 100 + '};\n',
                     'const int table[] = {\n' + '  1,\n' * 100 + '};\n', '/* {\n' + many + '} */\n',
                     'const char* text = R"({\n' + many + '})";\n', "char brace = '{';\nint many = 1'000'000;\n"):
            self.write('a.cpp', text)
            self.assertEqual(check_sizes.check(self.root), [], text[:40])

    def test_finds_headers_that_are_long_on_the_whole(self):
        self.write('a.hpp', '\n' * 20)
        self.write('b.hpp', '\n' * 130)
        self.assertEqual(check_sizes.check(self.root), [])
        self.write('c.hpp', '\n' * 130)
        self.assert_found(check_sizes.check(self.root), 'median header')


class Words(TreeTest):
    def test_finds_what_is_left_for_later(self):
        for word in ('TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'):
            for name in ('a.cpp', 'a.md', 'quickstart', 'a.py'):
                self.write(name, f'fine\n# {word}: later\n')
                self.assert_found(check_words.check(self.root), f'{name}:2', 'later')
                (self.root / name).unlink()

    def test_finds_tests_that_do_not_run(self):
        self.write('a.cpp', 'GTEST_' + 'SKIP();\n')
        self.assert_found(check_words.check(self.root), 'a.cpp:1', 'does not run')
        self.write('a.cpp', 'TEST(some, DIS' + 'ABLED_case) {}\n')
        self.assert_found(check_words.check(self.root), 'a.cpp:1', 'does not run')

    def test_finds_reserved_names(self):
        for name in ('_Kept', '_kept', '__kept', 'kept__twice', 'kept__', '__kept__', '__builtin_'):
            self.write('a.cpp', f'// __said\nint {name} = 0; const char* said = "__said";\n')
            self.assert_found(check_words.check(self.root), 'a.cpp:2', f'reserved: {name}')

    def test_lets_the_compilers_own_names_and_members_pass(self):
        self.write('a.cpp', 'bool kept_ = __builtin_add_overflow(first_name, 1, &sum_) || _ == 0;\n#ifdef __SANITIZE_ADDRESS__\n#endif\n')
        self.assertEqual(check_words.check(self.root), [])

    def test_finds_a_room_without_a_readme_or_with_an_empty_one(self):
        self.write('orchestrator/engine/a.cpp', '')
        self.write('orchestrator/main.cpp', '')
        self.assert_found(check_words.check(self.root), 'orchestrator/engine', 'README')
        self.write('orchestrator/engine/README.md', '# engine\n')
        self.assert_found(check_words.check(self.root), 'orchestrator/engine', 'README')
        self.write('orchestrator/engine/README.md', '# engine\nOwns decisions; may use base. Invariant: no clock in here.\n')
        self.assertEqual(check_words.check(self.root), [])


class Snippets(TreeTest):
    PAGE = 'Look:\n\n<!-- from a.cpp: sum -->\n```cpp\nint sum = 2;\n```\n'

    def test_lets_code_pass_that_stands_in_its_file(self):
        self.write('a.cpp', '// snippet: sum\nint sum = 2;\n// snippet: end\n')
        self.write('docs/page.md', self.PAGE + '\n```bash\nls\n```\n')
        self.assertEqual(check_snippets.check(self.root), [])
        self.write('a.cpp', 'int sum = 2;\n')
        self.write('docs/page.md', self.PAGE.replace(': sum', ''))
        self.assertEqual(check_snippets.check(self.root), [])

    def test_finds_code_that_has_changed_in_its_file(self):
        self.write('a.cpp', '// snippet: sum\nint sum = 3;\n// snippet: end\n')
        self.write('docs/page.md', self.PAGE)
        self.assert_found(check_snippets.check(self.root), 'docs/page.md:4', 'differs from a.cpp')

    def test_finds_what_another_language_s_file_does_not_have(self):
        self.write('a.yaml', 'saga: b\n')
        self.write('docs/page.md', 'Look:\n\n<!-- from a.yaml -->\n```yaml\nsaga: a\n```\n')
        self.assert_found(check_snippets.check(self.root), 'differs from a.yaml')

    def test_finds_code_from_nowhere(self):
        self.write('docs/page.md', 'Look:\n\n```cpp\nint sum = 2;\n```\n')
        self.assert_found(check_snippets.check(self.root), 'comes from no file')
        self.write('docs/page.md', self.PAGE)
        self.assert_found(check_snippets.check(self.root), 'a.cpp is no file')
        self.write('a.cpp', 'int sum = 2;\n')
        self.assert_found(check_snippets.check(self.root), 'no snippet sum')


class Tests(TreeTest):
    def test_lets_a_named_behaviour_pass(self):
        self.write('tests/unit/a.cpp', 'TEST(http_server, speaks_http_1_0) {}\n// TEST(Old, Name)\n')
        self.write('orchestrator/a.cpp', 'sleep_for(1s);\n')
        self.assertEqual(check_tests.check(self.root), [])

    def test_finds_names_that_say_nothing_or_are_written_otherwise(self):
        for name in ('(server, works)', '(server, test_of_the_server)', '(server, basic_case)'):
            self.write('tests/unit/a.cpp', f'TEST{name} {{}}\n')
            self.assert_found(check_tests.check(self.root), 'names no behaviour')
        for text in ('TEST(Server, answers_a_request)', 'TEST_F(server, AnswersARequest)', 'TEST_P(server,\n answers__a_b)'):
            self.write('tests/unit/a.cpp', text + ' {}\n')
            self.assert_found(check_tests.check(self.root), 'not snake_case')

    def test_finds_a_test_that_sleeps(self):
        self.write('tests/support/a.hpp', '\nstd::this_thread::sleep_for(1ms);\n')
        self.assert_found(check_tests.check(self.root), 'tests/support/a.hpp:2', 'sleep_for')


class Headers(TreeTest):
    def test_finds_the_header_that_leans_on_others(self):
        self.write('orchestrator/base/good.hpp', '#pragma once\n#include <string>\ninline std::string said;\n')
        self.assertEqual(check_headers.check(self.root, COMPILER), [])
        self.write('orchestrator/base/bad.hpp', '#pragma once\ninline std::vector<int> numbers;\n')
        self.assert_found(check_headers.check(self.root, COMPILER), 'base/bad.hpp', 'does not compile alone')

    def test_a_prelude_hides_nothing_that_a_header_lacks(self):
        for number in range(6):
            self.write(f'orchestrator/base/good_{number}.hpp',
                       f'#pragma once\n#include <map>\n#include <thread>\ninline std::map<int, std::thread> kept_{number};\n')
        self.write('orchestrator/base/bad.hpp', '#pragma once\n#include <map>\ninline std::map<int, std::thread> kept;\n')
        self.write('orchestrator/base/perhaps.hpp',
                   '#pragma once\n#include <map>\n#if 0\n#include <thread>\n#endif\ninline std::thread kept;\n')
        self.write('orchestrator/base/too_late.hpp',
                   '#pragma once\n#include <map>\ninline std::thread* kept;\n#include <thread>\n')
        self.assertTrue(check_headers.preludes(
            {pathlib.Path(f'{number}.hpp'): frozenset({'map', 'thread'} if number < 6 else {'map'}) for number in range(7)}))
        found = check_headers.check(self.root, COMPILER)
        self.assertEqual([fault.split(':')[0] for fault in found], ['orchestrator/base/bad.hpp', 'orchestrator/base/perhaps.hpp', 'orchestrator/base/too_late.hpp'])

    def test_a_header_may_lean_on_what_it_includes(self):
        self.write('orchestrator/base/lower.hpp', '#pragma once\n#include <vector>\n')
        self.write('orchestrator/base/upper.hpp', '#pragma once\n#include "base/lower.hpp"\ninline std::vector<int> numbers;\n')
        self.assertEqual(check_headers.check(self.root, COMPILER), [])

    def test_what_leans_on_others_is_told_from_what_includes_it_and_what_it_includes(self):
        self.write('orchestrator/base/lower.hpp', '#pragma once\n#include <map>\ninline std::map<int, int> lower;\n')
        self.write('orchestrator/base/middle.hpp', '#pragma once\n#include "base/lower.hpp"\ninline std::thread* middle;\n')
        self.write('orchestrator/base/upper.hpp',
                   '#pragma once\n#include <thread>\n#include "base/middle.hpp"\ninline std::thread* upper;\n')
        for number in range(6):
            self.write(f'orchestrator/base/top_{number}.hpp', '#pragma once\n#include "base/upper.hpp"\n')
        self.write('orchestrator/base/beside.hpp', '#pragma once\n#include "base/lower.hpp"\ninline auto& beside = upper;\n')
        found = check_headers.check(self.root, COMPILER)
        self.assertEqual([fault.split(':')[0] for fault in found], ['orchestrator/base/beside.hpp', 'orchestrator/base/middle.hpp'])

    def test_headers_are_compiled_together_where_each_includes_those_before_it(self):
        included = {'a': frozenset(), 'b': frozenset('a'), 'c': frozenset('ab'), 'beside': frozenset('a'), 'far': frozenset('abc')}
        before = dict.fromkeys(included, frozenset({'map'})) | {'far': frozenset({'boost/asio.hpp'})}
        self.assertEqual(check_headers.chains(included, before), [['far'], ['a', 'b', 'c'], ['beside']])

    def test_looks_at_something(self):
        self.assert_found(check_headers.check(self.root, COMPILER), 'no header')


if __name__ == '__main__':
    if len(sys.argv) > 1:
        COMPILER = sys.argv.pop(1)
    unittest.main()
