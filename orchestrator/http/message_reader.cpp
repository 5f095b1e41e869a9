#include "http/message_reader.hpp"

#include <algorithm>
#include <cstring>

#include "http/characters.hpp"

namespace sagad::http {
namespace {

constexpr std::size_t first_capacity = 4096;
constexpr std::size_t kept_capacity = 64U << 10U;  ///< a buffer that grew past this for one message is given back
constexpr std::string_view end_of_head = "\r\n\r\n";

read_fault as_read_fault(head_fault why) noexcept {
  switch (why) {
    case head_fault::version: return read_fault::version;
    case head_fault::coding: return read_fault::coding;
    case head_fault::expectation: return read_fault::expectation;
    case head_fault::compressed: return read_fault::compressed;
    case head_fault::fields: return read_fault::head_too_large;
    default: return read_fault::malformed;
  }
}

read_fault as_read_fault(chunk_decoder::state at) noexcept {
  switch (at) {
    case chunk_decoder::state::bad: return read_fault::malformed;
    case chunk_decoder::state::too_large: return read_fault::body_too_large;
    case chunk_decoder::state::trailers_too_large: return read_fault::head_too_large;
    default: return read_fault::none;
  }
}

}  // namespace

message_reader::message_reader(message_kind kind, reader_limits limits)
    : kind_(kind), limits_(limits), chunks_(limits.body_bytes_max, limits.header_bytes_max) {}

void message_reader::reserve(std::size_t capacity) {
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > begin_) std::memcpy(larger.get(), data_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  data_ = std::move(larger);
  capacity_ = capacity;
}

std::span<char> message_reader::room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (capacity_ > kept_capacity && stage_ == stage::head) capacity_ = 0;
  }
  if (stage_ == stage::pieces && capacity_ < kept_capacity) reserve(kept_capacity);
  if (end_ == capacity_) {
    if (begin_ > 0 && capacity_ - (end_ - begin_) >= capacity_ / 4) {
      std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else {
      reserve(std::max(first_capacity, capacity_ * 2));
    }
  }
  return spare();
}

std::span<char> message_reader::spare() noexcept {
  given_ = end_;
  return {data_.get() + end_, capacity_ - end_};
}

void message_reader::commit(std::size_t bytes) noexcept {
  if (given_ != end_) std::memmove(data_.get() + end_, data_.get() + given_, bytes);
  end_ += bytes;
  given_ = end_;
}

progress message_reader::fail(read_fault why) noexcept {
  stage_ = stage::failed;
  fault_ = why;
  return progress::failed;
}

progress message_reader::advance() {
  switch (stage_) {
    case stage::head: return advance_head();
    case stage::behind_head: return progress::head;
    case stage::before_body: return begin_body();
    case stage::pieces: return advance_pieces();
    case stage::body: return advance_body();
    case stage::complete: return progress::complete;
    default: return progress::failed;
  }
}

bool message_reader::plausible_start() const noexcept {
  std::string_view const text{data_.get() + begin_, end_ - begin_};
  if (kind_ == message_kind::response) {
    constexpr std::string_view start = "HTTP/1.";
    auto const seen = std::min(start.size(), text.size());
    return text.substr(0, seen) == start.substr(0, seen);
  }
  auto const word = text.substr(0, std::min<std::size_t>(text.find(' '), 32));
  return !word.empty() && std::all_of(word.begin(), word.end(), is_token_char);
}

progress message_reader::advance_head() {
  if (kind_ == message_kind::request && scanned_ == 0) {  // RFC 9112 2.2: empty lines before a request are skipped
    while (end_ - begin_ >= 2 && std::memcmp(data_.get() + begin_, "\r\n", 2) == 0) begin_ += 2;
  }
  std::size_t const size = end_ - begin_;
  if (size == 0 || (size == 1 && data_[begin_] == '\r' && kind_ == message_kind::request)) return progress::more;
  if (scanned_ == 0 && !plausible_start()) return fail(read_fault::malformed);
  std::string_view const text{data_.get() + begin_, size};
  auto const found = text.find(end_of_head, scanned_ < 3 ? 0 : scanned_ - 3);
  if (found == std::string_view::npos) {
    scanned_ = size;
    return size >= limits_.header_bytes_max ? fail(read_fault::head_too_large) : progress::more;
  }
  head_size_ = found + end_of_head.size();
  if (head_size_ > limits_.header_bytes_max) return fail(read_fault::head_too_large);
  auto const whole = text.substr(0, head_size_);
  auto const fault =
      kind_ == message_kind::request ? parse_request_head(whole, head_) : parse_response_head(whole, head_);
  if (fault != head_fault::none) return fail(as_read_fault(fault));
  if (!pauses_) return begin_body();
  stage_ = stage::behind_head;
  return progress::head;
}

