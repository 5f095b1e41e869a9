#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/moment.hpp"
#include "base/saga_id.hpp"

/// The durable log's contract. What was reported durable is never lost; what is refused was not written. Records are
/// opaque bytes here: `records` makes and reads them. Implementations: log/ (segment files), postgres/ (a database),
/// memory/ (tests).
namespace sagad::journal {

/// A record's place in its partition's order, counted by the partition's owner from 1, never changed; holes are
/// allowed.
using position = std::uint64_t;

/// Counts the entries of one appender, from 1, in the order in which they were appended.
using ticket = std::uint64_t;

/// A client's name for a start. Both digests are kept for as long as the key.
struct start_key {
  std::string_view text;     ///< 1-128 of A-Za-z0-9._~:-/
  digest request_bytes;      ///< of the request as it came
  digest request_canonical;  ///< of its sorted-key JSON, number text kept
};

/// One record to append. Views need to live only for the call.
struct entry {
  saga_id saga;
  journal::position position = 0;  ///< in saga.partition(); above every earlier one of that partition
  std::uint64_t epoch = 0;         ///< under which its owner has the partition: `opening::epoch`
  std::uint32_t seq = 0;           ///< the saga's own count, from 1; 1 is its start
  std::string_view bytes;          ///< at most record_bytes_max
  const start_key* key = nullptr;  ///< of a start that has one
  millis time = 0;                 ///< the record's time
  millis due = never;              ///< when the saga next wants attention; for the order in which a restart loads sagas
  bool final = false;              ///< the saga's last record: it leaves the live set
};

inline constexpr std::size_t record_bytes_max = 16U << 20U;

/// What became of an entry. Only the first is silent: the others are told one by one.
enum class result : std::uint8_t {
  durable,
  duplicate_key,  ///< a start whose key another saga holds; not written
  not_owner,      ///< the entry's epoch is not the partition's; not written; everything of it must be dropped
  full,           ///< a start, refused while the space that is prepared is owed to live sagas; not written
  refused,        ///< not written, for the reason in `why`; the same again is refused until that is mended
  unknown,  ///< may or may not be written: append the same entries again at the same positions, and nothing else before
};

/// An entry that did not simply become durable.
struct exception {
  journal::ticket ticket = 0;
  journal::result result = result::durable;
  saga_id held_by;            ///< duplicate_key: the saga that holds the key
  bool same_request = false;  ///< duplicate_key: request_bytes or request_canonical are the same
  std::string why = {};       ///< refused, and full for another reason than the disk's room: what is wrong; for people
};

/// One thread's way to append. Not thread-safe: one owner thread; `wake` is called on any thread when `settled` has
/// moved.
class appender {
 public:
  virtual ~appender() = default;

  /// Takes an entry into the batch being collected, copying its bytes. Nothing is written before `submit`. Throws
  /// std::length_error, having taken nothing, for a record or a key past its limit: a fault of the caller.
  /// Entries that follow a start which is refused (`duplicate_key`, `full`, `refused`) are refused with it.
  virtual ticket append(const entry& entry) = 0;

  /// Hands over what was collected. With `may_commit_here` and an idle writer it is written and synced on the calling
  /// thread (no hop between threads; for a caller that has nothing else ready), unless it might have to wait for room;
  /// returns whether that was done.
  virtual bool submit(bool may_commit_here) = 0;

