#include "tests/simulation/memory_storage.hpp"

#include <utility>

#include "tests/simulation/defective_journal.hpp"

namespace sagad::simulation {

memory_storage::memory_storage(world& in, inspector& eyes, defect wrong, std::function<void()> partition_lost)
    : world_(in),
      inspector_(eyes),
      defect_(wrong),
      partition_lost_(std::move(partition_lost)),
      store_(std::make_unique<journal::memory::store>()),
      doubts_(eyes) {}

std::optional<journal::memory::verdict> memory_storage::fate_of(const journal::entry& entry) {
  using journal::result;
  if (world_.strikes<&weather::lost>()) {
    world_.say("partition " + std::to_string(entry.saga.partition()) + " is lost");
    partition_lost_();
    inspector_.lose(entry.saga.partition(), entry.position);
    return journal::memory::verdict{result::not_owner};
  }
  if (world_.strikes<&weather::append_unknown>()) {
    const bool written = world_.chance(500);
    if (written) written_unknown_.insert(entry.saga);
    doubts_.begin(entry);
    return journal::memory::verdict{result::unknown, written};
  }
  doubts_.end(entry);
  // What is written already is not refused when it is sent again.
  const bool may_be_full = entry.seq == 1 && !written_unknown_.contains(entry.saga);
  if (may_be_full && world_.strikes<&weather::start_full>()) return journal::memory::verdict{result::full};
  return std::nullopt;
}

void memory_storage::begin_life(std::function<void()> /*look*/) {
  store_->hold();
  store_->choose([this](const journal::entry& entry) { return fate_of(entry); });
}

std::unique_ptr<journal::appender> memory_storage::make_appender(std::function<void()> wake) {
  if (!has(defect_, defect::acts_before_durable)) return store_->make_appender(std::move(wake));
  return std::make_unique<eager_appender>(store_->make_appender(wake), wake);
}

void memory_storage::work() {
  store_->release(world_.chance(500) ? store_->held() : 1 + world_.random.below(store_->held()));
}

void memory_storage::crash(bool) {
  const auto held = store_->held();
  const auto kept = world_.chance(300) ? held : world_.random.below(held + 1);
  world_.say(std::to_string(kept) + " of " + std::to_string(held) + " unsettled records are kept");
  auto reopened = store_->crash(kept);
  if (has(defect_, defect::loses_settled_records)) reopened = without_last_record(*reopened);
  dead_.push_back(std::move(store_));
  store_ = std::move(reopened);
  doubts_.clear();
}

}  // namespace sagad::simulation
