#include "tests/simulation/run.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/crowd.hpp"
#include "tests/simulation/definition_pool.hpp"
#include "tests/simulation/judge.hpp"
#include "tests/simulation/process_ended.hpp"
#include "tests/simulation/random_saga.hpp"

namespace sagad::simulation {
namespace {

class run_under_way {
 public:
  explicit run_under_way(const run_options& options)
      : options_(options),
        world_(options.seed),
        pool_(options.seed, has(options.wrong, defect::undoes_in_forward_order)),
        inspector_(world_, books_, [this](const digest& content) { return find(content); }),
        network_(world_, inspector_, books_, options.wrong),
        nodes_(world_, network_, inspector_, options),
        crowd_(world_, nodes_, inspector_) {
    world_.verbose = options.verbose;
    world_.weather = draw_weather(world_.random);
    if (options.over == journal_kind::log) draw_disk_weather(world_.random, world_.weather);
    if (options.over == journal_kind::shared) draw_shared_weather(world_.random, world_.weather);
    for (std::size_t part = 0; part < std::size(weather_parts); ++part) {
      if ((options.without >> part & 1U) != 0) world_.weather.*weather_parts[part].amount = 0;
    }
    // What these two do cannot be reported by a journal that is itself the liar.
    if (has(options.wrong, defect::acts_before_durable)) world_.weather.append_unknown = world_.weather.start_full = 0;
    books_.tell([this](const request& of) { inspector_.takes_effect(of); });
    network_.open_door([this](const late_said& what, unique_function<void(int)> tell) {
      auto* at = nodes_.any();
      at == nullptr ? tell(503) : at->late_answer(what, std::move(tell));
    });
  }

  void play() {
    begin();
    bad_weather();
    calm();
    end();
  }

  const weather& weather_drawn() const noexcept { return world_.weather; }

  void report(run_result& result) const {
    result.hash = inspector_.hash();
    result.records = inspector_.records();
    result.requests = network_.requests();
    result.struck = world_.struck;
    for (const auto& one : nodes_.all()) result.lives += one->lives();
    result.virtual_ms = static_cast<std::uint64_t>(world_.now() - began_);
    for (const auto& [id, one] : const_cast<inspector&>(inspector_).sagas()) {
      switch (one.saga.phase) {
        case lifecycle::phase::completed: ++result.completed; break;
        case lifecycle::phase::compensated: ++result.compensated; break;
        case lifecycle::phase::resolved: ++result.resolved; break;
        default: ++result.stuck;
      }
    }
  }

 private:
  definition::definition_ptr find(const digest& content) const {
    const auto found = definitions_.find(content);
    return found == definitions_.end() ? nullptr : found->second;
  }

  void begin() {
    const auto weather_to_come = std::exchange(world_.weather, weather{});
    const auto kinds = 1 + world_.random.below(3);
    auto which = world_.random.below(definition_pool::size);
    for (; there_.size() < kinds; ++which) {
      const auto drawn = know(which % definition_pool::size, 0);
      there_.push_back(which % definition_pool::size);
      names_.push_back(drawn->name);
      world_.say(drawn->canonical);
      for (const auto& one : nodes_.all()) one->define(drawn);
    }
    for (const auto& one : nodes_.all()) one->boot();
    booting_.resize(nodes_.all().size());
    world_.weather = weather_to_come;
    plan_upgrades();
    plan_rolling_upgrade();
    for (; world_.strikes<&weather::apply>(); ++which) apply_later(which % definition_pool::size, 0);
    if (nodes_.share()) plan_changes();
    // Few find what sagas do to one another as well as many, and more of such runs are made in the same time.
    const auto sagas = 1 + world_.random.below(world_.chance(250) ? 8 : 4);
    for (std::size_t number = 0; number < std::min(sagas, options_.sagas_max); ++number) {
      crowd_.want(names_[world_.random.below(kinds)]);
    }
  }

