#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "journal/log/index_entries.hpp"
#include "journal/log/key_filter.hpp"
#include "journal/sqlite.hpp"

namespace sagad::journal::log {

/// `DIR/index.db`: where the starts of keys and the ends of finished sagas lie in the log. Everything in it can be
/// rebuilt from the log and its key files. Keys are cut into tables of `keys_per_cut`, each with a filter in memory, so
/// that a new key is known to be new without touching a tree, and is written into the newest and smallest; a full table
/// of which no key can be found any more is dropped whole. One connection writes and checkpoints; each kind of reader
/// has its own.
class index_db {
 public:
  /// Who looks: each has a connection of its own behind a lock of its own.
  enum class reader : std::size_t { committer, others, cleaners };

  /// Opens it, or begins anew what is missing, damaged, of another log or format. Throws sqlite_error when the disk or
  /// the rights do not allow it.
  static std::unique_ptr<index_db> open(const std::string& directory, std::uint64_t log, std::uint64_t keys_per_cut);
  /// Begins anew.
  static std::unique_ptr<index_db> create(const std::string& directory, std::uint64_t log, std::uint64_t keys_per_cut);
  /// The position in the file that is there, of whatever log; 0 where none can be read.
  static offset position_in(const std::string& directory);
  /// Removes its files.
  static void remove(const std::string& directory);

  ~index_db();

  /// It holds everything of the log before this offset.
  offset position() const noexcept { return position_; }

  /// Appends the places of the starts whose key has this hash. Thread-safe.
  void find_keys(std::uint64_t hash, reader who, std::vector<offset>& places);
  std::optional<offset> find_finished(const saga_id& saga, reader who);
  /// The same of many, as of one moment.
  void find_finished(std::span<const saga_id> sagas, reader who, std::vector<std::optional<offset>>& found);

  /// Appends the finished sagas whose newest record lies from `from` to before `to`: reads all of them.
  void finished_between(offset from, offset to, std::vector<saga_id>& sagas);

  /// Adds `entries` and moves the position, as one transaction. One thread.
  void add(const index_entries& entries);

  /// What was freed of the log.
  struct freed {
    offset before{};             ///< the oldest place before it
    offset oldest{};             ///< and now
    offset oldest_key{};         ///< no start before it holds a key
    std::vector<saga_id> sagas;  ///< that are gone with it
  };
  /// Removes what stands for it, at most so many sagas in one transaction, and takes them out of `what`. Returns
  /// whether there is more. The thread that adds, which adds nothing before all are removed.
  bool remove_freed(freed& what, std::size_t sagas_max);
  /// The same after an opening has found the log to begin there, whatever was removed before: reads all where that
  /// was not all.
  void remove_before(offset oldest, offset oldest_key);

 private:
  struct cut {
    explicit cut(std::int64_t cut_number, std::uint64_t keys_per_cut) : number(cut_number), filter(keys_per_cut) {}
    std::int64_t number;
    std::uint64_t keys = 0;
    offset last{};  ///< the highest place in it
    key_filter filter;
  };
  struct lookup {
    std::mutex mutex;
    std::optional<sqlite> connection;
    std::map<std::int64_t, statement> keys;  ///< by cut
    std::optional<statement> finished;
  };

  index_db(const std::string& path, std::uint64_t keys_per_cut);
  void create_tables(std::uint64_t log);
  bool load(std::uint64_t log);
  void open_readers(const std::string& path);
  cut& current_cut();
  void add_keys(const index_entries& entries);
  void add_finished(const index_entries& entries);
  void drop_cuts(offset oldest_key);
  template <typename Work>
  void as_one(Work&& work);
  void save(const cut& which);
  void fill_filter(cut& which);

  std::uint64_t keys_per_cut_;
  sqlite writer_;
  offset position_{};
  offset oldest_{};  ///< sagas that had ended before it are removed
  std::mutex cuts_mutex_;
  std::vector<std::unique_ptr<cut>> cuts_;   ///< changed by the writing thread under the lock
  std::vector<std::unique_ptr<cut>> fresh_;  ///< the writing thread's: not durable yet, their keys still in memory
  std::array<lookup, 3> lookups_;
};

}  // namespace sagad::journal::log
