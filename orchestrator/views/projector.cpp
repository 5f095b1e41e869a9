#include "views/projector.hpp"

#include <algorithm>
#include <utility>

#include "views/project.hpp"

namespace sagad::views {

bool projector::read(std::size_t count) {
  std::size_t records = 0;
  bool all_taken = true;
  try {
    file_->look([&] {
      all_taken = read_to_ != journal::cursor{} || begin_at_oldest(count, records);
      if (!all_taken) return;
      read_to_ = store_.scan(read_to_, count - std::min(count, records), [&](const journal::stored_record& record) {
        take(record, record.seq != 1);
        ++records;
      });
    });
  } catch (...) {
    forget();
    throw;
  }
  return all_taken && records < count;
}

// Of sagas that began before the oldest record that a scan shows all is taken before it; what it shows of them is then
// known already. The file says that it has nothing until all of them are written: what it has of them then is met
// again. Returns whether all were taken.
bool projector::begin_at_oldest(std::size_t count, std::size_t& records) {
  const auto oldest = store_.oldest();
  if (oldest == journal::cursor{}) return true;
  if (!before_) before_ = begun_before{oldest, store_.carried()};
  while (before_->taken < before_->sagas.size()) {
    if (records >= count) return false;
    for (const auto& record : store_.read(before_->sagas[before_->taken])) {
      take(record, true);
      ++records;
    }
    ++before_->taken;
  }
  read_to_ = before_->from;
  return true;
}

// What was read and not written: from then on it was not read. Its memory is kept for what comes next.
void projector::forget() {
  places_.clear();
  pending_.changes.clear();
  pending_.positions.fill(0);
  read_to_ = file_->upto();
  if (before_) before_->taken = before_->written;
}

void projector::take(const journal::stored_record& record, bool may_be_there) {
  const auto [found, fresh] = places_.try_emplace(record.saga, pending_.changes.size());
  if (fresh) {
    auto& added = pending_.changes.emplace_back();
    if (auto before = may_be_there ? file_->find(record.saga) : std::nullopt) {
      added.now = before->row;
      added.before = std::make_unique<kept_row>(std::move(*before));
    }
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
  try {
    file_->write(pending_);
  } catch (...) {
    forget();
    throw;
  }
  if (before_) before_->written = before_->taken;
  forget();
  if (read_to_ != journal::cursor{}) before_.reset();
}

}  // namespace sagad::views
