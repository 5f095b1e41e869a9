#pragma once

#include <cerrno>

namespace sagad::journal {

/// An errno that says that a disk, or what is granted of it, is used up.
constexpr bool is_full_disk(int error) noexcept {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/// An errno that passes when somebody gives back what he holds: a disk's room, or open files.
constexpr bool is_no_room(int error) noexcept {
  return is_full_disk(error) || error == EMFILE || error == ENFILE;
}

}  // namespace sagad::journal
