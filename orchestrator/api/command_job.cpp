#include "api/command_job.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/engine.hpp"
#include "json/json.hpp"
#include "records/as_json.hpp"

namespace sagad::api {
namespace {

constexpr std::array<std::string_view, command_outcomes> outcome_names{"done", "repeated", "moved_on", "refused",
                                                                       "unknown"};

command_outcome outcome_of(problem_code code) noexcept {
  if (code == problem_code::changed_meanwhile) return command_outcome::moved_on;
  return code == problem_code::durability_unknown ? command_outcome::unknown : command_outcome::refused;
}

std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

}  // namespace

std::string_view name(command_outcome outcome) noexcept {
  return outcome_names[static_cast<std::size_t>(outcome)];
}

std::optional<command_outcome> parse_command_outcome(std::string_view text) noexcept {
  const auto found = std::find(outcome_names.begin(), outcome_names.end(), text);
  if (found == outcome_names.end()) return std::nullopt;
  return static_cast<command_outcome>(found - outcome_names.begin());
}

command_job::command_job(bulk_request what, const command_job_limits& limits, command_job_surroundings around)
    : what_(std::move(what)), limits_(limits), around_(std::move(around)), began_(around_.now()) {}

void command_job::begin() {
  ask();
}

void command_job::stop() {
  if (standing_ == standing::running) end(standing::stopped);
}

void command_job::ask() {
  views::query wanted;
  wanted.filter = what_.filter;
  wanted.sagas_max = std::min(limits_.page_sagas_max, limits_.sagas_max - found_);
  wanted.before = before_;
  wanted.bare = true;
  around_.find(std::move(wanted),
               [self = shared_from_this()](views::find_result found) { self->take(std::move(found)); });
}

void command_job::take(views::find_result found) {
  if (standing_ != standing::running) return;
  if (auto* why = std::get_if<problem>(&found)) {
    failure_ = std::move(*why);
    return end(standing::failed);
  }
  auto& page = std::get<views::page>(found);
  as_of_ = page.as_of;
  page_ = std::move(page.seen);
  next_ = 0;
  before_ = page.next;
  found_ += page_.size();
  found_all_ = !before_;
  go_on();
}

// One turn: some commands, and the next page once all of this one are on their way.
void command_job::go_on() {
  if (standing_ != standing::running) return;
  telling_ = true;
  std::size_t this_turn = 0;
  while (next_ < page_.size() && under_way_ < limits_.under_way_max && this_turn < limits_.commands_a_turn_max) {
    tell(page_[next_++]);
    ++this_turn;
  }
  telling_ = false;
  if (next_ < page_.size()) {
    if (under_way_ < limits_.under_way_max) go_on_later();
  } else if (before_ && found_ < limits_.sagas_max) {
    ask();
  } else {
    end(standing::done);
  }
}

void command_job::go_on_later() {
  if (std::exchange(later_, true)) return;
  around_.later([self = shared_from_this()] {
    self->later_ = false;
    self->go_on();
  });
}

void command_job::tell(const views::seen_saga& seen) {
  auto request = what_.each;
  request.id += "/" + seen.id.text();
  request.if_seq = seen.seq;
  ++under_way_;
  around_.command(
      seen.id, std::move(request),
      [self = shared_from_this(), saga = seen.id](const runtime::command_result& answer) { self->told(saga, answer); });
}

void command_job::told(const saga_id& saga, const runtime::command_result& answer) {
  --under_way_;
  result became{saga};
  if (const auto* carried_out = std::get_if<runtime::saga_answer>(&answer)) {
    became.outcome = carried_out->repeated ? command_outcome::repeated : command_outcome::done;
  } else if (const auto* why = std::get_if<problem>(&answer)) {
    became.why = why->code;
    became.outcome = outcome_of(became.why);
  } else {
    // Its owner will carry it out; what came of it the saga's records say.
    became.why = problem_code::durability_unknown;
    became.outcome = command_outcome::unknown;
  }
  ++counted_[static_cast<std::size_t>(became.outcome)];
  results_.push_back(became);
  if (standing_ != standing::running) {
    ended_ = around_.now();
  } else if (!telling_ && next_ < page_.size()) {
    go_on_later();
  }
}

void command_job::end(standing how) {
  standing_ = how;
  ended_ = around_.now();
  page_ = {};
  // Kept for as long as the job is known, which needs no large body.
  what_.each.body = {};
}

std::string command_job::progress() const {
  constexpr std::array<std::string_view, 4> names{"running", "done", "stopped", "failed"};
  const bool running = standing_ == standing::done ? under_way_ != 0 : standing_ == standing::running;
  std::string out = "\"id\":" + quoted(id()) + ",\"command\":\"" + std::string(engine::name(what_.each.name)) +
                    "\",\"state\":\"" + std::string(running ? names[0] : names[static_cast<std::size_t>(standing_)]) +
                    "\",\"began\":\"" + records::timestamp(began_) + "\"";
  if (over()) out += ",\"ended\":\"" + records::timestamp(ended_) + "\"";
  if (as_of_ != 0) out += ",\"as_of\":\"" + records::timestamp(as_of_) + "\"";
  out += ",\"found\":" + std::to_string(found_) + ",\"found_all\":" + (found_all_ ? "true" : "false");
  out += ",\"under_way\":" + std::to_string(under_way_);
  for (std::size_t at = 0; at < command_outcomes; ++at) {
    out += ",\"" + std::string(outcome_names[at]) + "\":" + std::to_string(counted_[at]);
  }
  if (failure_) {
    out += ",\"failure\":" + quoted(failure_->detail);
  }
  return out;
}

std::string command_job::with_results(const results_wanted& wanted) const {
  std::string out = "{" + progress() + ",\"results\":[";
  std::size_t told = 0;
  auto at = std::min(wanted.from, results_.size());
  for (; at < results_.size() && told < wanted.limit; ++at) {
    const auto& one = results_[at];
    if (wanted.only && one.outcome != *wanted.only) continue;
    if (told++ != 0) out += ',';
    out += "{\"saga\":\"" + one.saga.text() + "\",\"outcome\":\"" + std::string(name(one.outcome)) + "\"";
    const bool well = one.outcome == command_outcome::done || one.outcome == command_outcome::repeated;
    if (!well) out += ",\"why\":\"" + std::string(sagad::name(one.why)) + "\"";
    out += '}';
  }
  out += "],\"next\":";
  out += at < results_.size() || !over() ? std::to_string(at) : std::string("null");
  return out + "}";
}

}  // namespace sagad::api
