#include "definition/template_pieces.hpp"

namespace sagad::definition {
namespace {

// Where the expression that begins at `at` ends: at a brace that is neither in a string nor closes another one.
std::size_t end_of_expression(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    if (expression::begins_string(text, at)) {
      at = expression::past_string(text, at);
      continue;
    }
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && depth-- == 0) return at;
    ++at;
  }
  return std::string_view::npos;
}

void append_literal(std::vector<text_piece>& pieces, std::string_view text) {
  if (text.empty()) return;
  if (pieces.empty() || pieces.back().is_expression) pieces.push_back({});
  pieces.back().text += text;
}

}  // namespace

std::optional<std::vector<text_piece>> cut_at_expressions(std::string_view text) {
  std::vector<text_piece> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t dollar = std::min(text.find('$', at), text.size());
    append_literal(pieces, text.substr(at, dollar - at));
    at = dollar;
    if (text.substr(at, 3) == "$${") {
      append_literal(pieces, "${");
      at += 3;
    } else if (text.substr(at, 2) == "${") {
      const std::size_t end = end_of_expression(text, at + 2);
      if (end == std::string_view::npos) return std::nullopt;
      pieces.push_back({true, std::string(text.substr(at + 2, end - at - 2))});
      at = end + 1;
    } else if (at < text.size()) {
      append_literal(pieces, text.substr(at, 1));
      ++at;
    }
  }
  return pieces;
}

void program_builder::literal(std::string_view text) {
  if (text.empty()) return;
  auto& parts = program_.parts;
  if (parts.empty() || parts.back().is != template_part::type::literal) parts.emplace_back();
  parts.back().text += text;
}

void program_builder::mark(template_part::type what) {
  program_.parts.emplace_back().is = what;
}

std::optional<std::string> program_builder::expression(const std::string& source, embedding as,
                                                       const expression::resolver& resolve,
                                                       const expression::expectation& wanted) {
  auto compiled = expression::compile(source, resolve, wanted);
  if (auto* why = std::get_if<std::string>(&compiled)) return std::move(*why);
  auto& part = program_.parts.emplace_back();
  part.is = template_part::type::expression;
  part.as = as;
  part.text = source;
  part.code = std::get<expression::compiled>(std::move(compiled)).code;
  return std::nullopt;
}

text_template program_builder::finish() {
  constexpr std::size_t usual_value_bytes = 24;
  for (const auto& part : program_.parts) {
    program_.usual_bytes += part.is == template_part::type::expression ? usual_value_bytes : part.text.size();
  }
  return text_template(std::make_shared<const text_template::program>(std::move(program_)));
}

}  // namespace sagad::definition
