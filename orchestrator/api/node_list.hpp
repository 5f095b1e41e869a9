#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_function.hpp"
#include "journal/ownership.hpp"

namespace sagad::api {

/// Asks the journal who its nodes are, on a thread that may wait for the answer; whoever asks while it does so is
/// answered by the next one. Thread-safe.
class node_list {
 public:
  using nodes = std::vector<journal::node>;
  /// May wait. Throws std::runtime_error when there is no answer.
  using looking = std::function<nodes()>;
  /// Nothing: the journal does not answer, or too many ask.
  using telling = unique_function<void(std::optional<nodes>)>;

  explicit node_list(looking look, std::size_t askers_max = 256);
  ~node_list();
  node_list(const node_list&) = delete;
  node_list& operator=(const node_list&) = delete;

  /// Told on the list's thread, or at once.
  void ask(telling tell);

 private:
  void run();
  std::optional<nodes> look() const;

  looking look_;
  std::size_t askers_max_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<telling> askers_;
  bool stopping_ = false;
  std::thread thread_;
};

/// By name: where each is, which partitions it owns, which formats of records it reads, and since when it was not heard
/// of.
std::string nodes_json(const node_list::nodes& all);

}  // namespace sagad::api
