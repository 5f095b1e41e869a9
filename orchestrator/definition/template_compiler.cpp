#include "definition/template_compiler.hpp"

#include <algorithm>

#include "definition/header_lines.hpp"
#include "definition/target_path.hpp"
#include "definition/template_pieces.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

constexpr std::size_t shown_bytes_max = 80;

std::string in_expression(std::string_view what, const std::string& source, const std::string& why) {
  const std::string cut = source.size() > shown_bytes_max ? "..." : "";
  return std::string(what) + ": `${" + source.substr(0, shown_bytes_max) + cut + "}` " + why;
}

std::string never_closed(std::string_view what) {
  return std::string(what) + ": a `${` is never closed: write its `}`, or `$${` for a plain `${`";
}

// What to write for a path that does not begin with a slash: an address stands elsewhere.
std::string rooted_hint(const std::string& text) {
  constexpr std::string_view elsewhere = "the participant's address comes from the configuration";
  const std::size_t host = text.find("://");
  const std::size_t path = host == std::string::npos ? 0 : std::min(text.find('/', host + 3), text.size());
  const auto rest = text.substr(path, shown_bytes_max);
  if (rest.empty() || rest.starts_with("${") || rest.size() < text.size() - path) return ": " + std::string(elsewhere);
  if (host != std::string::npos) return ": write `" + rest + "`, as " + std::string(elsewhere);
  return ": write `/" + rest + "`";
}

// What an expression must be able to give where it stands.
expression::expectation expected_as(embedding as, const expression::expectation& shared) {
  auto expected = shared;
  expected.as_json = as == embedding::json;
  if (expected.as_json) return expected;
  expected.kinds = expression::boolean_kind | expression::number_kinds | expression::text_kind;
  expected.place = as == embedding::url ? "a path" : as == embedding::header ? "a header" : "a longer text";
  return expected;
}

// Writes a value as JSON into a program.
class json_compiler {
 public:
  json_compiler(const expression::resolver& resolve, const expression::expectation& expected, std::string_view what,
                mistake_list& found)
      : resolve_(resolve), expected_(expected), what_(what), found_(found) {}

  void compile(const node& value) {
    switch (value.is) {
      case node::type::string: string(value); return;
      case node::type::sequence:
        builder_.literal("[");
        for (const auto& item : value.items) {
          if (&item != &value.items.front()) builder_.literal(",");
          compile(item);
        }
        builder_.literal("]");
        return;
      case node::type::mapping:
        builder_.literal("{");
        for (const auto& member : value.members) {
          if (&member != &value.members.front()) builder_.literal(",");
          name(member);
          compile(member.value);
        }
        builder_.literal("}");
        return;
      default: {
        std::string text;
        append_json(text, value);
        builder_.literal(text);
      }
    }
  }

  text_template finish() { return builder_.finish(); }

 private:
  void literal_string(std::string_view text) {
    std::string quoted;
    json::append_string(quoted, text);
    builder_.literal(quoted);
  }

  void name(const node_member& member) {
    if (member.name.find("${") != std::string::npos) {
      found_.forbid(member.at, std::string(what_) + ": the name `" + member.name +
                                   "` has a `${` in it: expressions stand in values only");
    }
    literal_string(member.name);
    builder_.literal(":");
  }

  void string(const node& value) {
    const auto pieces = cut_at_expressions(value.text);
    if (!pieces) {
      found_.add(value.at, never_closed(what_));
      return;
    }
    if (pieces->size() == 1 && pieces->front().is_expression) {
      expression(value, pieces->front().text, embedding::json);
      return;
    }
    builder_.literal("\"");
    for (const auto& piece : *pieces) {
      if (piece.is_expression) {
        expression(value, piece.text, embedding::string);
        continue;
      }
      std::string quoted;
      json::append_string(quoted, piece.text);
      builder_.literal(std::string_view(quoted).substr(1, quoted.size() - 2));
    }
    builder_.literal("\"");
  }

  void expression(const node& value, const std::string& source, embedding as) {
    if (found_.full()) return;  // what it reads would be looked up for nobody
    if (const auto why = builder_.expression(source, as, resolve_, expected_as(as, expected_))) {
      found_.add(value.at, in_expression(what_, source, *why));
    }
  }

  const expression::resolver& resolve_;
  const expression::expectation& expected_;
  std::string_view what_;
  mistake_list& found_;
  program_builder builder_;
};

}  // namespace

text_template template_compiler::json(const node& value, std::string_view what) const {
  json_compiler compiler(resolve_, expected_, what, found_);
  compiler.compile(value);
  return compiler.finish();
}

