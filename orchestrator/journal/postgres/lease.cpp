#include "journal/postgres/lease.hpp"

#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

#include "journal/postgres/nodes.hpp"

namespace sagad::journal::postgres {
namespace {

// Rows are locked in one order by everybody, so that nobody waits for one who waits for him. Never to an earlier end:
// one whose answer was given up may be done after the next, with the now() of when it began. The node is seen by the
// same statement; where it has not joined others there is no such row. What somebody has locked is passed over, so that
// it does not keep the others from being renewed: whose it is by then is told all the same.
constexpr statement renewal{
    "lease_renew",
    "WITH here AS (UPDATE sagad_nodes SET seen = now() WHERE name = $1), "
    "mine AS (SELECT p.id FROM sagad_partitions p JOIN unnest($3::INT4[], $4::INT8[]) AS e (id, epoch)"
    " ON p.id = e.id AND p.epoch = e.epoch WHERE p.owner = $1 ORDER BY p.id FOR UPDATE OF p SKIP LOCKED), "
    "renewed AS (UPDATE sagad_partitions SET"
    " lease_until = greatest(lease_until, now() + CAST($2 AS FLOAT8) * INTERVAL '1 millisecond')"
    " WHERE id IN (SELECT id FROM mine) RETURNING id) "
    "SELECT p.id, p.id IN (SELECT id FROM renewed)"
    " FROM sagad_partitions p JOIN unnest($3::INT4[], $4::INT8[]) AS e (id, epoch)"
    " ON p.id = e.id AND p.epoch = e.epoch WHERE p.owner = $1"};
constexpr statement renewal_that_waits{
    "lease_renew_waiting",
    "WITH mine AS (SELECT p.id FROM sagad_partitions p JOIN unnest($3::INT4[], $4::INT8[]) AS e (id, epoch)"
    " ON p.id = e.id AND p.epoch = e.epoch WHERE p.owner = $1 ORDER BY p.id FOR UPDATE OF p) "
    "UPDATE sagad_partitions SET"
    " lease_until = greatest(lease_until, now() + CAST($2 AS FLOAT8) * INTERVAL '1 millisecond')"
    " WHERE id IN (SELECT id FROM mine) RETURNING id"};

/// Of this opening alone, and for people.
std::string fresh_owner() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::random_device source;
  return "sagad, process " + std::to_string(::getpid()) + " on " + (host[0] == '\0' ? "a host" : host.data()) + " (" +
         std::to_string(source()) + ")";
}

}  // namespace

// Short leases, such as tests have, leave time for a slow machine.
postgresql::login login_within_lease(const options& settings, const std::string& purpose) {
  auto result = login_of(settings, purpose);
  const auto at_least = std::min(settings.lease, std::chrono::milliseconds(500));
  result.answer_patience = std::max(settings.lease / 3, at_least);
  result.connect_timeout = std::min(result.connect_timeout, result.answer_patience);
  // The database gives up a little earlier, so that nothing that nobody waits for keeps its locks.
  result.statement_timeout = std::min(result.statement_timeout, result.answer_patience * 3 / 4);
  return result;
}

parameters& add_held(parameters& to, const std::vector<held_partition>& which) {
  column ids(type::int4), epochs(type::int8);
  for (const auto& one : which) {
    ids.add_int4(one.partition);
    epochs.add_int8(static_cast<std::int64_t>(one.epoch));
  }
  return to.array(std::move(ids)).array(std::move(epochs));
}

lease::lease(const options& settings) : settings_(settings), owner_(fresh_owner()) {
  thread_ = std::thread([this] { run(); });
}

lease::~lease() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
  give_back();
}

bool lease::trusted_everywhere() const noexcept {
  const auto now = boottime().count();
  return std::all_of(trusted_until_.begin(), trusted_until_.end(),
                     [now](const auto& until) { return now < until.load(std::memory_order_acquire); });
}

bool lease::is_over() const noexcept {
  const auto now = boottime().count();
  bool any = false;
  for (partition_no partition = 0; partition < partitions; ++partition) {
    if (epoch(partition) == 0) continue;
    if (now < trusted_until_.at(partition).load(std::memory_order_acquire)) return false;
    any = true;
  }
  return any;
}

