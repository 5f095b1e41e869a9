#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sagad::participants::test {

inline constexpr std::chrono::seconds patience{30};

/// One response as it came. Header names in lower case. status 0: the connection ended before it was whole.
struct heard {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;

  std::string header(const std::string& name) const {
    const auto place = headers.find(name);
    return place == headers.end() ? "" : place->second;
  }
};

/// A connection to a participant, byte by byte, so that a test can send what no library would. Fails
/// (std::runtime_error) when a peer is silent for longer than `patience`.
class participant_wire {
 public:
  explicit participant_wire(std::uint16_t port);
  participant_wire(const participant_wire&) = delete;
  participant_wire& operator=(const participant_wire&) = delete;
  ~participant_wire();

  /// False: the peer has closed.
  bool send(const std::string& bytes);
  heard read();
  /// Whether something stands there to be read by now: an answer, or the end.
  bool readable() const;

 private:
  bool fill();

  int socket_ = -1;
  std::string buffer_;
};

using header_map = std::map<std::string, std::string>;

std::string request_text(const std::string& method, const std::string& target, const header_map& headers,
                         const std::string& body);
/// On a connection of its own.
heard ask(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body = {},
          const header_map& headers = {});

/// A saga's call.
struct saga_call {
  std::string path;
  std::string saga = "01HF7YAT0004HMASW9NF6YY093";
  std::string step = "escrow";
  std::string operation = "action";
  std::string body = {};
  int generation = 1;
  std::string callback = {};

  header_map headers() const;
  std::string text() const { return request_text("POST", path, headers(), body); }
};

heard ask(std::uint16_t port, const saga_call& call);

/// The n-th saga id of a test.
std::string saga_number(int n);

}  // namespace sagad::participants::test
