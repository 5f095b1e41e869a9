#include "journal/postgres/sharing.hpp"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "journal/postgres/contents.hpp"
#include "journal/postgres/live_changes.hpp"
#include "journal/postgres/migrations.hpp"
#include "journal/postgres/share.hpp"

namespace sagad::journal::postgres {
namespace {

void raise(std::atomic<std::uint64_t>& value, std::uint64_t to) noexcept {
  auto known = value.load(std::memory_order_relaxed);
  while (known < to && !value.compare_exchange_weak(known, to, std::memory_order_acq_rel)) {
  }
}

const seen_node* find(const standing_of_nodes& seen, const std::string& name) {
  const auto found =
      std::find_if(seen.nodes.begin(), seen.nodes.end(), [&name](const auto& one) { return one.name == name; });
  return found == seen.nodes.end() ? nullptr : &*found;
}

/// Another connection cannot be made, which says nothing of the one that there is.
struct no_other_connection : std::runtime_error {
  using std::runtime_error::runtime_error;
};

connection make_another(const options& settings, const postgresql::login& how) {
  try {
    return connect_to_journal(settings, how);
  } catch (const connection_lost& lost) {
    throw no_other_connection(lost.what());
  }
}

}  // namespace

sharing::sharing(const parts& with, ownership_listener& listener, std::string address)
    : with_(with), address_(std::move(address)), events_(listener), horizon_(with.horizon) {
  // Under the lock of what is held: in the order in which it is taken and lost.
  with_.ownership.on_loss([this](partition_no partition) { events_.lost(partition); });
}

void sharing::begin() {
  thread_ = std::thread([this] { run(); });
}

void sharing::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  takes_no_more_ = true;
  with_.wake.ring();
  if (thread_.joinable()) thread_.join();
  with_.ownership.on_loss(nullptr);
  events_.stop();
}

void sharing::leave() {
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  takes_no_more_ = true;
  look_now_ = true;
  with_.wake.ring();
}

void sharing::give_back(const held_partition& one) {
  if (one.epoch == 0 || with_.ownership.epoch(one.partition) != one.epoch) return;
  with_.ownership.distrust(one);
  events_.given_back(one.partition);
  {
    const std::lock_guard lock(mutex_);
    giving_back_.push_back(one);
  }
  with_.wake.ring();
}

// Whoever has all partitions is the only one who writes: what he has written is all that there is. His end is read
// before he is asked whether he has them. While others are there he goes by what they say all the same: should the
// database's clock jump, a lease ends that is trusted.
std::uint64_t sharing::horizon() const noexcept {
  const auto end = with_.to.end();
  if (alone_.load(std::memory_order_acquire) && with_.ownership.trusted_everywhere()) raise(horizon_, end);
  return horizon_.load(std::memory_order_acquire);
}

std::string sharing::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void sharing::run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
    }
    std::string failed;
    try {
      const bool anew = !connection_;
      if (anew) {
        connection_.emplace(connect_to_journal(with_.settings, login_within_lease(with_.settings, "node")));
        connection_->listen(with_.channel);
      }
      turn();
      told_of_another_ = false;
      with_.reads.hear_of_an_answer(anew);
      with_.prompt_reads.hear_of_an_answer(anew);
      tell_of(failed);
      rest();
      continue;
    } catch (const no_other_connection& error) {
      failed = error.what();
    } catch (const another_journal& error) {
      failed = in_the_way(error);
      connection_.reset();
      tell_of_another(failed);
    } catch (const std::runtime_error& error) {
      failed = in_the_way(error);
      connection_.reset();
    }
    tell_of(failed);
    rest();
  }
}