std::vector<held_partition> lease::held() const {
  const std::lock_guard lock(mutex_);
  std::vector<held_partition> result;
  for (partition_no partition = 0; partition < partitions; ++partition) {
    if (const auto under = epoch(partition); under != 0) result.push_back({partition, under});
  }
  return result;
}

void lease::hold(const std::vector<held_partition>& taken, std::chrono::nanoseconds sent) {
  const std::lock_guard lock(mutex_);
  for (const auto& one : taken) {
    distrusted_.at(one.partition) = false;
    epochs_.at(one.partition).store(one.epoch, std::memory_order_release);
    trust_from(one.partition, sent);
  }
}

void lease::lose(const held_partition& one) {
  if (forget(one)) look_now();
}

bool lease::forget(const held_partition& one) {
  const std::lock_guard lock(mutex_);
  if (!is_held(one)) return false;
  clear(one.partition);
  if (on_loss_) on_loss_(one.partition);
  return true;
}

void lease::look_now() {
  {
    const std::lock_guard lock(mutex_);
    doubted_ = true;
  }
  changed_.notify_all();
}

void lease::distrust(const held_partition& one) {
  const std::lock_guard lock(mutex_);
  if (!is_held(one)) return;
  distrusted_.at(one.partition) = true;
  trusted_until_.at(one.partition).store(0, std::memory_order_release);
}

bool lease::drop(const held_partition& one) {
  const std::lock_guard lock(mutex_);
  if (!is_held(one)) return false;
  clear(one.partition);
  return true;
}

bool lease::while_held(const held_partition& one, const std::function<void()>& act) const {
  const std::lock_guard lock(mutex_);
  if (!is_held(one)) return false;
  act();
  return true;
}

void lease::on_loss(std::function<void(partition_no)> tell) {
  const std::lock_guard lock(mutex_);
  on_loss_ = std::move(tell);
}

void lease::clear(partition_no partition) noexcept {
  epochs_.at(partition).store(0, std::memory_order_release);
  trusted_until_.at(partition).store(0, std::memory_order_release);
}

// A tenth is for clocks that do not run alike. By partition: one that has been taken while a renewal was under way is
// not renewed by it.
void lease::trust_from(partition_no partition, std::chrono::nanoseconds sent) noexcept {
  if (distrusted_.at(partition)) return;
  const std::chrono::nanoseconds until = sent + settings_.lease - settings_.lease / 10;
  trusted_until_.at(partition).store(until.count(), std::memory_order_release);
}

std::string lease::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

// A renewal that had to wait is not followed later by the next.
void lease::run() {
  std::unique_lock lock(mutex_);
  bool away = false;
  auto next = std::chrono::steady_clock::now() + settings_.lease / 3;
  time not_before{};
  while (rest(lock, next, not_before)) {
    lock.unlock();
    std::string failed;
    const auto begun = std::chrono::steady_clock::now();
    next = begun + settings_.lease / 3;
    not_before = begun + settings_.lease / 10;
    try {
      failed = renew(next);
      away = false;
    } catch (const std::runtime_error& error) {
      failed = in_the_way(error);
      connection_.reset();
      // The first time at once: perhaps it was that connection alone.
      const auto pause = std::exchange(away, true) ? settings_.retry_max : settings_.retry_min;
      next = not_before = std::chrono::steady_clock::now() + std::min(settings_.lease / 3, pause);
    }
    tell_of(failed);
    lock.lock();
    trouble_ = std::move(failed);
  }
}

// Until the time of the next renewal, or of one for which there is a sign. False: it ends.
bool lease::rest(std::unique_lock<std::mutex>& lock, time until, time not_before) {
  changed_.wait_until(lock, until, [this] { return ending_ || doubted_; });
  if (doubted_) changed_.wait_until(lock, std::min(until, not_before), [this] { return ending_; });
  doubted_ = false;
  return !ending_;
}

// Once when it begins, and once when it is over. `trouble_` is written by this thread alone.
void lease::tell_of(const std::string& failed) const {
  if (!settings_.tell || failed.empty() == trouble_.empty()) return;
  settings_.tell(failed.empty() ? "the lease is renewed again" : "the lease cannot be renewed, " + failed);
}

