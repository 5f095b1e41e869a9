#include "journal/log/log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <utility>

#include "journal/entry_limits.hpp"
#include "journal/folders.hpp"
#include "journal/log/committer.hpp"
#include "journal/log/definitions.hpp"
#include "journal/log/group_writer.hpp"
#include "journal/log/key_hash.hpp"
#include "journal/log/recovery.hpp"
#include "journal/log/restore.hpp"
#include "journal/log/trimmer.hpp"

namespace sagad::journal::log {
namespace {

class lane final : public appender {
 public:
  lane(group_writer& writer, std::uint64_t epoch, std::function<void()> wake)
      : writer_(writer), epoch_(epoch), settled_(std::make_shared<settlement>(std::move(wake))) {}
  ~lane() override { settled_->close(); }
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  ticket append(const entry& entry) override {
    check_limits(entry);
    if (entry.epoch == epoch_) {
      append_record(records_, entry);
    } else {
      stale_.push_back(count_);
    }
    ++count_;
    return ++last_;
  }

  bool submit(bool may_commit_here) override {
    if (count_ == 0) return false;
    batch submitted;
    submitted.owner = settled_;
    submitted.records = std::exchange(records_, writer_.spare_buffer());
    submitted.first = last_ - count_ + 1;
    submitted.count = std::exchange(count_, 0);
    submitted.stale = std::exchange(stale_, {});
    return writer_.submit(std::move(submitted), may_commit_here);
  }

  ticket settled(std::vector<exception>& exceptions) override { return settled_->take(exceptions); }

 private:
  group_writer& writer_;
  std::uint64_t epoch_;
  std::shared_ptr<settlement> settled_;
  std::string records_;
  std::vector<std::uint32_t> stale_;
  std::uint32_t count_ = 0;
  ticket last_ = 0;
};

class log_store final : public store {
 public:
  log_store(const options& settings, std::shared_ptr<log::files> files, std::unique_ptr<lock_file> lock,
            recovered found, std::unique_ptr<log::definitions> definitions, const std::string& lost_definitions)
      : settings_(settings),
        lock_(std::move(lock)),
        segments_(files, settings.directory),
        state_(std::move(found.state)),
        live_(std::move(found.live)),
        demand_(settings_.reserve_bytes_per_saga, lock_->bytes_a_saga()),
        preparer_(settings_, files, std::move(found.ready), found.next_sequence),
        writer_(std::move(found.tail), segments_, preparer_, *lock_),
        index_(settings_, std::move(found.stored_index), std::move(found.index_since),
               found.used.empty() ? offset{} : found.used.front().base),
        reader_(segments_, writer_.log(), state_.lost),
        keys_(std::move(found.keys)),
        holders_(settings_.retention.keys, index_, reader_, *keys_, *live_),
        room_(settings_, preparer_, writer_, *live_, demand_),
        committer_(settings_, writer_, *live_, index_, holders_, room_, *lock_, state_),
        checkpointer_(settings_, writer_, *live_, room_, *lock_, state_, found.checkpoint),
        definitions_(std::move(definitions)),
        files_(std::move(files)) {
    for (const auto& segment : found.used) segments_.add(segment);
    opened_.torn = std::move(found.torn);
    opened_.lost = std::move(found.lost);
    opened_.lost_sagas = std::move(found.lost_sagas);
    if (lock_->log() != writer_.log() || !opened_.lost.empty()) {
      lock_->begin(writer_.log(), writer_.end(), definitions_->bytes());
    }
    if (!lost_definitions.empty()) opened_.lost += (opened_.lost.empty() ? "" : "; ") + lost_definitions;
    lock_->set_checkpoint(found.checkpoint);
    lock_->set_definitions_bytes(definitions_->bytes());
    for (partition_no partition = 0; partition < partitions; ++partition) {
      lock_->set_last_position(partition, state_.last_position[partition]);
    }
  }

  ~log_store() override { preparer_.abandon(); }
  log_store(const log_store&) = delete;
  log_store& operator=(const log_store&) = delete;

  /// The frames with which an opening begins, and the thread; false: there is no room for them.
  bool begin(std::optional<millis> restored_from) {
    constexpr std::uint64_t first_frames_bytes = 4096;
    if (writer_.remainder_bytes() < first_frames_bytes && !preparer_.ensure(1, 0)) return false;
    opened_.restored_from = restored_from;
    committer_.write_opened();
    lock_->set_epoch(state_.epoch);
    if (!opened_.lost.empty() || restored_from) checkpointer_.write_whole();
    remember_live();
    // What was seen of a log that was lost is nothing of the one that began from its backup.
    opened_.identity = writer_.log() ^ (restore_of(state_.epoch) * 0x9e3779b97f4a7c15ULL);
    opened_.last_position = state_.last_position;
    opened_.epoch = state_.epoch;
    opened_.last_time = state_.last_time;
    opened_.live_sagas = live_at_opening_.size();
    opened_.kept_for = settings_.retention;
    group_writer_.emplace(committer_, checkpointer_, *settings_.threads);
    carrier_.emplace(settings_, writer_, *live_, index_, reader_, room_, *group_writer_);
    trimmer_.emplace(settings_, trimmer::parts{*files_, segments_, reader_, writer_, index_, *keys_, preparer_,
                                               committer_, checkpointer_, *carrier_, *group_writer_, state_});
    return true;
  }

