#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/log/live_set.hpp"
#include "journal/log/lost_range.hpp"

namespace sagad::journal::log {

/// The bodies of a checkpoint's frames. Reading starts at the begin frame of the last complete one: what the pieces say
/// of sagas whose newest record lies before it stands, everything else is in the records behind it.
struct checkpoint_begin {
  std::uint64_t epoch = 0;
  millis last_time = 0;
  std::uint64_t oldest_sequence = 1;  ///< segments before it were freed
  std::vector<lost_range> lost;
  std::vector<position> last_position;
};

struct checkpoint_piece {
  offset begin{};  ///< of the checkpoint's first frame
  std::vector<live_entry> live;
};

struct checkpoint_end {
  offset begin{};
  std::uint64_t live_sagas = 0;
};

void append(std::string& frame, const checkpoint_begin& body);
void append(std::string& frame, const checkpoint_piece& body);
void append(std::string& frame, const checkpoint_end& body);

std::optional<checkpoint_begin> parse_checkpoint_begin(std::string_view body);
std::optional<checkpoint_piece> parse_checkpoint_piece(std::string_view body);
std::optional<checkpoint_end> parse_checkpoint_end(std::string_view body);

/// The body of an `opened` frame.
void append_opened(std::string& frame, std::uint64_t epoch);
std::optional<std::uint64_t> parse_opened(std::string_view body);

}  // namespace sagad::journal::log
