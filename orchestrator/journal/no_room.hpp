#pragma once

#include <cerrno>

namespace sagad::journal {

/// An errno that passes when somebody gives back what he holds: a disk's room, or open files.
constexpr bool is_no_room(int error) noexcept {
  return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EMFILE || error == ENFILE;
}

}  // namespace sagad::journal
