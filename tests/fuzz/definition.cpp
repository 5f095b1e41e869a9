// The definition loader on any text. What it accepts has a canonical form, which means the same however it is written
// again; what it refuses has mistakes with their places in the text.
#include <algorithm>
#include <variant>
#include <vector>

#include "definition/load.hpp"
#include "definition/mistakes.hpp"
#include "definition/read.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

using definition::definition_ptr;
using definition::loaded;
using definition::surroundings;
using mistakes = std::vector<definition::mistake>;

std::string as_text(const mistakes& told) {
  std::string text;
  for (const auto& one : told) {
    text += std::to_string(one.line) + ":" + std::to_string(one.column) + " " + one.text + "\n";
  }
  return text;
}

// Writes a JSON value as YAML in block style: the same value, read by the other reader.
class yaml_writer {
 public:
  explicit yaml_writer(std::string_view json) : at_(json) {}

  std::string write() {
    value(0);
    return std::move(out_);
  }

 private:
  void value(std::size_t indent) {
    switch (at_.next_kind()) {
      case json::kind::object: object(indent); return;
      case json::kind::array: array(indent); return;
      default: plain(at_.take()); out_ += '\n';
    }
  }

  // YAML wants escaped what JSON does not.
  void plain(std::string_view raw) {
    for (const char byte : raw) {
      if (byte == '\x7F') {
        out_ += "\\x7F";
      } else {
        out_ += byte;
      }
    }
  }

  // A key behind `? ` may be of any length.
  void object(std::size_t indent) {
    bool empty = true;
    out_ += '\n';
    at_.members([&](std::string_view name) {
      empty = false;
      out_.append(indent, ' ').append("? ");
      plain(name);
      out_.append("\n").append(indent, ' ').append(": ");
      value(indent + 1);
      return true;
    });
    if (empty) out_.append(indent + 1, ' ').append("{}\n");
  }

  void array(std::size_t indent) {
    bool empty = true;
    out_ += '\n';
    at_.elements([&](std::size_t) {
      empty = false;
      out_.append(indent, ' ').append("- ");
      value(indent + 1);
      return true;
    });
    if (empty) out_.append(indent + 1, ' ').append("[]\n");
  }

  json::cursor at_;
  std::string out_;
};

void expect_same(const loaded& again, const definition::definition& first, std::string_view property) {
  if (const auto* told = std::get_if<mistakes>(&again)) {
    expect(false, property, as_text(*told) + "--- of ---\n" + first.canonical);
  }
  const auto& other = *std::get<definition_ptr>(again);
  expect_equal(other.canonical, first.canonical, property);
  expect(other.content == first.content, property, "two digests of " + first.canonical);
}

void expect_one_meaning(const definition::definition& accepted, const surroundings& around) {
  const auto& canonical = accepted.canonical;
  expect(json::check(canonical) == std::nullopt, "the canonical form is JSON", canonical);
  expect_equal(json::canonical(canonical), canonical, "the canonical form is JSON's canonical one");
  expect(digest_of(canonical) == accepted.content, "the digest is of the canonical form", canonical);
  expect_same(definition::load(canonical, around), accepted, "the canonical form is its own");
  expect_same(definition::load_canonical(canonical), accepted, "what is stored loads to the same");
  const std::string yaml = yaml_writer(canonical).write();
  if (yaml.size() <= definition::text_bytes_max) {
    expect_same(definition::load(yaml, around), accepted, "the canonical form means the same in YAML");
  }
}

// Where each line of the text ends, counted in characters.
std::vector<std::size_t> line_lengths(std::string_view text) {
  std::vector<std::size_t> lengths(1, 0);
  for (const char byte : text) {
    if (byte == '\n') {
      lengths.push_back(0);
    } else if ((byte & 0xC0) != 0x80) {
      ++lengths.back();
    }
  }
  return lengths;
}

void expect_places(const mistakes& told, std::string_view text) {
  expect(!told.empty(), "a text that is refused has mistakes", text);
  expect(told.size() <= definition::mistake_list::kept_max, "no more mistakes are told than are kept", as_text(told));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto lengths = line_lengths(text);
  // Bytes that are no UTF-8 have no characters to count: only the place of the first of them is told.
  const bool has_characters = json::valid_utf8(text);
  for (const auto& one : told) {
    const std::string shown = as_text({one});
    expect(!one.text.empty() && json::valid_utf8(one.text), "a mistake is told in UTF-8", shown);
    expect(one.line >= 1 && one.line <= lengths.size(), "a mistake is in a line of the text", shown);
    expect(one.column >= 1, "columns count from 1", shown);
    if (has_characters) {
      expect(one.column <= lengths[one.line - 1] + 1, "a mistake is within its line or at its end", shown);
    }
  }
}

// Returns what it accepted, or nothing.
definition_ptr try_out(std::string_view text, const surroundings& around) {
  const loaded first = definition::load(text, around);
  if (const auto* good = std::get_if<definition_ptr>(&first)) return *good;
  const auto& told = std::get<mistakes>(first);
  expect_places(told, text);
  const loaded second = definition::load(text, around);
  expect(second.index() == first.index(), "a text that is refused is refused again", text);
  expect_equal(as_text(told), as_text(std::get<mistakes>(second)), "a text has the same mistakes each time");
  return nullptr;
}

surroundings of_nobody_known() {
  surroundings around;
  around.participants_known = false;
  return around;
}

surroundings of_some_known() {
  surroundings around;
  around.participants = {{"escrow", {"/v1/", "/v2"}}, {"transfer", {}}, {"rate", {"/"}}, {"seats", {}}};
  around.public_url = false;
  return around;
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  static const auto open = fuzz::of_nobody_known();
  static const auto closed = fuzz::of_some_known();
  const std::string_view text = fuzz::text_of(bytes, size);
  const auto accepted = fuzz::try_out(text, open);
  const auto accepted_there = fuzz::try_out(text, closed);
  if (accepted != nullptr) fuzz::expect_one_meaning(*accepted, open);
  fuzz::expect(accepted_there == nullptr || accepted != nullptr, "where less is known, no more is refused", text);
  if (accepted_there != nullptr) fuzz::expect_same(accepted_there, *accepted, "a text means the same everywhere");
  static_cast<void>(definition::load_canonical(text));
  return 0;
}
