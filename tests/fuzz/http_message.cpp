// A stream of HTTP messages: the first line is `requests` or `responses`, what follows are the stream's bytes. They are
// read as the same messages however they arrive, whether bodies are kept whole or taken in pieces, and within the
// limits.
#include <algorithm>
#include <cstring>
#include <vector>

#include "http/message_reader.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

using http::message_kind;
using http::message_reader;
using http::progress;

constexpr http::reader_limits limits{1'024, 4'096};

struct messages_read {
  std::vector<std::string> all;
  bool failed = false;
};

class stream {
 public:
  stream(message_kind kind, bool in_pieces) : kind_(kind), in_pieces_(in_pieces), reader_(kind, limits) {
    if (in_pieces) reader_.pause_after_heads();
  }

  // The bytes arrive so many at a time.
  messages_read read(std::string_view bytes, std::size_t piece_bytes) {
    while (!bytes.empty() && !found_.failed) {
      auto piece = bytes.substr(0, piece_bytes);
      bytes.remove_prefix(piece.size());
      while (!piece.empty() && !found_.failed) {
        const auto room = reader_.room();
        const auto size = std::min(room.size(), piece.size());
        std::memcpy(room.data(), piece.data(), size);
        reader_.commit(size);
        piece.remove_prefix(size);
        go_on();
      }
    }
    if (!found_.failed && reader_.end_of_stream() == progress::complete) take();
    return std::move(found_);
  }

 private:
  void go_on() {
    for (auto at = reader_.advance(); at != progress::more; at = reader_.advance()) {
      switch (at) {
        case progress::head:
          note_head();
          reader_.take_in_pieces(limits.body_bytes_max);
          break;
        case progress::piece:
          body_ += reader_.piece();
          reader_.drop_piece();
          break;
        case progress::complete:
          take();
          reader_.next();
          break;
        default: found_.failed = true; return;
      }
    }
  }

  // Views into the head are dead once the body is taken in pieces.
  void note_head() {
    const auto& head = reader_.head();
    const auto text = reader_.head_text();
    head_ = kind_ == message_kind::request ? std::string(head.method.in(text)) + " " + std::string(head.target.in(text))
                                           : std::to_string(head.status);
    expect(text.size() <= limits.header_bytes_max, "a head stays within its limit", text);
    for (const auto& field : head.fields) {
      const auto name = field.name.in(text);
      expect(!name.empty(), "a field has a name", text);
      head_.append("\n").append(name).append(": ").append(field.value.in(text));
    }
  }

  void take() {
    if (!in_pieces_) {
      note_head();
      body_ = reader_.body();
    }
    expect(body_.size() <= limits.body_bytes_max, "a body stays within its limit", body_);
    found_.all.push_back(head_ + "\n\n" + body_);
    body_.clear();
  }

  message_kind kind_;
  bool in_pieces_;
  message_reader reader_;
  std::string head_;
  std::string body_;
  messages_read found_;
};

std::string joined(const messages_read& read) {
  std::string text;
  for (const auto& one : read.all) text += one + "\n===\n";
  return text;
}

void try_out(message_kind kind, std::string_view bytes) {
  const auto whole = stream(kind, false).read(bytes, bytes.size() + 1);
  for (const bool in_pieces : {false, true}) {
    // Only what is asked for is taken in pieces.
    if (in_pieces && kind == message_kind::response) continue;
    for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{7}, bytes.size() + 1}) {
      const auto again = stream(kind, in_pieces).read(bytes, piece_bytes);
      expect_equal(joined(again), joined(whole), "a stream holds the same messages however it arrives");
    }
  }
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const auto [kind, stream] = fuzz::cut_at_line_end(fuzz::text_of(bytes, size));
  if (kind == "requests") fuzz::try_out(http::message_kind::request, stream);
  if (kind == "responses") fuzz::try_out(http::message_kind::response, stream);
  return 0;
}
