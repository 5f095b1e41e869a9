#include "journal/log/key_files.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/probe.hpp"
#include "journal/journal.hpp"
#include "journal/log/crc32c.hpp"
#include "journal/log/fatal.hpp"
#include "journal/no_room.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::size_t written_at_once_bytes = 256U << 10U;

void note(std::string& so_far, const std::string& what) {
  so_far += (so_far.empty() ? "" : "; ") + what;
}

// A piece at a time: it may be as large as a segment.
bool is_whole(file& source, const key_file_header& header, const std::string& path) {
  std::string piece(256U << 10U, '\0');
  std::uint32_t said = 0;
  std::uint32_t checksum = 0;
  for (std::uint64_t at = 0; at < header.bytes;) {
    std::size_t got = 0;
    const auto wanted = std::min<std::uint64_t>(piece.size(), header.bytes - at);
    must_work(source.read(at, piece.data(), static_cast<std::size_t>(wanted), got), path);
    if (got != wanted) return false;
    const auto read = std::string_view(piece).substr(0, got);
    if (at == 0) said = key_file_checksum_of(read);
    checksum = crc32c(read.substr(at == 0 ? key_file_unchecked_bytes : 0), checksum);
    at += got;
  }
  return said == checksum;
}

}  // namespace

// The header of a file that is as long as it says; else `why` says what is wrong.
std::optional<key_file_header> key_files::inspect(std::uint64_t sequence, std::string& why) {
  std::unique_ptr<file> opened;
  must_work(files_->open(path(sequence), false, opened), path(sequence));
  std::uint64_t bytes = 0;
  must_work(opened->size(bytes), path(sequence));
  std::string front(key_file_header_bytes, '\0');
  std::size_t got = 0;
  must_work(opened->read(0, front.data(), front.size(), got), path(sequence));
  front.resize(got);
  const auto header = key_file_header_of(front);
  if (!header) {
    why = path(sequence) + " is damaged: it does not begin as a file of start keys";
  } else if (header->log != log_ || header->sequence != sequence) {
    why = path(sequence) + " belongs to another log or segment";
  } else if (header->bytes != bytes) {
    why =
        path(sequence) + " is damaged: it has " + std::to_string(bytes) + " bytes of " + std::to_string(header->bytes);
  }
  return why.empty() ? header : std::nullopt;
}

std::string key_files::find(bool accept_loss) {
  std::string lost;
  const auto lose = [&](const std::string& what) {
    if (!accept_loss) throw damaged(what + "; `--accept-loss` goes on without the start keys in it");
    note(lost, what);
  };
  std::vector<std::string> names;
  must_work(files_->list(directory_, names), directory_);
  std::vector<std::uint64_t> sequences;
  for (const auto& name : names) {
    if (const auto sequence = key_file_sequence(name)) sequences.push_back(*sequence);
  }
  std::sort(sequences.begin(), sequences.end());
  const std::lock_guard lock(mutex_);
  for (const auto sequence : sequences) {
    if (sequence != sequences.front() && sequence != oldest_sequence_) {
      lose(path(oldest_sequence_) + " is missing");
      for (auto missing = oldest_sequence_; missing < sequence; ++missing) lost_.insert(missing);
    }
    oldest_sequence_ = sequence + 1;
    std::string why;
    if (const auto header = inspect(sequence, why)) {
      by_end_[header->to] = {*header, false, nullptr};
    } else {
      lose(why);
      lost_.insert(sequence);
    }
  }
  for (const auto sequence : unlike_their_headers()) {
    SAGAD_PROBE("the header of a file of start keys is damaged");
    lose(path(sequence) + " is damaged: its checksum is wrong");
    std::erase_if(by_end_, [sequence](const auto& one) { return one.second.header.sequence == sequence; });
    lost_.insert(sequence);
  }
  return lost;
}

