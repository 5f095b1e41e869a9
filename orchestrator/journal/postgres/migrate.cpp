#include "journal/postgres/migrate.hpp"

#include <thread>

#include "journal/postgres/format_level.hpp"
#include "journal/postgres/table_check.hpp"
#include "postgresql/advice.hpp"

namespace sagad::journal::postgres {
namespace {

using migrations::step;

std::string told(const migrate_order& order, std::int64_t version) {
  const auto& one = order.known[static_cast<std::size_t>(version - 1)];
  auto line = "version " + std::to_string(version) + " " + one.does;
  if (version == 1) return line;
  if (one.beside == version) return line + "; no sagad may run meanwhile, and none before " + one.since + " afterwards";
  const auto* since = order.known[static_cast<std::size_t>(one.beside - 1)].since;
  return line + "; sagad " + since + " and later may run meanwhile";
}

std::string versions(std::int64_t version) {
  return version == 0 ? "has no tables of sagad" : "has the tables of version " + std::to_string(version);
}

/// Somebody else has what it needs; what it had done of the step is undone.
bool is_for_a_lock(const statement_failed& failed) {
  return failed.state() == "55P03" || failed.state() == "40P01";
}

void wait_no_longer_than(connection& database, std::chrono::milliseconds most) {
  try {
    database.run_all("SET lock_timeout = " + std::to_string(most.count()));
  } catch (const statement_failed&) {
    // Where there is no such setting tables are changed without such locks.
  }
}

void bring_forward(connection& database, const migrate_order& order) {
  wait_no_longer_than(database, order.lock_wait);
  for (;;) {
    try {
      const auto done = do_next(database, order.known, order.format);
      if (done.from == done.to) return;
      for (auto version = done.from; version < done.to; ++version) order.say("done: " + told(order, version + 1));
    } catch (const statement_failed& failed) {
      if (!is_for_a_lock(failed)) throw;
      order.wait("others hold what the next step needs, which is tried again: " + std::string(failed.what()));
      std::this_thread::sleep_for(order.pause);
    }
  }
}

// How it would be raised after the steps is seen once they are done: who reads what is told by none before them.
std::string told_of_raising_after_steps(std::int64_t from, const migrate_order& order) {
  const auto format = std::to_string(order.format);
  if (from == 0) return "records are written in format " + format + " from the first one on: there is nothing to raise";
  return "to do: records are written in format " + format + " from then on, if every node reads it by then: " +
         "`sagad migrate` first, then `sagad migrate --raise --dry-run` names the nodes that do not";
}

void show(std::int64_t from, const migrate_order& order) {
  for (auto next = from + 1; next <= static_cast<std::int64_t>(order.known.size()); ++next) {
    order.say("to do: " + told(order, next));
  }
  if (order.raise) order.say(told_of_raising_after_steps(from, order));
}

// Who hinders it. One that is not there any more is forgotten by the others as soon as they have what it owned.
std::string told(const node& one, std::uint8_t wanted) {
  constexpr millis not_heard_of = 5'000;
  auto line = one.name + (one.address.empty() ? " " : ", at " + one.address + ", ") + "reads up to format " +
              std::to_string(one.reads_format) + " and not " + std::to_string(wanted) + ": ";
  if (one.silent_for < not_heard_of) return line + "replace it by a newer sagad first";
  return line + "it was not heard of for " + std::to_string(one.silent_for / 1000) +
         " s, and does not count once another node has what it owned: try again in some seconds";
}

std::optional<std::string> raise(connection& database, const migrate_order& order) {
  const auto done = raise_level(database, order.format, order.dry_run);
  if (done.to > done.from) {
    order.say(std::string(order.dry_run ? "to do" : "done") + ": records are written in format " +
              std::to_string(done.to) + " from then on, before it was " + std::to_string(done.from));
  } else if (done.hindering.empty()) {
    order.say("records are written in format " + std::to_string(done.from) + ": there is nothing to raise");
  }
  if (done.hindering.empty()) return std::nullopt;
  auto why = "records are written in format " + std::to_string(done.to) + " further on, because";
  for (const auto& one : done.hindering)
    why += (&one == &done.hindering.front() ? " " : "; ") + told(one, order.format);
  return why;
}

// Where all are new and nobody has said so.
void show_what_could_be_raised(connection& database, const migrate_order& order) {
  const auto now = read_level(database);
  if (now >= order.format) return;
  order.say("records are written in format " + std::to_string(now) + ", and this sagad reads up to " +
            std::to_string(order.format) + ": `sagad migrate --raise`, once every node is of this version");
}

// Slow is not wrong, and making one of a large table keeps those from writing who are at work: a person says when.
void show_dropped_indexes(connection& database, const migrate_order& order) {
  for (const auto& sql : migrations::dropped_indexes(database, order.known)) {
    order.say("somebody has dropped an index, without which sagad is slow; what makes it again: " + sql);
  }
}

// What comes after the steps.
std::optional<std::string> bring_formats_forward(connection& database, const migrate_order& order) {
  if (order.raise) return raise(database, order);
  show_what_could_be_raised(database, order);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> migrate(const migrate_order& order) {
  options settings;
  settings.url = order.url;
  // An index of a large table takes as long as it takes; what is gone is noticed by the connection.
  settings.statement_timeout = std::chrono::hours(24);
  try {
    connection database(login_of(settings, "migrate"));
    const auto before = migrations::look(database).version;
    if (auto why = migrations::why_incomplete(database, order.known)) return why;
    show_dropped_indexes(database, order);
    const auto newest = static_cast<std::int64_t>(order.known.size());
    if (before >= newest) {
      order.say(database.where() + " " + versions(before) +
                (before == newest ? ": nothing is to be done"
                                  : ", which a newer sagad has made: nothing "
                                    "is to be done by this one"));
      return bring_formats_forward(database, order);
    }
    order.say(database.where() + " " + versions(before) + ", this sagad knows version " + std::to_string(newest));
    if (order.dry_run) {
      show(before, order);
      return std::nullopt;
    }
    bring_forward(database, order);
    return bring_formats_forward(database, order);
  } catch (const connection_lost& failed) {
    return "the database does not answer, what was told is done: " + std::string(failed.what()) + advice_on(failed);
  } catch (const statement_failed& failed) {
    return "the database refuses it, what was told is done: " + std::string(failed.what()) + advice_on(failed);
  } catch (const std::runtime_error& failed) {
    return failed.what();
  }
}

}  // namespace sagad::journal::postgres
