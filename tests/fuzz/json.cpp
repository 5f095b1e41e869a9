// Any text as JSON, and as a body of many items. What is accepted is JSON to every reader of this program; a body is
// cut into the same items however it arrives.
#include <vector>

#include "api/item_splitter.hpp"
#include "json/cursor.hpp"
#include "json/explain.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

using api::item_splitter;

constexpr std::size_t item_bytes_max = 4096;

// Walks the whole value: every name and string can be taken apart and put together again.
void walk(json::cursor& at) {
  switch (at.next_kind()) {
    case json::kind::object:
      at.members([&](std::string_view name) {
        std::string written;
        json::append_string(written, json::unescape(name));
        expect_equal(json::unescape(written), json::unescape(name), "a name is the same when it is written again");
        walk(at);
        return true;
      });
      return;
    case json::kind::array:
      at.elements([&](std::size_t) {
        walk(at);
        return true;
      });
      return;
    case json::kind::string: {
      const std::string characters = json::unescape(at.take());
      expect(json::valid_utf8(characters), "a string's characters are UTF-8", characters);
      std::string written;
      json::append_string(written, characters);
      expect_equal(json::unescape(written), characters, "a string is the same when it is written again");
      return;
    }
    case json::kind::number: {
      const auto raw = at.take();
      expect(json::is_number(raw), "a number is one by the grammar", raw);
      return;
    }
    default: at.take();
  }
}

void expect_json(std::string_view text) {
  const auto found = json::explain(text);
  expect(!found, "what is accepted has no fault by the grammar", text);
  json::cursor at(text);
  walk(at);
  const std::string canonical = json::canonical(text);
  expect(json::check(canonical) == std::nullopt, "the canonical text is JSON", canonical);
  expect_equal(json::canonical(canonical), canonical, "the canonical text is its own");
}

void expect_refusal(std::string_view text, const std::string& why) {
  expect(!why.empty() && json::valid_utf8(why), "a refusal says why, in UTF-8", why);
  const auto found = json::explain(text);
  if (found) expect(found->offset <= text.size(), "a fault is within the text", why);
}

struct cut_body {
  std::vector<std::string> items;
  item_splitter::step end = item_splitter::step::more;
};

// All items when the body arrives in pieces of so many bytes.
cut_body cut(std::string_view body, item_splitter::form how, std::size_t piece_bytes) {
  item_splitter splitter(how, item_bytes_max);
  cut_body all;
  while (!body.empty()) {
    auto piece = body.substr(0, piece_bytes);
    body.remove_prefix(piece.size());
    for (auto step = splitter.next(piece); step != item_splitter::step::more; step = splitter.next(piece)) {
      if (step != item_splitter::step::item) {
        all.end = step;
        return all;
      }
      all.items.push_back(splitter.item());
    }
  }
  all.end = splitter.finish();
  if (all.end == item_splitter::step::item) {
    all.items.push_back(splitter.item());
    all.end = item_splitter::step::more;
  }
  return all;
}

cut_body expect_one_cut(std::string_view body, item_splitter::form how) {
  const auto whole = cut(body, how, body.size() + 1);
  for (const std::size_t piece_bytes : {1U, 7U}) {
    const auto pieces = cut(body, how, piece_bytes);
    expect(pieces.items == whole.items, "a body has the same items however it arrives", body);
    expect(pieces.end == whole.end, "a body ends the same however it arrives", body);
  }
  for (const auto& item : whole.items) expect(item.size() <= item_bytes_max, "no item is longer than may be", item);
  return whole;
}

void expect_items(std::string_view body, bool is_json) {
  const auto cut_up = expect_one_cut(body, item_splitter::form::array);
  if (cut_up.end != item_splitter::step::more) {
    const bool is_array = is_json && json::cursor(body).next_kind() == json::kind::array;
    expect(!is_array || cut_up.end == item_splitter::step::too_large, "an array is taken as one", body);
    return;
  }
  std::string together;
  for (const auto& item : cut_up.items) {
    if (json::check(item)) return;
    together += (together.empty() ? "[" : ",") + item;
  }
  together += together.empty() ? "[]" : "]";
  if (json::check(together)) return;  // each item may be nested as deep as a whole
  expect(is_json, "a body that is taken as an array of JSON is one", body);
  expect_equal(json::canonical(together), json::canonical(body), "the items are those of the array");
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const std::string_view text = fuzz::text_of(bytes, size);
  const auto why = json::check(text);
  if (why) {
    fuzz::expect_refusal(text, *why);
  } else {
    fuzz::expect_json(text);
  }
  fuzz::expect_items(text, !why);
  fuzz::expect_one_cut(text, api::item_splitter::form::lines);
  return 0;
}
