#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/digest.hpp"
#include "journal/journal.hpp"
#include "journal/sqlite.hpp"
#include "views/definition_source.hpp"
#include "views/label_index.hpp"
#include "views/query.hpp"
#include "views/row.hpp"

namespace sagad::views {

/// What tables and rows look like. Another number: the file is another program's, and is built anew from the journal.
inline constexpr std::int64_t version = 4;

/// By what a saga is found: where it stands still or goes in circles, else where it turned back.
struct finding {
  std::string step;        ///< empty: none
  std::int64_t error = 0;  ///< of engine::cause, or internal_error; 0: none
  friend bool operator==(const finding&, const finding&) = default;
};

/// A row as the file has it, with what the file knows it by.
struct kept_row {
  views::row row;
  std::uint32_t definition = 0;  ///< numbers of this file; 0: not kept yet
  std::uint32_t name = 0;
  finding found_by;
};

/// A row that changed: as it was, if it was, and as it is.
struct change {
  std::unique_ptr<kept_row> before;  ///< null: it is new
  views::row now;
};

using position_array = std::array<journal::position, partitions>;

/// What a saga was started by.
struct definition_version {
  digest content;
  std::uint32_t version = 0;  ///< 0: inline
};

/// What becomes one transaction.
struct batch {
  std::vector<change> changes;  ///< each saga once, in the order of their first record in it
  journal::cursor upto;
  millis as_of = 0;            ///< what was durable then is in it
  position_array positions{};  ///< newest record's by partition; 0: not changed
};

/// The number that the kernel draws each time the machine goes up. Empty: it cannot be read.
std::string this_boot();

/// One file of views: sagas, counts, labels, and how far in the journal they are. One connection writes, reads and
/// checkpoints. One thread. Functions throw journal::sqlite_error.
///
/// It is not synced while it is written: a process that ends loses nothing of it. It says which boot of the machine
/// wrote it, and is not taken for whole under another one unless it was settled. Opening it writes nothing.
class database {
 public:
  struct opened;
  /// `:memory:` is never there.
  static opened open(const std::string& path, std::uint64_t journal_identity, const definition_source& definitions,
                     const std::string& boot);
  /// Begins anew, whatever was there.
  static std::unique_ptr<database> create(const std::string& path, std::uint64_t journal_identity,
                                          const definition_source& definitions, const std::string& boot);
  static void remove(const std::string& path);
  /// Afterwards a file of that name is there even when the machine goes down. Throws std::system_error.
  static void sync_name(const std::string& path);
  /// Puts a closed, gathered file in the place of another closed one, in one step.
  static void replace(const std::string& fresh, const std::string& old);
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  /// It has everything before.
  journal::cursor upto() const noexcept { return upto_; }
  millis as_of() const noexcept { return as_of_; }
  const position_array& positions() const noexcept { return positions_; }
  std::uint64_t rows() const noexcept { return rows_; }

  std::optional<kept_row> find(const saga_id& id);
  /// Runs `work`, whose finds are made in one transaction: each by itself would lock the file and let go of it.
  void look(const std::function<void()>& work);
  /// The sagas behind `after`, in the order of ids, at most `count`.
  std::vector<saga_id> ids_after(const saga_id& after, std::size_t count);
  /// Removes their rows, as one transaction.
  void remove_rows(const std::vector<saga_id>& ids);
  /// The rows are taken out of it.
  void write(batch& batch);

  /// Moves what stands in the log beside the file into it: after it the one file holds everything, and may be renamed
  /// once this is gone. Throws where somebody else reads it.
  void gather();
  /// After it everything is on the disk, for whatever boot comes. Nothing is written any more. Throws where that cannot
  /// be: the file is good for this boot.
  void settle();

  struct named {
    digest content;
    std::uint32_t name_number = 0;
    std::string name;
    std::vector<std::string> indexed_labels;  ///< that it declares
  };
  const named& definition(std::uint32_t number);
  std::optional<std::uint32_t> name_number(const std::string& name);
  /// Whether some saga has this label and is not found by its value: its definition does not declare it as indexed.
  bool is_loose(const std::string& label);
  std::uint64_t in_flight(const definition_version& of);
  /// By name and state; of one name alone when it is not null.
  using count_visitor = std::function<void(const std::string& name, shown state, std::uint64_t sagas)>;
  void counts(const std::string* name, const count_visitor& visit);

  journal::sqlite& connection() noexcept { return connection_; }
  const definition_source& definitions() const noexcept { return definitions_; }

 private:
  struct statements;
  struct moves;

  database(const std::string& path, const definition_source& definitions, const std::string& boot);
  bool is_marked();
  void choose_pragmas();
  std::string load(std::uint64_t journal_identity);
  void write_unsynced();
  finding found_by(const row& row) const;
  std::uint32_t keep_definition(const digest& content);
  std::uint32_t keep_name(const std::string& name);
  void insert(const std::vector<kept_row>& fresh);
  void insert_labels(const std::vector<kept_row>& fresh);
  void remove_labels(const std::vector<label>& labels);
  void update(const kept_row& before, const kept_row& now);
  template <typename Work>
  void as_one(const char* begin, Work&& work);
  void write_changes(batch& batch, moves& moved);
  void write_counts(const moves& moved);

  journal::sqlite connection_;
  const definition_source& definitions_;
  std::string boot_;
  bool unsynced_ = false;       ///< it is written without syncs
  bool left_unsynced_ = false;  ///< by an earlier process of this boot
  std::unique_ptr<statements> statements_;
  journal::cursor upto_;
  millis as_of_ = 0;
  position_array positions_{};
  std::uint64_t rows_ = 0;
  std::unordered_map<std::uint32_t, named> known_;
  std::unordered_map<digest, std::uint32_t, digest_hash> numbers_;
};

struct database::opened {
  std::unique_ptr<database> file;  ///< null: there is none that can be gone on with
  std::string why_not;             ///< where one is there, for people
};

/// The columns that `read_row` expects, of `sagas`.
extern const char* const row_columns;
/// The row that a statement stands on.
kept_row read_row(const journal::statement& from, database& file);

}  // namespace sagad::views