// A header's checksum is the whole file's, and reading all of them takes as long as they are large. Where two files
// meet both headers say so; what the first says of its begin, and the last of its end, nobody else does.
std::vector<std::uint64_t> key_files::unlike_their_headers() {
  std::set<std::uint64_t> doubted;
  const key_file_header* before = nullptr;
  for (const auto& [end, one] : by_end_) {
    const auto& header = one.header;
    const bool fits = before != nullptr && before->to == header.from && before->sequence + 1 == header.sequence;
    if (!fits && before != nullptr) doubted.insert(before->sequence);
    if (!fits || end == by_end_.rbegin()->first) doubted.insert(header.sequence);
    before = &header;
  }
  std::vector<std::uint64_t> damaged_ones;
  for (const auto& [end, one] : by_end_) {
    const auto& header = one.header;
    if (doubted.contains(header.sequence) && !is_whole_on_disk(header)) damaged_ones.push_back(header.sequence);
  }
  return damaged_ones;
}

bool key_files::is_whole_on_disk(const key_file_header& header) {
  std::unique_ptr<file> opened;
  must_work(files_->open(path(header.sequence), false, opened), path(header.sequence));
  return is_whole(*opened, header, path(header.sequence));
}

// Nothing tells any more which stretch of the log each stood for: together they are given what lies between the
// others'.
void key_files::replace_lost(offset log_begin) {
  for (const auto sequence : lost_) {
    key_file_header header;
    header.sequence = sequence;
    header.to = log_begin;
    for (const auto& [end, one] : by_end_) {
      if (one.header.sequence < sequence) {
        header.from = end;
      } else {
        header.to = one.header.from;
        break;
      }
    }
    if (lost_.contains(sequence + 1) || header.to <= header.from) header.to = behind(header.from, 1);
    replace(header);
  }
  lost_.clear();
}

// The old one is kept, for people. Without room it stays, and the next opening meets it again.
void key_files::replace(key_file_header header) {
  header.log = log_;
  const auto named = path(header.sequence);
  const auto oldest = oldest_sequence_;
  if (prepare(header, {}) != 0) return;
  static_cast<void>(files_->rename(named, named + ".lost"));
  must_work(publish(header), named);
  oldest_sequence_ = oldest;
}

int key_files::write_newest_again() {
  const std::lock_guard lock(mutex_);
  if (by_end_.empty()) return 0;
  const auto& header = std::prev(by_end_.end())->second.header;
  const auto bytes = content(header);
  std::unique_ptr<file> opened;
  int error = files_->open(path(header.sequence), false, opened);
  if (error == 0) error = opened->write(0, bytes);
  return error == 0 ? opened->sync() : error;
}

std::uint64_t key_files::oldest_sequence() const {
  const std::lock_guard lock(mutex_);
  return oldest_sequence_;
}

std::string key_files::content(const key_file_header& header) {
  std::unique_ptr<file> opened;
  must_work(files_->open(path(header.sequence), false, opened), path(header.sequence));
  std::string bytes(header.bytes, '\0');
  std::size_t got = 0;
  must_work(opened->read(0, bytes.data(), bytes.size(), got), path(header.sequence));
  bytes.resize(got);
  return bytes;
}

std::string key_files::each(offset after, bool accept_loss,
                            const std::function<void(const key_file_header&, const std::vector<freed_key>&)>& visit) {
  std::string lost;
  std::vector<key_file_header> damaged_ones;
  for (const auto& [end, one] : by_end_) {
    if (end <= after) continue;
    if (const auto keys = decode_key_file(content(one.header))) {
      visit(one.header, *keys);
      continue;
    }
    const auto what = path(one.header.sequence) + " is damaged: its checksum is wrong";
    if (!accept_loss) throw damaged(what + "; `--accept-loss` goes on without the start keys in it");
    note(lost, what);
    damaged_ones.push_back({.sequence = one.header.sequence, .from = one.header.from, .to = one.header.to});
  }
  for (const auto& one : damaged_ones) replace(one);
  return lost;
}

int key_files::prepare(key_file_header& header, const std::vector<freed_key>& keys) {
  const auto unfinished = path(header.sequence) + ".new";
  const auto bytes = encode_key_file(header, keys);
  header = *key_file_header_of(bytes);
  std::unique_ptr<file> made;
  int error = files_->open(unfinished, true, made);
  if (error == 0) error = made->resize(0);
  // Each piece by itself: a commit meanwhile must not wait behind all of it.
  for (std::size_t at = 0; error == 0 && at < bytes.size(); at += written_at_once_bytes) {
    const auto piece = std::string_view(bytes).substr(at, written_at_once_bytes);
    error = made->write(at, piece);
    if (error == 0 && bytes.size() > written_at_once_bytes) error = made->push(at, piece.size());
  }
  if (error == 0) {
    error = made->sync();
    if (error != 0 && !is_no_room(error)) fatal("cannot sync " + unfinished + ": " + error_text(error));
  }
  if (error != 0) {
    made.reset();
    withdraw(header);
  }
  return error;
}

