#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "api/service.hpp"
#include "telemetry/log.hpp"

namespace sagad::api {
namespace {

using metric_labels = std::vector<prometheus::ClientMetric::Label>;

class families {
 public:
  void counter(const char* name, const char* help, std::uint64_t value, metric_labels with = {}) {
    auto& metric = add(name, help, prometheus::MetricType::Counter, std::move(with));
    metric.counter.value = static_cast<double>(value);
  }
  template <typename Number>
  void gauge(const char* name, const char* help, Number value, metric_labels with = {}) {
    auto& metric = add(name, help, prometheus::MetricType::Gauge, std::move(with));
    metric.gauge.value = static_cast<double>(value);
  }
  void histogram(const char* name, const char* help, prometheus::ClientMetric::Histogram value, metric_labels with) {
    auto& metric = add(name, help, prometheus::MetricType::Histogram, std::move(with));
    metric.histogram = std::move(value);
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(all_); }

 private:
  prometheus::ClientMetric& add(const char* name, const char* help, prometheus::MetricType type, metric_labels with) {
    if (all_.empty() || all_.back().name != name) {
      auto& family = all_.emplace_back();
      family.name = name;
      family.help = help;
      family.type = type;
    }
    auto& metric = all_.back().metric.emplace_back();
    metric.label = std::move(with);
    return metric;
  }

