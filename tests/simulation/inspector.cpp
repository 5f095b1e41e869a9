#include "tests/simulation/inspector.hpp"

#include <algorithm>
#include <optional>

#include "base/probe.hpp"
#include "records/as_json.hpp"
#include "records/codec.hpp"
#include "tests/simulation/judge.hpp"
#include "tests/support/core_probe.hpp"
#include "tests/support/saga_text.hpp"

namespace sagad::simulation {
namespace {

using engine::action_state;
using engine::fact;
using engine::side;

bool succeeded(action_state state) noexcept {
  return state == action_state::done || state == action_state::skipped ||
         state == action_state::skipped_without_effect || state == action_state::passed_over;
}

bool may_have_happened(action_state state) noexcept {
  return state == action_state::done || state == action_state::released || state == action_state::skipped;
}

bool by_a_person(const engine::event& event) noexcept {
  using engine::command_name;
  return event.what == fact::commanded &&
         (event.command == command_name::edit || event.command == command_name::skip ||
          event.command == command_name::resolve || (event.command == command_name::compensate && event.flag));
}

}  // namespace

const witnessed* inspector::find(const saga_id& id) const {
  const auto found = sagas_.find(id);
  return found == sagas_.end() ? nullptr : &found->second;
}

inspector::written inspector::written_by(const journal::stored_record& stored) {
  char text[saga_id::text_size];
  stored.saga.write(text);
  written made{stored.saga, stored.seq, {}};
  made.content.mix(std::string_view(text, sizeof text));
  made.content.mix(stored.bytes);
  return made;
}

void inspector::take(const journal::stored_record& stored) {
  auto& last = positions_[stored.saga.partition()];
  if (stored.position <= last) throw violation("I12: a position that does not rise: " + stored.saga.text());
  last = stored.position;
  const auto& content = records_.emplace_back(written_by(stored)).content.value;
  hash_.mix({reinterpret_cast<const char*>(&content), sizeof content});
  const auto decoded = records::decode(stored.bytes);
  if (const auto* bad = std::get_if<records::unreadable>(&decoded)) throw violation("I8: " + bad->why);
  const auto& record = std::get<engine::record>(decoded);
  check_owner(stored, record);
  auto& of = sagas_[stored.saga];
  if (of.saga.seq == 0) begin_saga(of, stored, record);
  of.epoch = epoch_of(stored.saga);
  if (world_.verbose) {
    std::string line;
    records::append_json(line, stored.saga, stored.position, record, *of.saga.definition);
    world_.say("record " + line);
  }
  for (const auto& event : record.events) judge(of, event);
  const bool moved = !record.events.empty() && record.events.front().what == fact::recovered;
  if (moved && history_ != nullptr && history_->has_newer(of.saga.definition->name, of.saga.version)) {
    SAGAD_PROBE("simulated: a saga is taken over, and its definition has a newer version by now");
  }
  of.budgets.take(of.saga, record);
  try {
    engine::apply(of.saga, record);
  } catch (const engine::broken_invariant& broken) {
    throw violation("I12: record " + std::to_string(record.seq) + " of " + stored.saga.text() + ": " + broken.what());
  }
  changed_.insert(stored.saga);
  if (!of.saga.final()) return;
  --live_;
  if (!of.touched) judge_final(of.saga, books_);
}

void inspector::begin_saga(witnessed& of, const journal::stored_record& stored, const engine::record& record) {
  if (record.events.empty()) throw violation("I4: a saga's first record is not there: " + stored.saga.text());
  of.saga.id = stored.saga;
  of.saga.definition = find_(record.events.front().content);
  if (of.saga.definition == nullptr)
    throw violation("I12: a saga does not begin with its start: " + stored.saga.text());
  const auto& start = record.events.front();
  if (history_ != nullptr) history_->is_started(of.saga.definition->name, start.attempt, start.content);
  ++live_;
  const std::string key(record.events.front().text);
  if (!key.empty() && !keys_.emplace(key, stored.saga).second) throw violation("I4: two sagas of one key: " + key);
}

void inspector::begin_life(std::uint64_t epoch, millis time) {
  if (epoch <= epochs_[0]) throw violation("I9: an epoch that does not rise: " + std::to_string(epoch));
  epochs_.fill(epoch);
  latest_before_ = latest();
  ahead_ms_ = time - world_.now();
  lost_.clear();
  left_.clear();
}

void inspector::taken(partition_no partition, std::uint64_t epoch) {
  if (epoch <= epochs_.at(partition)) throw violation("I9: an epoch that does not rise: " + std::to_string(epoch));
  epochs_[partition] = epoch;
  left_.erase(partition);
  frozen_.erase(partition);  // what its old owner did not know is nothing to the new one
}

void inspector::check_owner(const journal::stored_record& stored, const engine::record& record) const {
  const auto lost = lost_.find(stored.saga.partition());
  if (lost != lost_.end() && stored.position >= lost->second) {
    throw violation("I9: a record of who is not the owner any more: " + stored.saga.text());
  }
  for (const auto& event : record.events) {
    if (event.what != fact::recovered || static_cast<std::uint64_t>(event.at) == epoch_of(stored.saga)) continue;
    throw violation("I9: taken over under another epoch: " + stored.saga.text());
  }
}

void inspector::judge(witnessed& of, const engine::event& event) const {
  of.touched |= by_a_person(event);
  const auto& [step, which] = event.operation;
  const auto name = [&of, number = step] { return of.saga.id.text() + " step " + std::to_string(number); };
  const bool spends = event.what == fact::failed || (event.what == fact::withheld && event.flag);
  if (spends && !of.written.contains({step, which, event.attempt})) {
    throw violation("an attempt is spent of which no byte was written: " + name());
  }
  const bool answered = event.what == fact::done || event.what == fact::undone ||
                        (event.what == fact::rejected && event.why != engine::cause::rendering);
  const auto generation = [&of, number = step, action = which == side::action] {
    const auto& state = of.saga.steps.at(number);
    return action ? state.generation : state.undo_generation;
  };
  if (answered && event.generation != generation()) {
    throw violation("I11: an answer of another generation is taken: " + name());
  }
  if (event.what != fact::given_up) return;
  for (const auto& [written_step, written_side, attempt] : of.written) {
    if (written_step == step && written_side == which) throw violation("given up, but bytes were written: " + name());
  }
}

void inspector::begins(const request& of, millis timeout_ms) {
  const auto call = [&of] { return text_of(of); };
  const auto* known = find(of.saga);
  if (known == nullptr) throw violation("I5: a call for a saga that is not durable: " + call());
  const auto& saga = known->saga;
  if (of.epoch != epoch_of(of.saga)) throw violation("I9: called under another epoch: " + call());
  if (left_.contains(saga.id.partition())) throw violation("I9: called by who is not the owner any more: " + call());
  if (frozen_.contains(saga.id.partition())) throw violation("called while nobody knows what is written: " + call());
  const auto step = saga.definition->find(of.step);
  if (!step) throw violation("I5: a call of a step that is not there: " + call());
  const auto* open = saga.find({*step, of.side});
  if (open == nullptr || open->generation != of.generation) throw violation("I5: not released durably: " + call());
  if (saga.final() || lifecycle::is_paused(saga.phase)) throw violation("I5: called when nothing may be: " + call());
  if (open->attempt != of.attempt) throw violation("I5: not the attempt that is durable: " + call());
  if (of.poll) {
    if (!open->accepted) throw violation("I5: a poll of what was not accepted: " + call());
    return;
  }
  if (known->epoch != epoch_of(of.saga)) throw violation("I9: called before its new owner has written: " + call());
  // Time goes on for a saga from its last record, by whichever clock that was written.
  if (open->accepted || open->next_at > std::max(now(), saga.changed))
    throw violation("I5: called before its time: " + call());
  if (open->request != half_digest(of.content)) throw violation("I5: other bytes than were released: " + call());
  const auto& declared = engine::declared(*saga.definition, {*step, of.side});
  if (timeout_ms != declared.timeout_ms) throw violation("another timeout than declared: " + call());
  check_order(*known, *step, of.side, call);
}

template <typename Text>
void inspector::check_order(const witnessed& of, step_no step, side which, const Text& call) const {
  const auto& saga = of.saga;
  const auto& steps = saga.definition->steps;
  if (which == side::action) {
    if (lifecycle::is_backward(saga.phase)) throw violation("I3: an action on the way back: " + call());
    steps[step].after.for_each([&](step_no before) {
      if (!succeeded(saga.steps[before].action)) throw violation("I5: before what it depends on is done: " + call());
    });
    return;
  }
  if (!lifecycle::is_backward(saga.phase)) throw violation("I3: a compensation on the way forward: " + call());
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto& other = saga.steps[at];
    if (!steps[at].ancestors.test(step) || !steps[at].compensation || other.undo == engine::undo_state::done) continue;
    if (may_have_happened(other.action)) throw violation("I2: undone before what ran after it: " + call());
  }
}

