#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/journal.hpp"
#include "journal/log/index.hpp"
#include "journal/log/key_files.hpp"
#include "journal/log/live_set.hpp"
#include "journal/log/reader.hpp"

namespace sagad::journal::log {

/// Finds who holds a start key, from the places that the index knows: the start itself, or what a key file has of it.
/// Thread-safe.
class key_holders {
 public:
  key_holders(millis kept, log::index& index, log::reader& reader, key_files& files, live_set& live)
      : kept_(kept), index_(index), reader_(reader), files_(files), live_(live) {}

  /// Who holds it at `now`; of several that took it one after the other the last. Throws `damaged` when that cannot be
  /// told.
  std::optional<key_holder> find(std::string_view key, std::uint64_t hash, millis now, index::reader who) const;

 private:
  /// A start that took the key.
  struct claim {
    key_holder holder;
    millis ended = never;  ///< its saga's newest record's time; never: it is live
  };

  std::optional<key_holder> look(std::string_view key, std::uint64_t hash, millis now, index::reader who) const;
  std::optional<claim> claim_at(offset at, std::string_view key, index::reader who) const;
  std::optional<claim> claim_in_log(offset at, std::string_view key, index::reader who) const;
  std::optional<claim> claim_in_files(offset at, std::string_view key) const;

  millis kept_;
  log::index& index_;
  log::reader& reader_;
  key_files& files_;
  live_set& live_;
};

}  // namespace sagad::journal::log
