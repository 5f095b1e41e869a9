#include "definition/expression/value.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "definition/decimal.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::definition::expression {

value value::of(bool given) noexcept {
  value made;
  made.is = kind::boolean;
  made.boolean = given;
  return made;
}

value value::of(std::int64_t given) noexcept {
  value made;
  made.is = kind::integer;
  made.integer = given;
  return made;
}

value value::of(std::uint64_t given) noexcept {
  value made;
  made.is = kind::unsigned_integer;
  made.unsigned_integer = given;
  return made;
}

value value::of(double given) noexcept {
  value made;
  made.is = kind::real;
  made.real = given;
  return made;
}

value value::of_text(std::string_view characters) noexcept {
  value made;
  made.is = kind::text;
  made.text = characters;
  return made;
}

value value::of_json(std::string_view raw) noexcept {
  value made;
  made.is = kind::raw;
  made.text = raw;
  return made;
}

value workshop::error(std::string why) {
  value made;
  made.is = value::kind::error;
  made.text = keep(std::move(why));
  return made;
}

value workshop::list(std::vector<value> made) {
  value list;
  list.is = value::kind::list;
  list.count = made.size();
  list.items = keep(std::move(made));
  return list;
}

std::string_view describe(value::kind kind) noexcept {
  switch (kind) {
    case value::kind::null: return "null";
    case value::kind::boolean: return "true or false";
    case value::kind::integer: return "an integer";
    case value::kind::unsigned_integer: return "an unsigned integer";
    case value::kind::real: return "a double";
    case value::kind::text: return "text";
    case value::kind::list: return "a list";
    case value::kind::map: return "a map";
    case value::kind::raw:
    case value::kind::error: break;
  }
  return "?";
}

std::string describe(const value& given) {
  return std::string(describe(given.is));
}

namespace {

value read_number(std::string_view raw, workshop& room) {
  value made;
  const char* const end = raw.data() + raw.size();
  const auto read = std::from_chars(raw.data(), end, made.integer);
  made.is = value::kind::integer;
  if (read.ptr == end && read.ec == std::errc()) {
    made.text = raw;
    return made;
  }
  const std::string shown(raw.substr(0, 40));
  if (read.ptr == end) return room.error("the number " + shown + " does not fit into 64 bits");
  if (const auto integer = exact_integer(raw)) {
    made.integer = *integer;
  } else {
    made.is = value::kind::real;
    made.real = std::strtod(std::string(raw).c_str(), nullptr);
    if (!std::isfinite(made.real)) return room.error("the number " + shown + " is larger than a double can be");
  }
  made.text = raw;
  return made;
}

}  // namespace

value read(const value& given, workshop& room) {
  if (given.is != value::kind::raw) return given;
  value made;
  made.text = given.text;
  switch (given.text.front()) {
    case '"': {
      made.is = value::kind::text;
      const auto inside = given.text.substr(1, given.text.size() - 2);
      if (inside.find('\\') == std::string_view::npos) {
        made.text = inside;
        return made;
      }
      room.spend(inside.size());
      made.text = room.keep(json::unescape(given.text));
      return made;
    }
    case '{': made.is = value::kind::map; return made;
    case '[': made.is = value::kind::list; return made;
    case 'n': made.is = value::kind::null; return made;
    case 't':
    case 'f':
      made.is = value::kind::boolean;
      made.boolean = given.text.front() == 't';
      return made;
    default: return read_number(given.text, room);
  }
}

std::string text_of(double real) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, real).ptr;
  return {digits, end};
}

namespace {

// Writes one value; a fault ends it.
class writer {
 public:
  writer(workshop& room, std::string& out) : room_(room), out_(out), limit_(out.size() + result_bytes_max) {}

  std::optional<std::string> write(const value& given) {
    if (given.is_error()) return std::string(given.text);
    room_.spend();
    if (given.is_json()) return put(given.text);
    switch (given.is) {
      case value::kind::null: return put("null");
      case value::kind::boolean: return put(given.boolean ? "true" : "false");
      case value::kind::integer: return number(given.integer);
      case value::kind::unsigned_integer: return number(given.unsigned_integer);
      case value::kind::real:
        if (!std::isfinite(given.real)) return "the result is " + text_of(given.real) + ", a number that JSON has not";
        return put(text_of(given.real));
      case value::kind::text: return text(given.text);
      case value::kind::list: return list(given);
      default: return map(given);
    }
  }

 private:
  std::optional<std::string> put(std::string_view some) {
    if (some.size() > limit_ - out_.size()) {
      return "the result grows larger than " + std::to_string(result_bytes_max) + " bytes";
    }
    room_.spend(some.size());
    out_ += some;
    return std::nullopt;
  }

  template <typename Number>
  std::optional<std::string> number(Number given) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, given).ptr;
    return put({digits, static_cast<std::size_t>(end - digits)});
  }

  std::optional<std::string> text(std::string_view given) {
    if (given.size() > result_bytes_max) return put(given);
    std::string quoted;
    json::append_string(quoted, given);
    return put(quoted);
  }

  std::optional<std::string> list(const value& given) {
    if (auto fault = put("[")) return fault;
    for (std::size_t at = 0; at < given.count; ++at) {
      if (at != 0) {
        if (auto fault = put(",")) return fault;
      }
      if (auto fault = write(given.items[at])) return fault;
    }
    return put("]");
  }

  std::optional<std::string> map(const value& given) {
    if (auto fault = put("{")) return fault;
    for (std::size_t at = 0; at < given.count; ++at) {
      if (at != 0) {
        if (auto fault = put(",")) return fault;
      }
      const value key = read(given.items[2 * at], room_);
      if (key.is != value::kind::text) {
        return "a map in the result has " + describe(key) + " for a key: JSON has text only, as in string(key)";
      }
      if (auto fault = text(key.text)) return fault;
      if (auto fault = put(":")) return fault;
      if (auto fault = write(given.items[2 * at + 1])) return fault;
    }
    return put("}");
  }

  workshop& room_;
  std::string& out_;
  std::size_t limit_;
};

}  // namespace

std::optional<std::string> append_json(const value& given, workshop& room, std::string& out) {
  return writer(room, out).write(given);
}

}  // namespace sagad::definition::expression
