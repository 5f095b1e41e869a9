#include "api/command_request.hpp"

#include <charconv>

#include "json/json.hpp"

namespace sagad::api {
namespace {

constexpr std::size_t short_text_bytes_max = 1024;

std::optional<problem> read_flag(std::string_view raw, std::string_view name, bool& out) {
  if (raw != "true" && raw != "false")
    return problem{problem_code::invalid_argument, "`" + std::string(name) + "` is true or false"};
  out = raw == "true";
  return std::nullopt;
}

std::optional<problem> read_number(std::string_view raw, std::string_view name, std::uint32_t& out) {
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), out);
  // 0 stands for none within, and no record has that number.
  if (error == std::errc() && end == raw.data() + raw.size() && out != 0) return std::nullopt;
  return problem{problem_code::invalid_argument, "`" + std::string(name) + "` is a record's number, from 1"};
}

}  // namespace

std::optional<problem> read_short_text(std::string_view raw, std::string_view name, std::string& out) {
  if (is_text(raw)) out = json::unescape(raw);
  if (!is_text(raw) || out.size() > short_text_bytes_max) {
    return problem{problem_code::invalid_argument, "`" + std::string(name) + "` is a text of at most 1024 bytes"};
  }
  return std::nullopt;
}

std::optional<problem> read_command_member(const member& given, runtime::command_request& out) {
  const auto& [name, raw] = given;
  if (name == "id") return read_short_text(raw, name, out.id);
  if (name == "reason") return read_short_text(raw, name, out.reason);
  if (name == "step") return read_short_text(raw, name, out.step);
  if (name == "operation") return read_short_text(raw, name, out.side);
  if (name == "force") return read_flag(raw, name, out.force);
  if (name == "nothing_happened") return read_flag(raw, name, out.nothing_happened);
  if (name == "if_seq") return read_number(raw, name, out.if_seq);
  if (name == "body") {
    out.body = raw;
    return std::nullopt;
  }
  constexpr std::string_view known[] = {"id",        "reason", "if_seq",           "step",
                                        "operation", "force",  "nothing_happened", "body"};
  return problem{problem_code::invalid_argument, not_known(name, known)};
}

std::optional<problem> unlike_a_command(const runtime::command_request& read) {
  if (read.side.empty() || read.side == "action" || read.side == "compensation") return std::nullopt;
  return problem{problem_code::invalid_argument, "`operation` is `action` or `compensation`"};
}

std::optional<problem> read_command(std::string_view body, runtime::command_request& out) {
  if (const auto wrong = json::check(body))
    return problem{problem_code::malformed, "not JSON as it must be: " + *wrong};
  if (!is_object(body)) return problem{problem_code::invalid_argument, "a command's body is a JSON object"};
  for (const auto& given : members_of(body)) {
    if (auto bad = read_command_member(given, out)) return bad;
  }
  return unlike_a_command(out);
}

}  // namespace sagad::api
