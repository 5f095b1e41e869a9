#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sagad::participants::test {

/// Stands for the coordinator's callback route: keeps what is posted, and answers as it was told.
class letter_box {
 public:
  struct letter {
    std::string target;
    std::string outcome;
    std::string body;
  };

  /// At the port of a closed one nobody is reached, and nobody else can be.
  enum class at_first { open, closed };

  /// Answers the n-th letter with statuses[n], all later ones with the last.
  explicit letter_box(std::vector<int> statuses, at_first state = at_first::open);
  letter_box(const letter_box&) = delete;
  letter_box& operator=(const letter_box&) = delete;
  ~letter_box();

  void open();
  std::string url(const std::string& token) const;
  /// Waits until so many have come; fails the test when they do not.
  std::vector<letter> wait_for(std::size_t count);

 private:
  void serve();
  void serve_one(int connection);

  std::vector<int> statuses_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<letter> letters_;
  std::thread thread_;
};

}  // namespace sagad::participants::test
