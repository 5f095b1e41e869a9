#include "views/projector.hpp"

#include <algorithm>
#include <utility>

#include "views/project.hpp"

namespace sagad::views {

bool projector::read(std::size_t count) {
  std::size_t records = 0;
  try {
    if (read_to_ == journal::cursor{}) begin_at_oldest();
    read_to_ = store_.scan(read_to_, count, [&](const journal::stored_record& record) {
      take(record);
      ++records;
    });
  } catch (...) {
    forget();
    throw;
  }
  return records < count;
}

// Of sagas that began before the oldest record that a scan shows all is taken at once; what it shows of them is then
// known already.
void projector::begin_at_oldest() {
  read_to_ = store_.oldest();
  if (read_to_ == journal::cursor{}) return;
  for (const auto& saga : store_.carried()) {
    for (const auto& record : store_.read(saga)) take(record);
  }
}

// What was read and not written: from then on it was not read.
batch projector::forget() {
  places_.clear();
  read_to_ = file_->upto();
  return std::exchange(pending_, {});
}

void projector::take(const journal::stored_record& record) {
  const auto [found, fresh] = places_.try_emplace(record.saga, pending_.changes.size());
  if (fresh) {
    auto& added = pending_.changes.emplace_back();
    if (record.seq != 1) added.before = file_->find(record.saga);
    if (added.before) added.now = added.before->row;
  }
  auto& now = pending_.changes[found->second].now;
  if (record.seq > now.seq) {
    project(now, record);
    newest_ = std::max(newest_, now.changed);
  }
  auto& position = pending_.positions[record.saga.partition()];
  position = std::max(position, record.position);
}

void projector::write(millis as_of) {
  if (!anything_waiting()) return;
  pending_.upto = read_to_;
  pending_.as_of = as_of;
  const auto batch = forget();
  file_->write(batch);
  read_to_ = batch.upto;
}

}  // namespace sagad::views
