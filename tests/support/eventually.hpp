#pragma once

#include <chrono>
#include <thread>

namespace sagad::tests {

/// Whether what another thread is to do comes about. The bound is for a test that fails.
template <typename Condition>
bool eventually(Condition&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace sagad::tests
