#include "postgres_node.hpp"

#include <stdexcept>
#include <utility>

namespace sagad::journal::tests {

postgres_node::postgres_node(const postgres::options& settings, const std::string& address) {
  auto opened = postgres::open(settings);
  if (auto* failed = std::get_if<postgres::error>(&opened)) throw std::runtime_error(failed->line);
  store_ = std::move(std::get<0>(opened));
  told_by_ = store_.get();
  store_->join(*this, address);
}

postgres_node::~postgres_node() {
  close();
}

void postgres_node::when_taken(std::function<void(const taken_partition&)> see) {
  const std::lock_guard lock(mutex_);
  see_ = std::move(see);
}

std::size_t postgres_node::count() const {
  const std::lock_guard lock(mutex_);
  return has_.size();
}

bool postgres_node::has(partition_no partition) const {
  const std::lock_guard lock(mutex_);
  return has_.contains(partition);
}

taken_partition postgres_node::taken_as(partition_no partition) const {
  const std::lock_guard lock(mutex_);
  return last_.at(partition);
}

std::vector<partition_no> postgres_node::has_all() const {
  const std::lock_guard lock(mutex_);
  std::vector<partition_no> all;
  for (const auto& [partition, as] : has_) all.push_back(partition);
  return all;
}

std::vector<partition_no> postgres_node::lost_all() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

std::size_t postgres_node::wanted_count() const {
  const std::lock_guard lock(mutex_);
  return wanted_.size();
}

std::vector<message> postgres_node::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::vector<message_answer> postgres_node::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

entry postgres_node::make(const saga_id& of, std::uint32_t seq, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  entry result;
  result.saga = of;
  result.seq = seq;
  result.bytes = bytes;
  result.position = ++positions_.at(of.partition());
  result.epoch = last_.at(of.partition()).epoch;
  result.time = first_time;
  return result;
}

result postgres_node::put(const entry& entry) {
  lane one(*store_);
  const auto told = one.commit(one.appender().append(entry));
  return told.empty() ? result::durable : told.front().result;
}

void postgres_node::taken(taken_partition partition) {
  const std::lock_guard lock(mutex_);
  if (see_) see_(partition);
  positions_[partition.partition] = partition.last_position;
  last_[partition.partition] = partition;
  has_[partition.partition] = std::move(partition);
}

void postgres_node::wanted_back(partition_no partition) {
  std::uint64_t epoch = 0;
  {
    const std::lock_guard lock(mutex_);
    wanted_.push_back(partition);
    if (keeps_) return;
    epoch = last_.at(partition).epoch;
    has_.erase(partition);
  }
  told_by_->give_back(partition, epoch);
}

void postgres_node::lost(partition_no partition) {
  const std::lock_guard lock(mutex_);
  has_.erase(partition);
  lost_.push_back(partition);
}

void postgres_node::arrived(message message) {
  const std::lock_guard lock(mutex_);
  messages_.push_back(std::move(message));
}

void postgres_node::answered(message_answer answer) {
  const std::lock_guard lock(mutex_);
  answers_.push_back(std::move(answer));
}

}  // namespace sagad::journal::tests
