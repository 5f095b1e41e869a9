// An input's schema and an input held against it: the first line is the input, what follows is the schema, in YAML or
// JSON. The same input gives the same violations each time, and each of them is about something in the input.
#include <algorithm>
#include <optional>
#include <vector>

#include "definition/input_schema.hpp"
#include "definition/read.hpp"
#include "definition/schema/read_schema.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

using definition::violations;

std::string as_text(const violations& found) {
  std::string text;
  for (const auto& one : found.told) text += one.pointer + ": " + one.detail + "\n";
  return text + "and " + std::to_string(found.more) + " more";
}

// A JSON pointer as a path; nothing where it is none.
std::optional<std::vector<std::string>> path_of(std::string_view pointer) {
  std::vector<std::string> path;
  for (std::size_t at = 0; at < pointer.size(); ++at) {
    const char letter = pointer[at];
    if (letter == '/') {
      path.emplace_back();
    } else if (path.empty()) {
      return std::nullopt;
    } else if (letter == '~') {
      ++at;
      if (at == pointer.size() || (pointer[at] != '0' && pointer[at] != '1')) return std::nullopt;
      path.back() += pointer[at] == '0' ? '~' : '/';
    } else {
      path.back() += letter;
    }
  }
  return path;
}

void expect_about(const definition::violation& one, std::string_view input) {
  expect(json::valid_utf8(one.pointer) && json::valid_utf8(one.detail), "a violation is told in UTF-8", one.detail);
  expect(!one.detail.empty(), "a violation says what must hold", one.pointer);
  auto path = path_of(one.pointer);
  expect(path.has_value(), "a violation's place is a JSON pointer", one.pointer);
  if (json::slice(input, *path).data() != nullptr) return;
  // What is missing: it would be in something that is there.
  expect(!path->empty(), "the whole input is there", one.pointer);
  path->pop_back();
  expect(json::slice(input, *path).data() != nullptr, "a violation is in the input, or would be in what is",
         one.pointer);
}

std::vector<std::string> pointers_of(const violations& found) {
  std::vector<std::string> pointers;
  for (const auto& one : found.told) pointers.push_back(one.pointer);
  std::sort(pointers.begin(), pointers.end());
  return pointers;
}

void try_out(const definition::input_schema& schema, std::string_view input) {
  const violations found = schema.check(input);
  expect_equal(as_text(schema.check(input)), as_text(found), "an input has the same violations each time");
  expect(found.told.size() <= violations::told_max, "no more violations are told than may be", as_text(found));
  expect(found.more == 0 || found.told.size() == violations::told_max, "violations are left out only past the limit");
  for (const auto& one : found.told) expect_about(one, input);
  // Written in another way, the input is the same.
  const std::string canonical = json::canonical(input);
  const violations again = schema.check(canonical);
  expect(again.told.size() == found.told.size() && again.more == found.more,
         "an input has as many violations, however it is written", as_text(found) + "\n--- and ---\n" + as_text(again));
  if (found.more == 0) {
    expect(pointers_of(found) == pointers_of(again), "an input has its violations, however it is written",
           as_text(found) + "\n--- and ---\n" + as_text(again));
  }
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const auto [input, written] = fuzz::cut_at_line_end(fuzz::text_of(bytes, size));
  definition::mistake_list found;
  const auto root = definition::read_text(written, found);
  if (!root) return 0;
  const auto schema = definition::read_schema(*root, found);
  const bool good = found.empty();
  for (const auto& one : found.take()) fuzz::expect(json::valid_utf8(one.text), "a mistake is told in UTF-8", one.text);
  if (!good || json::check(input)) return 0;
  fuzz::try_out(schema, input);
  return 0;
}
