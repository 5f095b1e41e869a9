#include "tests/simulation/log_storage.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <utility>

#include "base/probe.hpp"
#include "journal/log/frame.hpp"
#include "journal/log/index_db.hpp"
#include "journal/log/lock_file.hpp"
#include "journal/log/segments.hpp"
#include "tests/simulation/definition_pool.hpp"
#include "tests/simulation/process_ended.hpp"

namespace sagad::simulation {
namespace {

const std::vector<std::string> lock_names = {"lock"};
const std::vector<std::string> index_names = {"index.db", "index.db-wal", "index.db-shm"};

// The frame of a segment that a byte lies in.
std::optional<journal::log::frame_header> frame_around(std::string_view segment, std::uint64_t byte) {
  std::uint64_t end = 0;
  std::optional<journal::log::frame_header> found;
  while (end <= byte) {
    found = journal::log::frame_header_of(segment.substr(end));
    if (!found) return std::nullopt;
    end += found->bytes;
  }
  return found;
}

// The frame that a place lies in, if that is the log's last.
std::optional<journal::log::frame_header> last_frame_around(const disk::place& where, const disk& of) {
  const auto cut = where.path.rfind('/') + 1;
  const auto sequence = journal::log::segment_sequence(where.path.substr(cut));
  const auto segment = of.content(where.path);
  const auto frame = sequence ? frame_around(segment, where.byte) : std::nullopt;
  if (!frame) return std::nullopt;
  const auto at = journal::log::bytes_between(journal::log::frame_header_of(segment)->offset, frame->offset);
  const auto next = of.content(where.path.substr(0, cut) + journal::log::segment_name(*sequence + 1));
  const bool more =
      journal::log::frame_header_of(segment.substr(at + frame->bytes)) || journal::log::frame_header_of(next);
  return more ? std::nullopt : frame;
}

// How far the log had got, for all that is known beside it.
journal::log::offset end_known_in(const std::string& directory) {
  const auto lock = journal::log::lock_file::take(directory);
  return std::max(std::get<0>(lock)->committed(), journal::log::index_db::position_in(directory));
}

}  // namespace

log_storage::log_storage(world& in, inspector& eyes) : world_(in), inspector_(eyes), disk_(in) {
  auto& dice = world_.random;
  settings_.directory = folder_.path();
  settings_.segment_bytes = journal::log::segment_bytes_min;
  settings_.checkpoint_bytes = (8 + dice.below(32)) << 10U;
  settings_.reserve_bytes = (16 + dice.below(64)) << 10U;
  settings_.reserve_bytes_per_saga = (1 + dice.below(4)) << 10U;
  settings_.index_batch = 1 + dice.below(20);
  settings_.index_keys_per_cut = 1 + dice.below(8);
  if (world_.chance(200)) settings_.index_behind_max = 1 + dice.below(6);
  settings_.index_delay = std::chrono::milliseconds(dice.between(100, 10'000));
  // So little at once that much happens in between.
  settings_.index_removed_at_once = 4;
  settings_.trim_piece_bytes = 8U << 10U;
  // Keys outlive every run: whoever repeats a start is told of its saga, also when that has gone.
  if (world_.chance(600)) settings_.retention = {dice.between(200, 4000), world_.chance(500) ? never : 86'400'000'000};
  if (settings_.retention.history != never && world_.chance(400)) keep_longer();
  if (settings_.retention.history != never && world_.chance(700)) keep_archive();
  if (world_.chance(100)) die_at_birth();
}

// Some definitions, whichever those of this run are; told from one another as the server does it.
void log_storage::keep_longer() {
  const auto history = settings_.retention.history;
  const auto chosen = world_.random.next();
  std::map<std::string, millis> by_name;
  for (std::size_t which = 0; which < definition_pool::size; ++which) {
    const auto longer = history + 1 + static_cast<millis>((chosen >> 32U) % 8'000);
    if ((chosen >> which & 1U) != 0) by_name["d" + std::to_string(which)] = chosen % 5 == 0 ? never : longer;
  }
  inspector_.keep_longer(by_name);
  const auto kept = std::make_shared<runtime::kept_longer>(std::move(by_name));
  kept->know([this](const digest& content) { return inspector_.definition_of(content); });
  settings_.history_of = [kept](std::string_view start) { return kept->history_of(start); };
}

void log_storage::keep_archive() {
  shelf_ = std::make_shared<archive_shelf>(world_);
  settings_.archive = shelf_;
  inspector_.archive_on(*shelf_);
}

// The very first opening comes to no end: it is killed.
void log_storage::die_at_birth() {
  world_.weather.dies_in_disk = 5000 + static_cast<unsigned>(world_.random.below(35'000));
  try {
    static_cast<void>(open());
  } catch (const process_ended&) {
    // It did.
  }
  end_process();
  world_.weather = {};
}

log_storage::~log_storage() {
  end_process();
}

void log_storage::end_process() {
  if (fibers_) fibers_->end();
  trimming_.reset();
  trim_wanted_.reset();
  store_.reset();
  settings_.files.reset();
  settings_.threads.reset();
  fibers_.reset();
}

std::string log_storage::open() {
  end_process();
  fibers_ = std::make_shared<fibers>(world_);
  settings_.threads = fibers_;
  settings_.files = disk_.mount(*fibers_);
  settings_.now = [clock = fibers_.get()] { return clock->now(); };
  settings_.wall_now = [this] { return world_.wall(); };
  if (shelf_) shelf_->begin_life(*fibers_);
  // Segments may be of another size than those that are there.
  if (world_.chance(100)) settings_.segment_bytes = journal::log::segment_bytes_min << world_.random.below(2);
  disk_.let_reads_fail(true);
  auto opened = journal::log::open(settings_);
  disk_.let_reads_fail(false);
  if (const auto* refused = std::get_if<journal::log::error>(&opened)) {
    if (!disk_.refused()) throw violation("I4: the log is refused: " + refused->line);
    end_process();
    return refused->line;
  }
  store_ = std::move(std::get<0>(opened));
  inspector_.hold_against(*store_);
  if (world_.chance(300)) locks_.push_back(remember(lock_names));
  return {};
}

std::unique_ptr<journal::appender> log_storage::make_appender(std::function<void()> wake) {
  return store_->make_appender(std::move(wake));
}

millis log_storage::next_at() const {
  return fibers_->next_at();
}

void log_storage::begin_life(std::function<void()> look) {
  look_ = std::move(look);
  if (settings_.retention.history == never) return;
  trims_ = stop_trimming_ = false;
  trim_wanted_ = fibers_->make_condition();
  trimming_ = fibers_->start(journal::log::threads::priority::low, [this] { trim(); });
}

void log_storage::end_trimming() {
  if (!trimming_) return;
  stop_trimming_ = true;
  trim_wanted_->notify_all();
  trimming_->join();
}

void log_storage::trim() {
  std::unique_lock lock(trim_mutex_);
  for (;;) {
    trim_wanted_->wait(lock, [this] { return trims_ || stop_trimming_; });
    if (stop_trimming_) return;
    trims_ = false;
    lock.unlock();
    try {
      // What was written while its disk was full may be past its retention before anybody has read it.
      for (look_(); store_->trim(inspector_.now()); look_()) {
        world_.note<&weather::trim>();
        constexpr millis an_hour = 3'600'000;
        if (inspector_.now() > world_.now() + an_hour)
          SAGAD_PROBE("simulated: segments are freed after a jump by hours");
      }
    } catch (const violation&) {
      throw;
    } catch (const std::exception& failure) {
      // It is told, and tried again later.
      world_.say(std::string("nothing is freed: ") + failure.what());
      SAGAD_PROBE("simulated: what is past its retention cannot be freed");
    }
    lock.lock();
  }
}

void log_storage::work() {
  if (trimming_ && !trims_ && world_.chance(world_.weather.trim)) {
    trims_ = true;
    trim_wanted_->notify_one();
  }
  if (world_.chance(20)) locks_.push_back(remember(lock_names));
  const auto all = world_.chance(500);
  for (auto left = 1 + world_.random.below(6); (all || left != 0) && fibers_->run_one() && !fibers_->ended();) {
    if (left != 0) --left;
  }
  if (fibers_->ended()) throw process_ended{};
}

void log_storage::crash(bool in_order) {
  // Else its threads end where they are.
  if (in_order) {
    end_trimming();
    store_.reset();
  }
  end_process();
  if (world_.chance(300)) indexes_.push_back(remember(index_names));
  if (world_.strikes<&weather::power>()) {
    lose_power();
  } else if (world_.strikes<&weather::damage>()) {
    try_damage();
  }
}

log_storage::beside log_storage::remember(const std::vector<std::string>& names) const {
  beside found;
  for (const auto& name : names) {
    std::ifstream file(folder_.path(name), std::ios::binary | std::ios::ate);
    if (!file) continue;
    std::string bytes(static_cast<std::size_t>(file.tellg()), '\0');
    file.seekg(0);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    found.files.emplace_back(name, std::move(bytes));
  }
  return found;
}

void log_storage::restore(const beside& was, const std::vector<std::string>& names) const {
  for (const auto& name : names) std::filesystem::remove(folder_.path(name));
  for (const auto& [name, bytes] : was.files) folder_.write(name, bytes);
}

void log_storage::lose_power() {
  world_.say("the power fails");
  disk_.lose_power();
  const auto lose = [this](const std::vector<beside>& earlier, const std::vector<std::string>& names) {
    const auto luck = world_.random.below(3);
    if (luck == 0) return;
    world_.say(names.front() + (luck == 1 ? " is gone" : " is an earlier one"));
    restore(luck == 1 || earlier.empty() ? beside{} : earlier[world_.random.below(earlier.size())], names);
  };
  lose(locks_, lock_names);
  lose(indexes_, index_names);
  if (world_.chance(100)) damage_index();
}

// So that SQLite sees it: what it does not see is not found here either.
void log_storage::damage_index() {
  auto found = remember(index_names);
  if (found.files.empty() || found.files.front().second.empty()) return;
  world_.say("the index is damaged");
  found.files.resize(1);
  auto& bytes = found.files.front().second;
  bytes.replace(0, std::min<std::size_t>(bytes.size(), 100), std::min<std::size_t>(bytes.size(), 100), 'x');
  restore(found, index_names);
}

// A bit of what is on the disk flips: the log is refused, or whoever wants to read that place is told, or it is one
// that says nothing. On a copy, for the run goes on. Where the lock file is gone and the index is behind, a damaged
// last frame cannot be told from a torn one: then that is what has to be told.
void log_storage::try_damage() {
  tests::temporary_folder folder(tests::temporary_folder::on::memory);
  for (const auto* names : {&lock_names, &index_names}) {
    for (const auto& [name, bytes] : remember(*names).files) folder.write(name, bytes);
  }
  const auto copied = disk_.copy(settings_.directory, folder.path());
  const auto where = copied->flip_a_bit();
  if (!where) return;
  const auto last_frame =
      last_frame_around({settings_.directory + where->path.substr(folder.path().size()), where->byte}, disk_);
  const bool like_a_torn_one = last_frame && end_known_in(folder.path()) <= last_frame->offset;
  const auto threads = std::make_shared<fibers>(world_);
  auto settings = settings_;
  settings.directory = folder.path();
  settings.threads = threads;
  settings.files = copied->mount(*threads);
  settings.now = [clock = threads.get()] { return clock->now(); };
  std::unique_ptr<journal::store> damaged;
  try {
    auto opened = journal::log::open(settings);
    if (auto* store = std::get_if<0>(&opened)) {
      damaged = std::move(*store);
      if (!like_a_torn_one) {
        inspector_.hold_against(*damaged);
      } else if (damaged->opened().torn.empty()) {
        throw violation("it is dropped and not told");
      } else {
        inspector_.hold_all_but(last_frame->records, *damaged);
      }
    }
  } catch (const journal::damaged&) {
    // It was told where.
  } catch (const process_ended&) {
  } catch (const violation& served) {
    threads->end();
    throw violation("a flipped bit in " + where->path + " at byte " + std::to_string(where->byte) +
                    " is served: " + served.what());
  }
  threads->end();
}

}  // namespace sagad::simulation
