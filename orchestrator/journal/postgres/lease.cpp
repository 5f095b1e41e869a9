#include "journal/postgres/lease.hpp"

#include <unistd.h>

#include <algorithm>
#include <random>

namespace sagad::journal::postgres {
namespace {

// Rows are locked in one order by everybody, so that nobody waits for one who waits for him.
constexpr statement take_all{
    "lease_take",
    "WITH free AS (SELECT id FROM sagad_partitions WHERE owner IS NULL OR lease_until < now() ORDER BY id FOR UPDATE) "
    "UPDATE sagad_partitions SET epoch = epoch + 1, owner = $1, "
    "lease_until = now() + CAST($2 AS FLOAT8) * INTERVAL '1 millisecond' "
    "WHERE id IN (SELECT id FROM free) RETURNING epoch"};
constexpr statement level{"lease_level", "UPDATE sagad_partitions SET epoch = $2 WHERE owner = $1"};
constexpr statement held_by{
    "lease_held_by",
    "SELECT owner, CAST(lease_until AS TEXT), CAST(extract(epoch FROM lease_until - now()) * 1000 AS INT8) "
    "FROM sagad_partitions WHERE owner IS NOT NULL AND lease_until >= now() ORDER BY lease_until DESC LIMIT 1"};
constexpr statement renewal{
    "lease_renew",
    "WITH mine AS (SELECT id FROM sagad_partitions WHERE owner = $1 AND epoch = $2 ORDER BY id FOR UPDATE) "
    "UPDATE sagad_partitions SET lease_until = now() + CAST($3 AS FLOAT8) * INTERVAL '1 millisecond' "
    "WHERE id IN (SELECT id FROM mine) RETURNING id"};
constexpr statement return_all{
    "lease_return",
    "WITH mine AS (SELECT id FROM sagad_partitions WHERE owner = $1 AND epoch = $2 ORDER BY id FOR UPDATE) "
    "UPDATE sagad_partitions SET owner = NULL, lease_until = NULL WHERE id IN (SELECT id FROM mine)"};

/// Of this opening alone, and for people.
std::string fresh_owner() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::random_device source;
  return "sagad, process " + std::to_string(::getpid()) + " on " + (host[0] == '\0' ? "a host" : host.data()) + " (" +
         std::to_string(source()) + ")";
}

/// All of them, or none: empty.
std::optional<std::uint64_t> try_to_take(connection& database, const std::string& owner,
                                         std::chrono::milliseconds ttl) {
  database.run_all("BEGIN");
  try {
    const auto taken = database.run(take_all, parameters().text(owner).int8(ttl.count()));
    if (taken.size() != partitions) {
      database.run_all("ROLLBACK");
      return std::nullopt;
    }
    std::int64_t epoch = 0;
    bool level_already = true;
    for (int row = 0; row < taken.size(); ++row) {
      level_already &= row == 0 || taken.integer(row, 0) == epoch;
      epoch = std::max(epoch, taken.integer(row, 0));
    }
    // One owner of all has one epoch, above each that any of them had.
    if (!level_already) database.run(level, parameters().text(owner).int8(epoch));
    database.run_all("COMMIT");
    return static_cast<std::uint64_t>(epoch);
  } catch (const statement_failed&) {
    database.run_all("ROLLBACK");
    throw;
  }
}

}  // namespace

std::variant<std::unique_ptr<lease>, lease::held> lease::take(const options& settings) {
  const auto owner = fresh_owner();
  connection database(settings, "lease");
  std::optional<held> seen;
  for (;;) {
    const auto sent = boottime();
    if (const auto epoch = try_to_take(database, owner, settings.lease)) {
      return std::unique_ptr<lease>(new lease(settings, owner, *epoch, sent));
    }
    const auto found = database.run(held_by);
    if (found.empty()) continue;  // It was given back meanwhile.
    held now{std::string(found.bytes(0, 0)), std::string(found.bytes(0, 1))};
    const bool renewed = seen && (seen->by != now.by || seen->until != now.until);
    if (!settings.wait_for_lease || renewed) return now;
    seen = std::move(now);
    // Looked at again when it is over, and before that as soon as its owner must have renewed it if he lives.
    const auto left = std::chrono::milliseconds(found.integer(0, 2) + 1);
    std::this_thread::sleep_for(std::min(left, std::max(settings.lease / 2, std::chrono::milliseconds(1))));
  }
}

lease::lease(const options& settings, std::string owner, std::uint64_t epoch, std::chrono::nanoseconds sent)
    : settings_(settings), owner_(std::move(owner)), epoch_(epoch) {
  trust_from(sent);
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

// A tenth is for clocks that do not run alike.
void lease::trust_from(std::chrono::nanoseconds sent) noexcept {
  const std::chrono::nanoseconds until = sent + settings_.lease - settings_.lease / 10;
  trusted_until_.store(until.count(), std::memory_order_release);
}

void lease::lose(partition_no partition) {
  lost_.at(partition).store(true, std::memory_order_release);
  if (settings_.lost && !told_lost_.exchange(true)) {
    settings_.lost("another has taken the journal over: partition " + std::to_string(partition) +
                   " is not this process's any more");
  }
}

std::string lease::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void lease::run() {
  std::unique_lock lock(mutex_);
  auto pause = settings_.lease / 3;
  while (!changed_.wait_for(lock, pause, [this] { return ending_; })) {
    lock.unlock();
    std::string failed;
    try {
      renew();
      pause = settings_.lease / 3;
    } catch (const std::runtime_error& error) {
      failed = error.what();
      connection_.reset();
      pause = std::min(settings_.lease / 3, settings_.retry_max);
    }
    tell_of(failed);
    lock.lock();
    trouble_ = std::move(failed);
  }
}

// Once when it begins, and once when it is over. `trouble_` is written by this thread alone.
void lease::tell_of(const std::string& failed) const {
  if (!settings_.tell || failed.empty() == trouble_.empty()) return;
  settings_.tell(failed.empty() ? "the lease is renewed again"
                                : "the lease cannot be renewed, the database does not answer: " + failed);
}

void lease::renew() {
  auto bounded = settings_;
  // An answer that comes when the lease is over is of no use, and another connection may get one.
  bounded.connect_timeout = std::min(bounded.connect_timeout, settings_.lease);
  bounded.statement_timeout = std::min(bounded.statement_timeout, settings_.lease);
  if (!connection_) connection_.emplace(bounded, "lease");
  const auto sent = boottime();
  const auto renewed = connection_->run(
      renewal, parameters().text(owner_).int8(static_cast<std::int64_t>(epoch_)).int8(settings_.lease.count()));
  std::array<bool, partitions> ours{};
  for (int row = 0; row < renewed.size(); ++row) ours.at(static_cast<std::size_t>(renewed.integer(row, 0))) = true;
  for (partition_no partition = 0; partition < partitions; ++partition) {
    if (!ours.at(partition)) lose(partition);
  }
  if (!renewed.empty()) trust_from(sent);
}

// What cannot be given back runs out.
void lease::give_back() {
  try {
    if (!connection_) connection_.emplace(settings_, "lease");
    connection_->run(return_all, parameters().text(owner_).int8(static_cast<std::int64_t>(epoch_)));
  } catch (const std::runtime_error& error) {
    if (settings_.tell) settings_.tell("the lease was not given back, it runs out: " + std::string(error.what()));
  }
}

}  // namespace sagad::journal::postgres
