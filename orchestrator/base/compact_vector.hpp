#pragma once

#include <boost/container/vector.hpp>
#include <cstdint>

namespace sagad {

/// A vector whose size and capacity take 32 bits each: for what there is one of in every saga.
template <typename T>
using compact_vector = boost::container::vector<
    T, void,
    boost::container::vector_options_t<boost::container::stored_size<std::uint32_t>,
                                       boost::container::growth_factor<boost::container::growth_factor_100>>>;

}  // namespace sagad
