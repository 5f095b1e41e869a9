#include <gmock/gmock.h>

#include "http/endpoint_address.hpp"
#include "http/response_text.hpp"

namespace sagad::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

struct good_endpoint {
  const char* url;
  const char* host;
  int port;
  const char* authority;
};

TEST(endpoint_address, is_read_from_its_url) {
  for (auto const& one :
       {good_endpoint{"http://127.0.0.1:8101", "127.0.0.1", 8101, "127.0.0.1:8101"},
        good_endpoint{"http://escrow/", "escrow", 80, "escrow"},
        good_endpoint{"http://[::1]:81", "::1", 81, "[::1]:81"}, good_endpoint{"http://[::1]", "::1", 80, "[::1]"}}) {
    auto const got = parse_endpoint(one.url);
    ASSERT_TRUE(std::holds_alternative<endpoint_address>(got)) << one.url;
    auto const& address = std::get<endpoint_address>(got);
    EXPECT_EQ(address.host, one.host);
    EXPECT_EQ(address.port, one.port);
    EXPECT_EQ(address.authority, one.authority);
  }
}

TEST(endpoint_address, anything_else_is_refused_with_the_reason) {
  for (auto const* const url : {"", "escrow", "ftp://a", "https://a", "http://", "http://:80", "http://a:",
                                "http://a:0", "http://a:65536", "http://a:8x", "http://a/path", "http://a?x",
                                "http://user@a", "http://[::1", "http://[::1]80", "http://a b", "http://a\r\nX: y"}) {
    auto const got = parse_endpoint(url);
    ASSERT_TRUE(std::holds_alternative<std::string>(got)) << url;
    EXPECT_THAT(std::get<std::string>(got), HasSubstr(": "));
  }
}

TEST(imf_date, is_in_the_form_of_rfc_9110) {
  EXPECT_EQ(imf_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(response_text, a_whole_response) {
  std::string out;
  append_response(out, {.status = 201, .headers = "A: b\r\n", .body = "{}"}, {}, "D");
  EXPECT_EQ(out,
            "HTTP/1.1 201 Created\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\nA: b\r\n\r\n{}");
}

TEST(response_text, framing_is_said) {
  std::string closing;
  append_response(closing, {}, {.close = true}, "D");
  EXPECT_THAT(closing, HasSubstr("\r\nConnection: close\r\n"));
  std::string keeping;
  append_response(keeping, {}, {.keep_alive = true}, "D");
  EXPECT_THAT(keeping, HasSubstr("\r\nConnection: keep-alive\r\n"));
  std::string head;
  append_response(head, {.body = "1234"}, {.head_only = true}, "D");
  EXPECT_THAT(head, EndsWith("Content-Length: 4\r\n\r\n"));
}

TEST(response_text, a_problem_is_json_whatever_its_detail) {
  auto const got = problem_response({problem_code::malformed, "a \"quoted\" \\ thing\n"});
  EXPECT_EQ(got.status, 400);
  EXPECT_EQ(got.content_type, "application/problem+json");
  EXPECT_EQ(
      got.body,
      R"({"type":"urn:sagad:problem:malformed","title":"malformed","status":400,"detail":"a \"quoted\" \\ thing "})");
}

}  // namespace
}  // namespace sagad::http
