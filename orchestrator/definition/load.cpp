#include "definition/load.hpp"

#include <algorithm>

#include "definition/canonical_form.hpp"
#include "definition/compile.hpp"
#include "definition/graph.hpp"
#include "definition/mistakes.hpp"
#include "definition/read.hpp"
#include "definition/shape.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// What a tree compiles to, `canonical` not filled in; nothing when it has mistakes.
std::shared_ptr<definition> compile_tree(const node& root, const surroundings& around, mistake_list& found,
                                         std::string* canonical) {
  const declared::saga saga = read_shape(root, found);
  // What could not be read would be told of a second time, as missing.
  const bool shape_is_good = found.empty();
  const auto graph = saga.order_is_known && !saga.steps.empty() ? order_steps(saga, found) : std::nullopt;
  if (!shape_is_good || !graph) return nullptr;
  const bool stored = canonical == nullptr;
  auto compiled = compile(saga, *graph, around, found);
  if (!found.empty()) return nullptr;
  if (stored) return compiled;
  *canonical = canonical_form(saga, *graph);
  if (canonical->size() > text_bytes_max) {
    found.add({}, "with its defaults written out the definition has " + std::to_string(canonical->size()) +
                      " bytes: at most " + std::to_string(text_bytes_max) + " are kept: shorten it");
  }
  return compiled;
}

loaded finish(std::shared_ptr<definition> compiled, std::string canonical, mistake_list& found, std::string_view text) {
  if (!found.empty()) return in_characters(found.take(), text);
  compiled->content = digest_of(canonical);
  compiled->canonical = std::move(canonical);
  return definition_ptr(std::move(compiled));
}

}  // namespace

loaded load(std::string_view text, const surroundings& around) {
  mistake_list found;
  std::string canonical;
  std::shared_ptr<definition> compiled;
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
  if (const auto root = read_text(text, found)) compiled = compile_tree(*root, around, found, &canonical);
  return finish(std::move(compiled), std::move(canonical), found, text);
}

loaded load_canonical(std::string_view canonical) {
  mistake_list found(text_source::journal);
  std::shared_ptr<definition> compiled;
  if (const auto wrong = json::check(canonical)) {
    found.add({}, "a stored definition is damaged: " + *wrong);
  } else if (json::canonical(canonical) != canonical) {
    found.add({}, "a stored definition is damaged: it is not in its canonical form");
  } else if (const auto root = read_json(canonical, found)) {
    surroundings anything;
    anything.participants_known = false;
    compiled = compile_tree(*root, anything, found, nullptr);
  }
  return finish(std::move(compiled), std::string(canonical), found, canonical);
}

}  // namespace sagad::definition
