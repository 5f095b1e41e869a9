#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "compensations/barrier/connection.hpp"
#include "compensations/barrier/retention.hpp"
#include "participants/sdk/http_server.hpp"

namespace sagad::participants {

/// What a participant is told at its start.
struct settings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string database;
  std::string port_file;
  barrier::durability sync = barrier::durability::full;
  http_server::limits http;
  bool admin = true;
  std::uint64_t seed = 1;
  std::vector<std::string> faults;                                 ///< JSON rules
  std::vector<std::pair<std::string, std::int64_t>> answer_later;  ///< path, after ms
  std::chrono::milliseconds barrier_retention = barrier::retention::barrier_retention_default;
  std::chrono::milliseconds drain_max{2000};
};

struct service;

/// Reads the command line; prints the help or the mistake and ends the process where there is nothing to run.
settings read_settings(const service& what, int argc, char** argv);

}  // namespace sagad::participants
