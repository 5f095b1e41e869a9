#include "journal/log/backup.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <utility>

#include "journal/journal.hpp"
#include "journal/log/crc32c.hpp"
#include "journal/log/frame.hpp"
#include "journal/log/key_file.hpp"
#include "journal/log/lock_file.hpp"
#include "journal/log/manifest.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {
namespace {

namespace fs = std::filesystem;

// Each step by itself: a commit meanwhile must not wait behind a whole segment.
constexpr std::size_t copied_at_once_bytes = 256U << 10U;
// A log that frees its segments faster than they are copied for so long has too short a retention to be copied.
constexpr int rounds_max = 1000;

constexpr const char* definitions_name = "definitions.log";

class copier {
 public:
  explicit copier(const backup_order& order)
      : order_(order),
        files_(order.files ? order.files : real_files()),
        into_(order.to + ".partial"),
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
    if (order_.to.empty()) throw damaged("a backup needs the name of a folder that is not there yet");
    std::error_code failed;
    if (fs::exists(order_.to, failed)) throw damaged(order_.to + " is there already: name a folder that is not");
    if (fs::exists(into_, failed)) {
      const auto found = find_manifest(*files_, into_);
      if (!found.there) throw damaged(into_ + " is there, and no part of a backup: move it away");
    }
    fs::create_directories(into_, failed);
    if (failed) throw damaged(into_ + " cannot be made: " + failed.message());
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

  // How far the log is durable. Read before how far its definitions are: a record's definition is durable before it.
  lock_file::progress progress() const {
    if (alone_) return {alone_->log(), UINT64_MAX, UINT64_MAX};
    auto seen = lock_file::look(order_.from);
    if (!seen) throw damaged(order_.from + "/lock says nothing of a log yet: try it again");
    return *seen;
  }

  // All that is durable now and was not copied yet. False: something was freed meanwhile.
  bool copy_round() {
    // In this order: what a freed segment's sagas were copied to is durable before its key file is there.
    const auto keys = numbers_of(key_file_sequence);
    const auto upto = progress();
    const auto taken = order_.now();
    for (const auto sequence : keys) {
      if (!copy_whole(key_file_name(sequence))) return false;
    }
    const auto oldest = keys.empty() ? 0 : keys.back() + 1;
    if (!copy_segments(oldest, upto)) return false;
    copy_upto(definitions_name, upto.definitions_bytes, false);
    if (numbers_of(key_file_sequence) != keys) return false;
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
      std::string name;
      offset base = 0;
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
      segments.push_back({name, first->offset});
    }
    for (std::size_t at = 0; at < segments.size(); ++at) {
      const bool last = at + 1 == segments.size();
      const auto end = last ? upto.committed : segments[at + 1].base;
      const auto bytes = end == UINT64_MAX ? UINT64_MAX : end - segments[at].base;
      if (!copy_upto(segments[at].name, bytes, true)) return false;
    }
    return true;
  }

  bool copy_whole(const std::string& name) { return copied_.contains(name) || copy_upto(name, UINT64_MAX, true); }

  // Its first `bytes` bytes, as far as they were not copied before. False: it is not there, or not so long any more.
  bool copy_upto(const std::string& name, std::uint64_t bytes, bool needed) {
    const auto path = order_.from + "/" + name;
    std::unique_ptr<file> source;
    const int error = files_->open(path, false, source);
    if (error == ENOENT) return !needed;
    must_work(error, path);
    const auto into = into_ + "/" + name;
    std::unique_ptr<file> copy;
    must_work(files_->open(into, true, copy), into);
    auto& to = copied_[name];
    bool whole = true;
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
      whole = bytes == UINT64_MAX;
      break;
    }
    must_work(copy->sync(), into);
    return whole;
  }

  void copy_small(const std::string& name) {
    if (!copy_upto(name, UINT64_MAX, false) || !copied_.contains(name)) return;
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
    must_work(files_->rename(into_, order_.to), order_.to);
    const auto parent = fs::absolute(order_.to).parent_path().string();
    must_work(files_->sync_directory(parent), parent);
    return made;
  }

  const backup_order& order_;
  std::shared_ptr<log::files> files_;
  std::string into_;
  std::string piece_;
  std::unique_ptr<lock_file> lock_;   ///< of what is written
  std::unique_ptr<lock_file> alone_;  ///< of what is read, if nobody had it
  std::map<std::string, manifest::entry> copied_;
  std::uint64_t copied_bytes_ = 0;
  millis taken_ = 0;
};

}  // namespace

backup_made back_up(const backup_order& order) {
  return copier(order).run();
}

}  // namespace sagad::journal::log