progress message_reader::begin_body() {
  bool const bodiless = no_body_ || (kind_ == message_kind::response &&
                                     (head_.status / 100 == 1 || head_.status == 204 || head_.status == 304));
  body_size_ = 0;
  to_the_end_ = false;
  stage_ = stage::body;
  if (bodiless) {
    head_.chunked = false;
    head_.content_length = 0;
  } else if (head_.chunked) {
    chunks_ = chunk_decoder(limits_.body_bytes_max, limits_.header_bytes_max);
    chunked_body_.clear();
  } else if (head_.content_length) {
    if (*head_.content_length > limits_.body_bytes_max) return fail(read_fault::body_too_large);
  } else if (kind_ == message_kind::response) {
    to_the_end_ = true;
  } else {
    head_.content_length = 0;
  }
  return advance_body();
}

progress message_reader::advance_body() {
  std::size_t const at = begin_ + head_size_;
  std::size_t const arrived = end_ - at;
  if (head_.chunked) {
    auto const used = chunks_.decode({data_.get() + at, arrived}, chunked_body_);
    std::memmove(data_.get() + at, data_.get() + at + used, arrived - used);
    end_ -= used;
    if (auto const fault = as_read_fault(chunks_.at()); fault != read_fault::none) return fail(fault);
    if (!chunks_.ended()) return progress::more;
  } else if (to_the_end_) {
    body_size_ = arrived;
    return arrived > limits_.body_bytes_max ? fail(read_fault::body_too_large) : progress::more;
  } else {
    body_size_ = static_cast<std::size_t>(*head_.content_length);
    if (arrived < body_size_) return progress::more;
  }
  stage_ = stage::complete;
  return progress::complete;
}

void message_reader::take_in_pieces(std::size_t bytes_max) {
  begin_ += head_size_;
  head_size_ = body_size_ = taken_ = 0;
  pieces_bytes_max_ = bytes_max;
  left_ = head_.content_length.value_or(0);
  chunks_ = chunk_decoder(bytes_max, limits_.header_bytes_max);
  chunked_body_.clear();
  stage_ = stage::pieces;
  if (!head_.chunked && left_ > bytes_max) fail(read_fault::body_too_large);
}

progress message_reader::advance_pieces() {
  if (!head_.chunked) {
    if (left_ == 0) stage_ = stage::complete;
    return left_ == 0 ? progress::complete : end_ > begin_ ? progress::piece : progress::more;
  }
  if (!chunked_body_.empty()) return progress::piece;
  auto const arrived = end_ - begin_;
  begin_ += chunks_.decode({data_.get() + begin_, arrived}, chunked_body_);
  taken_ += chunked_body_.size();
  if (auto const fault = as_read_fault(chunks_.at()); fault != read_fault::none) return fail(fault);
  if (taken_ > pieces_bytes_max_) return fail(read_fault::body_too_large);
  if (!chunked_body_.empty()) return progress::piece;
  if (!chunks_.ended()) return progress::more;
  stage_ = stage::complete;
  return progress::complete;
}

std::string_view message_reader::piece() const noexcept {
  if (head_.chunked) return chunked_body_;
  return {data_.get() + begin_, static_cast<std::size_t>(std::min<std::uint64_t>(left_, end_ - begin_))};
}

void message_reader::drop_piece() noexcept {
  if (head_.chunked) return chunked_body_.clear();
  auto const size = piece().size();
  begin_ += size;
  left_ -= size;
}

progress message_reader::end_of_stream() {
  if (stage_ == stage::complete) return progress::complete;
  if (stage_ == stage::body && to_the_end_) {
    stage_ = stage::complete;
    return progress::complete;
  }
  return stage_ == stage::failed ? progress::failed : fail(read_fault::cut);
}

void message_reader::next() {
  begin_ += head_size_ + (head_.chunked ? 0 : body_size_);
  head_size_ = body_size_ = scanned_ = 0;
  stage_ = stage::head;
  no_body_ = false;
  if (begin_ == end_) begin_ = end_ = 0;
  if (chunked_body_.capacity() > kept_capacity) chunked_body_ = {};
}

void message_reader::discard() noexcept {
  begin_ = end_ = scanned_ = head_size_ = 0;
}

std::string_view message_reader::body() const noexcept {
  if (head_.chunked) return chunked_body_;
  return {data_.get() + begin_ + head_size_, body_size_};
}

std::string_view message_reader::find(std::string_view name) const noexcept {
  for (auto const& field : head_.fields) {
    if (same_name(field.name.in(head_text()), name)) return field.value.in(head_text());
  }
  return {};
}

}  // namespace sagad::http
