// Format 1:
//
//     record   := cause(1) phase(1) flags(1: forced) seq time events released
//     events   := count { fact(1) mask field... }      fields in the order of the mask's bits, absent ones are zero or
//     empty released := count { step(1) side(1) generation digest(32) }
//
// Numbers without a size are LEB128; times in events are signed distances to the record's time.
#include "records/formats.hpp"

namespace sagad::records::format_1 {
namespace {

using engine::event;

// Which fields of an event are present. The bits are persisted, for ever.
enum field : std::uint32_t {
  has_operation = 1U << 0U,
  has_why = 1U << 1U,
  has_command = 1U << 2U,
  has_flag = 1U << 3U,
  has_status = 1U << 4U,
  has_generation = 1U << 5U,
  has_attempt = 1U << 6U,
  has_at = 1U << 7U,
  has_content = 1U << 8U,
  has_body = 1U << 9U,
  has_text = 1U << 10U,
  has_more = 1U << 11U,
  at_is_never = 1U << 12U,
  at_is_plain = 1U << 13U,  // not a time near the record's: an epoch, or zero
  has_actor = 1U << 14U,
  all_fields = (1U << 15U) - 1,
};

void put_operation(std::string& out, engine::operation_id operation) {
  put_byte(out, operation.step);
  put_byte(out, static_cast<std::uint8_t>(operation.side));
}

engine::operation_id get_operation(reader& from) {
  const auto step = from.byte();
  return {step, static_cast<engine::side>(from.byte(1, 2, "side"))};
}

bool plain_at(const event& event) noexcept {
  return event.what == engine::fact::recovered || event.at == 0;
}

std::uint32_t mask_of(const event& event) noexcept {
  std::uint32_t mask = 0;
  if (!(event.operation == engine::operation_id{})) mask |= has_operation;
  if (event.why != engine::cause::none) mask |= has_why;
  if (event.command != engine::command_name::none) mask |= has_command;
  if (event.flag) mask |= has_flag;
  if (event.status != 0) mask |= has_status;
  if (event.generation != 0) mask |= has_generation;
  if (event.attempt != 0) mask |= has_attempt;
  if (event.at == never) {
    mask |= at_is_never;
  } else if (event.at != 0) {
    mask |= has_at | (plain_at(event) ? at_is_plain : 0U);
  }
  if (event.content != digest{}) mask |= has_content;
  if (!event.body.empty()) mask |= has_body;
  if (!event.text.empty()) mask |= has_text;
  if (!event.more.empty()) mask |= has_more;
  if (!event.actor.empty()) mask |= has_actor;
  return mask;
}

void put_event(std::string& out, const event& event, millis time) {
  const auto mask = mask_of(event);
  put_byte(out, static_cast<std::uint8_t>(event.what));
  put_number(out, mask);
  if (mask & has_operation) put_operation(out, event.operation);
  if (mask & has_why) put_byte(out, static_cast<std::uint8_t>(event.why));
  if (mask & has_command) put_byte(out, static_cast<std::uint8_t>(event.command));
  if (mask & has_status) put_number(out, event.status);
  if (mask & has_generation) put_number(out, event.generation);
  if (mask & has_attempt) put_number(out, event.attempt);
  if (mask & has_at) put_number(out, zigzag(mask & at_is_plain ? event.at : distance(event.at, time)));
  if (mask & has_content) put_bytes(out, event.content.bytes);
  if (mask & has_body) put_text(out, event.body);
  if (mask & has_text) put_text(out, event.text);
  if (mask & has_more) put_text(out, event.more);
  if (mask & has_actor) put_text(out, event.actor);
}

event get_event(reader& from, millis time) {
  event event;
  event.what = static_cast<engine::fact>(from.byte(1, last_fact, "event"));
  const auto mask = from.number_as<std::uint32_t>("field mask");
  if ((mask & ~std::uint32_t{all_fields}) != 0) throw bad_bytes("an event has fields that are not known");
  if (mask & has_operation) event.operation = get_operation(from);
  if (mask & has_why) event.why = static_cast<engine::cause>(from.byte(1, last_cause, "cause"));
  if (mask & has_command) event.command = static_cast<engine::command_name>(from.byte(1, last_command, "command"));
  event.flag = (mask & has_flag) != 0;
  if (mask & has_status) event.status = from.number_as<std::uint16_t>("status");
  if (mask & has_generation) event.generation = from.number_as<std::uint32_t>("generation");
  if (mask & has_attempt) event.attempt = from.number_as<std::uint32_t>("attempt");
  if (mask & has_at) {
    const auto value = unzigzag(from.number());
    event.at = mask & at_is_plain ? value : moved(time, value);
  }
  if (mask & at_is_never) event.at = never;
  if (mask & has_content) from.take_into(event.content.bytes);
  if (mask & has_body) event.body = from.text();
  if (mask & has_text) event.text = from.text();
  if (mask & has_more) event.more = from.text();
  if (mask & has_actor) event.actor = from.text();
  // One text for one record: what would be written otherwise was not written by this format.
  if (mask_of(event) != mask) throw bad_bytes("an event's fields are not those that it needs");
  return event;
}

}  // namespace

void put(const engine::record& record, std::string& out) {
  put_byte(out, static_cast<std::uint8_t>(record.cause));
  put_byte(out, static_cast<std::uint8_t>(record.phase_after));
  put_byte(out, record.forced_after ? 1 : 0);
  put_number(out, record.seq);
  put_number(out, zigzag(record.at));
  put_number(out, record.events.size());
  for (const auto& event : record.events) put_event(out, event, record.at);
  put_number(out, record.released.size());
  for (const auto& release : record.released) {
    put_operation(out, release.operation);
    put_number(out, release.generation);
    put_bytes(out, release.request.bytes);
  }
}

engine::record get(reader& from) {
  engine::record record;
  record.cause = static_cast<engine::input_kind>(from.byte(1, last_input, "input"));
  record.phase_after = static_cast<lifecycle::phase>(from.byte(1, last_phase, "phase"));
  record.forced_after = from.byte(0, 1, "flags") == 1;
  record.seq = from.number_as<std::uint32_t>("seq");
  record.at = unzigzag(from.number());
  const auto events = from.number_as<std::uint16_t>("number of events");
  for (unsigned count = 0; count < events; ++count) record.events.push_back(get_event(from, record.at));
  const auto released = from.number_as<std::uint16_t>("number of releases");
  for (unsigned count = 0; count < released; ++count) {
    engine::release release;
    release.operation = get_operation(from);
    release.generation = from.number_as<std::uint32_t>("generation");
    from.take_into(release.request.bytes);
    record.released.push_back(release);
  }
  return record;
}

}  // namespace sagad::records::format_1