  const opening& opened() const override { return opened_; }

  std::unique_ptr<appender> make_appender(std::function<void()> wake) override {
    return std::make_unique<lane>(*group_writer_, opened_.epoch, std::move(wake));
  }

  std::vector<stored_record> read(const saga_id& saga) override {
    for (;;) {
      const auto before = index_.oldest();
      try {
        const auto newest = carrier_->newest_of(saga);
        return newest ? reader_.saga_from(saga, *newest) : std::vector<stored_record>();
      } catch (const damaged&) {
        // What was to be read may just have been freed: the saga is gone, or lies elsewhere.
        if (index_.oldest() == before) throw;
      }
    }
  }

  bool has(const saga_id& saga) override { return carrier_->newest_of(saga).has_value(); }

  std::vector<saga_id> gone_of(std::vector<saga_id> sagas) override {
    const auto standing = carrier_->standing_of(sagas);
    std::vector<saga_id> gone;
    for (std::size_t at = 0; at < sagas.size(); ++at) {
      if (!standing[at].newest) gone.push_back(sagas[at]);
    }
    return gone;
  }

  std::optional<key_holder> find_key(std::string_view key, millis now) override {
    return holders_.find(key, key_hash(key, writer_.log()), now, index::reader::others);
  }

  std::vector<live_saga> live() override {
    std::vector<live_saga> result;
    result.reserve(live_at_opening_.size());
    for (const auto& entry : live_at_opening_) result.push_back({entry.key, entry.due});
    return result;
  }

  cursor oldest() const override { return {as_number(index_.oldest())}; }

  cursor scan(cursor from, std::size_t count, const std::function<void(const stored_record&)>& visit) override {
    if (from < oldest()) throw trimmed(oldest());
    try {
      return {as_number(reader_.scan(offset{from.at}, writer_.end(), count, visit))};
    } catch (const damaged&) {
      if (from < oldest()) throw trimmed(oldest());
      throw;
    }
  }

  bool trim(millis now) override { return trimmer_->run(now); }

  std::vector<saga_id> carried() override {
    for (;;) {
      const auto oldest = index_.oldest();
      try {
        return carried_from(oldest);
      } catch (const damaged&) {
        if (index_.oldest() == oldest) throw;
      }
    }
  }
  cursor end() const override { return {as_number(writer_.end())}; }

  stored_definition put_definition(const std::string& definition_name, const std::string& canonical) override {
    return definitions_->put(definition_name, canonical);
  }
  bool retire_definition(const std::string& definition_name) override { return definitions_->retire(definition_name); }
  std::vector<stored_definition> definitions() override { return definitions_->all(); }
  definition_news definitions_after(std::size_t known) override { return definitions_->after(known); }

  journal::statistics measured() const override {
    journal::statistics result;
    result.commits = committer_.commits();
    result.records = committer_.records();
    result.bytes = writer_.written_bytes();
    result.syncs = writer_.syncs();
    result.commit_nanoseconds = writer_.nanoseconds();
    result.live_sagas = live_->size();
    result.prepared_bytes = room_.prepared_bytes();
    result.reserve_bytes = room_.owed_bytes();
    result.kept_bytes = bytes_between(index_.oldest(), writer_.end());
    result.segments_freed = trimmer_->segments_freed();
    result.sagas_carried = carrier_->sagas_carried();
    result.index_behind = index_.behind();
    result.waits_for_room = room_.waited_for();
    const bool no_room = result.waits_for_room || room_.full();
    result.full = no_room || result.index_behind >= settings_.index_behind_max;
    if (result.full && !no_room) result.why_full = index_.trouble();
    return result;
  }