  std::vector<prometheus::MetricFamily> all_;
};

void add_sagas(families& to, const runtime::counters& counted) {
  to.counter("sagad_sagas_started_total", "Sagas whose start was recorded.", counted.started);
  to.counter("sagad_starts_repeated_total", "Starts whose key stood for a saga already.", counted.repeated_starts);
  to.counter("sagad_starts_refused_total", "Starts refused for lack of room, load or drain.", counted.refused_starts);
  for (auto [outcome, count] : {std::pair<const char*, std::uint64_t>{"completed", counted.completed},
                                {"compensated", counted.compensated},
                                {"resolved", counted.resolved}}) {
    to.counter("sagad_sagas_finished_total", "Sagas that ended, by outcome.", count, {{"outcome", outcome}});
  }
  to.counter("sagad_sagas_turned_back_total", "Sagas that began to go backward.", counted.turned_back);
  to.gauge("sagad_sagas_live", "Sagas in memory that are not final.", counted.live);
  for (auto [state, count] : {std::pair<const char*, std::uint64_t>{"compensating", counted.compensating},
                              {"overdue", counted.overdue},
                              {"paused", counted.paused},
                              {"stuck", counted.stuck}}) {
    to.gauge("sagad_sagas_in_state", "Live sagas by what needs attention, as of the auditor's last round.", count,
             {{"state", state}});
  }
  to.gauge("sagad_sagas_to_recover", "Live sagas that are still to be loaded after the start.", counted.to_recover);
  to.gauge("sagad_partitions_owned", "Partitions of the journal in which this node starts sagas; all have 256.",
           counted.partitions);
  constexpr std::array<const char*, 8> phases{
      "", "forward", "backward", "paused_forward", "paused_backward", "completed", "compensated", "resolved"};
  for (std::size_t phase = 1; phase <= 4; ++phase) {
    to.counter("sagad_sagas_recovered_total", "Sagas loaded from the journal after a start, by phase.",
               counted.recovered_by_phase[phase], {{"phase", phases[phase]}});
  }
  to.counter("sagad_sagas_quarantined_total", "Sagas whose own invariant broke.", counted.quarantined);
  to.counter("sagad_audit_looked_total", "Sagas that the wake-up auditor has looked at.", counted.audited);
  to.counter("sagad_audit_violations_total", "Sagas that had no wake-up; must stay 0.", counted.audit_violations);
}

void add_calls(families& to, const runtime::counters& counted) {
  to.counter("sagad_calls_total", "Attempts handed to dispatch.", counted.calls);
  to.counter("sagad_polls_total", "Polls for late answers.", counted.polls);
  to.gauge("sagad_calls_open", "Calls handed to dispatch and not ended.", counted.calls_open);
  constexpr std::array<const char*, 11> verdicts{"done",     "rejected", "rejected_bare", "accepted",
                                                 "not_sent", "busy",     "unknown",       "misconfigured",
                                                 "refused",  "differs",  "stale"};
  for (std::size_t at = 0; at < verdicts.size(); ++at) {
    to.counter("sagad_answers_total", "What calls ended with.", counted.verdicts[at], {{"verdict", verdicts[at]}});
  }
  to.counter("sagad_late_answers_total", "Late answers recorded.", counted.late_answers);
  to.counter("sagad_commands_total", "Commands recorded.", counted.commands);
  to.counter("sagad_contradictions_total", "Answers that contradict a recorded outcome.", counted.contradictions);
  to.gauge("sagad_requests_waiting", "Requests that wait for a record or an end.", counted.waiting);
}

void add_journal(families& to, const journal::statistics& measured) {
  to.counter("sagad_journal_commits_total", "Batches written.", measured.commits);
  to.counter("sagad_journal_records_total", "Records written.", measured.records);
  to.counter("sagad_journal_bytes_total", "Bytes written.", measured.bytes);
  to.counter("sagad_journal_syncs_total", "Calls of fdatasync for batches of records.", measured.syncs);
  to.counter("sagad_journal_commit_nanoseconds_total", "Time spent writing and syncing.", measured.commit_nanoseconds);
  to.gauge("sagad_journal_prepared_bytes", "Room that needs no further allocation.", measured.prepared_bytes);
  to.gauge("sagad_journal_reserve_bytes", "Of it owed to live sagas.", measured.reserve_bytes);
  to.gauge("sagad_journal_kept_bytes", "From the oldest place to the end.", measured.kept_bytes);
  to.counter("sagad_journal_segments_freed_total", "Pieces given back since the start, with all past its retention.",
             measured.segments_freed);
  to.counter("sagad_journal_sagas_carried_total", "Sagas copied so that a piece could be given back.",
             measured.sagas_carried);
  to.gauge("sagad_journal_full",
           "1 while the journal takes no new sagas: it lacks room, and for 10 s after the last one that it refused, or "
           "its database does not answer.",
           measured.full ? 1 : 0);
  to.gauge("sagad_journal_waits_for_room", "1 while even sagas under way wait for the journal's disk.",
           measured.waits_for_room ? 1 : 0);
}

void add_views(families& to, const views::standing& listed, millis lag_ms) {
  to.gauge("sagad_views_lag_seconds", "How far what lists show is behind the journal.",
           static_cast<double>(lag_ms) / 1000);
  to.gauge("sagad_views_sagas", "Sagas that the views hold.", listed.sagas);
  to.gauge("sagad_views_rebuilding", "1 while the views are built anew beside the live ones.",
           listed.rebuilding ? 1 : 0);
  to.counter("sagad_views_rebuilt_total", "Times that views which were built anew took their place.", listed.rebuilt);
}

double seconds(std::uint64_t ms) noexcept {
  return static_cast<double>(ms) / 1000;
}

prometheus::ClientMetric::Histogram histogram(const dispatch::latency& took) {
  prometheus::ClientMetric::Histogram out;
  out.sample_count = took.count();
  out.sample_sum = seconds(took.sum_ms());
  std::uint64_t below = 0;
  for (std::size_t at = 0; at < dispatch::latency::bounds_ms.size(); ++at) {
    below += took.counts()[at];
    out.bucket.push_back({below, seconds(static_cast<std::uint64_t>(dispatch::latency::bounds_ms[at]))});
  }
  out.bucket.push_back({took.count(), std::numeric_limits<double>::infinity()});
  return out;
}

void add_participants(families& to, const dispatch::participant_views& views) {
  for (const auto& one : views.all) {
    to.histogram("sagad_participant_answer_seconds", "How long answers took, from a request's first byte.",
                 histogram(one.took), {{"participant", one.name}});
  }
  for (const auto& one : views.all) {
    for (auto [end, count] : {std::pair<const char*, std::uint64_t>{"answered", one.answered},
                              {"not_sent", one.not_sent},
                              {"unknown", one.unknown}}) {
      to.counter("sagad_participant_calls_total", "Calls that ended, by how.", count,
                 {{"participant", one.name}, {"end", end}});
    }
  }
  for (const auto& one : views.all) {
    to.gauge("sagad_participant_circuit_open", "1 while the participant is left alone because calls failed.",
             one.left_alone ? 1 : 0, {{"participant", one.name}});
  }
  for (const auto& one : views.all) {
    to.gauge("sagad_participant_in_flight", "Calls under way.", one.in_flight, {{"participant", one.name}});
  }
  for (const auto& one : views.all) {
    to.counter("sagad_participant_stray_answers_total",
               "Connections closed because the participant sent more than it had been asked for.", one.strayed,
               {{"participant", one.name}});
  }
  constexpr std::array<const char*, dispatch::lanes::count> lanes{"compensation", "must_succeed", "action"};
  for (const auto& one : views.all) {
    for (std::size_t in = 0; in < lanes.size(); ++in) {
      to.gauge("sagad_participant_waiting", "Calls that wait for the circuit or a free slot.", one.waiting[in],
               {{"participant", one.name}, {"lane", lanes[in]}});
    }
  }
}

void add_connections(families& to, const http::server_counts& counts, std::uint64_t event_streams) {
  to.gauge("sagad_connections_open", "Clients' connections.", counts.open);
  to.counter("sagad_connections_accepted_total", "Clients' connections that were accepted.", counts.accepted);
  to.counter("sagad_requests_total", "Requests that arrived whole.", counts.requests);
  to.counter("sagad_requests_refused_total",
             "Malformed, too large or too slow ones, connections too many, and answers too many that nobody reads.",
             counts.refused);
  to.counter("sagad_connections_slow_total", "Connections closed because the client did not read what it was sent.",
             counts.slow);
  to.gauge("sagad_event_streams", "Clients that follow the events.", event_streams);
  to.counter("sagad_requests_failed_total", "Requests whose handler failed: a defect each.", counts.faults);
}

void add_reactors(families& to, const runtime::watchdog& held) {
  for (std::size_t at = 0; at < runtime::watchdog::parts; ++at) {
    const auto part = static_cast<runtime::turn_part>(at);
    to.counter("sagad_reactor_overruns_total", "Times that one thing held a reactor for more than a millisecond.",
               held.of(part).overruns, {{"part", std::string(name(part))}});
  }
  for (std::size_t at = 0; at < runtime::watchdog::parts; ++at) {
    const auto part = static_cast<runtime::turn_part>(at);
    to.gauge("sagad_reactor_longest_hold_seconds", "The longest of them.",
             std::chrono::duration<double>(held.of(part).longest).count(), {{"part", std::string(name(part))}});
  }
}

}  // namespace

std::string metrics_text(const measures& all_measured) {
  families all;
  add_sagas(all, all_measured.counted);
  add_calls(all, all_measured.counted);
  add_participants(all, all_measured.participants);
  add_connections(all, all_measured.connections, all_measured.event_streams);
  all.gauge("sagad_batches_open", "Batches of starts under way.", all_measured.batches_open);
  add_reactors(all, all_measured.counted.held);
  add_journal(all, all_measured.journal);
  add_views(all, all_measured.listed, all_measured.views_lag_ms);
  all.gauge("sagad_clock_drift_seconds", "How far the wall clock is ahead of the journal's time.",
            static_cast<double>(all_measured.clock_drift_ms) / 1000);
  all.counter("sagad_log_lines_dropped_total", "Lines of the log that nobody read in time.", log::dropped());
  return all.text();
}

}  // namespace sagad::api
