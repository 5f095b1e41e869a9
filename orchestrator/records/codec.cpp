#include "records/codec.hpp"

#include <cstring>
#include <limits>
#include <stdexcept>

namespace sagad::records {
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

constexpr std::uint8_t last_fact = static_cast<std::uint8_t>(engine::fact::passed_over);
constexpr std::uint8_t last_cause = static_cast<std::uint8_t>(engine::cause::unknown_participant);
constexpr std::uint8_t last_command = static_cast<std::uint8_t>(engine::command_name::cancel);
constexpr std::uint8_t last_input = static_cast<std::uint8_t>(engine::input_kind::command);

void put_byte(std::string& out, std::uint8_t value) {
  out += static_cast<char>(value);
}

void put_number(std::string& out, std::uint64_t value) {
  if (value < 0x80) return put_byte(out, static_cast<std::uint8_t>(value));
  char bytes[10];
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7U) bytes[size++] = static_cast<char>(value | 0x80);
  bytes[size++] = static_cast<char>(value);
  out.append(bytes, size);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out.append(text);
}

void put_digest(std::string& out, const digest& value) {
  out.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
}

std::uint64_t zigzag(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63);
}

// Wrapping, so that any two times have one.
millis distance(millis at, millis from) noexcept {
  return static_cast<millis>(static_cast<std::uint64_t>(at) - static_cast<std::uint64_t>(from));
}

millis moved(millis from, millis by) noexcept {
  return static_cast<millis>(static_cast<std::uint64_t>(from) + static_cast<std::uint64_t>(by));
}

std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

void put_operation(std::string& out, engine::operation_id operation) {
  put_byte(out, operation.step);
  put_byte(out, static_cast<std::uint8_t>(operation.side));
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
  if (mask & has_content) put_digest(out, event.content);
  if (mask & has_body) put_text(out, event.body);
  if (mask & has_text) put_text(out, event.text);
  if (mask & has_more) put_text(out, event.more);
  if (mask & has_actor) put_text(out, event.actor);
}

struct bad_bytes : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class reader {
 public:
  explicit reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const noexcept { return rest_.empty(); }

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) throw bad_bytes("it ends early");
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(take(1).front()); }
  std::uint8_t byte(std::uint8_t lowest, std::uint8_t highest, const char* what) {
    const auto value = byte();
    if (value < lowest || value > highest) {
      throw bad_bytes(std::string(what) + " " + std::to_string(value) + " is not known");
    }
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      const bool last = next < 0x80;
      if ((shift == 63 && next > 1) || (last && next == 0 && shift != 0)) break;
      value |= std::uint64_t{next & 0x7FU} << shift;
      if (last) return value;
    }
    throw bad_bytes("a number is longer than it must be");
  }
  template <typename Unsigned>
  Unsigned number_as(const char* what) {
    const auto value = number();
    if (value > std::numeric_limits<Unsigned>::max()) throw bad_bytes(std::string(what) + " is too large");
    return static_cast<Unsigned>(value);
  }
  std::string_view text() { return take(number()); }
  digest a_digest() {
    digest value;
    std::memcpy(value.bytes.data(), take(value.bytes.size()).data(), value.bytes.size());
    return value;
  }
  engine::operation_id operation() {
    const auto step = byte();
    return {step, static_cast<engine::side>(byte(1, 2, "side"))};
  }

 private:
  std::string_view rest_;
};

event get_event(reader& from, millis time) {
  event event;
  event.what = static_cast<engine::fact>(from.byte(1, last_fact, "event"));
  const auto mask = from.number_as<std::uint32_t>("field mask");
  if ((mask & ~std::uint32_t{all_fields}) != 0) throw bad_bytes("an event has fields that are not known");
  if (mask & has_operation) event.operation = from.operation();
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
  if (mask & has_content) event.content = from.a_digest();
  if (mask & has_body) event.body = from.text();
  if (mask & has_text) event.text = from.text();
  if (mask & has_more) event.more = from.text();
  if (mask & has_actor) event.actor = from.text();
  // One text for one record: what would be written otherwise was not written by this format.
  if (mask_of(event) != mask) throw bad_bytes("an event's fields are not those that it needs");
  return event;
}

engine::record get_record(reader& from) {
  engine::record record;
  if (const auto version = from.byte(); version != format) {
    throw bad_bytes("format " + std::to_string(version) + " is not known (this program reads up to " +
                    std::to_string(format) + ")");
  }
  record.cause = static_cast<engine::input_kind>(from.byte(1, last_input, "input"));
  record.phase_after = static_cast<lifecycle::phase>(from.byte(1, 7, "phase"));
  record.forced_after = from.byte(0, 1, "flags") == 1;
  record.seq = from.number_as<std::uint32_t>("seq");
  record.at = unzigzag(from.number());
  const auto events = from.number_as<std::uint16_t>("number of events");
  for (unsigned count = 0; count < events; ++count) record.events.push_back(get_event(from, record.at));
  const auto released = from.number_as<std::uint16_t>("number of releases");
  for (unsigned count = 0; count < released; ++count) {
    engine::release release;
    release.operation = from.operation();
    release.generation = from.number_as<std::uint32_t>("generation");
    release.request = from.a_digest();
    record.released.push_back(release);
  }
  if (!from.at_end()) throw bad_bytes("bytes follow its end");
  return record;
}

}  // namespace

void encode(const engine::record& record, std::string& out) {
  put_byte(out, format);
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
    put_digest(out, release.request);
  }
}

std::variant<engine::record, unreadable> decode(std::string_view bytes) {
  try {
    reader from(bytes);
    return get_record(from);
  } catch (const bad_bytes& bad) {
    return unreadable{bad.what()};
  }
}

}  // namespace sagad::records
