#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace sagad::views {

/// In the header of every file of views, so that nothing else is taken for one.
inline constexpr std::int32_t application_id = 0x53414756;  // "SAGV"

/// Another process has the views' file.
struct in_use : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The right to write, and to replace, the views' file at a path: one process at a time (flock on `PATH.lock`), and
/// only where nothing is or a file of views, whatever its version, journal or damage behind the header. Of a file of
/// anybody else not a byte changes.
class claim {
 public:
  /// Takes it. Throws in_use, and std::runtime_error, that say what is in the way and what to do.
  explicit claim(const std::string& path);
  ~claim();
  claim(const claim&) = delete;
  claim& operator=(const claim&) = delete;

 private:
  int descriptor_;
};

}  // namespace sagad::views