 private:
  std::vector<saga_id> carried_from(offset oldest) {
    std::vector<saga_id> all;
    // The oldest segment's sagas may be copied while it is not free yet: a scan shows those from their begin.
    std::vector<saga_id> begun;
    const auto first = segments_.oldest_closed();
    const auto first_end = first ? first->end : oldest;
    std::vector<placed_record> records;
    reader_.frames(oldest, writer_.end(), [&](const frame_header& header, std::string_view body) {
      const bool copies = header.kind == frame_kind::carried;
      if (!copies && (header.kind != frame_kind::records || header.offset >= first_end)) return true;
      if (!parse_records(header, body, records)) return true;
      for (const auto& [record, at] : records) {
        if (copies) {
          if (all.empty() || all.back() != record.saga) all.push_back(record.saga);
        } else if (reader_.is_first(record)) {
          begun.push_back(record.saga);
        }
      }
      return true;
    });
    std::sort(begun.begin(), begun.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::erase_if(all, [&](const saga_id& saga) {
      return std::binary_search(begun.begin(), begun.end(), saga) || !carrier_->newest_of(saga);
    });
    return all;
  }

  // What is due already comes as it lies in the log: neighbours are in the same frames, which are unpacked once then.
  void remember_live() {
    live_at_opening_.reserve(live_->size());
    for (std::size_t shard = 0; shard < live_set::shards; ++shard) live_->append_shard(shard, live_at_opening_);
    std::sort(live_at_opening_.begin(), live_at_opening_.end(),
              [now = settings_.wall_now()](const live_entry& left, const live_entry& right) {
                return std::pair(std::max(left.due, now), left.newest) <
                       std::pair(std::max(right.due, now), right.newest);
              });
  }

  options settings_;
  std::unique_ptr<lock_file> lock_;
  segments segments_;
  checkpoint_begin state_;  ///< the committer's
  std::unique_ptr<live_set> live_;
  saga_demand demand_;  ///< the committer's
  std::vector<live_entry> live_at_opening_;
  preparer preparer_;
  frame_writer writer_;
  log::index index_;
  log::reader reader_;
  std::unique_ptr<key_files> keys_;
  key_holders holders_;
  room room_;
  committer committer_;
  checkpointer checkpointer_;
  std::unique_ptr<log::definitions> definitions_;
  std::shared_ptr<log::files> files_;
  opening opened_;
  std::optional<carrier> carrier_;
  std::optional<trimmer> trimmer_;
  std::optional<group_writer> group_writer_;  ///< last: it stops first
};

std::string owner_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return " (it belongs to user " + std::to_string(found.st_uid) + ", this is user " + std::to_string(::geteuid()) + ")";
}

// Empty: the directory is there and may be used.
std::string make_directory(const std::string& directory, files& files) {
  std::error_code failed;
  if (directory.empty()) return "no directory is named for the log";
  const auto changed = make_folders(directory, failed);
  if (!failed && !std::filesystem::is_directory(directory, failed)) return directory + " is not a directory";
  if (failed == std::errc::not_a_directory || failed == std::errc::file_exists) {
    return directory + " is not a directory";
  }
  if (failed) return directory + " cannot be made: " + failed.message();
  if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
    return directory + " cannot be written to: " + error_text(errno) + owner_of(directory);
  }
  if (!changed.empty()) {
    constexpr auto others = std::filesystem::perms::others_all | std::filesystem::perms::group_write;
    std::filesystem::permissions(directory, others, std::filesystem::perm_options::remove, failed);
    if (failed) return directory + ": " + failed.message();
  }
  for (const auto& folder : changed) {
    if (const int error = files.sync_directory(folder); error != 0) return folder + ": " + error_text(error);
  }
  return {};
}

std::variant<restore, std::string> check_restore(files& files, const options& settings) {
  try {
    return restore::check(files, settings.directory, settings.restored);
  } catch (const damaged& failed) {
    return std::string(failed.what());
  }
}

}  // namespace

millis wall_clock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::variant<std::unique_ptr<store>, error> open(const options& settings) {
  auto files = settings.files ? settings.files : real_files();
  if (settings.segment_bytes < segment_bytes_min || settings.segment_bytes > (1U << 30U)) {
    return error{"segment_bytes must lie between " + std::to_string(segment_bytes_min) + " and 1073741824"};
  }
  if (settings.restored && !std::filesystem::exists(settings.directory)) {
    return error{settings.directory + " is not there: make it a copy of the backup, as in `cp -a BACKUP " +
                 settings.directory + "`"};
  }
  if (auto why = make_directory(settings.directory, *files); !why.empty()) return error{why};
  auto locked = lock_file::take(settings.directory);
  if (const auto* why = std::get_if<lock_file::refusal>(&locked)) return error{why->why, why->in_use};
  auto& lock = std::get<0>(locked);
  auto checked = check_restore(*files, settings);
  if (const auto* why = std::get_if<std::string>(&checked)) return error{*why};
  const auto& backup = std::get<0>(checked);
  auto found = recover(settings, files, *lock);
  if (const auto* why = std::get_if<std::string>(&found)) return error{*why};
  auto& state = std::get<0>(found);
  if (backup.taken()) {
    if (const auto why = backup.raise(state.state, settings.wall_now())) return error{settings.directory + ": " + *why};
  }
  definitions::findings amiss;
  auto definitions =
      definitions::open(settings.directory, *files, *lock, {state.tail.end != offset{}, settings.accept_loss}, amiss);
  if (const auto* why = std::get_if<std::string>(&definitions)) return error{*why};
  if (!amiss.torn.empty()) state.torn += (state.torn.empty() ? "" : "; ") + amiss.torn;
  auto opened = std::make_unique<log_store>(settings, files, std::move(lock), std::move(state),
                                            std::move(std::get<0>(definitions)), amiss.lost);
  if (!opened->begin(backup.taken())) {
    return error{settings.directory + ": no room to open the log, the disk is full"};
  }
  try {
    backup.done(*files, settings.directory);
  } catch (const damaged& failed) {
    return error{failed.what()};
  }
  return opened;
}

}  // namespace sagad::journal::log