// Until the next turn. What is heard meanwhile ends it early, but not before a moment has passed since the last one:
// many who have something to say are heard together.
void sharing::rest() {
  constexpr std::chrono::milliseconds together{5};
  const auto now = std::chrono::steady_clock::now();
  const auto until = connection_ && !unloaded_.empty() ? now : now + with_.settings.poll;
  pollfd woken{with_.wake.descriptor(), POLLIN, 0};
  if (std::exchange(hinted_, false)) static_cast<void>(::poll(&woken, 1, static_cast<int>(together.count())));
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    const auto at_most = std::max(left, std::chrono::milliseconds(0));
    if (!connection_) {
      static_cast<void>(::poll(&woken, 1, static_cast<int>(at_most.count())));
      break;
    }
    try {
      for (const auto& heard : connection_->wait_for_notice(woken.fd, at_most)) hinted_ |= is_for_us(heard);
    } catch (const connection_lost&) {
      connection_.reset();
      break;
    }
    if (hinted_ || left.count() <= 0 || ::poll(&woken, 1, 0) > 0) break;
  }
  with_.wake.hear();
}

bool sharing::is_for_us(const std::string& heard) {
  if (heard == hint_of_answers) return with_.messages.awaits();
  if (heard == hint_of_partitions) {
    look_now_ = true;
    return true;
  }
  std::uint32_t partition = partitions;
  std::from_chars(heard.data(), heard.data() + heard.size(), partition);
  return partition < partitions && with_.ownership.epoch(static_cast<partition_no>(partition)) != 0;
}

void sharing::turn() {
  give_back_what_is_settled();
  const auto now = std::chrono::steady_clock::now();
  if (look_now_.exchange(false) || !slot_ || now - looked_ >= with_.settings.poll) {
    looked_ = now;
    look_around();
  }
  with_.messages.look(*connection_, loaded(), events_);
  load_some();
}

void sharing::look_around() {
  auto& database = *connection_;
  const auto sent = boottime();
  const auto seen = look(database);
  with_.clock.learn(sent, seen.clock, boottime());
  with_.freeing.learn_oldest(seen.oldest);
  const auto* me = find(seen, with_.ownership.owner());
  // Also when it is there by a statement whose answer was lost: only its answer says which places are its own.
  if (me == nullptr || me->slot != slot_) {
    enter_again();
    look_now_ = true;
    with_.wake.ring();
    return;
  }
  learn_definitions(seen);
  with_.format_level.store(seen.format_level, std::memory_order_relaxed);
  alone_.store(seen.nodes.size() == 1, std::memory_order_release);
  raise(horizon_, least_floor(seen));
  publish_floor(seen);
  balance(seen);
}

// Its place among the nodes is another then, and where it writes is to be asked anew; it has no partitions. Whoever has
// changed the tables so that it may not run has removed it.
void sharing::enter_again() {
  if (const auto why = migrations::refusal(*connection_, migrations::all())) throw std::runtime_error(*why);
  published_ = 0;
  told_leaving_ = false;
  slot_.reset();
  slot_ = enter(*connection_, with_.ownership.owner(), address_, with_.settings.reads_format);
}

// They are read before it is told: whoever hears it finds them.
void sharing::learn_definitions(const standing_of_nodes& seen) {
  if (seen.definition_changes == told_changes_) return;
  with_.definitions.look(*connection_);
  told_changes_ = seen.definition_changes;
  events_.definitions_changed();
}

// Entries that come when it is dropped are refused; whoever gives back has none.
void sharing::give_back_what_is_settled() {
  std::vector<held_partition> settled;
  {
    const std::lock_guard lock(mutex_);
    if (!giving_back_.empty()) with_.to.await_settling();
    std::erase_if(giving_back_, [&](const held_partition& one) {
      if (!with_.to.is_settled(one.partition)) return with_.ownership.epoch(one.partition) != one.epoch;
      settled.push_back(one);
      return true;
    });
  }
  for (const auto& one : settled) {
    if (with_.ownership.drop(one)) returned_.push_back(one);
    std::erase(asked_back_, one);
  }
  if (returned_.empty()) return;
  return_partitions(*connection_, with_.ownership.owner(), returned_);
  returned_.clear();
  look_now_ = true;
  give_hint(*connection_, with_.channel, hint_of_partitions);
}

