// What is rare: appends that did not simply become durable, and the auditor.
#include <algorithm>
#include <utility>

#include "base/probe.hpp"
#include "runtime/core.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {

void core::refuse_entry(const journal::exception& exception) {
  const auto entry =
      std::lower_bound(gate_.begin(), gate_.end(), exception.ticket,
                       [](const gate_entry& one, journal::ticket ticket) { return one.ticket < ticket; });
  if (entry == gate_.end() || entry->ticket != exception.ticket) return;
  auto& of = *entry->of;
  if (!departed_.empty() && departed_.contains(&of)) {
    // Whatever became of it: it was decided by who is not the owner any more, and nobody waits for it.
    SAGAD_PROBE("a record of a partition that was lost before is refused");
    entry->told.refused = true;
    return;
  }
  switch (exception.result) {
    case journal::result::durable: return;
    case journal::result::duplicate_key:
      SAGAD_PROBE("a start finds its key taken when it is written");
      of.vanished = true;
      entry->told.refused = true;
      ++counters_.repeated_starts;
      tell_all(of, key_taken{exception.held_by, exception.same_request});
      return;
    case journal::result::full:
      SAGAD_PROBE("a start is refused by a full journal");
      of.vanished = true;
      entry->told.refused = true;
      ++counters_.refused_starts;
      tell_all(of, failed_start{{problem_code::journal_full,
                                 exception.why.empty()
                                     ? "the journal's disk has no room for new sagas: make room, then try again"
                                     : "the journal takes no new sagas: " + exception.why},
                                std::nullopt});
      return;
    case journal::result::refused:
      of.vanished = true;
      entry->told.refused = true;
      if (entry->seq != 1) {
        // It was over, and has gone with its history while it was in memory here.
        log::warn(exception.why);
        tell_all(of, failed_start{no_such_saga(around_.store, of.saga.id), std::nullopt});
        return;
      }
      ++counters_.refused_starts;
      log::error("a start was refused: " + exception.why);
      tell_all(
          of, failed_start{{problem_code::internal, "the journal refuses this start: " + exception.why}, std::nullopt});
      return;
    case journal::result::not_owner:
      SAGAD_PROBE("a partition is lost");
      entry->told.refused = true;
      lose(of.saga.id.partition());
      return;
    case journal::result::unknown:
      SAGAD_PROBE("a record is appended again");
      append_again(*entry);
      return;
  }
}

void core::append_again(gate_entry& entry) {
  auto& of = *entry.of;
  const auto partition = of.saga.id.partition();
  if (!frozen_[partition]) {
    frozen_[partition] = true;
    ++frozen_count_;
    log::warn("whether partition " + std::to_string(partition) +
              " was written is not known: it stands still until the same records were appended again");
  }
  if (entry.seq == 1) {
    SAGAD_PROBE("whether a start was written is not known");
    tell_all(of, failed_start{{problem_code::durability_unknown,
                               "whether the start was recorded is not known yet: ask for the saga by its id, or "
                               "repeat the start with its key"},
                              of.saga.id});
  }
  journal::entry again;
  again.saga = of.saga.id;
  again.position = entry.position;
  again.epoch = epochs_[partition];
  again.seq = entry.seq;
  again.bytes = entry.bytes;
  again.time = entry.time;
  again.due = entry.due;
  again.final = entry.final;
  journal::start_key key;
  if (entry.key != nullptr) {
    key = {entry.key->text, entry.key->request_bytes, entry.key->request_canonical};
    again.key = &key;
  }
  const auto ticket = around_.appender.append(again);
  if (of.newest == entry.ticket) of.newest = ticket;
  ++of.queued;
  unsubmitted_ = true;
  auto told = std::exchange(entry.told, {});
  entry.told.refused = true;
  gate_.push_back({ticket, &of, std::move(entry.bytes), std::move(told), entry.position, entry.seq, entry.time,
                   entry.due, entry.final, std::move(entry.key), std::move(entry.requests)});
}

core::news core::news_of(const resident& of, const engine::record& record, const engine::input& given) {
  news told;
  const auto* late = std::get_if<engine::reply>(&given);
  told.answered_late = late != nullptr && late->late;
  const auto named = [&of](engine::operation_id operation) {
    const auto& step = of.saga.definition->steps[operation.step];
    return step.name + "'s " + std::string(engine::name(operation.side)) + " at " + step.participant;
  };
  for (const auto& event : record.events) {
    switch (event.what) {
      case engine::fact::started: told.started = true; break;
      case engine::fact::turned_back: told.turned_back = true; break;
      case engine::fact::commanded: told.commanded = true; break;
      case engine::fact::blocked:
        told.alerts.push_back("saga " + of.saga.id.text() + " is stuck: " + named(event.operation) + " is blocked (" +
                              std::string(engine::name(event.why)) +
                              "); `sagactl get` says why, `sagactl retry` asks again");
        break;
      case engine::fact::contradicted:
        told.contradicted = true;
        told.alerts.push_back("saga " + of.saga.id.text() + ": a later answer contradicts the recorded outcome of " +
                              named(event.operation) + "; the first one stands");
        break;
      default: break;
    }
  }
  return told;
}

void core::tell_news(const news& told) {
  if (told.refused) return;
  counters_.started += told.started ? 1 : 0;
  counters_.turned_back += told.turned_back ? 1 : 0;
  counters_.commands += told.commanded ? 1 : 0;
  counters_.late_answers += told.answered_late ? 1 : 0;
  counters_.contradictions += told.contradicted ? 1 : 0;
  for (const auto& line : told.alerts) alerts_.tell(around_.time.now(), line);
}

