#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sagad::participants {

/// Which actions are answered 202 and done later, by path. Any thread.
class late_plan {
 public:
  /// Empty `after_ms`: answered at once again.
  void set(const std::string& path, std::optional<std::int64_t> after_ms) {
    const std::lock_guard lock(mutex_);
    if (after_ms) {
      after_ms_[path] = *after_ms;
    } else {
      after_ms_.erase(path);
    }
  }

  std::optional<std::int64_t> after_ms(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    const auto place = after_ms_.find(path);
    return place == after_ms_.end() ? std::nullopt : std::optional(place->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t, std::less<>> after_ms_;
};

}  // namespace sagad::participants
