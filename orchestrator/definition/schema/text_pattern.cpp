#include "definition/schema/text_pattern.hpp"

#include <re2/re2.h>

#include <optional>
#include <vector>

#include "base/utf8.hpp"

namespace sagad::definition {
namespace {

using re2::RE2;

constexpr const char* too_large = "it is too large when compiled: write smaller numbers of repetitions";

std::string character(std::size_t offset, std::string_view written) {
  return "at character " + std::to_string(1 + characters(written.substr(0, offset))) + ": ";
}

// Calls `visit(offset)` for each character that means something: not escaped, not in a class. Stops where it is true.
template <typename Visit>
void for_each_sign(std::string_view written, Visit&& visit) {
  bool in_class = false;
  for (std::size_t at = 0; at < written.size(); ++at) {
    if (!in_class && visit(at)) return;
    if (written[at] == '\\') {
      ++at;
    } else if (in_class) {
      in_class = written[at] != ']';
    } else if (written[at] == '[') {
      in_class = true;
      if (written.substr(at + 1, 1) == "^") ++at;
      if (written.substr(at + 1, 1) == "]") ++at;
    }
  }
}

// Of the first parenthesis that has no other.
std::size_t lonely_parenthesis(std::string_view written) {
  std::vector<std::size_t> open;
  std::optional<std::size_t> closing;
  for_each_sign(written, [&](std::size_t at) {
    if (written[at] == '(') open.push_back(at);
    if (written[at] != ')') return false;
    if (open.empty()) return closing = at, true;
    open.pop_back();
    return false;
  });
  return closing.value_or(open.empty() ? 0 : open.front());
}

// RE2 tells which part it did not understand, not where that stands.
std::size_t place_of(std::string_view part, std::string_view written) {
  std::size_t found = std::string_view::npos;
  for_each_sign(written, [&](std::size_t at) {
    const bool is_it = written.substr(at, part.size()) == part;
    if (is_it) found = at;
    return is_it;
  });
  if (found == std::string_view::npos) found = written.find(part);  // within a class
  return found == std::string_view::npos ? 0 : found;
}

std::string refusal(const RE2& program, std::string_view written) {
  const std::string& part = program.error_arg();
  const std::string quoted = "`" + part + "`";
  const std::string at_part = character(place_of(part, written), written);
  switch (program.error_code()) {
    case RE2::ErrorMissingParen:
    case RE2::ErrorUnexpectedParen:
      return character(lonely_parenthesis(written), written) +
             "a parenthesis without the other one: add it, or write a backslash before it";
    case RE2::ErrorMissingBracket: return at_part + "a `[` that is never closed: add its `]`";
    case RE2::ErrorBadCharRange:
    case RE2::ErrorBadCharClass:
      return at_part + quoted + " is no class of characters: write, for example, [a-z] or \\p{L}";
    case RE2::ErrorTrailingBackslash:
      return character(written.size() - 1, written) + "a backslash before nothing: write two for the character";
    case RE2::ErrorRepeatArgument: return at_part + quoted + " repeats nothing: write what before it";
    case RE2::ErrorRepeatOp: return at_part + quoted + " repeats a repetition: put the inner one in parentheses";
    case RE2::ErrorRepeatSize:
      return at_part + quoted + " is no number of repetitions: 1000 at most in all, the smaller one first";
    case RE2::ErrorBadPerlOp:
    case RE2::ErrorBadNamedCapture:
      return at_part + quoted +
             " is nothing that RE2 has: groups are (...) and (?:...), without looking ahead or behind";
    case RE2::ErrorPatternTooLarge: return too_large;
    default: return at_part + quoted + " is no escape that RE2 has: write two backslashes for the character";
  }
}

}  // namespace

text_pattern::text_pattern(std::string written, std::unique_ptr<const RE2> program)
    : written_(std::move(written)), program_(std::move(program)) {}

std::variant<std::shared_ptr<const text_pattern>, std::string> text_pattern::compile(const std::string& written) {
  if (written.size() > written_bytes_max) {
    return "it has " + std::to_string(written.size()) + " bytes: write at most " + std::to_string(written_bytes_max);
  }
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(static_cast<std::int64_t>(memory_bytes_max));
  options.set_never_capture(true);
  auto program = std::make_unique<const RE2>(written, options);
  if (!program->ok()) return refusal(*program, written);
  // Compiled when it is first wanted; what does not fit is to be told now.
  if (program->ReverseProgramSize() < 0) return std::string(too_large);
  return std::shared_ptr<const text_pattern>(new text_pattern(written, std::move(program)));
}

bool text_pattern::is_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *program_);
}

}  // namespace sagad::definition
