#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/saga_id.hpp"
#include "definition/definition.hpp"
#include "engine/record.hpp"

namespace sagad::records {

/// Appends the record as one JSON object, with the definition's step names: what people and event streams see. Times
/// are RFC 3339 in UTC. Bodies are spliced as the JSON that they are.
void append_json(std::string& out, const saga_id& saga, std::uint64_t position, const engine::record& record,
                 const definition::definition& definition);

/// A time as text, without an allocation.
struct timestamp_text {
  std::array<char, 24> letters{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                               '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};

  operator std::string_view() const noexcept {  // NOLINT(google-explicit-constructor): it is text
    return {letters.data(), letters.size()};
  }
  friend std::string operator+(std::string before, const timestamp_text& text) {
    return std::move(before.append(text.letters.data(), text.letters.size()));
  }
};

/// `2026-05-04T10:20:30.123Z`
timestamp_text timestamp(millis at) noexcept;

}  // namespace sagad::records