// Level with the others, so that who is idle does not hold back those who read. Of who has all partitions nobody needs
// to know it.
void sharing::publish_floor(const standing_of_nodes& seen) {
  bool leaving = false;
  {
    const std::lock_guard lock(mutex_);
    leaving = leaving_;
  }
  std::uint64_t most = 0;
  for (const auto& one : seen.nodes) most = std::max(most, one.floor);
  // Before the first take it has not been told where to begin, and has nothing to write.
  const auto floor = with_.to.floor(most);
  const bool alone = alone_ && published_ != 0 && with_.ownership.trusted_everywhere();
  if ((floor == published_ || alone) && leaving == told_leaving_) return;
  publish(*connection_, with_.ownership.owner(), floor, leaving);
  published_ = floor;
  told_leaving_ = leaving;
}

void sharing::balance(const standing_of_nodes& seen) {
  const auto& own = with_.ownership.owner();
  std::vector<sharer> sharers;
  bool any_silent = false;
  auto free = seen.free;
  for (const auto& one : seen.nodes) {
    const bool here = one.name == own || one.silent_for < with_.settings.lease.count();
    any_silent |= !here;
    free += one.over;
    if (here && !one.leaving) sharers.push_back({one.name, one.owns});
  }
  if (any_silent) remove_nodes(*connection_, {}, with_.settings.lease);
  const auto held = with_.ownership.held();
  std::erase_if(asked_back_, [&](const auto& one) { return with_.ownership.epoch(one.partition) != one.epoch; });
  {
    const std::lock_guard lock(mutex_);
    if (leaving_) {
      sharers.clear();
      free = 0;
    }
  }
  const auto share = share_of(own, sharers, partitions);
  const auto stays = held.size() - asked_back_.size();
  if (share < stays) ask_back(stays - share);
  // What is its own in the database alone, by a statement whose answer was lost, is taken anew.
  const auto* me = find(seen, own);
  const auto unknown = me->owns + me->over > held.size() ? me->owns + me->over - held.size() : 0;
  if (share > held.size() && free + unknown > 0) take(std::min(share - held.size(), free + unknown));
}

void sharing::take(std::size_t count) {
  auto& database = *connection_;
  if (!reading_) reading_ = connect_to_read();
  if (!reading_) return;
  const auto sent = boottime();
  const auto taken =
      take_partitions(database, with_.ownership.owner(), count, with_.settings.lease, with_.ownership.held());
  if (taken.empty()) return;
  refuse_changed_tables(taken);
  // From here on they are renewed, however long it takes to read what they have.
  with_.ownership.hold(taken, sent);
  unloaded_.insert(unloaded_.end(), taken.begin(), taken.end());
}

// A piece of what was taken in each turn, so that whoever waits for what is here already is served meanwhile.
void sharing::load_some() {
  std::erase_if(unloaded_, [&](const auto& one) { return with_.ownership.epoch(one.partition) != one.epoch; });
  if (unloaded_.empty()) return reading_.reset();
  const auto end = unloaded_.begin() + static_cast<std::ptrdiff_t>(std::min(load_at_once_, unloaded_.size()));
  try {
    const auto found = load(reading_.value(), {unloaded_.begin(), end});
    unloaded_.erase(unloaded_.begin(), end);
    const auto most = with_.settings.live_at_once;
    if (found < most / 2) load_at_once_ = std::min<std::size_t>(load_at_once_ * 2, partitions);
    if (found > most) load_at_once_ = std::max<std::size_t>(load_at_once_ / 2, 1);
  } catch (...) {
    reading_.reset();
    const auto taken = std::exchange(unloaded_, {});
    // They are taken again, under another epoch. By who takes no more they are given back: now, because who ends has no
    // other turn.
    for (const auto& one : taken) with_.ownership.drop(one);
    if (!takes_no_more_) throw;
    return_partitions(*connection_, with_.ownership.owner(), taken);
    give_hint(*connection_, with_.channel, hint_of_partitions);
  }
}

std::vector<held_partition> sharing::loaded() const {
  auto all = with_.ownership.held();
  std::erase_if(all,
                [&](const auto& one) { return std::find(unloaded_.begin(), unloaded_.end(), one) != unloaded_.end(); });
  return all;
}

