#include "runtime/core.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/nearest.hpp"
#include "base/probe.hpp"
#include "records/codec.hpp"
#include "runtime/load_saga.hpp"
#include "runtime/printable.hpp"
#include "runtime/saga_json.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

constexpr std::size_t committed_here_max = 4;
constexpr std::size_t buffers_max = 256;             ///< kept for records to come
constexpr std::size_t buffer_bytes_max = 4U << 10U;  ///< a larger one is not kept

sagad::problem handed_over() {
  return {problem_code::overloaded, "the saga is on its way to another owner: ask again"};
}

}  // namespace

core::core(core_options options, surroundings around) : options_(std::move(options)), around_(std::move(around)) {
  const auto& last = around_.store.opened().last_position;
  for (auto partition : options_.partitions) {
    owned_[partition] = true;
    epochs_[partition] = options_.epoch;
    if (partition < last.size()) positions_[partition] = last[partition];
  }
}

core::~core() = default;

engine::moment core::moment_for(const resident& of, counting calls, std::optional<engine::operation_id> failed) const {
  engine::moment moment;
  moment.at = std::max({around_.time.now(), of.saga.changed, newest_[of.saga.id.partition()]});
  // Lists look for a saga's start among ids: both are of one moment, whatever the clock did in between.
  if (of.saga.seq == 0) moment.at = of.saga.id.made_at();
  for (const auto& call : of.active->calls) {
    if (call.what != engine::wanted::kind::call) continue;
    if (calls == counting::sent || failed == call.attempt.operation) {
      const auto standing = around_.caller.look(call.tag);
      if (standing.stage == dispatch::standing::stage::held) continue;
      moment.open_until = std::max(moment.open_until, standing.times_out);
    }
    const auto& operation = call.attempt.operation;
    auto& open = operation.side == engine::side::action ? moment.open_actions : moment.open_compensations;
    open.set(operation.step);
  }
  return moment;
}

void core::quarantine(resident& of, const std::string& why) {
  if (of.quarantined) return;
  of.quarantined = true;
  ++counters_.quarantined;
  timers_.remove(of);
  log::error("saga " + of.saga.id.text() + " is quarantined (stuck by internal): " + why +
             "; its records are untouched, nothing more is called for it");
}

engine::decision core::submit(resident& of, const engine::input& given, const journal::start_key* key) {
  const auto internal = [&of](const std::string& why) {
    return engine::refusal{engine::refusal::kind::refused, of.saga.seq, {problem_code::internal, why}};
  };
  if (of.quarantined) return internal("the saga is quarantined: its own invariant broke, see the log");
  if (of.vanished) return internal("the saga is not this coordinator's any more");
  try {
    const bool by_person = std::holds_alternative<engine::command>(given);
    const auto* late = std::get_if<engine::reply>(&given);
    // A late failure ends the attempt that is under way; of one that is held nothing was sent. Calls of other steps
    // that are held may be sent before the record is durable: an undo waits for them, too.
    std::optional<engine::operation_id> failed;
    if (late != nullptr && late->late && late->verdict == engine::verdict::unknown) failed = late->of.operation;
    auto decided = engine::decide(of.saga, given, moment_for(of, by_person ? counting::sent : counting::all, failed));
    if (by_person && std::holds_alternative<engine::record>(decided)) {
      // A person does not wait for a participant that is down: what is held is taken back, what is wanted afterwards
      // begins again at the end of its queue. Only now that something is done: a refusal costs the calls nothing.
      withdraw_held(of);
      decided = engine::decide(of.saga, given, moment_for(of, counting::sent));
    }
    if (auto* record = std::get_if<engine::record>(&decided)) {
      engine::apply(of.saga, *record);
      enter(of, *record, given, key);
    }
    return decided;
  } catch (const engine::broken_invariant& broken) {
    quarantine(of, broken.what());
    return internal(broken.what());
  }
}

