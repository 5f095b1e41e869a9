#include "journal/memory/cluster.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "journal/memory/contents.hpp"

namespace sagad::journal::memory {

/// A node as all know it, and what it believes itself.
struct cluster::member {
  std::string name;
  std::string address;
  ownership_listener* listener = nullptr;
  millis heard_at = 0;  ///< the last time; 0: never, or it has ended
  bool there = true;    ///< until it dies
  std::uint8_t reads_format = 1;
  std::atomic<std::uint8_t> format_level = 1;  ///< as it was in its last round
  bool leaving = false;
  std::atomic<millis> trusted_until = 0;
  std::array<std::atomic<std::uint64_t>, sagad::partitions> believes{};  ///< the epochs of what it was told it has
  std::array<bool, sagad::partitions> wanted_back{};
  std::vector<message_answer> answers;
  std::optional<std::uint64_t> definitions;  ///< how often they had changed when it was told
};

cluster::cluster(cluster_options options, std::function<millis()> time)
    : options_(options),
      time_(std::move(time)),
      whole_(new store(options.kept_for)),
      format_level_(options.format_level) {
  whole_->kept_->epochs.assign(sagad::partitions, 0);
}

cluster::~cluster() = default;

std::unique_ptr<node_store> cluster::open(const std::string& name, std::uint8_t reads_format) {
  const std::lock_guard lock(mutex_);
  if (reads_format < format_level_) throw std::logic_error("journal: opened by one who cannot read its records");
  auto& self = *members_.emplace_back(std::make_unique<member>());
  self.name = name;
  self.reads_format = reads_format;
  self.format_level = format_level_;
  return std::unique_ptr<node_store>(new node_store(*this, self));
}

cluster::holding cluster::holder_of(partition_no partition) const {
  const std::lock_guard lock(mutex_);
  const auto& at = places_[partition];
  const std::lock_guard contents(*whole_->mutex_);
  return {at.owner == nullptr ? "" : at.owner->name, whole_->kept_->epochs[partition]};
}

std::uint8_t cluster::format_level() const {
  const std::lock_guard lock(mutex_);
  return format_level_;
}

void cluster::raise_format_level() {
  const std::lock_guard lock(mutex_);
  auto all_read = newest_record_format();
  for (const auto& one : members_) {
    if (one->there) all_read = std::min(all_read, one->reads_format);
  }
  format_level_ = std::max(format_level_, all_read);
}

void cluster::expire(const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (auto& at : places_) {
    if (at.owner != nullptr && at.owner->name == name) at.until = 0;
  }
}

void cluster::move(partition_no partition) {
  const std::lock_guard lock(mutex_);
  places_[partition].not_for = places_[partition].owner;
  places_[partition].not_for_until = now() + options_.lease_ms;
}

std::size_t cluster::messages() const {
  const std::lock_guard lock(mutex_);
  return inbox_.size();
}

// As many as it may have, so that all that are there have about the same.
std::size_t cluster::share(const member& of) const {
  if (of.leaving || of.heard_at == 0) return 0;
  const auto there = std::count_if(members_.begin(), members_.end(), [this](const auto& one) {
    return !one->leaving && one->heard_at != 0 && now() - one->heard_at < options_.lease_ms;
  });
  const auto nodes = static_cast<std::size_t>(std::max<std::ptrdiff_t>(there, 1));
  return (options_.partitions + nodes - 1) / nodes;
}

void cluster::renew(member& of, news& told) {
  of.heard_at = now();
  of.format_level = format_level_;
  for (std::size_t number = 0; number < options_.partitions; ++number) {
    auto& at = places_[number];
    if (at.owner == &of) {
      at.until = of.heard_at + options_.lease_ms;
    } else if (of.believes[number].exchange(0) != 0) {
      of.wanted_back[number] = false;
      told.lost.push_back(static_cast<partition_no>(number));
    }
  }
  of.trusted_until = of.heard_at + options_.lease_ms - options_.margin_ms;
}

void cluster::balance(member& of, news& told) {
  const auto most = share(of);
  std::size_t has = 0;
  for (std::size_t number = 0; number < options_.partitions; ++number) {
    if (of.believes[number] == 0) continue;
    const bool to_move = places_[number].not_for == &of;
    if (!of.wanted_back[number] && !to_move && ++has <= most) continue;
    if (!std::exchange(of.wanted_back[number], true)) told.wanted_back.push_back(static_cast<partition_no>(number));
  }
}

std::vector<partition_no> cluster::free_for(const member& of) const {
  const auto most = share(of);
  std::size_t has = 0;
  for (const auto& at : places_) has += at.owner == &of ? 1 : 0;
  std::vector<partition_no> found;
  for (std::size_t number = 0; number < options_.partitions && has < most; ++number) {
    const auto& at = places_[number];
    const bool free = at.owner == nullptr || (at.owner != &of && at.until <= now());
    if (!free || (at.not_for == &of && now() < at.not_for_until)) continue;
    found.push_back(static_cast<partition_no>(number));
    ++has;
  }
  return found;
}

void cluster::raise(member& of, partition_no partition) {
  const std::lock_guard lock(mutex_);
  places_[partition] = {&of, now() + options_.lease_ms};
  const std::lock_guard contents(*whole_->mutex_);
  ++whole_->kept_->epochs[partition];
}

void cluster::deliver(member& to, news& told) {
  for (auto& one : inbox_) {
    const auto partition = one.what.saga.partition();
    if (to.believes[partition] == 0 || places_[partition].owner != &to) continue;
    const auto epoch = whole_->kept_->epochs[partition];
    const bool came = one.came_last != 0 && one.to_epoch == epoch && now() - one.came_last < options_.again_ms;
    if (came || (chosen_ && !chosen_(one.what))) continue;
    one.came_last = now();
    one.to_epoch = epoch;
    told.arrived.push_back(one.what);
  }
  told.answered = std::exchange(to.answers, {});
}

void cluster::tell_definitions(member& of, news& told) {
  const auto changes = whole_->definition_changes();
  told.definitions = of.definitions != changes;
  of.definitions = changes;
}

node_store::node_store(cluster& all, cluster::member& self)
    : all_(all),
      self_(self),
      own_(memory::store::shared{all.whole_->kept_, all.whole_->mutex_}, all.options_.kept_for) {}

std::uint8_t node_store::format_level() const noexcept {
  return self_.format_level;
}

node_store::~node_store() {
  die(0, 0);
}

void node_store::join(ownership_listener& listener, const std::string& address) {
  const std::lock_guard lock(all_.mutex_);
  self_.listener = &listener;
  self_.address = address;
  self_.heard_at = all_.now();
}

void node_store::leave() {
  const std::lock_guard lock(all_.mutex_);
  self_.leaving = true;
}

void node_store::work() {
  cluster::news told;
  std::vector<partition_no> taken;
  {
    const std::lock_guard lock(all_.mutex_);
    if (self_.listener == nullptr) return;
    all_.renew(self_, told);
    all_.balance(self_, told);
    all_.deliver(self_, told);
    all_.tell_definitions(self_, told);
    taken = all_.free_for(self_);
  }
  if (told.definitions) self_.listener->definitions_changed();
  for (const auto partition : told.lost) self_.listener->lost(partition);
  for (const auto partition : told.wanted_back) self_.listener->wanted_back(partition);
  for (auto& one : told.answered) self_.listener->answered(std::move(one));
  for (auto& one : told.arrived) self_.listener->arrived(std::move(one));
  for (const auto partition : taken) {
    // What the old owner has under way may be written until the epoch is raised.
    std::optional<taken_partition> too_early;
    if (all_.options_.reads_tails_first) too_early = own_.tail_of(partition);
    if (too_early && all_.between_) all_.between_();
    all_.raise(self_, partition);
    if (!too_early && all_.between_) all_.between_();
    auto tail = own_.tail_of(partition);
    if (too_early) {
      tail.last_position = too_early->last_position;
      tail.live = too_early->live;
    }
    self_.believes[partition] = tail.epoch;
    self_.listener->taken(std::move(tail));
  }
}

void node_store::give_back(partition_no partition, std::uint64_t epoch) {
  if (self_.believes[partition] != epoch) return;
  own_.settle_of(partition);
  const std::lock_guard lock(all_.mutex_);
  self_.believes[partition] = 0;
  self_.wanted_back[partition] = false;
  auto& at = all_.places_[partition];
  if (at.owner != &self_) return;
  at.owner = nullptr;
  at.until = 0;
}

bool node_store::owns(partition_no partition, std::uint64_t epoch) const noexcept {
  return self_.believes[partition] == epoch && all_.now() < self_.trusted_until;
}

void node_store::quit() {
  const std::lock_guard lock(all_.mutex_);
  self_.listener = nullptr;
}

std::optional<posted_message> node_store::find_posted(const saga_id&, const std::string& beginning) {
  const auto begins = [&beginning](const std::string& id) { return id.starts_with(beginning); };
  const std::lock_guard lock(all_.mutex_);
  if (std::any_of(all_.inbox_.begin(), all_.inbox_.end(), [&](const auto& one) { return begins(one.what.id); })) {
    return posted_message{};
  }
  const auto known =
      std::find_if(all_.answers_.rbegin(), all_.answers_.rend(), [&](const auto& one) { return begins(one.id); });
  if (known == all_.answers_.rend()) return std::nullopt;
  return posted_message{known->bytes};
}

std::vector<std::optional<refused_message>> node_store::post_all(const std::vector<message>& messages) {
  if (all_.see_posted_) all_.see_posted_(messages);
  const std::lock_guard lock(all_.mutex_);
  for (const auto& what : messages) {
    const auto found = std::find_if(all_.inbox_.begin(), all_.inbox_.end(),
                                    [&what](const auto& one) { return one.what.id == what.id; });
    if (found != all_.inbox_.end()) {
      found->from = self_.name;
    } else {
      all_.inbox_.push_back({what, self_.name});
    }
  }
  return std::vector<std::optional<refused_message>>(messages.size());
}

void node_store::answer(const message_answer& what) {
  const std::lock_guard lock(all_.mutex_);
  const auto found =
      std::find_if(all_.inbox_.begin(), all_.inbox_.end(), [&what](const auto& one) { return one.what.id == what.id; });
  if (found == all_.inbox_.end()) return;
  for (const auto& one : all_.members_) {
    if (one->name == found->from && one->listener != nullptr) one->answers.push_back(what);
  }
  all_.answers_.push_back(what);
  all_.inbox_.erase(found);
}

std::vector<node> node_store::nodes() {
  const std::lock_guard lock(all_.mutex_);
  std::vector<node> found;
  for (const auto& one : all_.members_) {
    if (one->heard_at == 0) continue;
    node about{one->name, one->address, {}, all_.now() - one->heard_at, one->leaving, one->reads_format};
    for (std::size_t number = 0; number < sagad::partitions; ++number) {
      if (all_.places_[number].owner == one.get()) about.owns.push_back(static_cast<partition_no>(number));
    }
    found.push_back(std::move(about));
  }
  return found;
}

std::string node_store::this_node() const {
  const std::lock_guard lock(all_.mutex_);
  return node_in_words(self_.name, self_.address);
}

void node_store::die(std::size_t unsettled, std::size_t late) {
  own_.die(unsettled, late);
  const std::lock_guard lock(all_.mutex_);
  self_.listener = nullptr;
  self_.there = false;
}

}  // namespace sagad::journal::memory
