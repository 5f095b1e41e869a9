#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "journal/journal.hpp"
#include "tests/simulation/inspector.hpp"

namespace sagad::simulation {

/// The partitions of which a journal does not know what is written, of one process. It learns so when it is told what
/// has become of its entries, which may be a while after that was settled; what it begins before then it may begin.
class doubts {
 public:
  explicit doubts(inspector& eyes) : inspector_(eyes) {}

  void begin(const journal::entry& entry) {
    from_[entry.saga.partition()] = {entry.epoch, entry.position};
    untold_.insert(entry.saga.partition());
  }

  /// It has an outcome: no doubt any more where it was the first that had none.
  void end(const journal::entry& entry) {
    const auto partition = entry.saga.partition();
    const auto found = from_.find(partition);
    if (found == from_.end() || found->second != std::pair(entry.epoch, entry.position)) return;
    from_.erase(found);
    untold_.erase(partition);
    inspector_.thaw(partition);
  }

  /// The process is told, now.
  void tell() {
    for (const auto partition : std::exchange(untold_, {})) inspector_.freeze(partition, from_.at(partition).first);
  }

  void clear() {
    from_.clear();
    untold_.clear();
  }

 private:
  inspector& inspector_;
  std::map<partition_no, std::pair<std::uint64_t, journal::position>> from_;  ///< under which epoch, and from where
  std::set<partition_no> untold_;
};

}  // namespace sagad::simulation