void inspector::writes(const request& of) {
  auto& known = sagas_.at(of.saga);
  if (left_.contains(of.saga.partition()) || of.epoch != epoch_of(of.saga))
    throw violation("I9: bytes of who is not the owner any more: " + text_of(of));
  if (of.poll) return;
  const auto step = *known.saga.definition->find(of.step);
  if (!known.written.insert({step, of.side, of.attempt}).second) {
    throw violation("an attempt's number goes out twice: " + text_of(of));
  }
}

void inspector::asked_to_wait(const request& of, millis wait_ms) {
  if (of.poll) return;
  auto& known = sagas_.at(of.saga);
  known.budgets.asked_to_wait({*known.saga.definition->find(of.step), of.side}, of.attempt, wait_ms);
}

void inspector::takes_effect(const request& of) const {
  const auto* known = find(of.saga);
  if (known == nullptr) throw violation("I9: an effect of a saga that is not durable: " + text_of(of));
  const engine::operation_id operation{*known->saga.definition->find(of.step), of.side};
  if (known->touched || accounted_for(known->saga, operation, of.generation)) return;
  throw violation("I9: an effect that the records do not account for: " + text_of(of));
}

void inspector::acknowledged(const runtime::callback_target& of, engine::outcome outcome, std::uint32_t awaited) const {
  const auto* known = find(of.saga);
  const auto which = [&of] { return of.saga.text() + " step " + std::to_string(of.operation.step); };
  if (known == nullptr) throw violation("I4: a late answer of a saga that is not durable: " + which());
  const auto* open = known->saga.find(of.operation);
  if (known->saga.final() || open == nullptr || open->generation != of.generation) return;
  const bool settles = outcome == engine::outcome::done || outcome == engine::outcome::rejected;
  // A failure that came before the 202 was not about what waits now.
  if (!settles && !(open->accepted && open->attempt == awaited)) return;
  throw violation("I4: a late answer is acknowledged and not recorded: " + which());
}

