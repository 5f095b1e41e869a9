#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sagad::sagactl {

/// Reading what a server sent, which may be of another version: what is missing or of another type reads as empty, 0 or
/// null, and nothing throws. The value must live as long as what is read from it.
class json_view {
 public:
  explicit json_view(const rapidjson::Value* value) : value_(value) {}

  bool exists() const noexcept { return value_ != nullptr && !value_->IsNull(); }
  bool is_array() const noexcept { return value_ != nullptr && value_->IsArray(); }

  json_view operator[](std::string_view name) const;
  bool has(std::string_view name) const { return (*this)[name].exists(); }

  /// A text without what would steer a terminal: control characters are shown as spaces.
  std::string text() const;
  std::string text(std::string_view name) const { return (*this)[name].text(); }
  std::int64_t integer(std::string_view name) const;
  bool flag(std::string_view name) const;
  /// The value as JSON on one line.
  std::string dump() const;

  std::size_t size() const noexcept { return is_array() ? value_->Size() : 0; }
  json_view at(std::size_t index) const;
  /// Calls `visit(name, value)` for each member of an object.
  void members(const std::function<void(const std::string&, json_view)>& visit) const;

 private:
  const rapidjson::Value* value_;
};

/// `text` as a document; an object without members where it is not JSON.
rapidjson::Document parse_json(std::string_view text);
/// Where and why `text` is not JSON, in words; empty when it is.
std::string json_mistake(std::string_view text);
/// `text`, indented for people; unchanged where it is not JSON.
std::string pretty_json(std::string_view text);
/// `text` as a JSON string with its quotes.
std::string json_text(std::string_view text);
/// Control characters (escape sequences of a terminal among them) as spaces.
std::string printable(std::string_view text);

}  // namespace sagad::sagactl
