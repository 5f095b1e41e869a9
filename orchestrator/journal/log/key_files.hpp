#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "journal/log/files.hpp"
#include "journal/log/key_file.hpp"

namespace sagad::journal::log {

/// The start keys of segments that were freed, a file a segment. A segment is free from the moment at which its key
/// file has its name; so the newest one tells where the log begins, and stays. Older ones are unlinked oldest first,
/// when all of their keys are past their time: those that are there stand for segments without a hole. Thread-safe.
class key_files {
 public:
  /// Of so many that keys were looked up in.
  static constexpr std::size_t open_files_max = 16;

  key_files(std::shared_ptr<files> files, std::string directory, std::uint64_t log)
      : files_(std::move(files)), directory_(std::move(directory)), log_(log) {}

  /// What a directory holds. Throws `damaged`, naming a file that is missing, of another log, or damaged as far as its
  /// header tells; with `accept_loss` what is amiss is returned instead.
  std::string find(bool accept_loss);
  /// Puts an empty file in the place of each whose loss was accepted, so that no later opening meets it. The log begins
  /// at `log_begin`.
  void replace_lost(offset log_begin);
  /// The newest one may be in the page cache alone: it is written once more and synced. 0 or the errno.
  int write_newest_again();
  /// The first segment that was not freed.
  std::uint64_t oldest_sequence() const;

  /// Every key of the files that end behind `after`, file by file. Throws as `find`, or tells, of what cannot be read,
  /// and replaces it.
  std::string each(offset after, bool accept_loss,
                   const std::function<void(const key_file_header&, const std::vector<freed_key>&)>& visit);

  /// Makes the keys of the oldest segment durable under a name that does not count yet; 0 or the errno. Returns in
  /// `header` what became of it.
  int prepare(key_file_header& header, const std::vector<freed_key>& keys);
  /// Gives what was prepared its name, durably: the segment is free. 0 or the errno.
  int publish(const key_file_header& header);
  /// Gives the room of what was prepared back.
  void withdraw(const key_file_header& header);

  /// The key whose start had this offset; empty when none is kept. Throws `damaged`.
  std::optional<freed_key> at(offset at);

  /// Unlinks the oldest files, but for the newest, while all their keys have been kept so long at `now`. 0 or the
  /// errno. Throws `damaged`.
  int forget(millis kept, millis now);
  /// Where the oldest key that may be found had its start; empty: no file is there.
  std::optional<offset> oldest() const;

 private:
  struct known {
    key_file_header header;
    bool whole = false;  ///< it was read once, and its checksum is right
    std::unique_ptr<file> opened;
  };

  std::string path(std::uint64_t sequence) const { return directory_ + "/" + key_file_name(sequence); }
  std::optional<key_file_header> inspect(std::uint64_t sequence, std::string& why);
  std::vector<std::uint64_t> unlike_their_headers();
  bool is_whole_on_disk(const key_file_header& header);
  void sync_names();
  void replace(key_file_header header);
  std::string content(const key_file_header& header);
  file& open_whole(known& one);
  void open(known& one);
  bool close_oldest();

  std::shared_ptr<files> files_;
  std::string directory_;
  std::uint64_t log_;
  std::uint64_t oldest_sequence_ = 1;
  std::set<std::uint64_t> lost_;  ///< accepted: missing or damaged
  mutable std::mutex mutex_;
  std::map<offset, known> by_end_;  ///< by the first offset behind
  std::deque<offset> open_order_;   ///< of those that are open
};

}  // namespace sagad::journal::log