text_template template_compiler::target(const std::string& text, place at, std::string_view what,
                                        const surroundings::participant* allowed) const {
  if (found_.full()) return {};
  const auto pieces = cut_at_expressions(text);
  if (!pieces) {
    found_.add(at, never_closed(what));
    return {};
  }
  if (!is_rooted(*pieces)) {
    found_.add(at, std::string(what) + ": a path begins with `/`" + rooted_hint(text));
    return {};
  }
  if (auto why = check_path(*pieces); why && found_.forbid(at, std::string(what) + ": " + *why)) return {};
  if (allowed != nullptr && !is_below_a_prefix(*pieces, allowed->path_prefixes)) {
    std::string list;
    for (const auto& prefix : allowed->path_prefixes) list += (list.empty() ? "`" : ", `") + prefix + "`";
    found_.add(at, std::string(what) + ": `" + text + "` is outside the paths that sagas may use at `" + allowed->name +
                       "`: " + list);
  }
  program_builder builder;
  for (const auto& token : cut_path(*pieces)) {
    switch (token.is) {
      case path_token::type::literal: builder.literal(token.text); break;
      case path_token::type::segment_begin: builder.mark(template_part::type::segment_begin); break;
      case path_token::type::segment_end: builder.mark(template_part::type::segment_end); break;
      case path_token::type::expression:
        if (const auto why =
                builder.expression(token.text, embedding::url, resolve_, expected_as(embedding::url, expected_))) {
          found_.add(at, in_expression(what, token.text, *why));
        }
        break;
    }
  }
  return builder.finish();
}

text_template template_compiler::header(const std::string& text, place at, std::string_view what) const {
  if (found_.full()) return {};
  const auto pieces = cut_at_expressions(text);
  if (!pieces) {
    found_.add(at, never_closed(what));
    return {};
  }
  program_builder builder;
  for (const auto& piece : *pieces) {
    if (!piece.is_expression) {
      if (std::any_of(piece.text.begin(), piece.text.end(), is_control)) {
        found_.add(at, std::string(what) + " has a control character in it, such as the end of a line: leave it out");
      }
      builder.literal(piece.text);
    } else if (const auto why = builder.expression(piece.text, embedding::header, resolve_,
                                                   expected_as(embedding::header, expected_))) {
      found_.add(at, in_expression(what, piece.text, *why));
    }
  }
  return builder.finish();
}

// The expression that `text` consists of; nothing when it is no such text, which is told.
std::optional<std::string> template_compiler::only_expression(const std::string& text, place at, std::string_view what,
                                                              const char* example) const {
  if (found_.full()) return std::nullopt;
  const auto pieces = cut_at_expressions(text);
  if (pieces && pieces->size() == 1 && pieces->front().is_expression) return pieces->front().text;
  found_.add(at,
             pieces ? std::string(what) + " is one expression and nothing else, as in " + example : never_closed(what));
  return std::nullopt;
}

std::optional<expression::compiled> template_compiler::compile(const std::string& source,
                                                               const expression::expectation& expected, place at,
                                                               std::string_view what) const {
  auto outcome = expression::compile(source, resolve_, expected);
  if (auto* compiled = std::get_if<expression::compiled>(&outcome)) return std::move(*compiled);
  found_.add(at, in_expression(what, source, std::get<std::string>(outcome)));
  return std::nullopt;
}

template_compiler::compiled_condition template_compiler::truth(const std::string& text, place at,
                                                               std::string_view what) const {
  const auto source = only_expression(text, at, what, "\"${input.express}\"");
  if (!source) return {};
  auto expected = expected_;
  expected.kinds = expression::boolean_kind;
  expected.place = "`when`";
  auto compiled = compile(*source, expected, at, what);
  if (!compiled) return {};
  return {condition(std::make_shared<const expression::code>(std::move(compiled->code)), *source), compiled->present};
}

label_value template_compiler::label(const std::string& text, place at, std::string_view what) const {
  const auto source = only_expression(text, at, what, "\"${input.region}\"");
  if (!source) return {};
  auto expected = expected_;
  expected.kinds = expression::boolean_kind | expression::number_kinds | expression::text_kind | expression::null_kind;
  expected.place = "a label";
  expected.as_json = true;
  auto compiled = compile(*source, expected, at, what);
  if (!compiled) return {};
  return {std::make_shared<const expression::code>(std::move(compiled->code)), *source};
}

}  // namespace sagad::definition
