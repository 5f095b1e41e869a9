#include "contract.hpp"

#include <stdexcept>

namespace sagad::journal::tests {

saga_id saga(std::uint64_t number, partition_no partition) {
  return saga_id::make(1'700'000'000'000 + static_cast<millis>(number), partition, number * 0x9e3779b97f4a7c15ULL);
}

std::string incompressible(std::size_t bytes, std::uint64_t seed) {
  std::string made(bytes, '\0');
  auto state = seed * 0x9e3779b97f4a7c15ULL;
  for (auto& byte : made) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<char>(state >> 56U);
  }
  return made;
}

void post_one(shared_store& to, const message& what) {
  const auto refused = to.post_all({what}).at(0);
  if (refused && refused->too_large) throw std::length_error(refused->why);
  if (refused) throw std::runtime_error(refused->why);
}

entry next_entry(std::uint64_t epoch, std::vector<position>& positions, const saga_id& of, std::uint32_t seq,
                 std::string_view bytes) {
  entry result;
  result.saga = of;
  result.seq = seq;
  result.bytes = bytes;
  result.position = ++positions.at(of.partition());
  result.epoch = epoch;
  result.time = first_time;
  return result;
}

named_start::named_start(std::string name, std::string request, std::string canonical) : text(std::move(name)) {
  key = {text, digest_of(request), digest_of(canonical)};
}

lane::lane(journal::store& store)
    : appender_(store.make_appender([this] {
        const std::lock_guard lock(mutex_);
        ++wakes_;
        woken_.notify_all();
      })) {}

std::vector<exception> lane::commit(ticket upto, bool may_commit_here) {
  appender_->submit(may_commit_here);
  return wait(upto);
}

std::vector<exception> lane::wait(ticket upto) {
  std::vector<exception> told;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto seen = wakes_;
    lock.unlock();
    if (appender_->settled(told) >= upto) return told;
    lock.lock();
    if (!woken_.wait_until(lock, deadline, [&] { return wakes_ != seen; })) {
      ADD_FAILURE() << "ticket " << upto << " was not settled in time";
      return told;
    }
  }
}

void contract::SetUp() {
  subject_ = GetParam().make();
  positions_ = store().opened().last_position;
}

void contract::reopen(bool with_index) {
  if (with_index) {
    subject_->reopen();
  } else {
    subject_->reopen_without_index();
  }
  positions_ = store().opened().last_position;
}

entry contract::make(const saga_id& of, std::uint32_t seq, std::string_view bytes) {
  auto result = next_entry(subject_->epoch(of.partition()), positions_, of, seq, bytes);
  result.time = time_;
  return result;
}

exception contract::put(const entry& entry) {
  lane one(store());
  const auto ticket = one.appender().append(entry);
  const auto told = one.commit(ticket);
  if (told.size() > 1) ADD_FAILURE() << "one entry, " << told.size() << " exceptions";
  return told.empty() ? exception{ticket, result::durable, {}, false} : told.front();
}

exception contract::start(const saga_id& of, const named_start& name) {
  auto begin = make(of, 1);
  begin.key = &name.key;
  return put(begin);
}

std::string subject_name(const testing::TestParamInfo<subject_kind>& info) {
  return info.param.name;
}

}  // namespace sagad::journal::tests
