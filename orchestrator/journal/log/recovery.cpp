#include "journal/log/recovery.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/probe.hpp"
#include "journal/entry_limits.hpp"
#include "journal/log/kept_aside.hpp"
#include "journal/log/key_hash.hpp"
#include "journal/log/listing.hpp"
#include "journal/log/log_walk.hpp"
#include "journal/log/replay.hpp"

namespace sagad::journal::log {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw damaged(why);
}

// What may be gone on without.
[[noreturn]] void refuse_loss(const std::string& what) {
  refuse(what + "; `--accept-loss` goes on with what is left, and lists the sagas concerned");
}

// Somebody has put it there, or a disk has: the log needs nothing of it.
[[noreturn]] void refuse_foreign(const std::string& what) {
  refuse(what + ": move it out of the folder, and keep it");
}

void must(int error, const std::string& path) {
  if (error != 0) refuse(path + ": " + error_text(error));
}

std::uint64_t new_log_number() {
  std::uint64_t number = 0;
  while (number == 0) {
    if (::getrandom(&number, sizeof number, 0) != sizeof number) refuse("no random number: " + error_text(errno));
  }
  return number;
}

class recovery {
 public:
  recovery(const options& settings, const std::shared_ptr<files>& files, const lock_file& lock)
      : settings_(settings), shared_files_(files), files_(*files), lock_(lock) {}

  recovered run();

 private:
  log_place first_place(offset from) const;
  void find_keys();
  void open_index();
  void restore_keys();
  offset log_begin() const;
  bool give_room();
  std::string witness_of_a_log();
  bool holds_anything() const;
  void raise_beyond_what_is_lost(checkpoint_begin& state) const;
  recovered begin_new();
  bool read_from(offset checkpoint);
  void walk_to_end(log_place here);
  bool step_over(log_place& here);
  void loss(lost_range range, const std::string& what);
  void check_sequences(std::size_t upto);
  void check_length(std::size_t segment, offset end);
  void check_ends(const log_place& end);
  bool has_next(std::size_t segment) const;
  void check_torn(const log_place& end);
  std::string beyond_one_batch(const log_place& place, log_walk::stretch dirt);
  void lose_the_end(const std::string& what, std::uint64_t bytes);
  std::vector<offset> complete_checkpoints();
  std::optional<checkpoint_begin> checkpoint_at(offset at);
  void wipe_torn();
  void wipe(std::size_t segment, std::uint64_t at, std::uint64_t bytes);
  void write_last_again();
  void remember_lost_ends();
  recovered finish();
  std::unique_ptr<file> open(const std::string& path);

  const options& settings_;
  std::shared_ptr<files> shared_files_;
  files& files_;
  const lock_file& lock_;
  std::uint64_t log_ = 0;
  std::vector<found_segment> listed_;
  std::vector<found_segment> freed_;  ///< listed, though they may go
  std::unique_ptr<key_files> keys_;
  std::unique_ptr<log_walk> walk_;
  std::unique_ptr<index_db> index_;
  offset seen_by_index_{};  ///< before it was built again
  std::unique_ptr<replay> replay_;
  offset checkpoint_{};
  std::vector<lost_range> known_lost_;  ///< accepted by an earlier opening
  std::vector<lost_range> new_lost_;
  std::vector<std::string> losses_;
  std::string losses_of_keys_;
  std::uint64_t lost_bytes_ = 0;  ///< of log, at most
  log_place end_;
  std::optional<log_place> last_;  ///< of the frames that were read
  std::string torn_;
  std::vector<saga_id> lost_ends_;
};

std::unique_ptr<file> recovery::open(const std::string& path) {
  std::unique_ptr<file> opened;
  must(files_.open(path, false, opened), path);
  return opened;
}

// Prepared room is there to be used when the disk is full: the last segment that nothing was written to is given up.
bool recovery::give_room() {
  if (listed_.size() < 2 || !listed_.back().blank) return false;
  const auto path = settings_.directory + "/" + segment_name(listed_.back().sequence);
  must(files_.remove(path), path);
  listed_.pop_back();
  return true;
}

