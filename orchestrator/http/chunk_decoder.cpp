#include "http/chunk_decoder.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "http/characters.hpp"

namespace sagad::http {
namespace {

constexpr std::size_t size_digits_max = 15;

/// `"` up to its end; false when it has none, or holds a control.
bool take_quoted(std::string_view& text) noexcept {
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\') text.remove_prefix(1);
    if (text.empty() || !is_text_char(text.front())) return false;
    text.remove_prefix(1);
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  return true;
}

/// *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
bool are_extensions(std::string_view text) noexcept {
  while (!text.empty()) {
    take_while(text, is_blank);
    if (text.empty() || text.front() != ';') return false;
    text.remove_prefix(1);
    take_while(text, is_blank);
    if (take_while(text, is_token_char).empty()) return false;
    auto value = text;
    take_while(value, is_blank);
    if (value.empty() || value.front() != '=') continue;
    value.remove_prefix(1);
    take_while(value, is_blank);
    if (value.empty()) return false;
    if (value.front() == '"' ? !take_quoted(value) : take_while(value, is_token_char).empty()) return false;
    text = value;
  }
  return true;
}

bool is_field(std::string_view line) noexcept {
  if (take_while(line, is_token_char).empty() || line.empty() || line.front() != ':') return false;
  return std::all_of(line.begin(), line.end(), is_text_char);
}

}  // namespace

std::size_t chunk_decoder::decode(std::string_view raw, std::string& body) {
  std::size_t used = 0;
  while (used < raw.size() && !ended()) {
    if (at_ == state::data) {
      auto const take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, raw.size() - used));
      body.append(raw, used, take);
      used += take;
      left_ -= take;
      if (left_ == 0) at_ = state::data_end;
      continue;
    }
    auto const next = after_framing(raw[used++], body.size());
    at_ = next == state::bad || next == state::too_large ? next : after_overhead(next);
  }
  return used;
}

/// Counts a byte that was read at `at_` and is no data.
chunk_decoder::state chunk_decoder::after_overhead(state next) noexcept {
  if (at_ == state::trailer && ++trailer_bytes_ > header_bytes_max_) return state::trailers_too_large;
  if (at_ == state::size && line_.size() > size_digits_max && ++extension_bytes_ > header_bytes_max_) return state::bad;
  if (++overhead_bytes_ > header_bytes_max_ + body_bytes_max_ && next != state::done) return state::bad;
  return next;
}

chunk_decoder::state chunk_decoder::after_framing(char c, std::size_t body_size) {
  if (at_ == state::data_end) return c == '\r' ? state::data_end_lf : state::bad;
  if (at_ == state::data_end_lf) return c == '\n' ? state::size : state::bad;
  bool const returned = !line_.empty() && line_.back() == '\r';
  if ((c == '\n') != returned) return state::bad;  // neither stands without the other
  if (c == '\n') return after_line(body_size);
  line_ += c;
  return at_;
}

chunk_decoder::state chunk_decoder::after_line(std::size_t body_size) {
  line_.pop_back();
  auto const next = at_ == state::size ? after_size(line_, body_size)
                    : line_.empty()    ? state::done
                    : is_field(line_)  ? state::trailer
                                       : state::bad;
  line_.clear();
  return next;
}

chunk_decoder::state chunk_decoder::after_size(std::string_view line, std::size_t body_size) {
  auto const digits = take_while(line, is_hex_digit);
  if (digits.empty() || digits.size() > size_digits_max || !are_extensions(line)) return state::bad;
  std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  if (left_ > body_bytes_max_ - std::min(body_bytes_max_, body_size)) return state::too_large;
  return left_ == 0 ? state::trailer : state::data;
}

}  // namespace sagad::http
