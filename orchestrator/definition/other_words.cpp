#include "definition/other_words.hpp"

#include <algorithm>
#include <utility>

#include "base/nearest.hpp"

namespace sagad::definition {
namespace {

// What is written elsewhere, and how it is written here. A word may mean several, each known in a place of its own.
constexpr std::pair<std::string_view, std::string_view> other_words[] = {
    // of a saga
    {"name", "saga"},
    {"id", "saga"},
    {"on_timeout", "deadline"},
    {"timeout", "deadline"},
    {"parameters", "input"},
    {"tags", "labels"},
    {"result", "output"},
    {"tasks", "steps"},
    {"activities", "steps"},
    // of a step
    {"name", "step"},
    {"id", "step"},
    {"service", "participant"},
    {"type", "kind"},
    {"depends_on", "after"},
    {"needs", "after"},
    {"requires", "after"},
    {"if", "when"},
    {"condition", "when"},
    {"call", "action"},
    {"do", "action"},
    {"request", "action"},
    {"undo", "compensation"},
    {"rollback", "compensation"},
    {"cancel", "compensation"},
    // of a case
    {"name", "case"},
    {"expected", "expect"},
    {"given", "answers"},
    // of a call
    {"method", "post"},
    {"url", "post"},
    {"uri", "post"},
    {"path", "post"},
    {"payload", "body"},
    {"json", "body"},
    {"data", "body"},
    {"attempts", "retry"},
    {"retries", "retry"},
    // of its retries
    {"timeout", "elapsed"},
    {"max_delay", "delay_max"},
    {"backoff", "factor"},
    {"multiplier", "factor"},
    {"interval", "delay"},
    // of a schema
    {"values", "enum"},
    {"regex", "pattern"},
    {"min", "minimum"},
    {"max", "maximum"},
    {"fields", "properties"},
    // types
    {"float", "number"},
    {"double", "number"},
    {"text", "string"},
    {"list", "array"},
    {"map", "object"},
    // functions and macros
    {"len", "size"},
    {"length", "size"},
    {"count", "size"},
    {"float", "double"},
    {"number", "double"},
    {"includes", "contains"},
    {"any", "exists"},
    {"some", "exists"},
    {"every", "all"},
    {"select", "map"},
    {"where", "filter"},
    {"defined", "has"},
};

// What says how something is called, and stands one level below a step's own keys.
constexpr std::string_view words_of_a_call[] = {"post", "get",     "put",   "patch",  "delete",
                                                "body", "headers", "retry", "answer", "timeout"};

bool has(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string hint_of_meaning(std::string_view word, std::span<const std::string_view> known) {
  if (has(known, "action") && has(words_of_a_call, word)) {
    return ": it stands in `action` or `compensation`, beside what is called, as in {post: /v1/holds, timeout: 5s}";
  }
  for (const auto& [other, meant] : other_words) {
    const bool is_meant = other == word && std::find(known.begin(), known.end(), meant) != known.end();
    if (is_meant) return ": did you mean `" + std::string(meant) + "`?";
  }
  return hint(word, known);
}

}  // namespace sagad::definition
