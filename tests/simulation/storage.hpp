#pragma once

#include <functional>
#include <memory>
#include <string>

#include "journal/journal.hpp"

namespace sagad::simulation {

/// The journal of a run, life after life of the coordinator, and what is done to it.
class storage {
 public:
  virtual ~storage() = default;

  /// A process opens it. Empty, or why it cannot be opened now; it can be later. Throws violation where it ought to be,
  /// and process_ended.
  virtual std::string open() = 0;
  /// It was opened, and no process has died since.
  virtual bool is_open() const = 0;
  virtual journal::store& store() = 0;
  virtual std::unique_ptr<journal::appender> make_appender(std::function<void()> wake) = 0;
  /// From now on reads may fail, or no longer: the program's, and not those of whoever looks at it.
  virtual void let_reads_fail(bool fail) = 0;
  /// From here on bad weather may come. `look` sees what is durable: nothing is freed before.
  virtual void begin_life(std::function<void()> look) = 0;

  /// Whether the next that is handed over may be committed there and then.
  virtual bool commits_here() = 0;
  /// When it has something to do that nobody waits for; `never`: nothing.
  virtual millis next_at() const = 0;
  /// Does some of that. Throws process_ended.
  virtual void work() = 0;
  /// The process is about to be told what has settled.
  virtual void tells() {}

  /// At the end: all is there, or where it may be.
  virtual void look_through() = 0;
  /// The process has ended, killed or in order; its appenders are gone.
  virtual void crash(bool in_order) = 0;
};

}  // namespace sagad::simulation
