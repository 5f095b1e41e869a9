#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sagad::test {

/// A blocking client socket that says exactly what a test wants it to, with a deadline on everything it waits for.
class wire {
 public:
  /// `with_socket` is called once there is a socket, before it connects.
  explicit wire(std::uint16_t port, const std::function<void()>& with_socket = {});
  ~wire();
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;

  /// False when the peer has closed.
  bool send(std::string_view bytes);
  void shut();   ///< no more is sent; the answer is still read
  void reset();  ///< closes with RST
  void shrink_receive_buffer();

  /// Reads until `end` was seen (returns all before it and itself), the peer closed, or the deadline passed.
  std::string read_until(std::string_view end);
  /// One response with Content-Length, head and body.
  std::string read_response(bool head_only = false);
  std::string read_to_end();
  /// Whether the peer closes within the deadline; what it still sends is dropped.
  bool closed_by_peer();

 private:
  bool fill();
  int socket_ = -1;
  std::string buffer_;
};

std::string status_line(std::string_view response);
std::string body_of(std::string_view response);

}  // namespace sagad::test