  /// All entries up to the returned ticket are settled. Appends to `exceptions` those up to there that did not become
  /// durable and were not told before, in order.
  virtual ticket settled(std::vector<exception>& exceptions) = 0;
};

/// A definition's text as it is kept for ever: content-addressed; named versions count from 1.
struct stored_definition {
  std::string name;           ///< empty: inline, without a version
  std::uint32_t version = 0;  ///< 0: inline
  digest content;             ///< SHA-256 of `canonical`
  std::string canonical;      ///< the model as canonical JSON, defaults filled in
  bool retired = false;       ///< its name is: nothing is to be started by it
  bool is_new = false;        ///< of what was put: it was not there
};

/// What has become of the definitions since somebody read them.
struct definition_news {
  std::vector<stored_definition> added;  ///< in the order of `store::definitions`
  std::vector<std::string> retired;      ///< the names that are retired now: all of them
};

/// Who holds a key.
struct key_holder {
  saga_id saga;
  digest request_bytes;
  digest request_canonical;
};

/// A saga that was not final at the end of the journal.
struct live_saga {
  saga_id saga;
  millis due = never;
};

/// How long a journal keeps what is over; `never` ends.
struct retention {
  millis history = never;  ///< a saga's records, from its newest record on
  millis keys = never;     ///< its start key, likewise; not shorter
};

/// Whether what ended then and is kept so long may go.
constexpr bool is_over(millis ended, millis kept, millis now) noexcept {
  return later(ended, kept) <= now;
}

/// What was found at opening.
struct opening {
  std::uint64_t identity = 0;                    ///< of this journal, from its first opening on; no other has it
  std::vector<journal::position> last_position;  ///< by partition; 0: none
  std::uint64_t epoch = 0;                       ///< of every partition: raised by each opening
  millis last_time = 0;                          ///< the newest record's time; 0: none
  std::uint64_t live_sagas = 0;
  retention kept_for;
  std::optional<millis> restored_from;  ///< when the backup was taken that it began from now; empty: from none
  std::string torn;                     ///< a torn last batch was dropped: what and where, for the log; else empty
  std::string lost;                     ///< a damaged log was accepted: what is missing, for the log; else empty
  /// With `lost`: the sagas that lack records, or may. Those of which it is certain are not live any more.
  std::vector<saga_id> lost_sagas;
};

/// How much is there and where it stands; for /readyz and /metrics.
struct statistics {
  std::uint64_t commits = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t commit_nanoseconds = 0;  ///< spent in write + sync, summed
  std::uint64_t live_sagas = 0;
  std::uint64_t prepared_bytes = 0;  ///< room that needs no further allocation
  std::uint64_t reserve_bytes = 0;   ///< of it owed to live sagas
  bool full = false;                 ///< starts are refused, or were not long ago
  std::string why_full;              ///< for people, when it is not for want of room on the disk; else empty
  bool waits_for_room = false;       ///< the disk is full: even what is live waits
  std::uint64_t kept_bytes = 0;      ///< of the log, from its oldest place on
  std::uint64_t segments_freed = 0;  ///< since the opening
  std::uint64_t freeing_ns = 0;      ///< that a database took for it, since the opening
  std::uint64_t sagas_carried = 0;   ///< copied so that a segment could be freed, since the opening
  std::uint64_t index_behind = 0;    ///< keys and finished sagas kept in memory until the index has them
};

/// Thrown by reads that meet a damaged or unreadable place: what and where. Nothing is ever skipped instead.
class damaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by reads of a journal that lies elsewhere and gave no answer: nothing is known to be damaged, and later there
/// may be one.
class unreachable : public damaged {
 public:
  using damaged::damaged;
};

/// A record as the journal gives it back.
struct stored_record {
  saga_id saga;
  journal::position position = 0;
  std::uint32_t seq = 0;
  std::string bytes;
};

/// A place in the whole journal's order; opaque to callers, comparable, kept as text by those who must persist it.
struct cursor {
  std::uint64_t at = 0;
  friend auto operator<=>(const cursor&, const cursor&) noexcept = default;
};

/// Thrown by a scan from a place that the journal has freed.
class trimmed : public std::runtime_error {
 public:
  explicit trimmed(cursor oldest)
      : std::runtime_error("the journal does not go back so far: its oldest place is " + std::to_string(oldest.at)),
        oldest_(oldest) {}
  cursor oldest() const noexcept { return oldest_; }

 private:
  cursor oldest_;
};

/// The journal. All functions are thread-safe; reads see every settled entry.
///
/// Those that are here are opened by one process, which owns every partition from the opening to its end. One that
/// several nodes share adds to this contract: taking single partitions over (the epoch rises first, and the tail is
/// read only after that, so that nothing of the old owner can follow what was read), giving them back, and being told
/// of a loss by `not_owner`. Appends do not change: an entry names the epoch under which it was decided, and is refused
/// under any other.
class store {
 public:
  virtual ~store() = default;

  virtual const opening& opened() const = 0;

