#pragma once

#include <string>

namespace sagad::sagactl {

/// `sagactl-` and 26 letters and digits out of 128 random bits: a key or command id that nobody has used.
std::string fresh_name();

}  // namespace sagad::sagactl
