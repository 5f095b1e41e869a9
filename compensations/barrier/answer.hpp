#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sagad::barrier {

/// The values of the header Saga-Outcome. `failed` stands where nothing is known to have happened: whoever asks counts
/// it as unknown.
enum class outcome : std::uint8_t { done, rejected, in_progress, refused, differs, failed };

std::string_view name_of(outcome what) noexcept;

/// To be sent only after the transaction that it was made in is durable.
struct answer {
  int status = 0;
  outcome what = outcome::failed;
  std::string body;
  /// 0: no Retry-After.
  int retry_after_seconds = 0;
  /// The same operation waits for its late end: 202.
  bool accepted = false;
};

}  // namespace sagad::barrier
