#pragma once

#include <boost/container/small_vector.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

#include "base/problem.hpp"
#include "engine/input.hpp"
#include "engine/record.hpp"
#include "engine/saga.hpp"

/// The functions that carry everything. Pure: no clock, no random number, no I/O; thread-safe on different sagas.
namespace sagad::engine {

/// Nothing is to be recorded: the input changes nothing, or is not allowed.
struct refusal {
  enum class kind : std::uint8_t {
    nothing,   ///< expected and harmless: an old answer, a tick with nothing due
    repeated,  ///< this command was carried out before, by the record `seq`; or this late answer is the one that stands
    refused,   ///< told to whoever asked
  } what = kind::nothing;
  std::uint32_t seq = 0;
  sagad::problem problem;
};

using decision = std::variant<record, refusal>;

/// A saga's own invariant does not hold: it is quarantined, the process goes on.
struct broken_invariant : std::logic_error {
  using std::logic_error::logic_error;
};

/// What should be recorded. A start needs a saga with id and definition set and seq 0. Throws broken_invariant.
decision decide(const saga& saga, const input& given, const moment& moment);

/// Makes the record's news the saga's state: sets what it says and decides nothing. Throws broken_invariant for a
/// record that cannot be its next.
void apply(saga& saga, const record& record);

/// One thing that must be going on.
struct wanted {
  enum class kind : std::uint8_t { call, poll } what = kind::call;
  attempt_id attempt;
  bool probing = false;  ///< asked again though blocked
};

struct work {
  boost::container::small_vector<wanted, 4> now;
  millis wake_at = never;  ///< when to look again, with a tick if nothing else came
};

/// What must be going on at `now`: a set, not orders.
work outstanding(const saga& saga, millis now);

/// How far the patience with an open operation goes, as its records tell: a try under way may still change it.
struct patience {
  millis ends_at = never;                   ///< a try that ends then or later is the last; `never`: time has no bound
  std::optional<std::uint32_t> tries_left;  ///< with the one under way; empty: any number
  bool turns_back = false;                  ///< what follows: the saga turns back; else the operation is blocked
};

/// Nothing where no budget is running out: the operation is blocked, or left behind. A pause puts `ends_at` off by as
/// long as it lasts.
std::optional<patience> patience_with(const saga& saga, const open_operation& open);

/// Renders an operation's request from the kept slices, into `out`. Returns what went wrong, if anything did.
std::optional<std::string> render(const saga& saga, operation_id operation, request& out);

inline constexpr std::size_t request_bytes_max = 1U << 20U;
inline constexpr std::size_t headers_bytes_max = 8U << 10U;
inline constexpr std::size_t output_bytes_max = 1U << 20U;

/// The verdict on an exchange of an attempt (the table of answers), with its cause.
struct judged {
  engine::verdict verdict = verdict::unknown;
  cause why = cause::none;
};
judged classify(const definition::operation& operation, const exchange& seen) noexcept;

/// The verdict on a poll's answer; nothing: go on polling.
std::optional<judged> classify_poll(const definition::operation& operation, const exchange& seen) noexcept;

std::string_view name(fact what) noexcept;
std::string_view name(cause why) noexcept;
std::string_view name(command_name command) noexcept;
std::string_view name(engine::side which) noexcept;
std::optional<command_name> parse_command(std::string_view text) noexcept;

}  // namespace sagad::engine
