#include "sagactl/fresh_name.hpp"

#include <random>
#include <string_view>

namespace sagad::sagactl {

std::string fresh_name() {
  constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";
  constexpr int length = 26;
  std::random_device device;
  std::string out = "sagactl-";
  for (int at = 0; at < length; ++at) out += letters[device() % letters.size()];
  return out;
}

}  // namespace sagad::sagactl
