#include "sagactl/json_view.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace sagad::sagactl {
namespace {

constexpr unsigned exact =
    rapidjson::kParseFullPrecisionFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;

// The whole answer is read on few bytes of stack, however deep it is; writing it recurses, hence a bound.
constexpr int depth_max = 200;

bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (in_string) {
      if (letter == '\\') ++at;
      in_string = letter != '"';
    } else if (letter == '"') {
      in_string = true;
    } else if (letter == '{' || letter == '[') {
      if (++depth > depth_max) return true;
    } else if (letter == '}' || letter == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

json_view json_view::operator[](std::string_view name) const {
  if (value_ == nullptr || !value_->IsObject()) return json_view(nullptr);
  const auto member = value_->FindMember(
      rapidjson::Value(rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size()))));
  return json_view(member == value_->MemberEnd() ? nullptr : &member->value);
}

std::string json_view::text() const {
  if (value_ == nullptr || !value_->IsString()) return {};
  return printable({value_->GetString(), value_->GetStringLength()});
}

std::int64_t json_view::integer(std::string_view name) const {
  const auto member = (*this)[name];
  return member.exists() && member.value_->IsInt64() ? member.value_->GetInt64() : 0;
}

bool json_view::flag(std::string_view name) const {
  const auto member = (*this)[name];
  return member.exists() && member.value_->IsBool() && member.value_->GetBool();
}

std::string json_view::dump() const {
  if (value_ == nullptr) return "null";
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  value_->Accept(writer);
  return printable({out.GetString(), out.GetSize()});
}

void json_view::members(const std::function<void(const std::string&, json_view)>& visit) const {
  if (value_ == nullptr || !value_->IsObject()) return;
  for (const auto& one : value_->GetObject()) {
    visit(printable({one.name.GetString(), one.name.GetStringLength()}), json_view(&one.value));
  }
}

json_view json_view::at(std::size_t index) const {
  return json_view(index < size() ? &(*value_)[static_cast<rapidjson::SizeType>(index)] : nullptr);
}

rapidjson::Document parse_json(std::string_view text) {
  rapidjson::Document document;
  if (!too_deep(text)) document.Parse<exact>(text.data(), text.size());
  if (too_deep(text) || document.HasParseError()) document.SetObject();
  return document;
}

std::string json_mistake(std::string_view text) {
  if (too_deep(text)) return "it is nested more than " + std::to_string(depth_max) + " deep";
  rapidjson::Document document;
  document.Parse<exact>(text.data(), text.size());
  if (!document.HasParseError()) return {};
  const auto before = text.substr(0, std::min(document.GetErrorOffset(), text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = before.size() - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
         rapidjson::GetParseError_En(document.GetParseError());
}

std::string pretty_json(std::string_view text) {
  if (!json_mistake(text).empty()) return std::string(text);
  const auto document = parse_json(text);
  rapidjson::StringBuffer out;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(out);
  writer.SetIndent(' ', 2);
  document.Accept(writer);
  return {out.GetString(), out.GetSize()};
}

std::string json_text(std::string_view text) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {out.GetString(), out.GetSize()};
}

// A terminal obeys more than ASCII's control characters: those of Latin-1, and what separates lines or turns the
// direction of writing in Unicode.
std::string printable(std::string_view text) {
  const auto steers = [text](std::size_t at) -> std::size_t {
    const auto byte = [&](std::size_t of) {
      return static_cast<unsigned char>(at + of < text.size() ? text[at + of] : 0);
    };
    if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;
    if (byte(0) != 0xE2) return 0;
    const bool separates_or_turns =
        byte(1) == 0x80 && ((byte(2) >= 0xA8 && byte(2) <= 0xAE) || byte(2) == 0x8E || byte(2) == 0x8F);
    const bool isolates = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
    return separates_or_turns || isolates ? 3 : 0;
  };
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto size = steers(at);
    out += size == 0 ? text[at] : ' ';
    at += std::max<std::size_t>(size, 1);
  }
  return out;
}

}  // namespace sagad::sagactl
