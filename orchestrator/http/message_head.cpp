#include "http/message_head.hpp"

#include <boost/beast/http/basic_parser.hpp>

namespace sagad::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::http::field;
using text_view = beast::string_view;

/// Collects what the parser finds. Only heads are given to it: bodies are read in place by message_reader.
template <bool is_request>
class head_parser final : public beast::http::basic_parser<is_request> {
 public:
  head_parser(std::string_view text, message_head& into) : text_(text), into_(into) {
    this->header_limit(static_cast<std::uint32_t>(text.size() + 1));
    this->body_limit(UINT64_MAX);
  }

  head_fault run() {
    error_code failed;
    this->put(boost::asio::const_buffer(text_.data(), text_.size()), failed);
    if (fault_ != head_fault::none) return fault_;
    if (failed == beast::http::error::bad_version) return head_fault::version;
    if (failed || !this->is_header_done()) return head_fault::malformed;
    into_.keep_alive = this->keep_alive();
    into_.chunked = this->chunked();
    if (transfer_codings_ && !into_.chunked) return head_fault::coding;
    if (!into_.chunked) {
      if (auto const length = this->content_length()) into_.content_length = *length;
    }
    if (is_request && (hosts_ > 1 || (into_.http11 && hosts_ == 0))) return head_fault::malformed;
    return head_fault::none;
  }

 private:
  bool inside(text_view piece) const noexcept {
    return piece.empty() ||
           (piece.data() >= text_.data() && piece.data() + piece.size() <= text_.data() + text_.size());
  }

  span_in_head locate(text_view piece) const noexcept {
    if (piece.empty()) return {};
    return {static_cast<std::uint32_t>(piece.data() - text_.data()), static_cast<std::uint32_t>(piece.size())};
  }

  void stop(head_fault why, error_code& failed) {
    fault_ = why;
    failed = beast::http::error::bad_field;
  }

  void on_request_impl(beast::http::verb, text_view method, text_view target, int version, error_code&) override {
    into_.method = locate(method);
    into_.target = locate(target);
    into_.http11 = version >= 11;
  }

  void on_response_impl(int status, text_view, int version, error_code&) override {
    into_.status = status;
    into_.http11 = version >= 11;
  }

  void on_field_impl(field known, text_view name, text_view value, error_code& failed) override {
    if (!inside(value)) return stop(head_fault::malformed, failed);  // unfolded by the parser into its own memory
    if (into_.fields.size() == message_head::fields_max) return stop(head_fault::fields, failed);
    into_.fields.push_back({locate(name), locate(value)});
    switch (known) {
      case field::host: ++hosts_; break;
      case field::transfer_encoding:
        // HTTP/1.0 knows no codings: who stands between may have seen another end of this message.
        if (!into_.http11) return stop(head_fault::malformed, failed);
        if (transfer_codings_ || !same_name({value.data(), value.size()}, "chunked")) {
          return stop(head_fault::coding, failed);
        }
        transfer_codings_ = true;
        break;
      case field::expect:
        if (!is_request) break;
        if (!same_name({value.data(), value.size()}, "100-continue")) return stop(head_fault::expectation, failed);
        into_.expects_continue = true;
        break;
      case field::content_encoding:
        if (!is_request || same_name({value.data(), value.size()}, "identity")) break;
        return stop(head_fault::compressed, failed);
      default: break;
    }
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(text_view piece, error_code&) override { return piece.size(); }
  void on_chunk_header_impl(std::uint64_t, text_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text_view piece, error_code&) override { return piece.size(); }
  void on_finish_impl(error_code&) override {}

  std::string_view text_;
  message_head& into_;
  head_fault fault_ = head_fault::none;
  int hosts_ = 0;
  bool transfer_codings_ = false;
};

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

void message_head::clear() noexcept {
  method = target = {};
  status = 0;
  http11 = keep_alive = chunked = expects_continue = false;
  content_length.reset();
  fields.clear();
}

head_fault parse_request_head(std::string_view text, message_head& into) {
  into.clear();
  return head_parser<true>(text, into).run();
}

head_fault parse_response_head(std::string_view text, message_head& into) {
  into.clear();
  return head_parser<false>(text, into).run();
}

bool same_name(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i] != right[i] && lower(left[i]) != lower(right[i])) return false;
  }
  return true;
}

}  // namespace sagad::http
