#pragma once

#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "journal/memory/cluster.hpp"
#include "tests/simulation/defect.hpp"
#include "tests/simulation/definition_history.hpp"
#include "tests/simulation/inspector.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {

/// The journal that the nodes of a run share, and what the database does by itself.
class commons {
 public:
  commons(world& in, inspector& eyes, defect wrong);

  journal::memory::cluster& all() noexcept { return all_; }
  /// Somebody's way to it.
  void know(journal::memory::node_store& one) { known_.push_back(&one); }
  /// All that has become durable is seen, whoever wrote it.
  void take_settled();
  /// Of what somebody has sent who is dead, or does not know: it is written yet, if it may be.
  void commit_late_soon();
  /// Somebody wants a partition to move.
  void move_one();

  /// It falls, and is away for a while: what is under way then is there afterwards or not, and nothing of it comes
  /// later. Perhaps it answers who reads before it takes what is written, as a standby does that is promoted.
  void fall();
  /// Who is told so at once.
  void when_it_falls(std::function<void()> what) { told_when_it_falls_.push_back(std::move(what)); }
  bool writes_away() const noexcept { return world_.now() < writes_from_; }
  bool reads_away() const noexcept { return world_.now() < reads_from_; }
  millis writes_from() const noexcept { return writes_from_; }
  millis reads_from() const noexcept { return reads_from_; }

  /// What was put and retired, at whichever node.
  definition_history& definitions() noexcept { return definitions_; }

  /// Whether the run begins with programs that read the first format of records alone.
  bool begins_older() const noexcept { return begins_older_; }
  /// The node's next life is the present program's.
  void upgrade(unsigned node) { upgraded_.insert(node); }
  /// The newest format of records that a node reads whose life begins now.
  std::uint8_t format_of_life(unsigned node) const;
  /// Somebody raises the format in which records are written, as far as all read it.
  void raise_format_level();

  static constexpr millis lease_ms = 1500;
  static constexpr millis margin_ms = 300;
  static constexpr millis round_ms = 200;

 private:
  world& world_;
  inspector& inspector_;
  std::size_t partitions_;
  bool begins_older_;
  std::set<unsigned> upgraded_;
  std::vector<journal::memory::node_store*> known_;
  std::vector<std::function<void()>> told_when_it_falls_;
  millis writes_from_ = 0;
  millis reads_from_ = 0;
  definition_history definitions_;
  journal::memory::cluster all_;
  journal::cursor seen_;
};

}  // namespace sagad::simulation