std::uint32_t inspector::newest_told(const saga_id& saga) const {
  const auto* known = find(saga);
  return known == nullptr ? 0 : known->told_seq;
}

void inspector::told(const runtime::saga_answer& answer, std::optional<std::uint32_t> asked_at) {
  const auto id = [&answer] { return answer.id.text(); };
  const auto found = sagas_.find(answer.id);
  if (found == sagas_.end()) throw violation("I4: told of a saga that is not durable: " + id());
  auto& of = found->second;
  if (answer.seq > of.saga.seq) throw violation("I4: told of a record that is not durable: " + id());
  if (answer.seq < asked_at.value_or(of.told_seq)) throw violation("I4: what was told is not there any more: " + id());
  of.told_seq = std::max(of.told_seq, answer.seq);
  if (answer.seq == of.saga.seq && answer.state != engine::shown_state(of.saga)) {
    throw violation("I8: told another state than the records say: " + answer.state + ", " + id());
  }
  if (!answer.final) return;
  if (!of.told_outcome.empty() && of.told_outcome != answer.state) throw violation("I4: the outcome changes: " + id());
  of.told_outcome = answer.state;
}

bool inspector::may_be_gone(const saga_id& id, millis history) const {
  const auto* known = find(id);
  if (known == nullptr || !known->saga.final()) return false;
  const auto longer = longer_.find(known->saga.definition->name);
  if (longer != longer_.end()) history = std::max(history, longer->second);
  return journal::is_over(known->saga.changed, history, latest());
}

// Goes through the journal from its oldest place on. How many of the known records lie before that or are seen.
std::size_t inspector::scan_all(journal::store& kept) const {
  std::optional<std::size_t> next;
  const auto compare = [&](const journal::stored_record& one) {
    const auto seen = written_by(one);
    if (!next) {
      const auto first = std::find_if(records_.begin(), records_.end(), [&seen](const written& known) {
        return known.saga == seen.saga && known.seq == seen.seq;
      });
      next = static_cast<std::size_t>(first - records_.begin());
    }
    if (*next == records_.size()) return;
    if (records_[*next] != seen) throw violation("I4: what was durable is another: " + one.saga.text());
    ++*next;
  };
  for (journal::cursor at = kept.oldest(), before{UINT64_MAX}; before != at;) {
    before = at;
    at = kept.scan(at, 100, compare);
  }
  // Where nothing is left to be seen, each may be gone, which the histories say.
  const bool all_freed = !next && kept.opened().kept_for.history != never;
  return all_freed ? records_.size() : next.value_or(0);
}

