#include "journal/log/backup.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <utility>

#include "journal/folders.hpp"
#include "journal/journal.hpp"
#include "journal/log/crc32c.hpp"
#include "journal/log/frame.hpp"
#include "journal/log/key_file.hpp"
#include "journal/log/lock_file.hpp"
#include "journal/log/manifest.hpp"
#include "journal/log/restore.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {
namespace {

namespace fs = std::filesystem;

// Each step by itself: a commit meanwhile must not wait behind a whole segment.
constexpr std::size_t copied_at_once_bytes = 256U << 10U;
// A log that frees its segments faster than they are copied for so long has too short a retention to be copied.
constexpr int rounds_max = 1000;

constexpr const char* definitions_name = "definitions.log";

std::string without_slashes_at_its_end(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

class copier {
 public:
  explicit copier(const backup_order& order)
      : order_(order),
        files_(order.files ? order.files : real_files()),
        to_(without_slashes_at_its_end(order.to)),
        into_(to_ + ".partial"),
        piece_(copied_at_once_bytes, '\0') {}

  backup_made run() {
    prepare();
    for (int rounds = 0; !copy_round(); ++rounds) {
      if (rounds == rounds_max) throw damaged(order_.from + " frees its segments faster than they can be copied");
    }
    for (const auto& name : order_.more_files) copy_small(name);
    return finish();
  }

 private:
  void prepare() {
    if (to_.empty()) throw damaged("a backup needs the name of a folder that is not there yet");
    check_source();
    std::error_code failed;
    if (fs::exists(to_, failed)) throw damaged(to_ + " is there already: name a folder that is not");
    if (fs::exists(into_, failed) && !is_part_of_a_backup()) {
      throw damaged(into_ + " is there, and no part of a backup: move it away");
    }
    const auto changed = make_folders(into_, failed);
    if (failed) throw damaged(into_ + " cannot be made: " + failed.message());
    for (const auto& folder : changed) must_work(files_->sync_directory(folder), folder);
    auto taken = lock_file::take(into_);
    if (const auto* why = std::get_if<lock_file::refusal>(&taken))
      throw damaged("another backup writes there: " + why->why);
    lock_ = std::move(std::get<0>(taken));
    // What a backup has left that was cut off.
    for (const auto& one : fs::directory_iterator(into_)) {
      const auto name = one.path().filename().string();
      if (name != "lock" && name != manifest::file_name)
        must_work(files_->remove(one.path().string()), one.path().string());
    }
    manifest begun;
    begun.finished = false;
    write_manifest(*files_, into_, begun);
    fs::permissions(into_, fs::perms::owner_all, failed);
    auto source = lock_file::take(order_.from);
    if (auto* alone = std::get_if<std::unique_ptr<lock_file>>(&source)) {
      // Nobody has it open, and nobody shall meanwhile: it is copied as it lies.
      alone_ = std::move(*alone);
    } else if (!std::get<lock_file::refusal>(source).in_use) {
      throw damaged(std::get<lock_file::refusal>(source).why);
    }
  }

  // Before anything is made there or here: a wrong name must not look like a journal that has nothing in it.
  void check_source() {
    std::vector<std::string> names;
    const int error = files_->list(order_.from, names);
    if (error == ENOENT) throw damaged(no_journal());
    must_work(error, order_.from);
    const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
    if (has(manifest::file_name)) {
      throw damaged(order_.from + " is a backup itself: copy it as it is, or begin from it first, with --restored");
    }
    if (has(restore::begun_name)) {
      throw damaged(order_.from + " is begun from a backup, and not through yet: let sagad start on it first");
    }
    if (std::none_of(names.begin(), names.end(), [](const auto& name) { return segment_sequence(name).has_value(); })) {
      throw damaged(no_journal());
    }
  }

  std::string no_journal() const {
    return order_.from + " holds no journal: name the folder of one with --journal or --config";
  }

  // A process may have been killed before it wrote the manifest.
  bool is_part_of_a_backup() {
    std::vector<std::string> names;
    must_work(files_->list(into_, names), into_);
    if (std::find(names.begin(), names.end(), manifest::file_name) != names.end()) return true;
    return std::all_of(names.begin(), names.end(),
                       [](const auto& name) { return name == "lock" || name == manifest::unfinished_name; });
  }

  // How far the log is durable. Read before how far its definitions are: a record's definition is durable before it.
  lock_file::progress progress() {
    if (alone_) return {alone_->log(), offset{UINT64_MAX}, UINT64_MAX};
    auto seen = lock_file::look(order_.from);
    if (!seen) throw damaged(order_.from + "/lock says nothing of a log yet: try it again");
    if (log_ == 0) log_ = seen->log;
    if (log_ != seen->log) throw damaged(order_.from + " got another journal meanwhile: try it again");
    return *seen;
  }

  // All that is durable now and was not copied yet. False: something was freed meanwhile.
  bool copy_round() {
    // In this order: what a freed segment's sagas were copied to is durable before its key file is there.
    const auto keys = numbers_of(key_file_sequence);
    // The time first: what was recorded before it is durable by then.
    const auto taken = order_.now();
    const auto upto = progress();
    for (const auto sequence : keys) {
      if (!copy_whole(key_file_name(sequence))) return false;
    }
    const auto oldest = keys.empty() ? 0 : keys.back() + 1;
    if (!copy_segments(oldest, upto)) return false;
    copy_upto(definitions_name, upto.definitions_bytes);
    if (numbers_of(key_file_sequence) != keys) return false;
    if (!ends_early_.empty()) throw damaged(ends_early_ + " ends before what its lock file says is durable");
    forget_others(keys, oldest);
    taken_ = taken;
    return true;
  }

  std::vector<std::uint64_t> numbers_of(std::optional<std::uint64_t> (*number)(const std::string&)) {
    std::vector<std::string> names;
    must_work(files_->list(order_.from, names), order_.from);
    std::vector<std::uint64_t> found;
    for (const auto& name : names) {
      if (const auto sequence = number(name)) found.push_back(*sequence);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  bool copy_segments(std::uint64_t oldest, const lock_file::progress& upto) {
    struct begun {
      std::uint64_t sequence = 0;
      std::string name;
      offset base{};
    };
    std::vector<begun> segments;
    for (const auto sequence : numbers_of(segment_sequence)) {
      if (sequence < oldest) continue;
      const auto name = segment_name(sequence);
      std::unique_ptr<file> source;
      const int error = files_->open(order_.from + "/" + name, false, source);
      if (error == ENOENT) return false;
      must_work(error, name);
      std::string front(frame_header_bytes, '\0');
      std::size_t got = 0;
      must_work(source->read(0, front.data(), front.size(), got), name);
      const auto first = frame_header_of(std::string_view(front).substr(0, got));
      // Prepared, and not written to; or what is not durable yet.
      if (!first || first->offset >= upto.committed) continue;
      segments.push_back({sequence, name, first->offset});
    }
    if (segments.empty() && alone_) throw damaged(no_journal());
    // All that was durable when its end was looked up is freed by now.
    if (segments.empty()) return false;
    ends_early_.clear();
    for (std::size_t at = 0; at < segments.size(); ++at) {
      const bool last = at + 1 == segments.size();
      const auto& one = segments[at];
      const auto end = last ? upto.committed : segments[at + 1].base;
      // What is missing between two was accepted as lost: all that is left is copied.
      const bool followed = last || segments[at + 1].sequence == one.sequence + 1;
      const auto bytes = end == offset{UINT64_MAX} || !followed ? UINT64_MAX : bytes_between(one.base, end);
      switch (copy_upto(one.name, bytes)) {
        case copied::nothing: return false;
        case copied::less:
          // It was cut to be freed, which the key files tell at the end of the round; or its end was lost.
          if (last) ends_early_ = order_.from + "/" + one.name;
          break;
        case copied::all: break;
      }
    }
    return true;
  }

  // False: it is not there any more.
  bool copy_whole(const std::string& name) {
    return copied_.contains(name) || copy_upto(name, UINT64_MAX) != copied::nothing;
  }

  enum class copied : std::uint8_t { nothing, less, all };

  // Its first `bytes` bytes, as far as they were not copied before: nothing where it is not there, less where it is
  // shorter.
  copied copy_upto(const std::string& name, std::uint64_t bytes) {
    const auto path = order_.from + "/" + name;
    std::unique_ptr<file> source;
    const int error = files_->open(path, false, source);
    if (error == ENOENT) return copied::nothing;
    must_work(error, path);
    const auto into = into_ + "/" + name;
    std::unique_ptr<file> copy;
    must_work(files_->open(into, true, copy), into);
    auto& to = copied_[name];
    auto result = copied::all;
    while (to.bytes < bytes) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), bytes - to.bytes));
      std::size_t got = 0;
      must_work(source->read(to.bytes, piece_.data(), wanted, got), path);
      const auto read = std::string_view(piece_).substr(0, got);
      must_work(copy->write(to.bytes, read), into);
      must_work(copy->push(to.bytes, got), into);
      to.checksum = crc32c(read, to.checksum);
      to.bytes += got;
      copied_bytes_ += got;
      if (order_.progress) order_.progress(copied_bytes_);
      if (got == wanted) continue;
      if (bytes != UINT64_MAX) result = copied::less;
      break;
    }
    must_work(copy->sync(), into);
    return result;
  }

