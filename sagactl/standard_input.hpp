#pragma once

#include <array>
#include <functional>
#include <streambuf>
#include <utility>

namespace sagad::sagactl {

/// Standard input, for a stream. While nothing comes it asks now and then whether it should stop. Reading then ends in
/// an error, as it does where the input cannot be read: what came of a line is not taken for all of it.
class standard_input final : public std::streambuf {
 public:
  explicit standard_input(std::function<bool()> stopped) : stopped_(std::move(stopped)) {}

 protected:
  int_type underflow() override;

 private:
  std::function<bool()> stopped_;
  std::array<char, 65536> buffer_{};
};

}  // namespace sagad::sagactl