// The key files say which segments are free: of such the log has nothing any more.
void recovery::find_keys() {
  keys_ = std::make_unique<key_files>(shared_files_, settings_.directory, log_);
  losses_of_keys_ = keys_->find(settings_.accept_loss);
  const auto kept = std::stable_partition(listed_.begin(), listed_.end(), [&](const found_segment& one) {
    return one.sequence < keys_->oldest_sequence();
  });
  freed_.assign(listed_.begin(), kept);
  listed_.erase(listed_.begin(), kept);
}

offset recovery::log_begin() const {
  const auto& first = walk_->segments().front().first;
  return first ? first->offset : offset{};
}

// An index that has not come to where the log begins takes what came before from the key files.
void recovery::restore_keys() {
  const auto oldest = log_begin();
  if (index_->position() >= oldest) return;
  index_entries entries;
  const auto store = [&](offset upto) {
    entries.upto = upto;
    for (;;) {
      try {
        index_->add(entries);
        break;
      } catch (const sqlite_error& error) {
        if (!error.no_room() || !give_room()) throw;
      }
    }
    entries = {};
  };
  const auto lost = keys_->each(index_->position(), settings_.accept_loss,
                                [&](const key_file_header& header, const std::vector<freed_key>& keys) {
                                  for (const auto& one : keys) entries.keys.add({key_hash(one.key, log_), one.at});
                                  store(header.to);
                                });
  if (!lost.empty()) losses_of_keys_ += (losses_of_keys_.empty() ? "" : "; ") + lost;
  store(oldest);
}

void recovery::open_index() {
  for (;;) {
    try {
      index_ = index_db::open(settings_.directory, log_, settings_.index_keys_per_cut);
      seen_by_index_ = index_->position();
      return;
    } catch (const sqlite_error& error) {
      if (!error.no_room() || !give_room()) throw;
    }
  }
}

// Where reading begins when no segment is known to hold `from`.
log_place recovery::first_place(offset from) const {
  const auto& segments = walk_->segments();
  const auto written =
      std::find_if(segments.begin(), segments.end(), [](const found_segment& one) { return one.first || !one.blank; });
  const auto index = static_cast<std::size_t>(written - segments.begin());
  return {index, 0, written->first ? written->first->offset : from};
}

// What tells that there was a log where no segment has anything. Empty: nothing does.
std::string recovery::witness_of_a_log() {
  const auto seen = index_db::position_in(settings_.directory);
  lost_bytes_ = byte_of(std::max(lock_.committed(), seen));
  if (lock_.committed() != offset{}) return "up to " + text(lock_.committed()) + " had been committed";
  if (seen != offset{}) return "index.db has seen " + text(seen);
  std::vector<std::string> names;
  must(files_.list(settings_.directory, names), settings_.directory);
  for (const auto& name : names) {
    if (key_file_sequence(name)) return name + " says that there was one";
  }
  const auto path = settings_.directory + "/definitions.log";
  std::unique_ptr<file> opened;
  const int error = files_.open(path, false, opened);
  if (error == ENOENT) return {};
  must(error, path);
  std::uint64_t bytes = 0;
  must(opened->size(bytes), path);
  return bytes == 0 ? std::string() : "definitions.log holds " + std::to_string(bytes) + " bytes";
}

bool recovery::holds_anything() const {
  return std::any_of(listed_.begin(), listed_.end(), [](const found_segment& one) { return !one.blank; });
}

recovered recovery::begin_new() {
  const auto witness = witness_of_a_log();
  if (!witness.empty() && !settings_.accept_loss) {
    refuse_loss("the log is missing: " + witness + ", and no segment in " + settings_.directory + " holds anything");
  }
  recovered result;
  if (!witness.empty()) result.lost = "the whole log is missing (" + witness + "); a new one begins";
  result.live = std::make_unique<live_set>();
  result.state.last_position.assign(partitions, 0);
  raise_beyond_what_is_lost(result.state);
  result.tail.log = log_ != 0 && witness.empty() ? log_ : new_log_number();
  result.stored_index = index_db::create(settings_.directory, result.tail.log, settings_.index_keys_per_cut);
  // What an opening has left that came no further, whatever its size was, and what belongs to a log that is given up.
  if (!listed_.empty()) SAGAD_PROBE("a new log begins where an earlier opening came no further");
  std::vector<std::string> names;
  must(files_.list(settings_.directory, names), settings_.directory);
  for (const auto& name : names) {
    const auto path = settings_.directory + "/" + name;
    if (segment_sequence(name) || key_file_sequence(name)) must(files_.remove(path), path);
  }
  result.keys = std::make_unique<key_files>(shared_files_, settings_.directory, result.tail.log);
  const auto path = settings_.directory + "/" + segment_name(1);
  must(make_segment(files_, settings_.directory, 1, settings_.segment_bytes, result.tail.file), path);
  must(write_zeros(*result.tail.file, 0, settings_.segment_bytes), path);
  must(result.tail.file->sync(), path);
  result.tail.sequence = 1;
  result.tail.bytes = settings_.segment_bytes;
  result.tail.fresh = true;
  result.next_sequence = 2;
  return result;
}

