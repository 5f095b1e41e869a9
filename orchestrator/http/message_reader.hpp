#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/chunk_decoder.hpp"
#include "http/message_head.hpp"

namespace sagad::http {

enum class message_kind : std::uint8_t { request, response };
enum class read_fault : std::uint8_t {
  none,
  malformed,
  version,
  coding,
  expectation,
  compressed,
  head_too_large,
  body_too_large,
  cut
};
enum class progress : std::uint8_t {
  more,
  head,   ///< of a reader that pauses there: say how the body is taken
  piece,  ///< of a body that is taken in pieces
  complete,
  failed
};

struct reader_limits {
  std::size_t header_bytes_max;
  std::size_t body_bytes_max;
};

/// Reads one message after the other out of a stream of bytes, from one flat buffer that it owns and reuses: the body
/// of known length stays where it was read. Knows no socket: put bytes into `room()`, `commit` them, `advance`. Every
/// limit is judged while reading: a length past the limit fails with the head, a chunk with its size line.
class message_reader {
 public:
  message_reader(message_kind kind, reader_limits limits);

  /// Free space to read into, never empty. Moves what is kept: views into the message are dead. Not while a read into
  /// space that was given before is under way.
  std::span<char> room();
  /// Free space behind what is kept, perhaps none; moves nothing.
  std::span<char> spare() noexcept;
  /// So many bytes were read into the space given last; whatever was done in between.
  void commit(std::size_t bytes) noexcept;

  progress advance();
  /// The stream has ended: completes a response whose body runs up to there, else a message that is not whole is `cut`.
  progress end_of_stream();
  /// A response without a body, whatever its head says (the answer to a HEAD). Before its first advance.
  void expect_no_body() noexcept { no_body_ = true; }

  /// From the next message on `advance` stops behind each head, until `collect` or `take_in_pieces` was called.
  void pause_after_heads() noexcept { pauses_ = true; }
  /// The body is kept here and given whole.
  void collect() noexcept { stage_ = stage::before_body; }
  /// The body, of at most so many bytes, is given as it comes. The head's views are dead.
  void take_in_pieces(std::size_t bytes_max);
  std::string_view piece() const noexcept;
  void drop_piece() noexcept;

  /// Forgets the message that is complete; bytes behind it stay.
  void next();
  /// Forgets everything that was read.
  void discard() noexcept;

  bool untouched() const noexcept { return stage_ == stage::head && begin_ == end_; }  ///< no byte of a message yet
  /// Of a complete message: whether bytes behind it have come.
  bool more_behind() const noexcept { return end_ > begin_ + head_size_ + (head_.chunked ? 0 : body_size_); }
  bool in_body() const noexcept { return stage_ == stage::body || stage_ == stage::pieces; }
  read_fault fault() const noexcept { return fault_; }

  const message_head& head() const noexcept { return head_; }
  std::string_view head_text() const noexcept { return {data_.get() + begin_, head_size_}; }
  std::string_view body() const noexcept;
  std::string_view find(std::string_view name) const noexcept;
  bool runs_to_the_end() const noexcept { return to_the_end_; }  ///< only the end of the stream ends this message

 private:
  enum class stage : std::uint8_t { head, behind_head, before_body, body, pieces, complete, failed };

  progress fail(read_fault why) noexcept;
  progress advance_head();
  progress begin_body();
  progress advance_body();
  progress advance_pieces();
  bool plausible_start() const noexcept;
  void reserve(std::size_t capacity);

  message_kind kind_;
  reader_limits limits_;
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;      ///< the message's first byte
  std::size_t end_ = 0;        ///< behind the last byte read
  std::size_t given_ = 0;      ///< where the space given last begins
  std::size_t scanned_ = 0;    ///< from begin_: no end of the head before it
  std::size_t head_size_ = 0;  ///< once known
  std::size_t body_size_ = 0;  ///< of a body in place
  stage stage_ = stage::head;
  read_fault fault_ = read_fault::none;
  bool pauses_ = false;
  std::uint64_t left_ = 0;  ///< in pieces: of a body of known length
  std::size_t taken_ = 0;   ///< in pieces: of a chunked one
  std::size_t pieces_bytes_max_ = 0;
  bool no_body_ = false;
  bool to_the_end_ = false;
  message_head head_;
  chunk_decoder chunks_;
  std::string chunked_body_;
};

}  // namespace sagad::http
