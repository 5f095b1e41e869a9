#include "api/result_list.hpp"

#include <utility>

namespace sagad::api {

void result_list::tell(std::size_t number, std::string result) {
  told_[number] = std::move(result);
  join(joined_with_each);
}

bool result_list::join(std::size_t most) {
  for (; most > 0 && joined_ < told_.size() && !told_[joined_].empty(); --most) {
    if (joined_ > 0) text_ += ',';
    text_ += std::exchange(told_[joined_++], {});
  }
  return joined_ == told_.size();
}

std::string result_list::take() {
  text_ += ']';
  return std::move(text_);
}

}  // namespace sagad::api