std::optional<checkpoint_begin> recovery::checkpoint_at(offset at) {
  const auto place = walk_->place_of(at);
  if (at == offset{} || !place || walk_->look(*place) != log_walk::found::frame) return std::nullopt;
  if (walk_->header().kind != frame_kind::checkpoint_begin) return std::nullopt;
  return parse_checkpoint_begin(walk_->body());
}

// Newest first, of the newest segment that has any.
std::vector<offset> recovery::complete_checkpoints() {
  std::vector<offset> found;
  for (auto index = walk_->segments().size(); index-- > 0 && found.empty();) {
    if (!walk_->segments()[index].first) continue;
    log_place place{index, 0, walk_->segments()[index].first->offset};
    for (; walk_->look(place) == log_walk::found::frame; place = walk_->behind(place)) {
      if (walk_->header().kind != frame_kind::checkpoint_end) continue;
      if (const auto last = parse_checkpoint_end(walk_->body())) found.insert(found.begin(), last->begin);
    }
  }
  return found;
}

void recovery::loss(lost_range range, const std::string& what) {
  if (!settings_.accept_loss) refuse_loss(what);
  new_lost_.push_back(range);
  losses_.push_back(what);
  lost_bytes_ += bytes_between(range.from, range.to);
}

// Epochs and positions that were used in what is lost are not used again: nobody who has seen them may take the new
// ones for them. What the lock has not seen is bounded by what can have stood there.
void recovery::raise_beyond_what_is_lost(checkpoint_begin& state) const {
  const auto frames = lost_bytes_ / frame_header_bytes;
  state.epoch = std::max(state.epoch, lock_.epoch()) + frames;
  for (partition_no partition = 0; partition < partitions; ++partition) {
    auto& last = state.last_position[partition];
    last = std::max(last, lock_.last_position(partition)) + frames * records_in_frame_max;
  }
}

// Segments before the place where reading starts must at least be there.
void recovery::check_sequences(std::size_t upto) {
  std::uint64_t expected = replay_->state().oldest_sequence;
  std::size_t before = SIZE_MAX;
  for (std::size_t index = 0; index <= upto; ++index) {
    const auto segment = walk_->segments()[index];
    if (!segment.first) continue;
    const auto base = segment.first->offset;
    const bool accepted =
        std::any_of(known_lost_.begin(), known_lost_.end(), [&](const lost_range& range) { return range.to == base; });
    if (segment.sequence != expected && !accepted) {
      const auto from = before == SIZE_MAX ? offset{} : walk_->end_of(before).offset;
      const auto path = settings_.directory + "/" + segment_name(expected);
      const bool there = std::any_of(listed_.begin(), listed_.end(),
                                     [&](const found_segment& one) { return one.sequence == expected; });
      loss({from, base}, path + (there ? " is damaged at byte 0" : " is missing"));
    }
    if (before != SIZE_MAX && segment.sequence == expected && !accepted) check_length(before, base);
    expected = segment.sequence + 1;
    before = index;
  }
}

// A segment that is not read now must at least be as long as what it holds.
void recovery::check_length(std::size_t segment, offset end) {
  const auto& found = walk_->segments()[segment];
  if (found.bytes >= bytes_between(found.first->offset, end)) return;
  loss({walk_->end_of(segment).offset, end},
       walk_->path(segment) + " is cut off at byte " + std::to_string(found.bytes));
}

