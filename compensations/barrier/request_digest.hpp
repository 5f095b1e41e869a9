#pragma once

#include <string>
#include <string_view>

namespace sagad::barrier {

/// What a request said, as 64 lower-case hexadecimal digits of SHA-256 over three fields, each preceded by its length
/// as an 8-byte little-endian integer:
///
///     len64le(method) method  len64le(target) target  len64le(body) body
///
/// where target is the path with its query, as it stands in the request line. The coordinator records the same digest
/// when it releases an operation.
std::string request_digest(std::string_view method, std::string_view target, std::string_view body);

}  // namespace sagad::barrier
