#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sagactl/json_view.hpp"

namespace sagad::sagactl {

/// Writes an object for programs, member by member.
class object_text {
 public:
  object_text& raw(std::string_view name, std::string_view json) {
    out_ += (out_.size() == 1 ? "" : ",") + json_text(name) + ":";
    out_ += json;
    return *this;
  }
  object_text& text(std::string_view name, std::string_view value) { return raw(name, json_text(value)); }
  object_text& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  object_text& flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  std::string take() { return out_ + "}"; }

 private:
  std::string out_ = "{";
};

/// An array of what `write` makes of each.
template <typename List, typename Write>
std::string array_text(const List& list, Write write) {
  std::string out = "[";
  for (const auto& one : list) out += (out.size() == 1 ? "" : ",") + write(one);
  return out + "]";
}

}  // namespace sagad::sagactl