// At a place that holds no frame: goes on behind it, or tells that the log ends there.
bool recovery::step_over(log_place& here) {
  if (const auto next = walk_->rollover(here)) {
    SAGAD_PROBE("an opening reads on in the next segment");
    here = *next;
    return true;
  }
  const bool blank = walk_->look(here) == log_walk::found::blank;
  const bool more = std::any_of(walk_->segments().begin() + static_cast<std::ptrdiff_t>(here.segment) + 1,
                                walk_->segments().end(), [](const found_segment& one) { return !one.blank; });
  const bool next_torn =
      here.segment + 1 < walk_->segments().size() && walk_->dirt(here.segment + 1, 0, frame_bytes_max).has_value();
  const bool dirty = !blank || walk_->dirt(here.segment, here.at).has_value();
  if (!dirty && !more && !next_torn) return false;
  const auto next = walk_->next_frame(here);
  if (!next) return false;
  const lost_range range{here.offset, next->offset};
  const auto* known = find_lost(known_lost_, here.offset);
  if (known == nullptr || known->to != next->offset) {
    const auto sequence = walk_->segments()[here.segment].sequence;
    const bool gone = next->segment > here.segment && !dirty;
    const bool file_gone = gone && walk_->segments()[here.segment + 1].sequence != sequence + 1;
    loss(range, file_gone ? settings_.directory + "/" + segment_name(sequence + 1) + " is missing"
                          : walk_->describe(gone ? log_place{here.segment + 1, 0, here.offset} : here) +
                                " is damaged: what follows at " + walk_->describe(*next) + " is whole");
    replay_->gap(range);
  }
  here = *next;
  return true;
}

void recovery::walk_to_end(log_place here) {
  for (;;) {
    if (walk_->look(here) == log_walk::found::frame) {
      replay_->frame(walk_->header(), walk_->body());
      last_ = here;
      here = walk_->behind(here);
    } else if (!step_over(here)) {
      break;
    }
  }
  end_ = here;
}

bool recovery::read_from(offset checkpoint) {
  new_lost_.clear();
  losses_.clear();
  lost_bytes_ = 0;
  known_lost_.clear();
  checkpoint_ = checkpoint;
  replay_ = std::make_unique<replay>(checkpoint, log_, *index_, settings_.index_batch * 4);
  if (const auto begin = checkpoint_at(checkpoint)) known_lost_ = begin->lost;
  replay_->state().oldest_sequence = keys_->oldest_sequence();
  if (checkpoint == offset{} && keys_->oldest_sequence() > 1) {
    loss({{}, log_begin()}, settings_.directory + " has no whole checkpoint to begin at, and its begin was freed");
  }
  const auto from = std::min(checkpoint, index_->position());
  const auto place = walk_->place_of(from).value_or(first_place(from));
  check_sequences(place.segment);
  for (const auto& range : new_lost_) replay_->gap(range);
  walk_to_end(place);
  if (!replay_->complete()) return false;
  check_torn(end_);
  check_ends(end_);
  replay_->end(end_.offset);
  return true;
}

void recovery::check_ends(const log_place& end) {
  const auto committed = lock_.log() == log_ ? lock_.committed() : offset{};
  if (end.offset >= committed && end.offset >= seen_by_index_) return;
  const auto sequence = walk_->segments()[end.segment].sequence;
  const bool last = !has_next(end.segment);
  const auto what = "the log ends at " + walk_->describe(end) + " (" + text(end.offset) + "), but " +
                    (committed > end.offset ? "up to " + text(committed) + " had been committed"
                                            : "index.db has seen " + text(seen_by_index_)) +
                    ": its end" + (last ? ", or " + segment_name(sequence + 1) + "," : std::string()) + " is missing";
  lose_the_end(what, bytes_between(end.offset, std::max(committed, seen_by_index_)));
}

void recovery::lose_the_end(const std::string& what, std::uint64_t bytes) {
  if (!settings_.accept_loss) refuse_loss(what);
  losses_.push_back(what);
  lost_bytes_ += bytes;
  replay_->suspect_all();
}

// A batch is written when everything before it is durable, so what a torn one can leave is bounded: by its header's
// size where that is there, by a frame's largest where not, and by any later frame's header. Empty: it is within.
std::string recovery::beyond_one_batch(const log_place& place, log_walk::stretch dirt) {
  const auto header = walk_->torn_header(place);
  const auto end = place.at + (header ? header->bytes : frame_bytes_max);
  if (const auto later = walk_->later_header(place, std::min(dirt.end, end))) {
    return walk_->describe(place) + " is damaged: a later batch begins at " + walk_->describe(*later);
  }
  if (dirt.end <= end) return {};
  return walk_->describe(place) + " is damaged: one torn batch would end at byte " + std::to_string(end) +
         ", and something is written up to byte " + std::to_string(dirt.end);
}

