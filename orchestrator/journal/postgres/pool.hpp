#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "journal/postgres/database.hpp"

namespace sagad::journal::postgres {

/// A few connections for whoever asks something now and then, made when they are needed. Thread-safe.
class pool {
 public:
  explicit pool(const options& settings) : settings_(settings) {}

  /// Runs it with a connection, again with others when one is lost, for as long as reads are tried. It must be such
  /// that doing it twice does no harm. Throws what the last try threw.
  template <typename Work>
  auto run(Work&& work) {
    const auto until = std::chrono::steady_clock::now() + settings_.read_patience;
    for (;;) {
      try {
        auto one = take();
        auto result = work(*one);
        give_back(std::move(one));
        return result;
      } catch (const connection_lost&) {
        give_back(nullptr);
        if (std::chrono::steady_clock::now() >= until) throw;
        pause();
      } catch (...) {
        // Nobody knows what it was left in.
        give_back(nullptr);
        throw;
      }
    }
  }

 private:
  /// Waits for one when all are in use. What it throws counts as one that is in use, too: `give_back` follows.
  std::unique_ptr<connection> take();
  void give_back(std::unique_ptr<connection> one);
  void pause();

  const options& settings_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<connection>> idle_;
  std::size_t used_ = 0;
};

}  // namespace sagad::journal::postgres
