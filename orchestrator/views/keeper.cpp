#include "views/keeper.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "telemetry/log.hpp"

namespace sagad::views {
namespace {

constexpr const char* in_memory = ":memory:";
constexpr millis told_again_after_ms = 60'000;
constexpr const char* being_built = "the views are being built anew: ask again";

// What the journal lacks of what a file has seen; empty: nothing.
std::string missing_part(const position_array& seen, const journal::opening& found) {
  for (std::size_t at = 0; at < partitions; ++at) {
    if (seen[at] <= found.last_position[at]) continue;
    return "the journal ends before what its views have seen: partition " + std::to_string(at) + " ends at position " +
           std::to_string(found.last_position[at]) + ", seen was " + std::to_string(seen[at]);
  }
  return found.lost.empty() ? "" : "the journal has lost a part";
}

}  // namespace

keeper::keeper(keeper_options options, journal::store& store, definition_source definitions,
               std::function<millis()> now)
    : options_(std::move(options)),
      claim_(options_.path == in_memory ? nullptr : std::make_unique<claim>(options_.path)),
      store_(store),
      definitions_(std::move(definitions)),
      now_(std::move(now)) {
  try {
    open_files();
    begin_what_is_missing();
  } catch (const journal::sqlite_error& error) {
    complain_of(next_, error);
  }
}

keeper::~keeper() {
  settle(live_);
  settle(next_);
}

// One that cannot be settled is good for this boot, and is built anew in another.
void keeper::settle(const side& of) noexcept {
  if (of.made == nullptr) return;
  try {
    of.made->file().settle();
  } catch (const std::exception& error) {
    log::warn(std::string("the views' file is not on the disk: ") + error.what());
  }
}

std::unique_ptr<database> keeper::find_file(const std::string& path) const {
  auto found = database::open(path, store_.opened().identity, definitions_, options_.boot);
  if (!found.why_not.empty()) log::info("views: " + path + " is built anew: " + found.why_not);
  return std::move(found.file);
}

keeper::side keeper::side_of(std::unique_ptr<database> file) {
  const auto as_of = file->as_of();
  return {std::make_unique<projector>(store_, std::move(file)), as_of};
}

void keeper::open_files() {
  if (opened_) return;
  if (live_.made == nullptr) open_live();
  if (next_.made == nullptr) open_next();
  opened_ = true;
}

void keeper::open_live() {
  auto found = find_file(options_.path);
  if (found == nullptr) return;
  const auto missing = missing_part(found->positions(), store_.opened());
  if (missing.empty()) {
    live_ = side_of(std::move(found));
    return;
  }
  if (!options_.accept_loss) {
    throw journal_behind(missing + " (" + options_.path +
                         "): restore the journal, or give --accept-loss to go on without what is missing");
  }
  log::warn(missing + ": the views are built anew");
  found.reset();
  database::remove(options_.path);
}

// What an earlier process had begun: gone on with if it is of the journal as it is now, else begun anew.
void keeper::open_next() {
  if (options_.path == in_memory || !std::filesystem::exists(next_path())) return;
  auto begun = find_file(next_path());
  if (begun != nullptr && missing_part(begun->positions(), store_.opened()).empty()) {
    next_ = side_of(std::move(begun));
  } else {
    rebuild_wanted_ = true;
  }
}

void keeper::begin_what_is_missing() {
  if (next_.made != nullptr || (live_.made != nullptr && !rebuild_wanted_)) return;
  auto file = database::create(next_path(), store_.opened().identity, definitions_, options_.boot);
  next_ = side_of(std::move(file));
  rebuild_wanted_ = false;
}

std::optional<problem> keeper::begin_rebuild() {
  rebuild_wanted_ = next_.made == nullptr;
  try {
    open_files();
    begin_what_is_missing();
    if (options_.path != in_memory) database::sync_name(next_path());
    return std::nullopt;
  } catch (const std::exception& error) {
    return problem{problem_code::overloaded, "new views cannot be begun for now (" + std::string(error.what()) +
                                                 "): it is tried again, but a restart would forget it, so ask again"};
  }
}

std::string keeper::next_path() const {
  return options_.path == in_memory ? options_.path : options_.path + ".next";
}

// Returns whether it has all that the journal has for now.
bool keeper::advance(side& of) {
  const auto began = now_();
  const bool all = of.made->read(options_.records_read_at_once_max);
  if (!all && of.made->rows_waiting() < options_.rows_written_at_once_max) return false;
  const auto as_of = std::max(of.as_of, all ? began : of.made->newest());
  of.made->write(as_of);
  of.as_of = as_of;
  return all;
}

bool keeper::step() {
  return work(true);
}

bool keeper::drop_some() {
  return work(false);
}

bool keeper::work(bool read) {
  side* at_work = &live_;
  bool live_has_all = true;
  only_drops_ = false;
  if (read) level_ = false;
  try {
    if (read) {
      open_files();
      live_has_all = live_.made == nullptr || advance(live_);
      at_work = &next_;
      begin_what_is_missing();
      const bool next_has_all = next_.made != nullptr && advance(next_);
      const bool level =
          live_.made == nullptr || next_.made == nullptr || next_.made->file().upto() >= live_.made->file().upto();
      if (next_has_all && live_has_all && level) take_place();
      at_work = &live_;
      level_ = live_.made != nullptr && live_has_all;
    }
    const bool dropping = live_has_all && drop_gone();
    tell_when_it_goes_on();
    const bool more = rebuilding() || !live_has_all;
    only_drops_ = dropping && !more;
    return more || dropping;
  } catch (const journal::sqlite_error& error) {
    level_ = false;
    if (error.damage()) {
      set_aside(*at_work, at_work == &live_ ? options_.path : next_path(), error);
      return true;
    }
    complain_of(*at_work, error);
  } catch (const journal::trimmed&) {
    rebuild_wanted_ = rebuild_wanted_ || at_work == &next_;
    *at_work = {};
    complain(*at_work, "what the journal has freed meanwhile was not in them yet: they are built anew");
    return true;
  } catch (const journal::damaged& error) {
    complain(*at_work, std::string("the journal cannot be read: ") + error.what());
  } catch (const journal_behind& error) {
    complain(*at_work, error.what());
  } catch (const std::system_error& error) {
    complain(*at_work, error.what());
  }
  return !live_has_all;
}

// Rows of sagas that the journal has freed, some at a time. Returns whether there are more.
bool keeper::drop_gone() {
  const auto oldest = store_.oldest();
  if (live_.made == nullptr || dropped_to_ == oldest) return false;
  auto& file = live_.made->file();
  if (!looked_to_) {
    looked_to_ = saga_id{};
    dropping_to_ = oldest;
  }
  const auto history = store_.opened().kept_for.history;
  auto ids = file.ids_after(*looked_to_, options_.rows_looked_at_once_max);
  // What began within the retention is there.
  const auto young = std::find_if(ids.begin(), ids.end(),
                                  [&](const saga_id& id) { return !journal::is_over(id.made_at(), history, now_()); });
  const bool last = young != ids.end() || ids.size() < options_.rows_looked_at_once_max;
  ids.erase(young, ids.end());
  if (!ids.empty()) looked_to_ = ids.back();
  ids = store_.gone_of(std::move(ids));
  if (!ids.empty()) file.remove_rows(ids);
  if (!last) return true;
  // What the journal has freed since is looked for from the begin.
  dropped_to_ = dropping_to_;
  looked_to_.reset();
  passes_behind_ = dropped_to_ == oldest ? 0 : passes_behind_ + 1;
  return dropped_to_ != oldest;
}

// A quarter of the time goes into dropping, and more of it while the journal frees faster than that.
std::chrono::nanoseconds keeper::rest_after(std::chrono::nanoseconds took) const noexcept {
  return took * 3 / (1U << std::min(passes_behind_, 8U));
}

void keeper::take_place() {
  const auto as_of = next_.as_of;
  // Before it is let go of: where somebody else is reading it, it is tried again.
  if (options_.path != in_memory) next_.made->file().gather();
  auto fresh = std::exchange(next_, {}).made->release();
  if (options_.path != in_memory) {
    fresh.reset();
    live_ = {};
    database::replace(next_path(), options_.path);
    fresh = find_file(options_.path);
    if (fresh == nullptr) throw journal::sqlite_error::damaged("the views that were just built cannot be opened");
  }
  live_ = side_of(std::move(fresh));
  live_.as_of = as_of;
  dropped_to_ = {};
  looked_to_.reset();
  ++rebuilt_;
}

void keeper::set_aside(side& damaged, const std::string& path, const journal::sqlite_error& error) {
  const bool was_next = &damaged == &next_;
  damaged = {};
  complain(damaged, path + " is damaged and is built anew from the journal: " + error.what());
  rebuild_wanted_ = rebuild_wanted_ || was_next;
}

std::optional<journal::cursor> keeper::reached(const side& of) {
  return of.made == nullptr ? std::nullopt : std::optional(of.made->file().upto());
}

void keeper::complain_of(const side& of, const journal::sqlite_error& error) {
  complain(
      of, options_.path + ": " + error.what() + ": it is tried again; lists fall behind until then, sagas do not wait");
}

void keeper::complain(const side& of, const std::string& why) {
  const bool known = why == complaint_.why;
  const bool lasts = known && complaint_.of != nullptr;
  const bool just_told = known && now_() - complaint_.told_at < told_again_after_ms;
  complaint_.of = &of;
  complaint_.reached = reached(of);
  if (lasts) return;
  complaint_.told = !just_told;
  if (just_told) return;
  complaint_.why = why;
  complaint_.told_at = now_();
  log::warn("views: " + why);
}

// A step without a fault is no sign of it: it may have read only, what is then to be written.
void keeper::tell_when_it_goes_on() {
  if (complaint_.of == nullptr || reached(*complaint_.of) == complaint_.reached) return;
  complaint_.of = nullptr;
  if (complaint_.told) log::info("views: they go on");
}

database* keeper::shown() const noexcept {
  const auto& made = live_.made != nullptr ? live_.made : next_.made;
  return made == nullptr ? nullptr : &made->file();
}

// Not by one that is being built: it begins with sagas whose newest records are newer than those it has not read yet.
bool keeper::has(const place& wanted) {
  return live_.made != nullptr && live_.made->file().positions()[wanted.partition] >= wanted.position;
}

std::uint64_t keeper::rows() const {
  const auto* file = shown();
  return file == nullptr ? 0 : file->rows();
}

problem keeper::set_aside_shown(const journal::sqlite_error& error) {
  if (!error.damage()) {
    return {problem_code::overloaded, std::string("the views cannot be read for now: ") + error.what()};
  }
  const bool by_live = live_.made != nullptr;
  set_aside(by_live ? live_ : next_, by_live ? options_.path : next_path(), error);
  return {problem_code::overloaded, being_built};
}

std::variant<std::vector<std::uint64_t>, problem> keeper::in_flight(const std::vector<definition_version>& of) {
  auto* file = shown();
  if (file == nullptr) return problem{problem_code::overloaded, being_built};
  try {
    std::vector<std::uint64_t> found;
    for (const auto& one : of) found.push_back(file->in_flight(one));
    return found;
  } catch (const journal::sqlite_error& error) {
    return set_aside_shown(error);
  }
}

// The journal knows a key for certain, and without an index of random texts here. Where none that is asked for has it:
// the id of no saga.
std::optional<problem> keeper::find_by_key(filter& wanted) {
  if (!wanted.key) return std::nullopt;
  try {
    const auto held = store_.find_key(*wanted.key, now_());
    const bool within =
        held && wanted.lowest.value_or(held->saga) <= held->saga && held->saga <= wanted.highest.value_or(held->saga);
    wanted.lowest = wanted.highest = within ? held->saga : saga_id{};
    return std::nullopt;
  } catch (const std::exception& error) {
    return problem{problem_code::overloaded, std::string("the journal cannot find keys for now: ") + error.what()};
  }
}

std::variant<page, problem> keeper::find(query wanted) {
  auto* file = shown();
  if (file == nullptr) return problem{problem_code::overloaded, being_built};
  if (auto refused = find_by_key(wanted.filter)) return std::move(*refused);
  try {
    auto found = search(wanted, *file, options_.budget);
    found.as_of = as_of();
    return found;
  } catch (const journal::sqlite_error& error) {
    return set_aside_shown(error);
  } catch (const journal::damaged& error) {
    return problem{problem_code::overloaded, std::string("the journal cannot say what is defined: ") + error.what()};
  }
}

}  // namespace sagad::views
