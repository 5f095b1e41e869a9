#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sagad::participants {

/// Writes one JSON text, compact, members in the order of the calls: the same calls give the same bytes. An empty name
/// is for elements of an array. Integers are exact.
class json_writer {
 public:
  json_writer();
  ~json_writer();
  json_writer(const json_writer&) = delete;
  json_writer& operator=(const json_writer&) = delete;

  void open_object(std::string_view name = {});
  void close_object();
  void open_array(std::string_view name = {});
  void close_array();
  void text(std::string_view name, std::string_view value);
  void integer(std::string_view name, std::int64_t value);
  void boolean(std::string_view name, bool value);
  void number(std::string_view name, double value);

  /// The finished text; nothing may be written after it.
  std::string take();

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace sagad::participants
