#include "postgresql/connection.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/postgres_server.hpp"

namespace sagad::postgresql {
namespace {

/// A server that has hung: it is connected to, and never says anything.
class silent_server {
 public:
  silent_server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(socket_, raw, size) != 0 || ::listen(socket_, 8) != 0 || ::getsockname(socket_, raw, &size) != 0) {
      throw std::runtime_error("no silent server");
    }
    port_ = std::to_string(ntohs(address.sin_port));
  }
  ~silent_server() { ::close(socket_); }
  silent_server(const silent_server&) = delete;
  silent_server& operator=(const silent_server&) = delete;

  const std::string& port() const { return port_; }

 private:
  int socket_;
  std::string port_;
};

/// Where libpq's URL of the test's server has its socket.
std::string folder_of(const std::string& url) {
  const auto begin = url.find("host=") + 5;
  return url.substr(begin, url.find_first_of("& ", begin) - begin);
}

TEST(a_connection, reaches_the_next_server_when_the_first_one_is_silent) {
  const silent_server first;
  const auto second = folder_of(tests::postgres_server::the().url("public"));
  login how{"host=127.0.0.1," + second + " port=" + first.port() + ",5432 dbname=postgres user=sagad", "test"};
  how.connect_timeout = std::chrono::milliseconds(4'000);
  connection reached(how);
  EXPECT_EQ(reached.where(), second + ":5432/postgres");
}

TEST(a_connection, says_of_each_server_why_it_was_not_reached) {
  const silent_server first;
  login how{"host=127.0.0.1,/nowhere port=" + first.port() + ",5432 dbname=postgres", "test"};
  how.connect_timeout = std::chrono::milliseconds(200);
  try {
    connection(how).usable();
    FAIL();
  } catch (const connection_lost& error) {
    const std::string why = error.what();
    EXPECT_NE(why.find("127.0.0.1:" + first.port() + ": it has not answered for 100 ms"), std::string::npos) << why;
    EXPECT_NE(why.find("; /nowhere:5432: "), std::string::npos) << why;
  }
}

}  // namespace
}  // namespace sagad::postgresql