void inspector::hold_against(journal::store& kept, bool opened_now) const {
  if (scan_all(kept) < records_.size()) throw violation("I4: what was durable is not there any more");
  hold_histories_against(kept, opened_now);
  for (const auto& [key, saga] : keys_) {
    const auto holder = kept.find_key(key, now());
    if (!holder || holder->saga != saga) throw violation("I4: a key is not found: " + key);
  }
}

void inspector::hold_histories_against(journal::store& kept, bool opened_now) const {
  std::set<saga_id> live;
  for (const auto& one : kept.live()) live.insert(one.saga);
  std::map<saga_id, std::vector<written>> histories;
  for (const auto& one : records_) histories[one.saga].push_back(one);
  for (const auto& [id, known] : histories) {
    const auto& saga = sagas_.at(id).saga;
    const auto found = kept.read(id);
    if (kept.has(id) == found.empty()) throw violation("I4: a saga is there, and is not: " + id.text());
    if (found.empty() && may_be_gone(id, kept.opened().kept_for.history)) {
      SAGAD_PROBE("simulated: a history is gone, and may be");
      if (longer_.contains(sagas_.at(id).saga.definition->name)) {
        SAGAD_PROBE("simulated: a history that was kept longer is gone, and may be");
      }
      if (shelf_ != nullptr) hold_archived(id, known);
      continue;
    }
    const bool same = found.size() >= known.size() &&
                      std::equal(known.begin(), known.end(), found.begin(),
                                 [](const written& one, const auto& other) { return one == written_by(other); });
    if (!same) throw violation("I4: records of a saga are not found: " + id.text());
    if (!opened_now || found.size() != known.size() || live.contains(id) != saga.final()) continue;
    throw violation("I4: live for the journal, and not for its records, or the other way round: " + id.text());
  }
}

// A start may come between a piece's end and the freeing of what it holds: then the saga may go with another piece.
void inspector::hold_archived(const saga_id& id, const std::vector<written>& known) const {
  const auto copies = shelf_->copies_of(id);
  if (copies.empty()) throw violation("I4: gone, and not archived: " + id.text());
  std::set<std::uint64_t> lives;
  for (const auto& one : copies) {
    const bool same = std::equal(known.begin(), known.end(), one.records->begin(), one.records->end(),
                                 [](const written& was, const auto& kept) { return was == written_by(kept); });
    if (!same) throw violation("I4: archived, and not as it was: " + id.text());
    if (!lives.insert(one.life).second) throw violation("I4: archived twice: " + id.text());
  }
  SAGAD_PROBE("simulated: a history is gone, and is in the archive");
}

void inspector::hold_all_but(std::uint64_t newest, journal::store& kept) const {
  if (scan_all(kept) + newest < records_.size()) throw violation("I4: more than the last frame is not there any more");
}

void inspector::compare_one(const runtime::core& with, const saga_id& id) const {
  const auto* resident = runtime::core_probe::saga_of(with, id);
  const auto& durable = sagas_.at(id).saga;
  if (resident == nullptr) return;
  // None: it is quarantined, which says itself why.
  if (resident->definition != nullptr && resident->definition->content != durable.definition->content) {
    throw violation("a saga goes on with another version of its definition: " + id.text());
  }
  if (resident->seq != durable.seq) return;  // ahead of the disk: compared when that is durable
  if (tests::saga_fingerprint(*resident) == tests::saga_fingerprint(durable)) return;
  throw violation("I8: the replay differs from what was in memory:\n" + tests::saga_text(durable) + "--- memory\n" +
                  tests::saga_text(*resident));
}

void inspector::compare(const runtime::core& with) {
  for (const auto& id : changed_) compare_one(with, id);
  compared();
}

void inspector::compare_owned(const runtime::core& with) const {
  for (const auto& id : changed_) {
    if (runtime::core_probe::epoch_of(with, id.partition()) == epoch_of(id)) compare_one(with, id);
  }
}

}  // namespace sagad::simulation
