#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/node.hpp"

namespace sagad::simulation {

/// The nodes of a run: one that has all, or some that share a journal.
class nodes {
 public:
  nodes(world& in, network& net, inspector& eyes, const run_options& options) : world_(in) {
    constexpr std::size_t most = 5;
    if (options.over != journal_kind::shared) {
      all_.push_back(std::make_unique<node>(in, net, eyes, options));
      return;
    }
    commons_ = std::make_unique<commons>(in, eyes, options.wrong);
    const auto count = 1 + world_.random.below(most);
    for (unsigned number = 0; number < count; ++number) {
      all_.push_back(std::make_unique<node>(in, net, eyes, options, commons_.get(), number));
    }
  }

  /// One that a client reaches; null: there is none.
  node* any() {
    if (all_.size() == 1) return all_[0]->up() && !all_[0]->stands_still() ? all_[0].get() : nullptr;
    std::vector<node*> there;
    for (const auto& one : all_) {
      if (one->up() && !one->stands_still()) there.push_back(one.get());
    }
    return there.empty() ? nullptr : there[world_.random.below(there.size())];
  }
  /// A journal, so that what they are asked may be handed on.
  bool share() const noexcept { return commons_ != nullptr; }
  commons& shared() { return *commons_; }
  /// It ends, and the present program goes on.
  void upgrade(unsigned number) {
    commons_->upgrade(number);
    all_[number]->upgrade(version::this_one);
  }
  node& first() { return *all_[0]; }
  const node& first() const { return *all_[0]; }
  node& acting() { return *all_[world_.acting]; }
  const std::vector<std::unique_ptr<node>>& all() const noexcept { return all_; }

 private:
  world& world_;
  std::unique_ptr<commons> commons_;
  std::vector<std::unique_ptr<node>> all_;
};

}  // namespace sagad::simulation
