#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/problem.hpp"
#include "journal/journal.hpp"
#include "views/claim.hpp"
#include "views/definition_source.hpp"
#include "views/projector.hpp"
#include "views/search.hpp"

namespace sagad::views {

/// The journal ends before a record that its views have seen.
struct journal_behind : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct keeper_options {
  std::string path;  ///< of the file; `:memory:`: in memory
  std::string boot = this_boot();
  bool accept_loss = false;  ///< a journal that ends too early is gone on with: the views begin anew
  page_budget budget;
  std::size_t records_read_at_once_max = 1024;
  std::size_t rows_written_at_once_max = 4096;
  std::size_t rows_looked_at_once_max = 256;  ///< whether the journal has them still
};

/// The views of a journal: the live file, and beside it the one that is to take its place, if any. Whatever is missing,
/// damaged, of another journal or of another version is built anew from the journal, in `PATH.next`, and takes the
/// place of the old one in one step once it has caught up. One thread.
class keeper {
 public:
  /// Opens what is there. What cannot be opened or made for the moment is tried again at each step. Throws
  /// journal_behind, and std::runtime_error where the path is none of views.
  keeper(keeper_options options, journal::store& store, definition_source definitions, std::function<millis()> now);
  ~keeper();
  keeper(const keeper&) = delete;
  keeper& operator=(const keeper&) = delete;

  /// Some milliseconds of work; returns whether there is more to do at once.
  bool step();

  /// Begins to build the views anew beside the live ones, unless that is under way. Afterwards a crash, of the machine
  /// too, does not undo that: the next process goes on with the file that is there. Where that cannot be for now, why:
  /// each step tries it again.
  [[nodiscard]] std::optional<problem> begin_rebuild();
  bool rebuilding() const noexcept { return rebuild_wanted_ || live_.made == nullptr || next_.made != nullptr; }
  /// How many files have taken their place since this began.
  std::uint64_t rebuilt() const noexcept { return rebuilt_; }

  std::variant<page, problem> find(query wanted);
  bool has(const place& wanted);
  /// What is left to do at once is to drop rows of sagas that the journal has freed: that may be done by `drop_some`,
  /// with rests in between.
  bool only_drops() const noexcept { return only_drops_; }
  /// Some milliseconds of that alone; returns whether there is more.
  bool drop_some();
  /// How long to rest when that took so long.
  std::chrono::nanoseconds rest_after(std::chrono::nanoseconds took) const noexcept;
  /// All that the journal had at the last step is shown.
  bool level() const noexcept { return level_; }
  std::variant<std::vector<std::uint64_t>, problem> in_flight(const std::vector<definition_version>& of);
  std::uint64_t rows() const;
  /// What is in the way of going on, for people; empty: nothing.
  std::string_view in_the_way() const noexcept {
    return complaint_.of == nullptr ? std::string_view() : complaint_.why;
  }
  /// What was durable then is shown; 0: nothing yet.
  millis as_of() const noexcept { return (live_.made != nullptr ? live_ : next_).as_of; }

 private:
  struct side {
    std::unique_ptr<projector> made;
    millis as_of = 0;
  };

  side side_of(std::unique_ptr<database> file);
  void open_files();
  void open_live();
  void open_next();
  void begin_what_is_missing();
  bool advance(side& of);
  void take_place();
  bool work(bool read);
  bool drop_gone();
  database* shown() const noexcept;
  std::string next_path() const;
  std::optional<problem> find_by_key(filter& wanted);
  problem set_aside_shown(const journal::sqlite_error& error);
  void set_aside(side& damaged, const std::string& path, const journal::sqlite_error& error);
  void complain_of(const side& of, const journal::sqlite_error& error);
  void complain(const side& of, const std::string& why);
  void tell_when_it_goes_on();
  static std::optional<journal::cursor> reached(const side& of);
  std::unique_ptr<database> find_file(const std::string& path) const;
  static void settle(const side& of) noexcept;

  keeper_options options_;
  std::unique_ptr<claim> claim_;  ///< of the path, where that is a file's
  journal::store& store_;
  definition_source definitions_;
  std::function<millis()> now_;
  side live_;
  side next_;
  journal::cursor dropped_to_;        ///< the live file has no row of a saga that was gone when the journal began there
  journal::cursor dropping_to_;       ///< while that is moved: to here,
  std::optional<saga_id> looked_to_;  ///< and up to this row
  bool only_drops_ = false;           ///< of a step there is nothing else left
  unsigned passes_behind_ = 0;        ///< one after the other in which the journal has freed more
  bool opened_ = false;               ///< it is known what there is
  bool rebuild_wanted_ = false;
  bool level_ = false;
  std::uint64_t rebuilt_ = 0;

  /// What is in the way is told once, and again when it goes on; the same not more than once a minute.
  struct complaint {
    std::string why;
    const side* of = nullptr;                ///< null: it is over
    std::optional<journal::cursor> reached;  ///< by that side: past it, it is over
    millis told_at = 0;
    bool told = false;
  };
  complaint complaint_;
};

}  // namespace sagad::views
