#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sagad::http {

/// Takes the chunked coding off a body, as its bytes come. Strict: what is not RFC 9112 7.1 is a fault, and two that
/// read the same bytes cannot disagree about where a message ends. Extensions and trailer fields are checked and
/// dropped, each within what a head may have. Pure.
class chunk_decoder {
 public:
  enum class state : std::uint8_t {
    size,
    data,
    data_end,
    data_end_lf,
    trailer,
    done,
    bad,
    too_large,
    trailers_too_large
  };

  /// `header_bytes_max`: of all trailer fields together, and of all extensions together.
  chunk_decoder(std::size_t body_bytes_max, std::size_t header_bytes_max)
      : body_bytes_max_(body_bytes_max), header_bytes_max_(header_bytes_max) {}

  /// Appends the data found in `raw` to `body`, returns how many bytes were used: all of them until it has
  /// ended.
  std::size_t decode(std::string_view raw, std::string& body);

  state at() const noexcept { return at_; }
  bool ended() const noexcept { return at_ >= state::done; }

 private:
  state after_overhead(state next) noexcept;
  state after_framing(char c, std::size_t body_size);
  state after_line(std::size_t body_size);
  state after_size(std::string_view line, std::size_t body_size);

  std::size_t body_bytes_max_;
  std::size_t header_bytes_max_;
  std::size_t overhead_bytes_ = 0;  ///< extensions, sizes and trailer fields together
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::uint64_t left_ = 0;
  std::string line_;  ///< of a size or a trailer field, as far as it is read
  state at_ = state::size;
};

}  // namespace sagad::http