// What is not held up is renewed first. Of the rest most are waited for together: they are being appended to. What has
// been waited for in vain is waited for by itself from then on, and only until the next time.
std::string lease::renew(time until) {
  if (!connection_) connection_.emplace(connect_to_journal(settings_, login_within_lease(settings_, "lease")));
  auto locked = renew_what_is_free();
  const auto slow =
      std::stable_partition(locked.begin(), locked.end(), [&](const auto& one) { return !held_up_.at(one.partition); });
  const std::vector<held_partition> quick(locked.begin(), slow);
  if (!quick.empty() && !renew_waiting(quick)) {
    for (const auto& one : quick) held_up_.at(one.partition) = true;
  }
  std::erase_if(locked, [&](const auto& one) { return !held_up_.at(one.partition); });
  if (!locked.empty()) renew_one_by_one(locked, until);
  std::erase_if(locked, [&](const auto& one) { return !held_up_.at(one.partition); });
  if (locked.empty()) return {};
  return "somebody has locked the rows of " + std::to_string(locked.size()) + " of its partitions, one is " +
         std::to_string(locked.front().partition);
}

std::vector<held_partition> lease::renew_what_is_free() {
  const auto asked = held();
  const auto sent = boottime();
  parameters with;
  add_held(with.text(owner_).int8(settings_.lease.count()), asked);
  const auto found = connection_->run(renewal, with);
  std::array<bool, partitions> ours{}, renewed{};
  for (int row = 0; row < found.size(); ++row) {
    const auto partition = static_cast<std::size_t>(found.integer(row, 0));
    ours.at(partition) = true;
    renewed.at(partition) = found.boolean(row, 1);
  }
  std::vector<held_partition> locked;
  for (const auto& one : asked) {
    if (ours.at(one.partition) && !renewed.at(one.partition)) {
      locked.push_back(one);
    } else {
      hear(one, renewed.at(one.partition), sent);
    }
  }
  return locked;
}

// False: the row of one of them is held for so long that none was renewed.
bool lease::renew_waiting(const std::vector<held_partition>& which) {
  const auto sent = boottime();
  parameters with;
  add_held(with.text(owner_).int8(settings_.lease.count()), which);
  try {
    const auto found = connection_->run(renewal_that_waits, with);
    std::array<bool, partitions> renewed{};
    for (int row = 0; row < found.size(); ++row) renewed.at(static_cast<std::size_t>(found.integer(row, 0))) = true;
    for (const auto& one : which) hear(one, renewed.at(one.partition), sent);
    return true;
  } catch (const statement_failed& failed) {
    if (!failed.may_pass()) throw;
    return false;
  }
}

// Behind the one that was tried last, so that each has its turn.
void lease::renew_one_by_one(std::vector<held_partition> which, time until) {
  const auto after = std::find_if(which.begin(), which.end(), [&](const auto& one) { return one.partition > tried_; });
  std::rotate(which.begin(), after, which.end());
  const auto patience = std::max<std::chrono::milliseconds>(settings_.lease / 50, std::chrono::milliseconds(10));
  const auto set = [&](std::chrono::milliseconds timeout) {
    connection_->run_all("SET statement_timeout = " + std::to_string(timeout.count()));
  };
  set(patience);
  for (const auto& one : which) {
    if (std::chrono::steady_clock::now() >= until) break;
    tried_ = one.partition;
    renew_waiting({one});
  }
  set(login_within_lease(settings_, "lease").statement_timeout);
}

void lease::hear(const held_partition& one, bool renewed, std::chrono::nanoseconds sent) {
  held_up_.at(one.partition) = false;
  if (!renewed) {
    forget(one);
    return;
  }
  while_held(one, [&] { trust_from(one.partition, sent); });
}

// What cannot be given back runs out.
void lease::give_back() {
  try {
    if (!connection_) connection_.emplace(connect_to_journal(settings_, login_of(settings_, "lease")));
    return_partitions(*connection_, owner_, held());
    remove_nodes(*connection_, owner_, settings_.lease);
  } catch (const std::runtime_error& error) {
    if (settings_.tell) settings_.tell("the lease was not given back, it runs out: " + std::string(error.what()));
  }
}

}  // namespace sagad::journal::postgres
