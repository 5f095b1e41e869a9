#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "sagactl/transport.hpp"

namespace sagad::sagactl {

/// What a command works with: the server, where it reads and prints, and what must not be taken from the air in tests.
/// One thread.
struct session {
  transport& server;
  std::istream& in;
  std::ostream& out;  ///< what was asked for: tables, or with `json` the server's answer alone
  std::ostream& err;  ///< everything else
  bool json = false;
  std::string server_name;            ///< for messages
  std::function<std::int64_t()> now;  ///< milliseconds since 1970
  std::function<void(std::chrono::milliseconds)> pause;
  std::function<std::string()> fresh_name;  ///< never the same twice: keys and command ids
  bool terminal = false;                    ///< `err` is one: a line on it may be written again
  /// Another connection to the same server, for another thread; `now` and `pause` may be called by all of them.
  std::function<std::unique_ptr<transport>()> connect;
  std::string typed;    ///< the command line for a shell, without the token: for messages that say what to type
  std::string command;  ///< its words without options: `sagactl definitions retire`
  std::string saga;     ///< the id of the one that the command is about; empty: none, or not known yet
  std::function<bool()> interrupted;  ///< by Ctrl-C; may be called by all threads
};

}  // namespace sagad::sagactl