  // The second part of the run is another version's; sometimes a third is one's again.
  void plan_upgrades() {
    millis at = 0;
    for (unsigned from = 0; world_.chance(world_.weather.upgrade); at += 3000) {
      from = (from + 1 + static_cast<unsigned>(world_.random.below(versions - 1))) % versions;
      const auto to = static_cast<version>(from);
      at += world_.random.between(100, 3000);
      world_.after(at, [this, to] {
        if (!calm_) nodes_.first().upgrade(to);
      });
      if (!world_.chance(300)) return;
    }
  }

  // Node after node is replaced by a program that reads a later format of records, and somebody tries to raise that.
  void plan_rolling_upgrade() {
    if (!nodes_.share() || !nodes_.shared().begins_older()) return;
    const auto until = world_.random.between(500, 4000);
    for (unsigned number = 0; number < nodes_.all().size(); ++number) {
      world_.after(world_.random.between(100, until), [this, number] {
        if (!calm_) nodes_.upgrade(number);
      });
    }
    for (auto tries = 1 + world_.random.below(5); tries > 0; --tries) {
      world_.after(world_.random.between(100, 2 * until), [this] { nodes_.shared().raise_format_level(); });
    }
  }

  // Whoever looks on does not ask a node, which would learn of it by that; and what is done to the nodes' is not done
  // to his.
  definition::definition_ptr know(std::size_t which, std::size_t version) {
    const auto drawn = pool_.get(which, version);
    if (definitions_.emplace(drawn->content, pool_.get(which, version)).second) bound_ms_ += bound_of(*drawn);
    return drawn;
  }

  // While sagas are under way; some are started by it.
  void apply_later(std::size_t which, std::size_t version) {
    world_.after(world_.random.between(0, 4000), [this, drawn = know(which, version)] {
      auto* one = nodes_.any();
      if (one != nullptr && !calm_ && one->apply(drawn)) crowd_.want(drawn->name);
    });
  }

  // What operators do to what is there, each at the node that he reaches. What is retired somebody may put again.
  void plan_changes() {
    const auto any_of_them = [this] { return world_.random.below(there_.size()); };
    while (world_.strikes<&weather::new_version>()) {
      apply_later(there_[any_of_them()], world_.random.below(definition_pool::versions));
    }
    while (world_.strikes<&weather::retire>()) {
      const auto which = any_of_them();
      world_.after(world_.random.between(0, 4000), [this, name = names_[which]] {
        auto* one = nodes_.any();
        if (one != nullptr && !calm_) one->retire(name);
      });
      if (world_.chance(600)) apply_later(there_[which], world_.random.below(definition_pool::versions));
    }
  }

  static constexpr millis takes_over_ms = 60'000;

  template <typename Input>
  void live(Input&& input) {
    world_.acting = nodes_.all().size() == 1 ? 0 : world::nobody;
    try {
      input();
    } catch (const process_ended&) {
      nodes_.acting().crash();
    }
    if (world_.acting == world::nobody) return;
    try {
      nodes_.acting().after_event();
    } catch (const process_ended&) {
      nodes_.acting().crash();
    }
    inspector_.compared();
  }

  void step() {
    constexpr std::uint64_t steps_most = 5'000'000;
    if (++steps_ > steps_most) throw violation("I7: it goes on and on, and no time passes");
    live([this] { world_.step(); });
    for (std::size_t number = 0; number < booting_.size(); ++number) {
      if (nodes_.all()[number]->up() || booting_[number]) continue;
      booting_[number] = true;
      world_.after(world_.random.between(0, world_.chance(300) ? 5000 : 200), [this, number] {
        booting_[number] = false;
        nodes_.all()[number]->boot();
      });
    }
  }

  bool all_up() const {
    return std::all_of(nodes_.all().begin(), nodes_.all().end(), [](const auto& one) { return one->up(); });
  }
  std::uint64_t sum_of(std::uint64_t runtime::counters::*counted) const {
    std::uint64_t sum = 0;
    for (const auto& one : nodes_.all()) sum += one->core().counted().*counted;
    return sum;
  }