journal::ticket core::enter(resident& of, engine::record& record, const engine::input& given,
                            const journal::start_key* key) {
  auto encoded = take_buffer();
  records::encode(record, encoded, std::min(newest_record_format(), around_.store.format_level()));
  const auto partition = of.saga.id.partition();
  const auto work = engine::outstanding(of.saga, record.at);
  journal::entry entry;
  entry.saga = of.saga.id;
  entry.position = of.position = ++positions_[partition];
  entry.epoch = epochs_[partition];
  entry.seq = record.seq;
  entry.bytes = encoded;
  entry.key = key;
  entry.time = record.at;
  entry.due = work.now.empty() ? work.wake_at : record.at;
  entry.final = of.saga.final();
  of.newest = appended_ = around_.appender.append(entry);
  ++of.queued;
  auto kept =
      key == nullptr
          ? nullptr
          : std::make_unique<kept_key>(kept_key{std::string(key->text), key->request_bytes, key->request_canonical});
  gate_.push_back({of.newest, &of, std::move(encoded), news_of(of, record, given), entry.position, entry.seq,
                   entry.time, entry.due, entry.final, std::move(kept), std::move(record.requests)});
  unsubmitted_ = true;
  return of.newest;
}

std::string core::take_buffer() {
  if (buffers_.empty()) return {};
  auto buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void core::give_back(std::string buffer) {
  if (buffers_.size() == buffers_max || buffer.capacity() > buffer_bytes_max) return;
  buffer.clear();
  buffers_.push_back(std::move(buffer));
}

std::optional<sagad::problem> core::why_no_start() const {
  using code = problem_code;
  if (draining_) {
    SAGAD_PROBE("a start comes to a process that is shutting down");
    return sagad::problem{code::draining, "this coordinator is shutting down: ask another one, or again"};
  }
  if (residents_.size() + to_load() >= options_.live_sagas_max) {
    SAGAD_PROBE("a start is refused because too many sagas live");
    return sagad::problem{code::too_many_requests,
                          "as many sagas are unfinished as may be at once: send this start again later, with its key"};
  }
  if (around_.store.measured().waits_for_room) {
    SAGAD_PROBE("a start is refused while the journal waits for room");
    return sagad::problem{code::journal_full, "the journal's disk is full: make room, then try again"};
  }
  return std::nullopt;
}

void core::start(start_request request, unique_function<void(start_result)> tell) {
  const auto refuse = [this, &tell](problem_code code, std::string detail) {
    ++counters_.refused_starts;
    tell(failed_start{{code, std::move(detail)}, std::nullopt});
  };
  if (auto why = why_no_start()) return refuse(why->code, std::move(why->detail));
  const auto partition = partition_for_start();
  if (!partition) {
    return refuse(problem_code::overloaded, options_.partitions.empty()
                                                ? "this node has no share of the sagas yet: try again, or ask another"
                                                : "the journal has not answered yet: try again");
  }
  const auto now = std::max(around_.time.now(), newest_[*partition]);
  auto& of = make_resident(saga_id::make(now, *partition, around_.random()));
  of.saga.definition = request.definition;
  const journal::start_key key{request.key, request.request_bytes, request.request_canonical};
  engine::start given;
  given.input = request.input;
  given.key = request.key;
  given.labels = request.labels;
  given.actor = request.actor;
  given.version = request.version;
  given.deadline_ms = request.deadline_ms;
  const auto decided = submit(of, given, request.key.empty() ? nullptr : &key);
  if (const auto* refusal = std::get_if<engine::refusal>(&decided)) {
    erase(of);
    return tell(failed_start{refusal->problem, std::nullopt});
  }
  // One waiter too many is told at once where its saga is, as one whose time is up.
  const bool waits = request.wait_ms > 0 && waiting_ < options_.waiters_max;
  if (request.wait_ms > 0 && !waits) SAGAD_PROBE("one waiter too many starts a saga");
  wait(of, of.newest, {waits ? later(around_.time.now(), request.wait_ms) : 0, request.client_gone}, std::move(tell));
}

resident& core::make_resident(const saga_id& id) {
  auto& of = residents_.try_emplace(id).first->second;
  of.saga.id = id;
  return of;
}

// A saga in whose replay the process died: known by its id alone.
resident& core::keep_unread(const saga_id& id) {
  auto& of = make_resident(id);
  quarantine(of,
             "the process has died three times while replaying it, the last time apart from all others; it is tried "
             "again when the file `replaying` beside the journal is removed");
  return of;
}

replay_guard::standing core::standing_of(const saga_id& id) const noexcept {
  return around_.guard == nullptr ? replay_guard::standing::good : around_.guard->standing_of(id);
}

bool core::is_put_off(const saga_id& id) const noexcept {
  return standing_of(id) == replay_guard::standing::suspected && around_.time.now() < suspects_from_ &&
         !residents_.contains(id);
}

// Those of a moment share a partition, and the next moment's have another: a batch that names few partitions has a
// database lock few rows, and no partition grows ahead of the others.
std::optional<partition_no> core::partition_for_start() {
  const auto& owned = options_.partitions;
  for (std::size_t tried = 0; tried < owned.size(); ++tried, ++next_partition_) {
    const auto partition = owned[next_partition_ % owned.size()];
    if (!frozen_[partition] && trusted(partition)) return partition;
  }
  SAGAD_PROBE("no partition takes a start: each is frozen, or is not trusted now");
  return std::nullopt;
}

// Only what is live is noted while it is replayed: a final saga is read when somebody asks for it, and a process that
// dies of that is not kept from starting. One that is suspected is noted whoever asks for it first.
loaded_or_not core::load(const saga_id& id) {
  const bool noted = around_.guard != nullptr && (recovering_ || standing_of(id) == replay_guard::standing::suspected);
  if (noted) around_.guard->begin(options_.number, id);
  auto loaded = load_promptly(around_.store, around_.definitions, id);
  if (noted) around_.guard->end(options_.number);
  return loaded;
}

resident* core::find_or_load(const saga_id& id, sagad::problem& why_not, loaded_or_not* loaded) {
  const auto found = residents_.find(id);
  if (id.partition() >= partitions) {
    why_not = no_such_saga(around_.store, id);
    return nullptr;
  }
  if (!owned_[id.partition()] || (found != residents_.end() && found->second.vanished)) {
    SAGAD_PROBE("somebody asks for a saga of a lost partition");
    why_not = {problem_code::overloaded, "the saga has another owner now: ask again"};
    return nullptr;
  }
  if (found != residents_.end()) return &found->second;
  if (leaves_at_[id.partition()] != 0) {
    why_not = handed_over();
    return nullptr;
  }
  if (frozen_[id.partition()]) {
    SAGAD_PROBE("a saga cannot be loaded because its partition is frozen");
    why_not = {problem_code::overloaded, "the journal has not answered yet: try again"};
    return nullptr;
  }
  if (standing_of(id) == replay_guard::standing::poisoned) return &keep_unread(id);
  if (is_put_off(id)) {
    why_not = {problem_code::overloaded,
               "the process has died twice while it read this saga, and reads it again by itself soon: ask again"};
    return nullptr;
  }
  auto found_now = loaded != nullptr ? std::move(*loaded) : load(id);
  if (auto* none = std::get_if<sagad::problem>(&found_now)) {
    SAGAD_PROBE("somebody asks for a saga that is not there");
    why_not = std::move(*none);
    return nullptr;
  }
  loading_ahead_.erase(id);
  auto& history = std::get<loaded_saga>(found_now);
  auto& of = make_resident(id);
  of.saga = std::move(history.saga);
  of.position = history.position;
  of.counted = of.saga.final();
  if (!history.broken.empty()) quarantine(of, history.broken);
  if (of.saga.final() || of.quarantined) return &of;
  ++counters_.recovered;
  ++counters_.recovered_by_phase[static_cast<std::size_t>(of.saga.phase) & 7U];
  const auto decided = submit(of, engine::recovery{epochs_[id.partition()]});
  if (std::holds_alternative<engine::refusal>(decided)) reconcile(of);
  return &of;
}

// A refusal rests on the state that it was decided on, and leaves no sooner than that is durable.
template <typename Result>
void core::refuse_once_durable(resident& of, sagad::problem why, unique_function<void(Result)> tell) {
  if (!durable(of)) SAGAD_PROBE("a refusal waits for what it rests on");
  const auto id = of.saga.id;
  wait(of, of.newest, {}, [why = std::move(why), tell = std::move(tell)](const start_result& told) mutable {
    if (std::holds_alternative<saga_answer>(told)) return tell(std::move(why));
    tell(sagad::problem{problem_code::overloaded, "what the answer rests on is not known to be recorded: ask again"});
  });
  look_again(id);
}

// Somebody who may not see a saga is told what one is told who asks for a saga that is not there.
resident* core::find_for(const saga_id& id, const only_of& whose, sagad::problem& why_not) {
  auto* of = find_or_load(id, why_not);
  if (of == nullptr || !whose || of->saga.starter == *whose) return of;
  look_again(id);
  why_not = no_such_saga(around_.store, id);
  return nullptr;
}

void core::get(const saga_id& id, const look_request& request, unique_function<void(answer_result)> tell) {
  sagad::problem why_not;
  auto* of = find_for(id, request.whose, why_not);
  if (of == nullptr) return tell(std::move(why_not));
  if (request.wait_ms > 0 && waiting_ >= options_.waiters_max) {
    SAGAD_PROBE("one waiter too many asks for a saga");
    look_again(id);
    return tell(sagad::problem{problem_code::overloaded, "too many requests wait already: ask again without `wait`"});
  }
  const auto until = request.wait_ms > 0 ? later(around_.time.now(), request.wait_ms) : 0;
  wait(*of, of->newest, {until, request.client_gone}, [tell = std::move(tell)](start_result told) mutable {
    if (auto* answer = std::get_if<saga_answer>(&told)) return tell(std::move(*answer));
    if (auto* failed = std::get_if<failed_start>(&told)) return tell(std::move(failed->problem));
    tell(sagad::problem{problem_code::not_found, "the start of this saga was not written"});
  });
}

void core::command(const saga_id& id, command_request request, unique_function<void(answer_result)> tell) {
  sagad::problem why_not;
  auto* of = find_for(id, request.whose, why_not);
  if (of == nullptr) return tell(std::move(why_not));
  if (leaves_at_[id.partition()] != 0) return tell(handed_over());
  if (frozen_[id.partition()]) {
    SAGAD_PROBE("a command comes to a frozen partition");
    return tell(sagad::problem{problem_code::overloaded, "the journal has not answered yet: try again"});
  }
  engine::command given;
  given.name = request.name;
  given.id = request.id;
  given.actor = request.actor;
  given.reason = request.reason;
  given.if_seq = request.if_seq;
  given.force = request.force;
  given.nothing_happened = request.nothing_happened;
  given.body = request.body;
  if (!request.step.empty() && !of->quarantined) {
    const auto step = of->saga.definition->find(request.step);
    if (!step) {
      std::vector<std::string_view> steps;
      for (const auto& one : of->saga.definition->steps) steps.push_back(one.name);
      auto why = "the saga has no step `" + request.step + "`" + hint(request.step, steps);
      look_again(id);  // which may let go of it
      return tell(sagad::problem{problem_code::invalid_argument, std::move(why)});
    }
    given.has_operation = true;
    given.operation.step = *step;
    given.side_given = !request.side.empty();
    given.operation.side = request.side == "compensation" ? engine::side::compensation : engine::side::action;
  }
  const auto decided = submit(*of, given);
  bool repeated = false;
  if (const auto* refusal = std::get_if<engine::refusal>(&decided)) {
    if (refusal->what != engine::refusal::kind::repeated) {
      return refuse_once_durable<answer_result>(*of, refusal->problem, std::move(tell));
    }
    repeated = true;
  } else {
    of->urgent = given.name == engine::command_name::retry || given.name == engine::command_name::edit;
  }
  wait(*of, of->newest, {}, [tell = std::move(tell), repeated](start_result told) mutable {
    if (auto* answer = std::get_if<saga_answer>(&told)) {
      answer->repeated = repeated;
      return tell(std::move(*answer));
    }
    tell(sagad::problem{problem_code::durability_unknown,
                        "whether the command was recorded is not known: repeat it with its id"});
  });
  if (repeated) look_again(id);
}

void core::late_answer(const callback_target& target, late_request request, unique_function<void(late_result)> tell) {
  sagad::problem why_not;
  auto* of = find_or_load(target.saga, why_not);
  if (of == nullptr) {
    // Who is not answered "no longer awaited" sends it again: only what surely is not there is told so.
    if (why_not.code != problem_code::not_found) return tell(std::move(why_not));
    return tell(sagad::problem{problem_code::no_longer_awaited, "nobody waits for this answer any more"});
  }
  if (leaves_at_[target.saga.partition()] != 0) return tell(handed_over());
  if (frozen_[target.saga.partition()]) {
    SAGAD_PROBE("a late answer comes to a frozen partition");
    return tell(sagad::problem{problem_code::overloaded, "the journal has not answered yet: try again"});
  }
  engine::reply reply;
  reply.of = {target.operation, target.generation, 0};
  reply.late = true;
  reply.body = request.body;
  std::string detail;
  if (request.outcome != engine::outcome::done && request.body != "null") detail = printable(request.body);
  reply.detail = detail;
  switch (request.outcome) {
    case engine::outcome::done: reply.verdict = engine::verdict::done; break;
    case engine::outcome::rejected: reply.verdict = engine::verdict::rejected; break;
    default:
      reply.verdict = engine::verdict::unknown;
      reply.why = engine::cause::said_failed;
      break;
  }
  const auto* open = of->saga.find(target.operation);
  if (open != nullptr) reply.of.attempt = open->attempt;
  // An exchange whose attempt has ended already is open still: what comes late is not about the next attempt.
  for (const auto& call : of->active->calls) {
    if (call.what == engine::wanted::kind::call && call.attempt.operation == target.operation) {
      if (reply.of.attempt != call.attempt.attempt) SAGAD_PROBE("a late answer overtakes one that is read already");
      reply.of.attempt = call.attempt.attempt;
    }
  }
  const bool awaited = open != nullptr;
  const auto decided = submit(*of, reply);
  late_result result = late_standing::recorded;
  bool unrecorded = false;
  if (const auto* refusal = std::get_if<engine::refusal>(&decided)) {
    if (refusal->what == engine::refusal::kind::refused) {
      return refuse_once_durable<late_result>(*of, refusal->problem, std::move(tell));
    }
    result = late_standing::stands_already;
    unrecorded = true;
  } else if (!awaited) {
    result = sagad::problem{problem_code::outcome_stands, "another outcome of this operation is recorded and stands"};
  }
  wait(*of, of->newest, {}, [tell = std::move(tell), result = std::move(result)](start_result told) mutable {
    if (std::holds_alternative<saga_answer>(told)) return tell(std::move(result));
    tell(sagad::problem{problem_code::overloaded, "whether the answer was recorded is not known: send it again"});
  });
  if (unrecorded) look_again(target.saga);
}

bool core::end_turn(bool nothing_else_ready) {
  tell_of_moves();
  if (!unsubmitted_) return false;
  unsubmitted_ = false;
  if (const auto now = around_.time.now();
      later(partition_since_, options_.moment_ms) <= now || now < partition_since_) {
    partition_since_ = now;
    ++next_partition_;
  }
  // A batch of many is the writer's: while it syncs, this thread takes what the others are about to send.
  return around_.appender.submit(nothing_else_ready && gate_.size() <= committed_here_max);
}

void core::settle() {
  exceptions_.clear();
  const auto upto = around_.appender.settled(exceptions_);
  for (const auto& exception : exceptions_) refuse_entry(exception);
  settled_ = upto;
  while (!gate_.empty() && gate_.front().ticket <= upto) {
    auto& of = *gate_.front().of;
    tell_news(gate_.front().told);
    auto requests = std::move(gate_.front().requests);
    give_back(std::move(gate_.front().bytes));
    gate_.pop_front();
    --of.queued;
    if (of.newest <= upto || of.vanished) passed(of, std::move(requests));
  }
  if (frozen_count_ != 0) thaw_when_durable(upto);
  if (leaving_ != 0) give_back_what_is_quiet();
  tell_now();
}

void core::passed(resident& of, engine::rendered_requests&& requests) {
  if (of.vanished) {
    if (of.queued == 0) erase(of);
    return;
  }
  reconcile(of, std::move(requests));
}

// After an input that may have changed nothing: held calls go on, and a final saga that was only loaded to be asked
// leaves.
void core::look_again(const saga_id& id) {
  const auto found = residents_.find(id);
  if (found != residents_.end() && durable(found->second)) reconcile(found->second);
  tell_now();
}

void core::erase(resident& of) {
  timers_.remove(of);
  for (const auto& waiter : of.active->waiters) patience_.remove(*waiter);
  waiting_ -= of.active->waiters.size();
  part(of);
  if (!departed_.empty() && departed_.erase(&of) != 0) return;
  residents_.erase(saga_id(of.saga.id));
}

bool core::quiet() const noexcept {
  const bool has_any = around_.shared != nullptr && !(options_.partitions.empty() && leaving_ == 0);
  return calls_open_ == 0 && gate_.empty() && !has_any;
}

void core::drain() {
  draining_ = true;
  forget_what_is_to_load();  // the next start loads what was not asked for
  for (auto& [id, of] : residents_) withdraw_held(of);
}

void core::on_time() {
  const auto now = around_.time.now();
  give_up_waiting(now);
  if (leaving_ != 0) give_back_what_is_quiet();
  if (read_again_at_ <= now) load_again();
  while (auto* of = timers_.pop_due(now)) {
    if (durable(*of)) {
      reconcile(*of);
    } else {
      SAGAD_PROBE("a timer rings for what is not durable yet");
    }
  }
  tell_now();
}

millis core::next_wake() const noexcept {
  const auto next = std::min({timers_.next(), patience_.next(), read_again_at_});
  return leaving_ == 0 ? next : std::min(next, next_leaving_at_);
}

}  // namespace sagad::runtime