  /// The newest format in which its records may be written: whoever reads it knows that. Never falls. Any thread, a few
  /// instructions. Of a journal that one process has to itself: whatever that process knows.
  virtual std::uint8_t format_level() const noexcept { return std::numeric_limits<std::uint8_t>::max(); }

  virtual std::unique_ptr<appender> make_appender(std::function<void()> wake) = 0;

  /// The saga's records, oldest first; empty when there is none, or none any more. Never from a view.
  virtual std::vector<stored_record> read(const saga_id& saga) = 0;

  /// The same for a thread that others wait for: where the journal lies elsewhere it throws `unreachable` after a
  /// second without an answer, and at once while it is known that there is none.
  virtual std::vector<stored_record> read_promptly(const saga_id& saga) { return read(saga); }

  /// What `read` gives of each, in their order: of the first ones at least one, and as many as it can give at once.
  /// Throws what `read` of the first one throws. There is one.
  virtual std::vector<std::vector<stored_record>> read_many(std::span<const saga_id> sagas) {
    std::vector<std::vector<stored_record>> all;
    try {
      for (const auto& saga : sagas) all.push_back(read(saga));
    } catch (const damaged&) {
      if (all.empty()) throw;
    }
    return all;
  }

  /// Whether it has the saga: what `read` would find.
  virtual bool has(const saga_id& saga) = 0;
  /// Those of them that it does not have. For whom nobody waits: who asks has a low priority.
  virtual std::vector<saga_id> gone_of(std::vector<saga_id> sagas) {
    std::erase_if(sagas, [this](const saga_id& saga) { return has(saga); });
    return sagas;
  }

  /// Who holds the key at `now`. A saga holds its key while it is live and as long as `retention::keys` says after its
  /// newest record; then a start may take it, by that start's own time. As promptly as `read_promptly`.
  virtual std::optional<key_holder> find_key(std::string_view key, millis now) = 0;

  /// Those live at the opening, each once: what is due by then in any order, the others after it, the earliest due
  /// first. To be walked once, before the first append of its saga.
  virtual std::vector<live_saga> live() = 0;

  /// Where the oldest record that a scan can reach lies. Sagas may have older ones, which `read` gives.
  virtual cursor oldest() const = 0;

  /// Records from `from` on in commit order, at most `count`; returns where to go on. Copies of records are skipped.
  /// Throws `trimmed` when `from` lies before the oldest place.
  virtual cursor scan(cursor from, std::size_t count, const std::function<void(const stored_record&)>& visit) = 0;
  /// Where the next record will lie: behind all that are settled.
  virtual cursor end() const = 0;

  /// Frees a piece of what the retention does not cover at `now`, oldest first: sagas of which it drops the newest
  /// record are gone with all of theirs, every other saga is read as before. Returns whether there may be more. One
  /// thread, of low priority; no append waits for it long. Throws `damaged` and std::system_error, having freed nothing
  /// that is needed.
  virtual bool trim(millis now) = 0;

  /// The sagas that have records before the oldest place. A scan does not show those.
  virtual std::vector<saga_id> carried() = 0;

  /// Keeps a definition durably and returns it with its version: the same content as the name's newest is no new
  /// version, and an inline one (empty name) is kept once. Throws std::system_error, having kept nothing, when there is
  /// no room, and `unreachable` when it is not known whether it was kept: saying it again does no harm. A name that is
  /// retired is so no more.
  virtual stored_definition put_definition(const std::string& definition_name, const std::string& canonical) = 0;
  /// Retires all versions of a name, durably; they stay readable. False: there is no such name. Throws as
  /// put_definition does.
  virtual bool retire_definition(const std::string& definition_name) = 0;
  /// In the order in which they came, which is the same for all who ever ask.
  virtual std::vector<stored_definition> definitions() = 0;
  /// What has come after the first `known` of them. As the journal was when it was last looked for what others do, or
  /// when something was put or retired here: asks nobody.
  virtual definition_news definitions_after(std::size_t known) = 0;
  /// Looks for what others have put and retired, which `definitions` and the like tell from then on. False, at once:
  /// nobody else does. Throws `damaged` and `unreachable`. As promptly as `read_promptly`.
  virtual bool look_for_definitions() { return false; }

  virtual journal::statistics measured() const = 0;
};

}  // namespace sagad::journal
