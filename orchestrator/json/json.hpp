#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// JSON from outside and raw JSON inside: checked once, then cut and spliced as text. Pure; thread-safe (a parser a
/// thread within).
namespace sagad::json {

inline constexpr std::size_t depth_max = 64;

/// Whether the text is one JSON value: UTF-8, no doubled names, at most depth_max deep, numbers well-formed. Returns
/// what is wrong and where. Refused, too: a byte order mark, and `\uD800` to `\uDFFF` without its other half, which is
/// no character. Numbers may be of any size: their text is what counts. Throws std::bad_alloc: nothing is known of it
/// then.
std::optional<std::string> check(std::string_view text);

/// Whether the bytes are UTF-8.
bool valid_utf8(std::string_view text) noexcept;

/// A path into a value: member names, or decimal indices into arrays.
using path = std::span<const std::string>;

/// The raw text of the value at a path, as a view into `text` without surrounding white space; `data() == nullptr`
/// where there is none. `text` passed `check`. For many paths: `path_tree`.
std::string_view slice(std::string_view text, path where);

/// Appends `text` as a JSON string with its quotes; `text` is UTF-8.
void append_string(std::string& out, std::string_view text);

/// The name of a member and its colon, for a value to follow, with the comma that it needs behind another member. `out`
/// ends within the object.
void append_name(std::string& out, std::string_view name);
void append_text(std::string& out, std::string_view name, std::string_view text);
void append_number(std::string& out, std::string_view name, std::int64_t number);

/// The characters of a raw JSON string (`raw` begins and ends with a quote).
std::string unescape(std::string_view raw);

/// The same value with members sorted by name (by code units: the bytes of UTF-8), strings escaped in one way, no white
/// space and the text of numbers kept: what two equal requests have in common. `text` passed `check`.
std::string canonical(std::string_view text);

}  // namespace sagad::json
