#include <simdjson.h>

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <new>
#include <type_traits>
#include <vector>

#include "base/ascii.hpp"
#include "json/explain.hpp"
#include "json/json.hpp"

namespace sagad::json {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// What a thread keeps from check to check. A text larger than this is parsed in memory of its own, so that one large
// request does not stay in every thread for ever.
constexpr std::size_t kept_bytes_max = std::size_t{1} << 20U;

struct workspace {
  simdjson::dom::parser parser;
  std::vector<char> padded;
};

// simdjson counts one level more for the document itself, and none for an empty array or object.
constexpr std::size_t parser_depth = depth_max + 1;

simdjson::error_code parse(workspace& use, std::string_view text, element& root) {
  if (use.padded.size() < text.size() + simdjson::SIMDJSON_PADDING) {
    use.padded.resize(text.size() + simdjson::SIMDJSON_PADDING);
  }
  if (use.parser.capacity() < text.size() || use.parser.max_depth() != parser_depth) {
    if (const auto error = use.parser.allocate(std::max<std::size_t>(text.size(), 4096), parser_depth)) return error;
  }
  std::copy(text.begin(), text.end(), use.padded.begin());
  return use.parser.parse(use.padded.data(), text.size(), false).get(root);
}

bool may_begin_number(char letter) noexcept {
  return letter == '-' || is_digit(letter);
}

// The text with every well-formed number made a 0: simdjson wants numbers to fit into 64 bits, we only keep their text.
std::string without_numbers(std::string_view text) {
  std::string plain(text);
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1U : 0U;
      ++at;
    } else if (may_begin_number(text[at])) {
      const std::size_t end = std::min(text.find_first_of(",]} \n\r\t:\"[{", at), text.size());
      if (is_number(text.substr(at, end - at)))
        std::fill_n(plain.begin() + static_cast<std::ptrdiff_t>(at), end - at, ' ');
      if (plain[at] == ' ') plain[at] = '0';
      at = end;
    } else {
      ++at;
    }
  }
  return plain;
}

// Names already looked at in one object. Few are compared one by one, many are sorted.
class name_list {
 public:
  void add(std::string_view name) { names_.push_back(name); }

  std::optional<std::string_view> doubled() {
    if (names_.size() > 16) {
      std::sort(names_.begin(), names_.end());
      const auto twin = std::adjacent_find(names_.begin(), names_.end());
      return twin == names_.end() ? std::nullopt : std::optional(*twin);
    }
    for (std::size_t at = 1; at < names_.size(); ++at) {
      for (std::size_t before = 0; before < at; ++before) {
        if (names_[at] == names_[before]) return names_[at];
      }
    }
    return std::nullopt;
  }

 private:
  boost::container::small_vector<std::string_view, 16> names_;
};

void append_pointer(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char letter : name) {
    if (letter == '~') {
      pointer += "~0";
    } else if (letter == '/') {
      pointer += "~1";
    } else {
      pointer += letter;
    }
  }
}

// Looks through a parsed value for what simdjson lets pass: doubled names, and one level too many where it is empty.
class inspection {
 public:
  std::optional<std::string> look_at(element value) {
    if (!value.is_object() && !value.is_array()) return std::nullopt;
    if (++depth_ > depth_max) return "nested deeper than " + std::to_string(depth_max) + ", at \"" + pointer_ + '"';
    auto fault =
        value.is_object() ? look_into(value.get_object().value_unsafe()) : look_into(value.get_array().value_unsafe());
    --depth_;
    return fault;
  }

 private:
  std::optional<std::string> look_into(simdjson::dom::object object) {
    name_list names;
    for (const auto member : object) names.add(member.key);
    if (const auto name = names.doubled()) {
      std::string what = "the name ";
      append_string(what, *name);
      return what + " occurs twice in the " + (pointer_.empty() ? "outermost object" : "object at \"" + pointer_ + '"');
    }
    for (const auto member : object) {
      if (auto fault = look_below(member.value, member.key)) return fault;
    }
    return std::nullopt;
  }

  std::optional<std::string> look_into(simdjson::dom::array array) {
    std::size_t index = 0;
    for (const auto item : array) {
      if (auto fault = look_below(item, index++)) return fault;
    }
    return std::nullopt;
  }

  template <typename Where>
  std::optional<std::string> look_below(element value, const Where& where) {
    if (!value.is_object() && !value.is_array()) return std::nullopt;
    const std::size_t above = pointer_.size();
    if constexpr (std::is_convertible_v<Where, std::string_view>) {
      append_pointer(pointer_, where);
    } else {
      append_pointer(pointer_, std::to_string(where));
    }
    auto fault = look_at(value);
    pointer_.resize(above);
    return fault;
  }

  std::size_t depth_ = 0;
  std::string pointer_;  // to the value looked at
};

std::string refusal(std::string_view text, simdjson::error_code error) {
  if (error == simdjson::UTF8_ERROR || !valid_utf8(text)) return "the text is not UTF-8";
  if (const auto found = explain(text)) return found->what + ", at byte " + std::to_string(found->offset);
  return simdjson::error_message(error);
}

std::optional<std::string> check_with(workspace& use, std::string_view text) {
  element root;
  auto error = parse(use, text, root);
  std::string plain;
  if (error == simdjson::NUMBER_ERROR) {
    plain = without_numbers(text);
    error = parse(use, plain, root);
  }
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();  // nothing is wrong with the text
  if (error) return refusal(text, error);
  return inspection().look_at(root);
}

}  // namespace

std::optional<std::string> check(std::string_view text) {
  if (text.empty()) return "there is no text, where a JSON value is expected";
  if (text.substr(0, 3) == "\xEF\xBB\xBF") return "a byte order mark stands before the value: leave it out";
  if (text.size() > kept_bytes_max) {
    workspace own;
    return check_with(own, text);
  }
  thread_local workspace kept;
  return check_with(kept, text);
}

bool valid_utf8(std::string_view text) noexcept {
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace sagad::json