  void copy_small(const std::string& name) {
    if (copy_upto(name, UINT64_MAX) == copied::nothing) return;
    std::error_code failed;
    fs::permissions(into_ + "/" + name, fs::status(order_.from + "/" + name, failed).permissions(), failed);
  }

  // What was freed while it was copied.
  void forget_others(const std::vector<std::uint64_t>& keys, std::uint64_t oldest) {
    for (auto one = copied_.begin(); one != copied_.end();) {
      const auto segment = segment_sequence(one->first);
      const auto key = key_file_sequence(one->first);
      const bool gone = (segment && *segment < oldest) || (key && !std::binary_search(keys.begin(), keys.end(), *key));
      if (gone) must_work(files_->remove(into_ + "/" + one->first), into_ + "/" + one->first);
      one = gone ? copied_.erase(one) : std::next(one);
    }
  }

  backup_made finish() {
    manifest all;
    all.taken = taken_;
    backup_made made;
    made.taken = taken_;
    made.files = copied_.size();
    for (const auto& [name, one] : copied_) made.bytes += one.bytes;
    all.files = std::move(copied_);
    must_work(files_->remove(into_ + "/lock"), into_ + "/lock");
    write_manifest(*files_, into_, all);
    must_work(files_->rename(into_, to_), to_);
    const auto parent = fs::absolute(to_).parent_path().string();
    must_work(files_->sync_directory(parent), parent);
    return made;
  }

  const backup_order& order_;
  std::shared_ptr<log::files> files_;
  std::string to_;
  std::string into_;
  std::string piece_;
  std::unique_ptr<lock_file> lock_;   ///< of what is written
  std::unique_ptr<lock_file> alone_;  ///< of what is read, if nobody had it
  std::map<std::string, manifest::entry> copied_;
  std::uint64_t copied_bytes_ = 0;
  millis taken_ = 0;
  std::uint64_t log_ = 0;
  std::string ends_early_;  ///< the path of the newest segment, if it is shorter than it must be
};

}  // namespace

backup_made back_up(const backup_order& order) {
  return copier(order).run();
}

}  // namespace sagad::journal::log
