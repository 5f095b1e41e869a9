#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/commons.hpp"
#include "tests/simulation/doubts.hpp"
#include "tests/simulation/inspector.hpp"
#include "tests/simulation/storage.hpp"

namespace sagad::simulation {

/// One node's way to the journal that several share, anew in each of its lives. The database goes on while the node
/// stands still, and after its death.
class shared_storage final : public storage {
 public:
  shared_storage(world& in, inspector& eyes, commons& shared, unsigned node);

  std::string open() override;
  bool is_open() const override { return open_; }
  journal::memory::node_store& store() override { return *lives_.back(); }
  std::unique_ptr<journal::appender> make_appender(std::function<void()> wake) override;
  void let_reads_fail(bool) override {}
  void begin_life(std::function<void()> look) override;
  bool commits_here() override { return true; }
  millis next_at() const override;
  void work() override;
  void tells() override { doubts_.tell(); }
  void look_through() override {}
  void crash(bool in_order) override;
  const std::string& name() const noexcept { return name_; }

 private:
  std::optional<journal::memory::verdict> fate_of(const journal::entry& entry);
  journal::memory::verdict in_doubt(const journal::entry& entry, bool written, bool late);
  void lose_connection();

  world& world_;
  commons& commons_;
  unsigned node_;
  std::string name_;
  bool open_ = false;
  std::optional<std::size_t> there_when_it_fell_;  ///< while it falls: of what is under way so much more is there
  std::vector<std::unique_ptr<journal::memory::node_store>> lives_;
  std::set<saga_id> written_unknown_;
  doubts doubts_;
};

}  // namespace sagad::simulation
