// Format 2 is format 1 without what goes without saying:
//
//     record   := head(1) seq time counts events released
//     head     := cause (bits 0-2), phase (bits 3-5), forced (bit 6)
//     counts   := number: events * 4 + releases, or events * 4 + 3 and a number: releases - 3
//     event    := fact(1) [mask] field...              fields in the order of the mask's bits
//     released := operation * 2 + (is its generation not 1?), [generation], the digest's first half(16)
//
// Each fact has its usual fields. An event that has those has no mask; else 128 is added to the fact, and the mask is
// of the fields in which it differs. That a number is 1, or a status 200, is a bit and no field. An operation is one
// number: twice the step, and one more for a compensation. Numbers without a size are LEB128; times in events are
// signed distances to the record's time.
#include <algorithm>
#include <array>

#include "records/formats.hpp"

namespace sagad::records::format_2 {
namespace {

using engine::event;
using engine::fact;

// Which fields of an event are present; those that differ most often take one byte. The bits are persisted, for ever.
enum field : std::uint32_t {
  has_operation = 1U << 0U,
  has_status = 1U << 1U,
  status_is_ok = 1U << 2U,
  has_attempt = 1U << 3U,
  is_first_attempt = 1U << 4U,
  has_text = 1U << 5U,
  has_at = 1U << 6U,
  has_body = 1U << 7U,
  has_why = 1U << 8U,
  has_generation = 1U << 9U,
  is_first_generation = 1U << 10U,
  at_is_never = 1U << 11U,
  has_flag = 1U << 12U,
  has_command = 1U << 13U,
  has_actor = 1U << 14U,
  has_content = 1U << 15U,
  has_more = 1U << 16U,
  at_is_plain = 1U << 17U,  // not a time near the record's: an epoch, or zero
  all_fields = (1U << 18U) - 1,
};

constexpr std::uint32_t of_first = has_operation | is_first_attempt | is_first_generation;

// The usual fields by fact. Persisted, for ever.
constexpr std::array<std::uint32_t, last_fact + 1> usual_fields{
    0,
    has_content | has_attempt | has_body | has_text,                                                    // started
    of_first | status_is_ok | has_body,                                                                 // done
    of_first | has_why | has_status | has_text,                                                         // rejected
    of_first | has_status | has_at,                                                                     // accepted
    of_first | has_why | has_at | has_text,                                                             // failed
    has_operation | has_why | has_text,                                                                 // turned_back
    of_first | status_is_ok,                                                                            // undone
    of_first | has_why | at_is_never,                                                                   // blocked
    has_operation | is_first_generation | has_attempt | has_at,                                         // freed
    has_operation | is_first_generation | has_attempt,                                                  // skipped
    has_operation | has_generation | has_at | has_body,                                                 // edited
    has_command | has_text | has_body | has_actor,                                                      // commanded
    has_operation,                                                                                      // enlisted
    has_at | at_is_plain,                                                                               // recovered
    has_body,                                                                                           // finished
    of_first | has_why | has_at,                                                                        // withheld
    of_first | has_why,                                                                                 // given_up
    of_first,                                                                                           // lost
    of_first | has_status,                                                                              // contradicted
    has_operation | has_why | has_status | is_first_attempt | is_first_generation | has_at | has_text,  // renewed
    has_operation,                                                                                      // passed_over
};

constexpr std::uint8_t fields_follow = 0x80;  // beside the fact
constexpr std::uint16_t ok = 200;

bool is_plain(const event& event) noexcept {
  return event.what == fact::recovered || event.at == 0;
}

std::uint32_t mask_of(const event& event) noexcept {
  std::uint32_t mask = 0;
  if (!(event.operation == engine::operation_id{})) mask |= has_operation;
  if (event.status != 0) mask |= event.status == ok ? status_is_ok : has_status;
  if (event.attempt != 0) mask |= event.attempt == 1 ? is_first_attempt : has_attempt;
  if (!event.text.empty()) mask |= has_text;
  if (event.at == never) {
    mask |= at_is_never;
  } else if (event.at != 0) {
    mask |= has_at | (is_plain(event) ? at_is_plain : 0U);
  }
  if (!event.body.empty()) mask |= has_body;
  if (event.why != engine::cause::none) mask |= has_why;
  if (event.generation != 0) mask |= event.generation == 1 ? is_first_generation : has_generation;
  if (event.flag) mask |= has_flag;
  if (event.command != engine::command_name::none) mask |= has_command;
  if (!event.actor.empty()) mask |= has_actor;
  if (event.content != digest{}) mask |= has_content;
  if (!event.more.empty()) mask |= has_more;
  return mask;
}

unsigned number_of(engine::operation_id operation) noexcept {
  return operation.step * 2U + (operation.side == engine::side::compensation ? 1U : 0U);
}

engine::operation_id operation_of(unsigned number) noexcept {
  return {static_cast<step_no>(number / 2), number % 2 == 0 ? engine::side::action : engine::side::compensation};
}

constexpr std::uint64_t last_operation = 2 * 255 + 1;

void put_event(std::string& out, const event& event, millis time) {
  const auto mask = mask_of(event);
  const auto what = static_cast<std::uint8_t>(event.what);
  if (const auto differs = mask ^ usual_fields.at(what); differs == 0) {
    put_byte(out, what);
  } else {
    put_byte(out, what | fields_follow);
    put_number(out, differs);
  }
  if (mask & has_operation) put_number(out, number_of(event.operation));
  if (mask & has_status) put_number(out, event.status);
  if (mask & has_attempt) put_number(out, event.attempt);
  if (mask & has_text) put_text(out, event.text);
  if (mask & has_at) put_number(out, zigzag(mask & at_is_plain ? event.at : distance(event.at, time)));
  if (mask & has_body) put_text(out, event.body);
  if (mask & has_why) put_byte(out, static_cast<std::uint8_t>(event.why));
  if (mask & has_generation) put_number(out, event.generation);
  if (mask & has_command) put_byte(out, static_cast<std::uint8_t>(event.command));
  if (mask & has_actor) put_text(out, event.actor);
  if (mask & has_content) put_bytes(out, event.content.bytes);
  if (mask & has_more) put_text(out, event.more);
}

std::uint32_t get_mask(reader& from, std::uint32_t usual, bool differs) {
  if (!differs) return usual;
  const auto difference = from.number_as<std::uint32_t>("field mask");
  if ((difference & ~std::uint32_t{all_fields}) != 0) throw bad_bytes("an event has fields that are not known");
  if (difference == 0) throw bad_bytes("an event's fields are the usual ones, and told all the same");
  return usual ^ difference;
}

event get_event(reader& from, millis time) {
  event event;
  const auto begin = from.byte();
  event.what = static_cast<fact>(reader::within(begin & 0x7FU, 1, last_fact, "event"));
  const auto mask = get_mask(from, usual_fields.at(static_cast<std::size_t>(event.what)), (begin & fields_follow) != 0);
  if (mask & has_operation) event.operation = operation_of(from.number_as<unsigned>("operation", last_operation));
  if (mask & has_status) event.status = from.number_as<std::uint16_t>("status");
  if (mask & status_is_ok) event.status = ok;
  if (mask & has_attempt) event.attempt = from.number_as<std::uint32_t>("attempt");
  if (mask & is_first_attempt) event.attempt = 1;
  if (mask & has_text) event.text = from.text();
  if (mask & has_at) {
    const auto value = unzigzag(from.number());
    event.at = mask & at_is_plain ? value : moved(time, value);
  }
  if (mask & at_is_never) event.at = never;
  if (mask & has_body) event.body = from.text();
  if (mask & has_why) event.why = static_cast<engine::cause>(from.byte(1, last_cause, "cause"));
  if (mask & has_generation) event.generation = from.number_as<std::uint32_t>("generation");
  if (mask & is_first_generation) event.generation = 1;
  event.flag = (mask & has_flag) != 0;
  if (mask & has_command) event.command = static_cast<engine::command_name>(from.byte(1, last_command, "command"));
  if (mask & has_actor) event.actor = from.text();
  if (mask & has_content) from.take_into(event.content.bytes);
  if (mask & has_more) event.more = from.text();
  // One text for one record: what would be written otherwise was not written by this format.
  if (mask_of(event) != mask) throw bad_bytes("an event's fields are not those that it needs");
  return event;
}

void put_release(std::string& out, const engine::release& release) {
  const bool again = release.generation != 1;
  put_number(out, number_of(release.operation) * 2U + (again ? 1U : 0U));
  if (again) put_number(out, release.generation);
  put_bytes(out, half_digest(release.request).bytes);
}

engine::release get_release(reader& from) {
  engine::release release;
  const auto what = from.number_as<unsigned>("operation", last_operation * 2 + 1);
  release.operation = operation_of(what / 2);
  if (what % 2 == 1) {
    release.generation = from.number_as<std::uint32_t>("generation");
    if (release.generation == 1) throw bad_bytes("a first generation is told, which goes without saying");
  }
  from.take_into(std::span(release.request.bytes).first(half_digest{}.bytes.size()));
  return release;
}

constexpr unsigned many = 3;  // so many releases are told by a number of their own

}  // namespace

void put(const engine::record& record, std::string& out) {
  put_byte(out, static_cast<std::uint8_t>(static_cast<unsigned>(record.cause) |
                                          static_cast<unsigned>(record.phase_after) << 3U |
                                          (record.forced_after ? 1U << 6U : 0U)));
  put_number(out, record.seq);
  put_number(out, zigzag(record.at));
  const auto released = record.released.size();
  put_number(out, record.events.size() * (many + 1) + std::min<std::size_t>(released, many));
  if (released >= many) put_number(out, released - many);
  for (const auto& event : record.events) put_event(out, event, record.at);
  for (const auto& release : record.released) put_release(out, release);
}

engine::record get(reader& from) {
  engine::record record;
  const auto head = from.byte();
  record.cause = static_cast<engine::input_kind>(reader::within(head & 7U, 1, last_input, "input"));
  record.phase_after = static_cast<lifecycle::phase>(reader::within(head >> 3U & 7U, 1, last_phase, "phase"));
  record.forced_after = reader::within(head >> 6U, 0, 1, "flags") == 1;
  record.seq = from.number_as<std::uint32_t>("seq");
  record.at = unzigzag(from.number());
  const auto counts = from.number_as<std::uint32_t>("number of events", 0xFFFFU * (many + 1) + many);
  auto released = counts % (many + 1);
  if (released == many) released += from.number_as<std::uint16_t>("number of releases");
  for (auto left = counts / (many + 1); left > 0; --left) record.events.push_back(get_event(from, record.at));
  for (; released > 0; --released) record.released.push_back(get_release(from));
  return record;
}

}  // namespace sagad::records::format_2