// Nobody has begun anything in them.
void sharing::give_back_unloaded(std::size_t count) {
  if (count > 0) with_.wake.ring();
  for (; count > 0 && !unloaded_.empty(); --count) {
    if (with_.ownership.drop(unloaded_.back())) returned_.push_back(unloaded_.back());
    unloaded_.pop_back();
  }
}

// A step beside which nobody may run has the partitions until it is done, but a node may have entered meanwhile. Who
// may not run is no node from then on, so that the others share all; nor is he let in again.
void sharing::refuse_changed_tables(const std::vector<held_partition>& taken) {
  auto& database = *connection_;
  const auto why = migrations::refusal(database, migrations::all());
  if (!why) return;
  return_partitions(database, with_.ownership.owner(), taken);
  remove_nodes(database, with_.ownership.owner(), with_.settings.lease);
  throw std::runtime_error(*why);
}

// Before anything is taken: what cannot be read is better left to others. Nothing, when it is not wanted any more.
std::optional<connection> sharing::connect_to_read() {
  // As long as it takes: nobody waits for this connection's other statements meanwhile but this node itself.
  auto patient = with_.settings;
  patient.statement_timeout = std::max<std::chrono::milliseconds>(patient.statement_timeout, std::chrono::minutes(10));
  auto how = login_of(patient, "take-over");
  how.unwanted = &takes_no_more_;
  try {
    return make_another(with_.settings, how);
  } catch (const no_other_connection&) {
    if (!takes_no_more_) throw;
    return std::nullopt;
  }
}

// In statements that begin after the epochs were raised: nothing of an owner before can follow what they see.
std::size_t sharing::load(connection& database, const std::vector<held_partition>& taken) {
  std::vector<partition_no> numbers;
  for (const auto& one : taken) numbers.push_back(one.partition);
  with_.to.begin_at(first_place(database), *slot_);
  const auto tails = read_tails(database, numbers);
  live_changes changes;
  const auto live = read_live(database, numbers, changes);
  std::map<partition_no, taken_partition> all;
  for (const auto& one : tails) all[one.partition] = {one.partition, 0, one.last_position, one.last_time, {}};
  for (const auto& one : live) all[one.saga.partition()].live.push_back(one);
  for (const auto& one : taken) changes.reached(one.partition, one.epoch, all.at(one.partition).last_position);
  changes.write(database);
  for (std::size_t at = 0; at < taken.size(); ++at) {
    const auto& one = taken.at(at);
    auto& found = all.at(one.partition);
    found.epoch = one.epoch;
    with_.freeing.begin(one, tails.at(at).freed_place);
    with_.to.begin(one.partition, found.live);
    with_.ownership.while_held(one, [&] { events_.taken(std::move(found)); });
  }
  return live.size();
}

void sharing::ask_back(std::size_t count) {
  const auto unloaded = std::min(count, unloaded_.size());
  give_back_unloaded(unloaded);
  count -= unloaded;
  const auto held = with_.ownership.held();
  for (auto one = held.rbegin(); one != held.rend() && count > 0; ++one) {
    if (std::find(asked_back_.begin(), asked_back_.end(), *one) != asked_back_.end()) continue;
    asked_back_.push_back(*one);
    events_.wanted_back(one->partition);
    --count;
  }
}

// Also when it could not be reached before: somebody has done that.
void sharing::tell_of_another(const std::string& what) {
  if (!std::exchange(told_of_another_, true) && with_.settings.tell) with_.settings.tell(what);
}

// Once when it begins, and once when it is over.
void sharing::tell_of(const std::string& failed) {
  {
    const std::lock_guard lock(mutex_);
    if (failed.empty() == trouble_.empty()) return;
    trouble_ = failed;
  }
  if (!with_.settings.tell) return;
  with_.settings.tell(failed.empty() ? "it is seen again who shares the journal"
                                     : "it cannot be seen who shares the journal: " + failed);
}

}  // namespace sagad::journal::postgres
