#include "definition/text_template.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "definition/header_lines.hpp"
#include "definition/template_program.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

enum class raw_type : std::uint8_t { absent, string, plain, nested_or_null };

raw_type type_of(std::string_view raw) noexcept {
  if (raw.data() == nullptr) return raw_type::absent;
  switch (raw.front()) {
    case '"': return raw_type::string;
    case '{':
    case '[':
    case 'n': return raw_type::nested_or_null;
    default: return raw_type::plain;
  }
}

// Renders one template; each function returns false when `fault` says why it cannot go on.
class renderer {
 public:
  renderer(slice_values values, std::size_t bytes_max, std::string& out)
      : values_(values), bytes_max_(bytes_max), out_(out) {}

  bool render(const template_part& part) {
    switch (part.is) {
      case template_part::type::literal: return put(part.text);
      case template_part::type::segment_begin: segment_ = out_.size(); return true;
      case template_part::type::segment_end: return check_segment();
      case template_part::type::expression: break;
    }
    if (!part.code.is_reference()) return put_result(part);
    const auto& reference = part.code.steps.front();
    const std::string_view raw = reference.slice < values_.size() ? values_[reference.slice] : std::string_view();
    if (raw.data() == nullptr) return fail("`" + reference.text + "` is absent");
    return put_raw(part, raw);
  }

  std::optional<std::string> fault() { return std::move(fault_); }

 private:
  bool fail(std::string why) {
    fault_ = std::move(why);
    return false;
  }

  bool put(std::string_view text) {
    if (out_.size() > bytes_max_ || text.size() > bytes_max_ - out_.size()) {
      return fail("the text grows larger than " + std::to_string(bytes_max_) + " bytes");
    }
    out_ += text;
    return true;
  }

  bool put_raw(const template_part& part, std::string_view raw) {
    if (part.as == embedding::json) return put(raw);
    switch (type_of(raw)) {
      case raw_type::string:
        if (part.as != embedding::string) return put_characters(part, json::unescape(raw));
        return put(raw.substr(1, raw.size() - 2));  // what was escaped for one JSON string is so for the other
      case raw_type::plain: return part.as == embedding::string ? put(raw) : put_characters(part, raw);
      default:
        return fail("`" + part.text + "` is " +
                    (raw.front() == '{'   ? "an object"
                     : raw.front() == '[' ? "a list"
                                          : "null") +
                    ", which has no place inside a text");
    }
  }

  bool put_result(const template_part& part) {
    const auto evaluated = part.as == embedding::json ? expression::evaluate_json(part.code, values_)
                                                      : expression::evaluate_text(part.code, values_);
    if (evaluated.fault) return fail("`" + part.text + "`: " + *evaluated.fault);
    if (part.as == embedding::json) return put(evaluated.text);
    if (part.as != embedding::string) return put_characters(part, evaluated.text);
    std::string quoted;
    json::append_string(quoted, evaluated.text);
    return put(std::string_view(quoted).substr(1, quoted.size() - 2));
  }

  bool put_characters(const template_part& part, std::string_view text) {
    if (std::any_of(text.begin(), text.end(), is_control)) {
      return fail("`" + part.text + "` has a control character, which no " +
                  (part.as == embedding::url ? "path" : "header") + " may have");
    }
    return part.as == embedding::url ? put_encoded(text) : put(text);
  }

  bool put_encoded(std::string_view text) {
    for (const char letter : text) {
      const bool fits = is_unreserved(letter) ? put({&letter, 1}) : put(percent_code(letter));
      if (!fits) return false;
    }
    return true;
  }

  bool check_segment() {
    const auto segment = std::string_view(out_).substr(segment_);
    if (!segment.empty() && segment != "." && segment != "..") return true;
    return fail(segment.empty() ? "a segment of the path is empty"
                                : "a segment of the path is `" + std::string(segment) + "`");
  }

  slice_values values_;
  std::size_t bytes_max_;
  std::string& out_;
  std::size_t segment_ = 0;
  std::optional<std::string> fault_;
};

}  // namespace

std::optional<std::string> text_template::render(slice_values values, std::size_t bytes_max, std::string& out) const {
  if (program_ == nullptr) return std::nullopt;
  renderer into(values, bytes_max, out);
  out.reserve(out.size() + program_->usual_bytes);
  for (const auto& part : program_->parts) {
    if (!into.render(part)) return into.fault();
  }
  return std::nullopt;
}

}  // namespace sagad::definition
