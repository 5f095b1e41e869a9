#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/moment.hpp"
#include "base/saga_id.hpp"
#include "engine/record.hpp"
#include "journal/journal.hpp"
#include "lifecycle/lifecycle.hpp"
#include "views/shown.hpp"

namespace sagad::views {

/// What is kept of what a participant said; more is in the saga's records.
inline constexpr std::size_t detail_bytes_max = 256;

/// An operation that is open and does not simply go on: its last attempt failed, or it is blocked.
struct trouble {
  engine::operation_id operation;
  bool blocked = false;
  bool accepted = false;  ///< a late answer is awaited: nothing to show for now
  engine::cause error = engine::cause::none;
  engine::cause blocked_by = engine::cause::none;
  std::uint16_t status = 0;
  std::string detail;

  friend bool operator==(const trouble&, const trouble&) = default;
};

/// Why a saga goes backward, or went.
struct turning {
  engine::cause why = engine::cause::none;
  step_no step = 0;
  std::string detail;

  /// Whether `step` is what it turned back because of; a deadline or a person has none.
  bool by_a_step() const noexcept;
  friend bool operator==(const turning&, const turning&) = default;
};

/// What the views keep of one saga, and all that is needed to go on from there. A value.
struct row {
  saga_id id;
  digest definition;          ///< zeros: its start cannot be read
  std::uint32_t version = 0;  ///< of the definition; 0: inline
  lifecycle::phase phase = lifecycle::phase::forward;
  std::uint32_t seq = 0;  ///< of its newest record; 0: none yet
  journal::position position = 0;
  millis started = 0;
  millis changed = 0;
  std::string key;      ///< empty: none
  std::string starter;  ///< who started it; empty: not recorded
  std::string labels;   ///< a JSON object of texts; empty: none
  turning turned;
  std::vector<trouble> troubles;
  /// Its records cannot be read, or some are missing: what is wrong. It is shown as stuck from then on.
  std::string broken;

  friend bool operator==(const row&, const row&) = default;
};

shown state_of(const row& row) noexcept;

/// Calls `visit(name, value)` for each of its labels.
void for_each_label(const row& row, const std::function<void(std::string, std::string)>& visit);

/// The trouble to show: the first that is blocked, else the first, by step; null when there is none.
const trouble* worst(const row& row) noexcept;

/// Cuts a text to `detail_bytes_max`, never within a character.
std::string_view beginning(std::string_view text) noexcept;

/// Everything but id, definition, times, key and labels that a row consists of, packed for one column; empty when there
/// is nothing.
std::string pack(const row& row);
/// Sets what `pack` packed; false for bytes that it did not make.
bool unpack(std::string_view bytes, row& row);

}  // namespace sagad::views
