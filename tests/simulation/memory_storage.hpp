#pragma once

#include <optional>
#include <set>
#include <vector>

#include "journal/memory/store.hpp"
#include "tests/simulation/defect.hpp"
#include "tests/simulation/doubts.hpp"
#include "tests/simulation/inspector.hpp"
#include "tests/simulation/storage.hpp"

namespace sagad::simulation {

/// The journal in memory: a crash keeps any begin of what was not settled. It also says what one that several nodes
/// share may say: that a partition is another's, or that nobody knows what was written.
class memory_storage final : public storage {
 public:
  memory_storage(world& in, inspector& eyes, defect wrong, std::function<void()> partition_lost);

  std::string open() override { return {}; }
  bool is_open() const override { return true; }
  journal::store& store() override { return *store_; }
  std::unique_ptr<journal::appender> make_appender(std::function<void()> wake) override;
  void let_reads_fail(bool) override {}
  void begin_life(std::function<void()> look) override;
  bool commits_here() override { return true; }
  millis next_at() const override { return store_->held() == 0 ? never : world_.now(); }
  void work() override;
  void tells() override { doubts_.tell(); }
  void look_through() override {}
  void crash(bool in_order) override;

 private:
  std::optional<journal::memory::verdict> fate_of(const journal::entry& entry);

  world& world_;
  inspector& inspector_;
  defect defect_;
  std::function<void()> partition_lost_;
  std::unique_ptr<journal::memory::store> store_;
  std::vector<std::unique_ptr<journal::memory::store>> dead_;
  std::set<saga_id> written_unknown_;
  doubts doubts_;
};

}  // namespace sagad::simulation
