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

std::string printable(std::string_view text) {
  std::string out(text);
  for (auto& letter : out) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code == 0x7f) letter = ' ';
  }
  return out;
}

}  // namespace sagad::sagactl