// Whether the file that the log goes on in is there: a torn batch lies in no other.
bool recovery::has_next(std::size_t segment) const {
  const auto& all = walk_->segments();
  return segment + 1 < all.size() && all[segment + 1].sequence == all[segment].sequence + 1;
}

// Whether what lies behind the last frame can be one torn batch.
void recovery::check_torn(const log_place& end) {
  const auto here = walk_->dirt(end.segment, end.at);
  const auto next = has_next(end.segment) ? walk_->dirt(end.segment + 1, 0, frame_bytes_max + 1) : std::nullopt;
  const log_place next_place{end.segment + 1, 0, end.offset};
  if (here && next) {
    lose_the_end(walk_->describe(end) + " is damaged: something is written there and at " +
                     walk_->describe(next_place) + ", and one torn batch lies in one segment",
                 here->end - here->begin + next->end);
  } else if (const auto why = here   ? beyond_one_batch(end, *here)
                              : next ? beyond_one_batch(next_place, *next)
                                     : std::string();
             !why.empty()) {
    lose_the_end(why, here ? here->end - end.at : next->end);
  }
}

void recovery::wipe(std::size_t segment, std::uint64_t at, std::uint64_t bytes) {
  const auto dirt = walk_->dirt(segment, at, bytes);
  if (!dirt) return;
  SAGAD_PROBE("an opening wipes a torn batch");
  if (at == 0) SAGAD_PROBE("a torn batch begins a segment");
  const auto path = walk_->path(segment);
  const auto kept = keep_aside(files_, settings_.directory, std::to_string(walk_->segments()[segment].sequence),
                               dirt->begin, walk_->content(segment, *dirt));
  const auto opened = open(path);
  must(write_zeros(*opened, dirt->begin, dirt->end - dirt->begin), path);
  must(opened->sync(), path);
  if (!torn_.empty()) torn_ += "; ";
  torn_ += "dropped a torn batch of " + std::to_string(dirt->end - dirt->begin) + " bytes at the end of " + path +
           ", byte " + std::to_string(dirt->begin) + ", " + kept;
}

// What was begun and never acknowledged must not stay behind the frames that are now written over it.
void recovery::wipe_torn() {
  wipe(end_.segment, end_.at, UINT64_MAX);
  auto behind = end_.segment + 1;
  if (has_next(end_.segment)) wipe(behind++, 0, frame_bytes_max);
  for (auto index = behind; index < walk_->segments().size(); ++index) {
    const auto& segment = walk_->segments()[index];
    if (!segment.blank) refuse_foreign(walk_->path(index) + " is not a segment of this log");
  }
}

// The last frame, and the names of the newest segments, may be in the page cache alone: a process was killed before its
// sync, or ended after one that failed, which leaves pages that no later sync writes unless they are written again.
void recovery::write_last_again() {
  must(keys_->write_newest_again(), settings_.directory);
  must(files_.sync_directory(settings_.directory), settings_.directory);
  if (!last_ || walk_->look(*last_) != log_walk::found::frame) return;
  const auto path = walk_->path(last_->segment);
  const auto opened = open(path);
  must(opened->write(last_->at, walk_->whole()), path);
  must(opened->sync(), path);
}

