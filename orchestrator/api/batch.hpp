#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/access.hpp"
#include "api/item_splitter.hpp"
#include "api/result_list.hpp"
#include "api/start_request.hpp"
#include "base/unique_function.hpp"
#include "http/server.hpp"

namespace sagad::api {

struct batch_limits {
  std::size_t batches_max = 8;             ///< of the process at once; past it 503
  std::size_t bytes_max = 64U << 20U;      ///< of a body; past it 413
  std::size_t item_bytes_max = 1U << 20U;  ///< of one start in it; past it 413
  std::size_t items_max = 10'000;          ///< past it 413
  std::size_t under_way_max = 128;         ///< starts of one batch whose records are not durable yet: the rest waits
  std::chrono::microseconds turn{500};     ///< of its reactor's time, before others have theirs
  std::size_t joined_a_turn_max = 256;     ///< results that are left when all are told
};

/// Where a batch lives.
struct batch_surroundings {
  using starting = std::function<void(const caller&, runtime::start_request, const named_definition&,
                                      unique_function<void(start_outcome)>)>;
  starting start;
  std::function<void(unique_function<void()>)> later;  ///< on the same reactor, after what waits for it already
};

/// Many starts in one request: cut up as the body comes, started in turns between which others have theirs, answered
/// one by one in their order. One reactor's thread.
class batch final : public http::intake, public std::enable_shared_from_this<batch> {
 public:
  /// `counted_in` holds those that are open, this one included.
  batch(caller who, std::string key, item_splitter::form form, const batch_limits& limits, batch_surroundings around,
        std::shared_ptr<std::atomic<std::size_t>> counted_in, http::reply reply);
  ~batch() override;
  batch(const batch&) = delete;
  batch& operator=(const batch&) = delete;

  bool take(std::string_view piece) override;
  void end() override;

 private:
  bool go_on();
  void resume();
  bool next();
  void begin_item();
  void refuse_item(std::size_t number, const std::string& key, const refused_start& why);
  void told(std::size_t number, const std::string& key, const start_outcome& outcome);
  void fail(problem why);
  void answer_when_all_are_told();
  void answer();

  caller who_;
  std::string key_;  ///< of the batch; empty: each item has its own
  batch_limits limits_;
  batch_surroundings around_;
  std::shared_ptr<std::atomic<std::size_t>> counted_in_;
  http::reply reply_;
  item_splitter splitter_;
  std::string piece_;
  std::string_view rest_;  ///< of `piece_`, not looked at yet
  result_list results_;
  std::size_t under_way_ = 0;
  std::size_t started_ = 0;
  std::size_t repeated_ = 0;
  std::size_t refused_ = 0;
  bool later_ = false;   ///< a further turn is waited for
  bool wanted_ = false;  ///< the connection waits to be asked for the next piece
  bool ended_ = false;   ///< the whole body was taken
  bool over_ = false;    ///< nothing more is started
  bool answering_ = false;
  std::optional<problem> failure_;
};

}  // namespace sagad::api
