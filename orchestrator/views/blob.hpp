#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "journal/sqlite.hpp"

namespace sagad::views {

/// An id's or a digest's bytes, as a column has them.
template <typename Bytes>
std::string_view as_blob(const Bytes& bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What `as_blob` gave to a column. Throws journal::sqlite_error for a blob of another size.
template <typename Bytes>
void copy_bytes(const std::string& blob, Bytes& into) {
  if (blob.size() != into.size()) throw journal::sqlite_error::damaged("a row's id or content has another size");
  std::copy(blob.begin(), blob.end(), into.begin());
}

}  // namespace sagad::views
