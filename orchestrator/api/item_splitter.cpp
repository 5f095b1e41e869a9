#include "api/item_splitter.hpp"

#include <utility>

namespace sagad::api {
namespace {

bool is_space(char letter) noexcept {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

item_splitter::step item_splitter::next(std::string_view& piece) {
  if (std::exchange(told_, false)) item_.clear();
  return form_ == form::lines ? next_line(piece) : next_value(piece);
}

bool item_splitter::put(std::string_view more) {
  item_ += more;
  return item_.size() <= item_bytes_max_;
}

item_splitter::step item_splitter::next_line(std::string_view& piece) {
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    const auto line = piece.substr(0, end);
    piece.remove_prefix(end == std::string_view::npos ? piece.size() : end + 1);
    if (!put(line)) return step::too_large;
    if (end == std::string_view::npos) return step::more;
    if (!is_blank(item_)) {
      told_ = true;
      return step::item;
    }
    item_.clear();
  }
  return step::more;
}

// Outside of a value: what may stand there moves on.
bool item_splitter::between(char letter) {
  if (is_space(letter)) return true;
  switch (at_) {
    case place::before_array: at_ = place::before_first; return letter == '[';
    case place::before_first:
      if (letter != ']') return begin_value(letter);
      at_ = place::behind_array;
      return true;
    case place::before_value: return begin_value(letter);
    case place::behind_value:
      at_ = letter == ',' ? place::before_value : place::behind_array;
      return letter == ',' || letter == ']';
    default: return false;
  }
}

bool item_splitter::begin_value(char letter) {
  at_ = place::in_value;
  nested_ = letter == '{' || letter == '[';
  depth_ = nested_ ? 1 : 0;
  in_text_ = letter == '"';
  escaped_ = false;
  return letter != ',' && letter != ']' && letter != '}';
}

// A number or a word ends where something else begins.
bool item_splitter::ends_before(char letter) const noexcept {
  return !nested_ && !in_text_ && (letter == ',' || letter == ']' || is_space(letter));
}

bool item_splitter::ends_behind(char letter) {
  if (in_text_) {
    const bool closes = letter == '"' && !escaped_;
    escaped_ = letter == '\\' && !escaped_;
    in_text_ = !closes;
    return closes && depth_ == 0;
  }
  if (letter == '"') in_text_ = true;
  if (letter == '{' || letter == '[') ++depth_;
  return nested_ && (letter == '}' || letter == ']') && --depth_ == 0;
}

item_splitter::step item_splitter::next_value(std::string_view& piece) {
  for (std::size_t at = 0; at < piece.size(); ++at) {
    const char letter = piece[at];
    if (at_ != place::in_value) {
      if (!between(letter)) return step::bad;
      if (at_ == place::in_value) {
        piece.remove_prefix(at);
        at = 0;
      }
      continue;
    }
    const bool before = ends_before(letter);
    if (!before && !ends_behind(letter)) continue;
    const auto size = at + (before ? 0 : 1);
    const bool fits = put(piece.substr(0, size));
    piece.remove_prefix(size);
    at_ = place::behind_value;
    told_ = true;
    return fits ? step::item : step::too_large;
  }
  if (at_ == place::in_value && !put(piece)) return step::too_large;
  piece = {};
  return step::more;
}

item_splitter::step item_splitter::finish() {
  if (form_ == form::array) return at_ == place::behind_array ? step::more : step::bad;
  if (std::exchange(told_, false)) item_.clear();
  if (is_blank(item_)) return step::more;
  told_ = true;
  return step::item;
}

}  // namespace sagad::api
