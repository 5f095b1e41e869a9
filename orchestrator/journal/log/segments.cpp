#include "journal/log/segments.hpp"

#include <cerrno>
#include <utility>

namespace sagad::journal::log {

std::string segment_name(std::uint64_t sequence) {
  auto digits = std::to_string(sequence);
  if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
  return "segment-" + digits + ".log";
}

std::optional<std::uint64_t> segment_sequence(const std::string& name) {
  constexpr std::string_view prefix = "segment-";
  constexpr std::string_view suffix = ".log";
  if (name.size() < prefix.size() + suffix.size() + 10 || !name.starts_with(prefix) || !name.ends_with(suffix)) {
    return std::nullopt;
  }
  std::uint64_t sequence = 0;
  for (const char letter : name.substr(prefix.size(), name.size() - prefix.size() - suffix.size())) {
    if (letter < '0' || letter > '9' || sequence > UINT64_MAX / 20) return std::nullopt;
    sequence = sequence * 10 + static_cast<std::uint64_t>(letter - '0');
  }
  return sequence;
}

segments::segments(std::shared_ptr<files> files, std::string directory)
    : files_(std::move(files)), directory_(std::move(directory)) {}

void segments::add(segment_info segment) {
  const std::lock_guard lock(mutex_);
  by_base_[segment.base] = segment.sequence;
}

std::optional<segments::closed_segment> segments::oldest_closed() const {
  const std::lock_guard lock(mutex_);
  if (by_base_.size() < 2) return std::nullopt;
  const auto first = by_base_.begin();
  return closed_segment{first->second, first->first, std::next(first)->first};
}

void segments::forget_before(offset base) {
  const std::lock_guard lock(mutex_);
  while (!by_base_.empty() && by_base_.begin()->first < base) {
    const auto sequence = by_base_.begin()->second;
    if (open_.erase(sequence) != 0) opened_order_.remove(sequence);
    by_base_.erase(by_base_.begin());
  }
}

segments::place segments::locate(offset at) {
  const std::lock_guard lock(mutex_);
  auto next = by_base_.upper_bound(at);
  if (next == by_base_.begin()) throw damaged(text(at) + " lies before the log's first segment");
  const auto left = next == by_base_.end() ? UINT64_MAX : bytes_between(at, next->first);
  const auto& [base, sequence] = *std::prev(next);
  auto& opened = open_[sequence];
  if (!opened) {
    std::unique_ptr<file> fresh;
    int error = files_->open(path(sequence), false, fresh);
    if ((error == EMFILE || error == ENFILE) && close_oldest()) error = files_->open(path(sequence), false, fresh);
    if (error != 0) {
      open_.erase(sequence);
      throw damaged(path(sequence) + ": " + error_text(error));
    }
    opened = std::move(fresh);
    opened_order_.push_back(sequence);
    if (opened_order_.size() > open_files_max) close_oldest();
  }
  return {open_[sequence], sequence, bytes_between(base, at), left};
}

bool segments::close_oldest() {
  if (opened_order_.empty()) return false;
  open_.erase(opened_order_.front());
  opened_order_.pop_front();
  return true;
}

std::size_t segments::read(offset at, char* into, std::size_t size) {
  const auto where = locate(at);
  if (size > where.bytes) size = static_cast<std::size_t>(where.bytes);
  std::size_t got = 0;
  if (const int error = where.source->read(where.at, into, size, got); error != 0) {
    throw damaged(path(where.sequence) + " at byte " + std::to_string(where.at) + ": " + error_text(error));
  }
  return got;
}

}  // namespace sagad::journal::log