  void run_until(millis end) {
    while (!world_.empty() && world_.next_at() <= end) step();
    live([this, end] { world_.move_to(end); });
  }

  // A while longer where all is over already: then little can happen.
  void bad_weather() {
    constexpr millis longer = 1500;
    auto end = world_.now() + std::min(world_.random.between(2000, weather_ms_most), options_.weather_ms_max);
    bool nothing_left = false;
    while (!world_.empty() && world_.next_at() <= end) {
      step();
      if (nothing_left || inspector_.live() != 0 || !crowd_.all_answered()) continue;
      nothing_left = true;
      end = std::min(end, world_.now() + longer);
    }
    live([this, end] { world_.move_to(end); });
  }

  bool over() {
    if (!all_up() || !crowd_.all_answered()) return false;
    for (const auto& [id, one] : inspector_.sagas()) {
      if (!one.saga.final() && !stuck_for_good(one.saga, one.touched)) return false;
    }
    return sum_of(&runtime::counters::live) == inspector_.live();  // one that could not be read comes later
  }

  void calm() {
    world_.weather = weather{};
    calm_ = true;
    world_.say("calm");
    for (const auto& one : nodes_.all()) {
      if (one->needs_another_life()) one->crash();
    }
    crowd_.calm_down();
    const auto end = world_.now() + bound_ms_ + (options_.over == journal_kind::shared ? takes_over_ms : 0);
    while (!over()) {
      if (world_.empty() || world_.next_at() > end)
        throw violation("I7: neither final nor stuck in time: " + waiting());
      step();
    }
  }

  std::string waiting() {
    if (!crowd_.all_answered()) return "a start is not answered";
    for (const auto& [id, one] : inspector_.sagas()) {
      if (one.saga.final() || stuck_for_good(one.saga, one.touched)) continue;
      return id.text() + " is " + std::string(engine::shown_state(one.saga));
    }
    return "nobody";
  }

  void end() {
    constexpr millis a_while = 20'000;
    // One that is stuck and could not be read is read again in a minute.
    constexpr millis until_read_again = 61'000;
    network_.bring_stragglers();
    run_until(world_.now() + until_read_again);
    // What is stuck for good may be between two tries that change nothing.
    for (const auto& [id, one] : inspector_.sagas()) {
      if (!one.saga.final() && engine::shown_state(one.saga) != "stuck")
        throw violation("I4: what was over goes on: " + id.text() + " is " +
                        std::string(engine::shown_state(one.saga)));
    }
    for (const auto& [id, one] : inspector_.sagas()) judge_end(one, books_);
    if (const auto held = sum_of(&runtime::counters::live); held != inspector_.live()) {
      throw violation("memory holds " + std::to_string(held) + " sagas, live are " + std::to_string(inspector_.live()));
    }
    if (sum_of(&runtime::counters::waiting) != 0) throw violation("somebody waits and is never told");
    for (const auto& one : nodes_.all()) {
      one->hold_definitions();
      one->look_through();
      one->drain();
    }
    run_until(world_.now() + a_while);
    for (const auto& one : nodes_.all()) {
      if (!one->core().quiet()) throw violation("a drain does not end");
    }
  }

  run_options options_;
  ledger books_;
  world world_;
  definition_pool pool_;
  std::map<digest, definition::definition_ptr> definitions_;
  std::vector<std::size_t> there_;  ///< from the beginning, of the pool
  std::vector<std::string> names_;  ///< of these
  inspector inspector_;
  network network_;
  nodes nodes_;
  crowd crowd_;
  millis began_ = world_.now();
  millis bound_ms_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<bool> booting_;
  bool calm_ = false;
};

}  // namespace

weather weather_of(const run_options& options) {
  return run_under_way(options).weather_drawn();
}

run_result run(const run_options& options) {
  run_result result;
  std::optional<run_under_way> one;
  try {
    one.emplace(options);
    one->play();
  } catch (const std::exception& broken) {
    // A violation, or something that no run may throw.
    result.violated = broken.what();
  }
  if (one) one->report(result);
  return result;
}

}  // namespace sagad::simulation