recovered recovery::finish() {
  wipe_torn();
  write_last_again();
  recovered result;
  const auto& segments = walk_->segments();
  result.tail.log = log_;
  result.tail.sequence = segments[end_.segment].sequence;
  result.tail.at = end_.at;
  result.tail.bytes = segments[end_.segment].bytes;
  result.tail.end = end_.offset;
  result.tail.fresh = !segments[end_.segment].first;
  result.tail.file = open(walk_->path(end_.segment));
  for (std::size_t index = 0; index <= end_.segment; ++index) {
    if (segments[index].first) result.used.push_back({segments[index].sequence, segments[index].first->offset});
  }
  result.next_sequence = result.tail.sequence + 1;
  for (auto index = end_.segment + 1; index < segments.size(); ++index) {
    const auto path = walk_->path(index);
    // Numbers without a hole, so that a missing one always means a lost one.
    if (segments[index].sequence == result.next_sequence && segments[index].bytes >= settings_.segment_bytes) {
      result.ready.push_back({result.next_sequence, open(path), segments[index].bytes});
      ++result.next_sequence;
      SAGAD_PROBE("an opening finds a prepared segment");
    } else {
      if (walk_->dirt(index, 0)) refuse_foreign(path + " is not a segment of this log");
      SAGAD_PROBE("an opening removes a prepared segment that it cannot use");
      must(files_.remove(path), path);
    }
  }
  for (const auto& segment : freed_) {
    const auto path = settings_.directory + "/" + segment_name(segment.sequence);
    must(files_.remove(path), path);
  }
  result.state = std::move(replay_->state());
  result.state.oldest_sequence = keys_->oldest_sequence();
  const auto oldest = result.used.empty() ? offset{} : result.used.front().base;
  try {
    index_->remove_before(oldest, keys_->oldest().value_or(oldest));
  } catch (const sqlite_error& error) {
    // What it has too much harms nobody, and a later opening finds it.
    if (!error.no_room()) throw;
  }
  result.keys = std::move(keys_);
  result.state.lost = known_lost_;
  result.state.lost.insert(result.state.lost.end(), new_lost_.begin(), new_lost_.end());
  if (!losses_.empty()) raise_beyond_what_is_lost(result.state);
  result.checkpoint = checkpoint_;
  result.live = replay_->take_live();
  result.index_since = replay_->take_index_entries();
  result.stored_index = std::move(index_);
  result.torn = torn_;
  for (const auto& what : losses_) result.lost += (result.lost.empty() ? "" : "; ") + what;
  if (!losses_of_keys_.empty()) result.lost += (result.lost.empty() ? "" : "; ") + losses_of_keys_;
  if (!losses_.empty()) {
    result.lost_sagas = replay_->concerned();
    result.lost_sagas.insert(result.lost_sagas.end(), lost_ends_.begin(), lost_ends_.end());
    std::sort(result.lost_sagas.begin(), result.lost_sagas.end());
    const auto twice = std::unique(result.lost_sagas.begin(), result.lost_sagas.end());
    result.lost_sagas.erase(twice, result.lost_sagas.end());
  }
  return result;
}

// Sagas that had finished in what is lost are known to the index alone, which is built again.
void recovery::remember_lost_ends() {
  for (const auto& range : new_lost_) index_->finished_between(range.from, range.to, lost_ends_);
  index_->finished_between(end_.offset, offset{UINT64_MAX / 2}, lost_ends_);
}

recovered recovery::run() {
  auto found = list_segments(files_, settings_.directory, lock_.log());
  log_ = found.log;
  listed_ = std::move(found.segments);
  if (!holds_anything()) return begin_new();
  if (log_ == 0)
    refuse_foreign(settings_.directory + "/" + segment_name(listed_.front().sequence) + " is not a segment");
  find_keys();
  if (!holds_anything()) return begin_new();
  open_index();
  walk_ = std::make_unique<log_walk>(files_, settings_.directory, listed_, log_);
  keys_->replace_lost(log_begin());
  restore_keys();

  std::vector<offset> candidates;
  if (lock_.log() == log_ && checkpoint_at(lock_.checkpoint())) candidates.push_back(lock_.checkpoint());
  bool read = false;
  for (int round = 0; round < 2 && !read; ++round) {
    for (const auto candidate : candidates) {
      read = checkpoint_at(candidate) && read_from(candidate);
      if (read) break;
    }
    if (!read) {
      SAGAD_PROBE("an opening looks for a checkpoint that the lock file does not name");
      candidates = complete_checkpoints();
    }
  }
  if (!read) read_from({});
  // What the index says of a log that has lost a part cannot be told from what it says of the rest.
  if (!losses_.empty()) {
    remember_lost_ends();
    index_.reset();
    index_ = index_db::create(settings_.directory, log_, settings_.index_keys_per_cut);
    restore_keys();
    read_from(checkpoint_);
  }
  return finish();
}

}  // namespace

std::variant<recovered, std::string> recover(const options& settings, const std::shared_ptr<files>& files,
                                             const lock_file& lock) {
  try {
    return recovery(settings, files, lock).run();
  } catch (const damaged& error) {
    return error.what();
  } catch (const sqlite_error& error) {
    return settings.directory + "/index.db: " + error.what();
  }
}

}  // namespace sagad::journal::log
