#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sagad::participants {

/// Reads a request's body strictly: one JSON object (or a list of them) whose members are all asked for, none of them
/// doubled, integers within 64 bits. A number is an integer by its value, however it is written (`7`, `7.0`, `70e-1`),
/// as it is for who calls. Everything else throws bad_input with what to write instead.
class json_reader {
 public:
  /// `example` is shown in every complaint.
  json_reader(std::string_view body, std::string_view example);
  ~json_reader();
  json_reader(const json_reader&) = delete;
  json_reader& operator=(const json_reader&) = delete;

  /// 1 to `bytes_max` bytes, no control characters.
  std::string text(std::string_view name, std::size_t bytes_max = 128);
  std::int64_t integer(std::string_view name, std::int64_t least = 1,
                       std::int64_t most = std::numeric_limits<std::int64_t>::max());
  double number(std::string_view name, double least, double most);

  /// Empty where the member is missing.
  std::optional<std::string> text_if_present(std::string_view name, std::size_t bytes_max = 128);
  std::optional<std::int64_t> integer_if_present(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<double> number_if_present(std::string_view name, double least, double most);

  /// Refuses members that nobody asked for.
  void finish() const;

  /// For bodies that are one object or an array of objects: `each` reads one and this finishes it. Answers how many.
  static std::size_t for_each(std::string_view body, std::string_view example,
                              const std::function<void(json_reader&)>& each);

 private:
  class state;
  explicit json_reader(std::unique_ptr<state> of);
  std::unique_ptr<state> state_;
};

}  // namespace sagad::participants
