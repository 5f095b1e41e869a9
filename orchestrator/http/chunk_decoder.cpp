#include "http/chunk_decoder.hpp"

#include <algorithm>

namespace sagad::http {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
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
    framing_char(raw[used++], body.size());
    if (++overhead_bytes_ > overhead_bytes_max_ && !ended()) at_ = state::bad;
  }
  return used;
}

void chunk_decoder::size_char(char c, std::size_t body_size) {
  int const digit = hex_digit(c);
  if (digit >= 0) {
    if (++digits_ > 15) {
      at_ = state::bad;
    } else {
      left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    }
    return;
  }
  if (digits_ == 0) {
    at_ = state::bad;
  } else if (c == '\r') {
    at_ = state::size_end;
  } else if (c == ';' || c == ' ' || c == '\t') {
    at_ = state::extension;
  } else {
    at_ = state::bad;
  }
  if (at_ != state::bad && left_ > body_bytes_max_ - std::min(body_bytes_max_, body_size)) at_ = state::too_large;
}

void chunk_decoder::size_known() {
  digits_ = 0;
  line_size_ = 0;
  at_ = left_ == 0 ? state::trailer : state::data;
}

void chunk_decoder::framing_char(char c, std::size_t body_size) {
  switch (at_) {
    case state::size: return size_char(c, body_size);
    case state::extension:
      if (c == '\r') at_ = state::size_end;
      if (c == '\n') at_ = state::bad;
      return;
    case state::size_end:
      if (c == '\n') return size_known();
      at_ = state::bad;
      return;
    case state::data_end: at_ = c == '\r' ? state::data_end_lf : state::bad; return;
    case state::data_end_lf: at_ = c == '\n' ? state::size : state::bad; return;
    case state::trailer:
      if (c == '\r') {
        at_ = state::last_lf;
      } else if (c == '\n') {
        at_ = state::bad;
      } else {
        ++line_size_;
      }
      return;
    case state::last_lf:
      if (c != '\n') {
        at_ = state::bad;
      } else if (line_size_ == 0) {
        at_ = state::done;
      } else {
        line_size_ = 0;
        at_ = state::trailer;
      }
      return;
    default: return;
  }
}

}  // namespace sagad::http