void core::thaw_when_durable(journal::ticket upto) {
  if (!gate_.empty() || appended_ > upto) {
    const bool any_frozen_left = std::any_of(
        gate_.begin(), gate_.end(), [this](const gate_entry& entry) { return frozen_[entry.of->saga.id.partition()]; });
    if (any_frozen_left) {
      SAGAD_PROBE("a partition stays frozen although something has settled");
      return;
    }
  }
  frozen_.fill(false);
  frozen_count_ = 0;
  auto answers = std::move(frozen_answers_);
  frozen_answers_.clear();
  std::vector<saga_id> waiting;
  for (const auto& [id, of] : residents_) {
    if (durable(of)) waiting.push_back(id);
  }
  for (const auto& id : waiting) {
    if (const auto found = residents_.find(id); found != residents_.end()) reconcile(found->second);
  }
  for (auto& answer : answers) answered(std::move(answer));
}

void core::audit(std::size_t buckets) {
  alerts_.look(around_.time.now());
  std::vector<saga_id> asleep;
  for (; buckets > 0; --buckets) {
    if (audit_bucket_ >= residents_.bucket_count()) {
      audit_bucket_ = 0;
      counters_.stuck = round_.stuck;
      counters_.paused = round_.paused;
      counters_.compensating = round_.compensating;
      counters_.overdue = round_.overdue;
      round_ = {};
      break;
    }
    for (auto one = residents_.begin(audit_bucket_); one != residents_.end(audit_bucket_); ++one) {
      if (lacks_wake_up(one->second)) asleep.push_back(one->first);
      let_go_of_the_gone(one->second);
    }
    ++audit_bucket_;
  }
  for (const auto& id : asleep) {
    ++counters_.audit_violations;
    log::error("saga " + id.text() + " had no wake-up: it is looked at again; this is a defect, please report it");
    const auto found = residents_.find(id);
    if (found == residents_.end()) continue;
    found->second.closed = lifecycle::is_backward(found->second.saga.phase);
    look_again(id);
  }
  tell_of_doubt();
  tell_now();
}

void core::audit_since(millis passed) {
  constexpr millis round_ms = 1'000;
  constexpr std::size_t audited_a_second_max = 51'200;
  const auto share = [&](std::size_t buckets) {
    return buckets * static_cast<std::size_t>(std::min(passed, round_ms)) / std::size_t{round_ms};
  };
  audit(std::min(share(residents_.bucket_count()) + 1, share(audited_a_second_max)));
}

// Somebody is told once of an operation that has been tried for longer than its definition calls normal. What is
// accepted waits as declared, and what is blocked was told already.
void core::look_for_overdue(resident& of) {
  const auto now = around_.time.now();
  const auto* late = static_cast<const engine::open_operation*>(nullptr);
  for (const auto& open : of.saga.open) {
    if (open.accepted || open.blocked || of.saga.abandoned(open.operation)) continue;
    if (later(open.since, of.saga.definition->alert_after_ms) <= now) late = &open;
  }
  if (late == nullptr) {
    of.overdue_told = false;
    return;
  }
  ++round_.overdue;
  if (std::exchange(of.overdue_told, true)) return;
  SAGAD_PROBE("somebody is told of what takes too long");
  const auto& step = of.saga.definition->steps[late->operation.step];
  alerts_.tell(now, "saga " + of.saga.id.text() + ": " + step.name + "'s " +
                        std::string(engine::name(late->operation.side)) + " at " + step.participant + " is not done " +
                        std::to_string((now - late->since) / 1000) + " s after it was released (last: " +
                        std::string(engine::name(late->last_error)) + "); `sagactl get` says what it waits for");
}

bool core::lacks_wake_up(resident& of) {
  ++counters_.audited;
  const auto shown = engine::shown_state(of.saga);
  const bool stuck = shown == "stuck" || (of.quarantined && !of.saga.final());
  if (stuck) ++round_.stuck;
  if (shown == "paused") ++round_.paused;
  if (shown == "compensating") ++round_.compensating;
  if (!stuck && !of.saga.final() && shown != "paused") look_for_overdue(of);
  const bool excused = !durable(of) || of.queued != 0 || of.saga.final() || of.vanished || draining_ ||
                       frozen_[of.saga.id.partition()] || leaves_at_[of.saga.id.partition()] != 0;
  return !excused && of.active->calls.empty() && of.slot == 0 && !stuck && shown != "paused";
}

counters core::counted() const {
  auto result = counters_;
  result.live = residents_.size();
  result.waiting = waiting_;
  result.calls_open = calls_open_;
  result.to_recover = to_load_.size();
  result.partitions = static_cast<std::uint64_t>(std::count_if(options_.partitions.begin(), options_.partitions.end(),
                                                               [this](auto partition) { return trusted(partition); }));
  return result;
}

counters& counters::operator+=(const counters& other) {
  const auto add = [&](auto member) { this->*member += other.*member; };
  for (auto member :
       {&counters::started,     &counters::repeated_starts, &counters::refused_starts, &counters::completed,
        &counters::compensated, &counters::resolved,        &counters::turned_back,    &counters::calls,
        &counters::polls,       &counters::late_answers,    &counters::commands,       &counters::contradictions,
        &counters::recovered,   &counters::quarantined,     &counters::audited,        &counters::audit_violations,
        &counters::live,        &counters::stuck,           &counters::paused,         &counters::compensating,
        &counters::overdue,     &counters::waiting,         &counters::calls_open,     &counters::to_recover,
        &counters::partitions}) {
    add(member);
  }
  for (std::size_t at = 0; at < verdicts.size(); ++at) verdicts[at] += other.verdicts[at];
  for (std::size_t at = 0; at < recovered_by_phase.size(); ++at) {
    recovered_by_phase[at] += other.recovered_by_phase[at];
  }
  held += other.held;
  return *this;
}

}  // namespace sagad::runtime
