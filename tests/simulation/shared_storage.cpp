#include "tests/simulation/shared_storage.hpp"

#include <algorithm>
#include <utility>

#include "base/probe.hpp"

namespace sagad::simulation {

shared_storage::shared_storage(world& in, inspector& eyes, commons& shared, unsigned node)
    : world_(in), commons_(shared), node_(node), doubts_(eyes) {
  commons_.when_it_falls([this] { lose_connection(); });
}

std::string shared_storage::open() {
  if (commons_.writes_away()) return "the database is away";
  name_ = "n" + std::to_string(node_) + "." + std::to_string(lives_.size() + 1);
  lives_.push_back(commons_.all().open(name_, commons_.format_of_life(node_)));
  commons_.know(*lives_.back());
  open_ = true;
  return {};
}

std::unique_ptr<journal::appender> shared_storage::make_appender(std::function<void()> wake) {
  return store().make_appender(std::move(wake));
}

void shared_storage::begin_life(std::function<void()> /*look*/) {
  doubts_.clear();
  store().entries().hold();
  store().entries().choose([this](const journal::entry& entry) { return fate_of(entry); });
}

journal::memory::verdict shared_storage::in_doubt(const journal::entry& entry, bool written, bool late) {
  if (written || late) written_unknown_.insert(entry.saga);
  doubts_.begin(entry);
  return {.result = journal::result::unknown, .written = written, .late = late};
}

// Only of entries whose epoch is their partition's.
std::optional<journal::memory::verdict> shared_storage::fate_of(const journal::entry& entry) {
  using journal::result;
  if (there_when_it_fell_) {
    const bool written = *there_when_it_fell_ != 0;
    if (written) --*there_when_it_fell_;
    return in_doubt(entry, written, false);
  }
  if (world_.strikes<&weather::append_unknown>()) {
    const bool written = world_.chance(500);
    const bool late = !written && world_.chance(500);
    if (late) world_.after(0, [this] { commons_.commit_late_soon(); });
    return in_doubt(entry, written, late);
  }
  doubts_.end(entry);
  const bool may_be_full = entry.seq == 1 && !written_unknown_.contains(entry.saga);
  if (may_be_full && world_.strikes<&weather::start_full>()) return journal::memory::verdict{result::full};
  return std::nullopt;
}

millis shared_storage::next_at() const {
  return lives_.back()->entries().held() == 0 ? never : std::max(world_.now(), commons_.writes_from());
}

void shared_storage::work() {
  if (commons_.writes_away()) return;
  auto& entries = store().entries();
  entries.release(world_.chance(500) ? entries.held() : 1 + world_.random.below(entries.held()));
}

// Nobody tells what has become of what was under way.
void shared_storage::lose_connection() {
  if (!open_) return;
  auto& entries = store().entries();
  const auto held = entries.held();
  if (held == 0) return;
  SAGAD_PROBE("simulated: the database falls while records are under way");
  there_when_it_fell_ = world_.chance(300) ? held : world_.random.below(held + 1);
  entries.release(held);
  there_when_it_fell_.reset();
}

void shared_storage::crash(bool) {
  const auto held = store().entries().held();
  const auto sent = commons_.writes_away() ? 0 : held;
  const auto kept = world_.chance(300) ? sent : world_.random.below(sent + 1);
  const bool some_late = kept != sent && world_.weather.commits_late != 0 && world_.chance(500);
  if (some_late) world_.note<&weather::commits_late>();
  const auto late = some_late ? 1 + world_.random.below(sent - kept) : 0;
  world_.say(std::to_string(kept) + " of " + std::to_string(held) + " unsettled records are kept, " +
             std::to_string(late) + " may come later");
  store().die(kept, late);
  commons_.commit_late_soon();
  open_ = false;
}

}  // namespace sagad::simulation
