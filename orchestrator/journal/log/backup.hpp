#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/moment.hpp"
#include "journal/log/files.hpp"

namespace sagad::journal::log {

/// What is to be copied, and where to.
struct backup_order {
  std::string from;                     ///< a log's directory; a process may have it open, and goes on
  std::string to;                       ///< made here; must not be there
  std::vector<std::string> more_files;  ///< of that directory, where they are there: written whole or not at all
  std::function<millis()> now;          ///< the wall clock's
  std::function<void(std::uint64_t bytes)> progress;  ///< copied so far
  std::shared_ptr<log::files> files;                  ///< empty: the operating system's
};

struct backup_made {
  millis taken = 0;  ///< all that was durable then is in it
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Copies a log as it was at one moment, durably: to `to`.partial, which gets its name when everything is there. What
/// can be built anew (the key index) is left out. Throws `damaged`, saying what is in the way; nothing named `to` is
/// there then.
backup_made back_up(const backup_order& order);

}  // namespace sagad::journal::log
