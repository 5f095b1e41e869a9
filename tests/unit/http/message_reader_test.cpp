#include "http/message_reader.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace sagad::http {
namespace {

using std::string_literals::operator""s;

constexpr reader_limits limits{1'024, 10'000};
const std::string chunked_request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Puts as much in as there is room for; returns what did not fit.
std::string_view put(message_reader& to, std::string_view bytes) {
  auto const room = to.room();
  auto const size = std::min(room.size(), bytes.size());
  std::memcpy(room.data(), bytes.data(), size);
  to.commit(size);
  return bytes.substr(size);
}

struct message {
  std::string target;
  std::string body;
  bool operator==(const message&) const = default;
};

/// Everything that is read when the bytes come in pieces of at most so many.
std::vector<message> read_all(std::string_view bytes, std::size_t piece_max, std::mt19937& random) {
  message_reader reader(message_kind::request, limits);
  std::vector<message> out;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, std::uniform_int_distribution<std::size_t>(1, piece_max)(random));
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      piece = put(reader, piece);
      while (reader.advance() == progress::complete) {
        out.push_back({std::string(reader.head().target.in(reader.head_text())), std::string(reader.body())});
        reader.next();
      }
    }
  }
  EXPECT_EQ(reader.fault(), read_fault::none);
  EXPECT_TRUE(reader.untouched());
  return out;
}

