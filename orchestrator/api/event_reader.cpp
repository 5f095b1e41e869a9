#include "api/event_reader.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "records/codec.hpp"
#include "runtime/record_line.hpp"

namespace sagad::api {
namespace {

constexpr std::size_t origins_max = 32'768;

bool has_one_of(const engine::record& record, std::uint32_t facts) {
  return std::any_of(record.events.begin(), record.events.end(), [facts](const engine::event& one) {
    return (facts >> static_cast<unsigned>(one.what) & 1U) != 0;
  });
}

}  // namespace

event_reader::event_reader(journal::store& store, const runtime::catalog& definitions)
    : store_(store), definitions_(definitions) {}

event_reader::origin event_reader::origin_in(const journal::stored_record& start) const {
  const auto decoded = records::decode(start.bytes);
  const auto* record = std::get_if<engine::record>(&decoded);
  if (record == nullptr || record->events.empty()) return {};
  const auto& event = record->events.front();
  return {definitions_.find(event.content), event.attempt, std::string(event.actor)};
}

const event_reader::origin& event_reader::remember(const saga_id& saga, origin found) {
  if (met_.size() >= origins_max) met_before_ = std::exchange(met_, {});
  return met_.insert_or_assign(saga, std::move(found)).first->second;
}

const event_reader::origin& event_reader::origin_of(const journal::stored_record& stored) {
  if (stored.seq == 1) return remember(stored.saga, origin_in(stored));
  if (const auto known = met_.find(stored.saga); known != met_.end()) return known->second;
  if (const auto known = met_before_.find(stored.saga); known != met_before_.end()) {
    return remember(stored.saga, std::move(known->second));
  }
  const auto all = store_.read(stored.saga);
  return remember(stored.saga, all.empty() ? origin() : origin_in(all.front()));
}

// Whether it is wanted; then it stands in `json_`.
bool event_reader::render(const journal::stored_record& stored, const event_filter& wanted) {
  static const definition::definition unknown;
  if (wanted.saga && stored.saga != *wanted.saga) return false;
  const auto& from = origin_of(stored);
  if (wanted.starter && from.starter != *wanted.starter) return false;
  if (!wanted.definition.empty() && (from.definition == nullptr || from.definition->name != wanted.definition)) {
    return false;
  }
  if (wanted.version && from.version != *wanted.version) return false;
  json_.clear();
  const auto decoded = records::decode(stored.bytes);
  if (const auto* bad = std::get_if<records::unreadable>(&decoded)) {
    if (wanted.facts != 0) return false;
    runtime::append_unreadable_line(json_, stored, bad->why);
    return true;
  }
  const auto& record = std::get<engine::record>(decoded);
  if (wanted.facts != 0 && !has_one_of(record, wanted.facts)) return false;
  runtime::append_record_line(json_, stored, record, from.definition == nullptr ? unknown : *from.definition);
  return true;
}

event_read event_reader::read(event_place from, const event_filter& wanted, const event_bounds& bounds,
                              const telling& tell) {
  constexpr std::size_t chunk = event_places::behind_max;
  const bool from_oldest = from == event_place{};
  if (from_oldest) from.from = store_.oldest();
  event_read result{from, false};
  std::size_t scanned = 0;
  std::size_t told = 0;
  std::size_t bytes = 0;
  const auto enough = [&] {
    return scanned >= bounds.scanned_max || told >= bounds.told_max || bytes >= bounds.bytes_max;
  };
  while (!enough()) {
    auto& at = result.upto;
    std::uint32_t seen = 0;
    const auto skipped = at.behind;
    journal::cursor next;
    try {
      next = store_.scan(at.from, chunk, [&](const journal::stored_record& stored) {
        if (++seen <= skipped || enough()) return;
        ++scanned;
        at.behind = seen;
        if (!render(stored, wanted)) return;
        ++told;
        bytes += json_.size();
        tell(json_, at);
      });
    } catch (const journal::trimmed& freed) {
      // What was read is told; that what follows is freed is told to whoever goes on from there.
      if (scanned != 0) break;
      // It was the oldest place when it was asked for, a moment ago.
      if (!from_oldest) throw;
      at = {freed.oldest(), 0};
      continue;
    }
    if (seen <= at.behind) at = {next, 0};
    if (seen < chunk && at == event_place{next, 0}) {
      result.at_end = true;
      break;
    }
  }
  return result;
}

}  // namespace sagad::api