// What cannot be removed now is removed at the next attempt or opening.
void key_files::withdraw(const key_file_header& header) {
  static_cast<void>(files_->remove(path(header.sequence) + ".new"));
}

void key_files::sync_names() {
  if (const int error = files_->sync_directory(directory_); error != 0) {
    fatal("cannot sync " + directory_ + ": " + error_text(error) + "; which segments are free is not certain");
  }
}

int key_files::publish(const key_file_header& header) {
  const auto named = path(header.sequence);
  if (const int error = files_->rename(named + ".new", named); error != 0) return error;
  sync_names();
  const std::lock_guard lock(mutex_);
  by_end_[header.to] = {header, false, nullptr};
  oldest_sequence_ = header.sequence + 1;
  return 0;
}

bool key_files::close_oldest() {
  if (open_order_.empty()) return false;
  by_end_.at(open_order_.front()).opened.reset();
  open_order_.pop_front();
  return true;
}

void key_files::open(known& one) {
  if (open_order_.size() == open_files_max) close_oldest();
  const auto named = path(one.header.sequence);
  int error = files_->open(named, false, one.opened);
  if ((error == EMFILE || error == ENFILE) && close_oldest()) error = files_->open(named, false, one.opened);
  must_work(error, named);
  open_order_.push_back(one.header.to);
}

// Read whole once, so that what is looked up later may be believed.
file& key_files::open_whole(known& one) {
  if (!one.opened) open(one);
  if (!one.whole && !is_whole(*one.opened, one.header, path(one.header.sequence))) {
    throw damaged(path(one.header.sequence) + " is damaged: its checksum is wrong");
  }
  one.whole = true;
  return *one.opened;
}

std::optional<freed_key> key_files::at(offset at) {
  const std::lock_guard lock(mutex_);
  const auto found = by_end_.upper_bound(at);
  if (found == by_end_.end() || at < found->second.header.from) return std::nullopt;
  const auto& header = found->second.header;
  auto& source = open_whole(found->second);
  std::uint32_t low = 0;
  for (std::uint32_t high = header.keys; low < high;) {
    const auto middle = low + (high - low) / 2;
    char bytes[key_place_bytes];
    std::size_t got = 0;
    must_work(source.read(key_file_header_bytes + middle * key_place_bytes, bytes, sizeof bytes, got),
              path(header.sequence));
    const auto place = key_place_of(bytes);
    if (place.at == at) {
      std::string entry(key_bytes_in_file_max, '\0');
      must_work(source.read(place.in_file, entry.data(), entry.size(), got), path(header.sequence));
      return freed_key_of(std::string_view(entry).substr(0, got));
    }
    if (place.at < at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

int key_files::forget(millis kept, millis now) {
  for (;;) {
    key_file_header first;
    {
      const std::lock_guard lock(mutex_);
      if (by_end_.size() < 2 || !is_over(by_end_.begin()->second.header.newest_end, kept, now)) return 0;
      first = by_end_.begin()->second.header;
      // The time is its header's word.
      if (!is_whole_on_disk(first)) throw damaged(path(first.sequence) + " is damaged: its checksum is wrong");
      std::erase(open_order_, first.to);
      by_end_.erase(by_end_.begin());
    }
    // One after the other on the disk too: those that are there have no hole.
    if (const int error = files_->remove(path(first.sequence)); error != 0) {
      const std::lock_guard lock(mutex_);
      by_end_[first.to] = {first, false, nullptr};
      return error;
    }
    sync_names();
  }
}

std::optional<offset> key_files::oldest() const {
  const std::lock_guard lock(mutex_);
  return by_end_.empty() ? std::nullopt : std::optional(by_end_.begin()->second.header.from);
}

}  // namespace sagad::journal::log
