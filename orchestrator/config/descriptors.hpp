#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "config/settings.hpp"

namespace sagad::config {

/// How many descriptors (open files and sockets) the process may have: the soft limit, raised to the hard one first.
std::uint64_t raise_descriptor_limit();

/// The settings whose clients' connections fit into a limit, and what to tell of it; empty when they fit as they are.
struct fitted {
  config::settings settings;
  std::string notice;
};

/// Leaves the connections to participants and what sagad opens for itself their descriptors: clients get the rest. A
/// text, which says what to do, when next to nothing would be left to them.
std::variant<fitted, std::string> fit_connections(settings wanted, std::size_t reactors, std::uint64_t descriptors);

}  // namespace sagad::config