TEST(message_reader, reads_the_same_messages_however_they_are_cut) {
  std::string text;
  std::vector<message> expected;
  for (std::size_t i = 0; i < 40; ++i) {
    auto const target = "/" + std::to_string(i);
    std::string const body(i * i * 5, static_cast<char>('a' + i % 26));
    expected.push_back({target, body});
    text += i % 7 == 0 ? "\r\n" : "";
    text += "POST " + target + " HTTP/1.1\r\nHost: h\r\n";
    if (i % 3 == 0) {
      text += "Transfer-Encoding: chunked\r\n\r\n";
      for (std::size_t at = 0; at < body.size(); at += 500) {
        auto const chunk = body.substr(at, 500);
        char size[16];
        std::snprintf(size, sizeof size, "%zx", chunk.size());
        text += std::string(size) + (i % 2 == 0 ? ";a=\"b\"" : "") + "\r\n" + chunk + "\r\n";
      }
      text += i % 2 == 0 ? "0\r\n\r\n" : "0\r\nTrailer: x\r\n\r\n";
    } else {
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
  }
  std::mt19937 random(7);
  for (std::size_t const piece_max : {1U, 2U, 3U, 17U, 500U, 5'000U, 1'000'000U}) {
    EXPECT_EQ(read_all(text, piece_max, random), expected) << piece_max;
  }
}

TEST(message_reader, never_crashes_on_bytes_that_were_changed) {
  std::string const good =
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcPOST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n";
  std::mt19937 random(11);
  std::size_t failures = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good;
    for (int change = 0; change < 3; ++change) text[random() % text.size()] = static_cast<char>(random());
    for (auto const kind : {message_kind::request, message_kind::response}) {
      message_reader reader(kind, limits);
      std::string_view rest = text;
      auto at = progress::more;
      while (!rest.empty() && at != progress::failed) {
        auto const piece = rest.substr(0, 1 + random() % 40);
        rest.remove_prefix(piece.size() - put(reader, piece).size());
        while ((at = reader.advance()) == progress::complete) reader.next();
      }
      failures += at == progress::failed ? 1 : 0;
    }
  }
  EXPECT_GT(failures, 20'000U);
}

TEST(message_reader, a_read_that_was_begun_before_the_message_was_forgotten_lands_behind_what_is_kept) {
  message_reader reader(message_kind::request, limits);
  put(reader, "GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_EQ(reader.advance(), progress::complete);
  auto const spare = reader.spare();
  reader.next();
  std::string_view const second = "GET /second HTTP/1.1\r\nHost: h\r\n\r\n";
  std::memcpy(spare.data(), second.data(), second.size());
  reader.commit(second.size());
  ASSERT_EQ(reader.advance(), progress::complete);
  EXPECT_EQ(reader.head().target.in(reader.head_text()), "/second");
}

TEST(message_reader, gives_a_large_buffer_back) {
  message_reader reader(message_kind::request, {1'024, 1U << 20U});
  std::string const text =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x');
  for (std::string_view rest = text; !rest.empty();) {
    rest = put(reader, rest);
    reader.advance();
  }
  ASSERT_EQ(reader.advance(), progress::complete);
  reader.next();
  EXPECT_LT(reader.room().size(), 10'000U);
}

TEST(message_reader, a_length_past_the_limit_fails_with_the_head) {
  message_reader reader(message_kind::response, limits);
  put(reader, "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n");
  EXPECT_EQ(reader.advance(), progress::failed);
  EXPECT_EQ(reader.fault(), read_fault::body_too_large);
}

TEST(message_reader, chunk_sizes_that_would_overflow_are_refused) {
  for (auto const* const size : {"fffffffffffffffff", "ffffffffffffffff", "7fffffffffffffff", "2711"}) {
    message_reader reader(message_kind::response, limits);
    put(reader, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(size) + "\r\n");
    EXPECT_EQ(reader.advance(), progress::failed) << size;
  }
}

TEST(message_reader, chunk_extensions_and_trailer_fields_are_dropped) {
  for (std::string const size :
       {"2", "02", "2;a", "2;a=b", "2;a=\"b\\\"; \\\\\"", "2 ; a = b;c", "2\t;a;b=\"\"", "2;a=\"\xc3\xbc\""}) {
    for (std::string const trailer : {"", "X: y\r\n", "X:\r\nY: \tz z\r\n"}) {
      message_reader reader(message_kind::request, limits);
      put(reader, chunked_request + size + "\r\n{}\r\n0;e\r\n" + trailer + "\r\n");
      ASSERT_EQ(reader.advance(), progress::complete) << size << trailer;
      EXPECT_EQ(reader.body(), "{}");
    }
  }
}

TEST(message_reader, what_is_no_chunked_coding_is_refused) {
  for (std::string const& chunks : {"5 junk here\r\n{ \r\n}\r\n0\r\n\r\n"s,
                                    "2 \r\n{}\r\n0\r\n\r\n"s,
                                    " 2\r\n{}\r\n0\r\n\r\n"s,
                                    "2;\r\n{}\r\n0\r\n\r\n"s,
                                    "2;a=\r\n{}\r\n0\r\n\r\n"s,
                                    "2;a=\"\r\n{}\r\n0\r\n\r\n"s,
                                    "2;a=\"b\"c\r\n{}\r\n0\r\n\r\n"s,
                                    "2;a=\0\r\n{}\r\n0\r\n\r\n"s,
                                    "2;a=\"\0\"\r\n{}\r\n0\r\n\r\n"s,
                                    "2;a \r\n{}\r\n0\r\n\r\n"s,
                                    "2;a\rb\r\n{}\r\n0\r\n\r\n"s,
                                    "2\n{}\r\n0\r\n\r\n"s,
                                    "2\r\n{}\n0\r\n\r\n"s,
                                    "2\r\n{}\r\n0\n\r\n"s,
                                    "2\r\n{}\r\n0\r\nnot a field\r\n\r\n"s,
                                    "2\r\n{}\r\n0\r\nX: a\0b\r\n\r\n"s,
                                    "2\r\n{}\r\n0\r\nX: a\r\n b\r\n\r\n"s,
                                    "2\r\n{}\r\n0\r\nX : a\r\n\r\n"s,
                                    "2\r\n{}\r\n0\r\n: a\r\n\r\n"s,
                                    "2\r\n{}\r\n0\r\nX: a\n\r\n"s,
                                    "0x2\r\n{}\r\n0\r\n\r\n"s,
                                    "-2\r\n{}\r\n0\r\n\r\n"s,
                                    "\r\n{}\r\n0\r\n\r\n"s}) {
    message_reader reader(message_kind::request, limits);
    put(reader, chunked_request + chunks);
    EXPECT_EQ(reader.advance(), progress::failed) << chunks;
  }
}

TEST(message_reader, a_transfer_coding_of_http_1_0_is_refused) {
  for (auto const kind : {message_kind::request, message_kind::response}) {
    message_reader reader(kind, limits);
    put(reader, (kind == message_kind::request ? "POST / HTTP/1.0\r\n"s : "HTTP/1.0 200 OK\r\n"s) +
                    "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    EXPECT_EQ(reader.advance(), progress::failed);
    EXPECT_EQ(reader.fault(), read_fault::malformed);
  }
}

TEST(message_reader, chunks_that_are_mostly_framing_are_refused) {
  message_reader reader(message_kind::request, {1'024, 100});
  put(reader, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(2'000, 'x'));
  EXPECT_EQ(reader.advance(), progress::failed);
  EXPECT_EQ(reader.fault(), read_fault::malformed);
}

TEST(message_reader, what_is_plainly_no_http_fails_with_its_first_bytes) {
  message_reader request(message_kind::request, limits);
  put(request, "\x16");
  EXPECT_EQ(request.advance(), progress::failed);
  message_reader response(message_kind::response, limits);
  put(response, "HTTX");
  EXPECT_EQ(response.advance(), progress::failed);
}

TEST(message_reader, the_end_of_the_stream_completes_only_a_body_that_runs_up_to_it) {
  message_reader open(message_kind::response, limits);
  put(open, "HTTP/1.1 200 OK\r\n\r\nsome");
  EXPECT_EQ(open.advance(), progress::more);
  EXPECT_EQ(open.end_of_stream(), progress::complete);
  EXPECT_EQ(open.body(), "some");
  message_reader cut(message_kind::response, limits);
  put(cut, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsome");
  EXPECT_EQ(cut.advance(), progress::more);
  EXPECT_EQ(cut.end_of_stream(), progress::failed);
  EXPECT_EQ(cut.fault(), read_fault::cut);
}

TEST(message_reader, an_answer_to_head_has_no_body) {
  message_reader reader(message_kind::response, limits);
  reader.expect_no_body();
  put(reader, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(reader.advance(), progress::complete);
  EXPECT_EQ(reader.body(), "");
}

/// A body that is taken in pieces, and the target of the request behind it.
message read_pieces(std::string_view bytes, std::size_t piece_max, std::size_t bytes_max, read_fault& fault) {
  message_reader reader(message_kind::request, limits);
  reader.pause_after_heads();
  message out;
  std::size_t heads = 0;
  while (!bytes.empty() && reader.fault() == read_fault::none) {
    auto piece = bytes.substr(0, piece_max);
    bytes.remove_prefix(piece.size());
    while (!piece.empty() && reader.fault() == read_fault::none) {
      piece = put(reader, piece);
      auto at = reader.advance();
      for (; at != progress::more && at != progress::failed; at = reader.advance()) {
        if (at == progress::head && ++heads == 1) {
          reader.take_in_pieces(bytes_max);
        } else if (at == progress::head) {
          out.target = reader.head().target.in(reader.head_text());
          reader.collect();
        } else if (at == progress::piece) {
          out.body += reader.piece();
          reader.drop_piece();
        } else {
          reader.next();
        }
      }
    }
  }
  fault = reader.fault();
  return out;
}

TEST(message_reader, gives_a_body_in_pieces_and_reads_on_behind_it) {
  std::string const body(9'000, 'b');
  std::string const behind = "GET /behind HTTP/1.1\r\nHost: h\r\n\r\n";
  auto const plain = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n" + body + behind;
  auto const chunked = chunked_request + "1388\r\n" + body.substr(0, 5'000) + "\r\nfa0\r\n" + body.substr(5'000) +
                       "\r\n0\r\n\r\n" + behind;
  for (std::size_t const piece_max : {1, 7, 1'000, 100'000}) {
    for (auto const& text : {plain, chunked}) {
      auto fault = read_fault::cut;
      EXPECT_EQ(read_pieces(text, piece_max, 9'000, fault), (message{"/behind", body})) << piece_max;
      EXPECT_EQ(fault, read_fault::none);
    }
  }
}

TEST(message_reader, a_body_in_pieces_may_be_larger_than_others_and_has_its_own_limit) {
  std::string const body(20'000, 'b');
  auto const plain = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n" + body;
  auto const chunked =
      chunked_request + "2710\r\n" + body.substr(0, 10'000) + "\r\n2710\r\n" + body.substr(10'000) + "\r\n0\r\n\r\n";
  for (auto const& text : {plain, chunked}) {
    auto fault = read_fault::cut;
    EXPECT_EQ(read_pieces(text, 1'000, 20'000, fault).body, body);
    EXPECT_EQ(fault, read_fault::none);
    read_pieces(text, 1'000, 19'999, fault);
    EXPECT_EQ(fault, read_fault::body_too_large);
  }
}

}  // namespace
}  // namespace sagad::http
