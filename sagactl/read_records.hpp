#pragma once

#include <cstdint>
#include <string>

#include "sagactl/reply.hpp"

namespace sagad::sagactl {

/// A saga's records after `seq`, all pages of them: an array, or what went wrong with one page.
reply records_after(session& with, const std::string& id, std::int64_t seq);

}  // namespace sagad::sagactl
