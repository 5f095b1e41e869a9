#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "journal/log/frame.hpp"

/// How the bodies of frames are made smaller: zstd, each by itself. Records of one batch have most of their bytes in
/// common, so that a fifth to a third of them is left.
namespace sagad::journal::log {

/// A body of fewer bytes is not packed: what is saved is not worth the time. Neither is one of more: who wants one of
/// its records would unpack them all.
inline constexpr std::size_t packed_bytes_min = 1U << 10U;
inline constexpr std::size_t packed_bytes_max = 256U << 10U;

/// Packs one frame after the other. Used by one thread at a time.
class packer {
 public:
  packer();
  ~packer();
  packer(const packer&) = delete;
  packer& operator=(const packer&) = delete;

  /// Packs the body of a frame whose header is still to be written, and returns how many bytes it had; 0: the frame is
  /// as it was, because it would hardly be smaller.
  std::uint32_t pack(std::string& frame);

 private:
  struct workspace;
  std::unique_ptr<workspace> workspace_;
  std::string packed_;
};

/// The body of a frame as it was before it was packed, in `buffer` where that was done; empty when it cannot be had.
/// Thread-safe.
std::optional<std::string_view> unpack(const frame_header& header, std::string_view body, std::string& buffer);

}  // namespace sagad::journal::log
