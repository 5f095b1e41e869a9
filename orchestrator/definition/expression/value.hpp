#pragma once

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "definition/expression/expression.hpp"

namespace sagad::definition::expression {

/// A value while an expression is evaluated. Small and trivial: what it points to is in the slices, in the code or in
/// the workshop, all of which outlive it.
struct value {
  enum class kind : std::uint8_t { error, null, boolean, integer, unsigned_integer, real, text, list, map, raw };

  kind is = kind::null;
  union {
    std::int64_t integer = 0;
    std::uint64_t unsigned_integer;
    double real;
    bool boolean;
  };
  /// Of text: its characters. Of an error: what went wrong. Of anything else: the JSON that it came as, if it did; a
  /// list or a map then has no `items`.
  std::string_view text;
  const value* items = nullptr;  ///< of a list made here; of a map keys and values by turns
  std::size_t count = 0;         ///< of elements, or of members

  bool is_error() const noexcept { return is == kind::error; }
  bool is_json() const noexcept { return text.data() != nullptr && is != kind::text && is != kind::error; }

  static value of(bool given) noexcept;
  static value of(std::int64_t given) noexcept;
  static value of(std::uint64_t given) noexcept;
  static value of(double given) noexcept;
  static value of_text(std::string_view characters) noexcept;
  static value of_json(std::string_view raw) noexcept;
};

/// What an evaluation makes on its way, and what it may still spend. Lives for one evaluation.
class workshop {
 public:
  /// Thrown by `spend`, caught at the end of the evaluation: nothing may absorb it as `||` absorbs an error.
  struct spent {};

  explicit workshop(std::size_t steps = evaluation_steps_max) : left_(steps) {}

  /// A step, and more of them for what takes long: one for each 64 bytes.
  void spend(std::size_t bytes = 0) {
    const std::size_t steps = 1 + bytes / 64;
    if (steps > left_) throw spent{};
    left_ -= steps;
  }

  std::string_view keep(std::string text) { return texts_.emplace_front(std::move(text)); }
  const value* keep(std::vector<value> made) { return lists_.emplace_front(std::move(made)).data(); }
  value error(std::string why);
  value list(std::vector<value> elements);

 private:
  std::size_t left_;
  std::forward_list<std::string> texts_;
  std::forward_list<std::vector<value>> lists_;
};

/// For messages: "an integer".
std::string_view describe(value::kind kind) noexcept;
/// Of one that was read.
std::string describe(const value& given);

/// Reads what came as JSON: afterwards it is anything but raw. Lists and maps are read no further.
value read(const value& given, workshop& room);

// Each takes values that were read and are no errors, and gives a value or an error.
value negated(const value& operand, workshop& room);
value combined(operation what, const value& left, const value& right, workshop& room);
value compared(operation what, const value& left, const value& right, workshop& room);
/// `==`, across the kinds of number too.
value equal(const value& left, const value& right, workshop& room);
/// The same for two lists or two maps.
value equal_inside(const value& left, const value& right, workshop& room);
value contained(const value& element, const value& in, workshop& room);
value selected(const value& whole, std::string_view name, workshop& room);
value has_member(const value& whole, std::string_view name, workshop& room);
value indexed(const value& whole, const value& key, workshop& room);
value map_of(const value* entries, std::size_t count, workshop& room);
value sized(const value& whole, workshop& room);
value converted(function_no to, const value& from, workshop& room);

/// The elements of a list, or the keys of a map.
struct elements {
  const value* first = nullptr;
  std::size_t count = 0;
  std::size_t stride = 1;
};
elements elements_of(const value& whole, workshop& room);

/// A double as people and JSON write it: the shortest text that gives it again.
std::string text_of(double real);

/// Appends the value as JSON, at most `result_bytes_max` of it. Returns what is wrong with it.
std::optional<std::string> append_json(const value& given, workshop& room, std::string& out);

/// Runs a program; the result may be an error.
value run(const code& program, slice_values values, workshop& room);

}  // namespace sagad::definition::expression
