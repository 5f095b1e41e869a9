#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "api/event_reader.hpp"
#include "base/problem.hpp"
#include "base/unique_function.hpp"
#include "http/server.hpp"
#include "runtime/request.hpp"

namespace sagad::api {

struct event_feed_limits {
  std::size_t streams_max = 64;                   ///< followed at once; a further one is refused
  std::size_t pages_max = 64;                     ///< asked for and not answered; a further one is refused
  std::size_t page_bytes_max = 1U << 20U;         ///< of records in a page; one record may be larger
  std::size_t page_scanned_max = 20'000;          ///< records looked at for a page
  std::chrono::milliseconds look_every{50};       ///< how soon who follows hears of what is new
  std::chrono::milliseconds alive_every{15'000};  ///< how long a stream is silent at most
};

/// A page of records: a JSON array, and where the next one begins.
struct event_page {
  std::string json;
  event_place next;
  bool at_end = false;
};
/// What is said instead of events; `more` as of problem_response.
struct event_refusal {
  problem what;
  std::string more = {};
};
using event_page_result = std::variant<event_page, event_refusal>;

struct event_page_query {
  event_place from;
  event_filter wanted;
  std::size_t events_max = 0;
};

/// Records for those who ask for pages and those who follow: one thread of low priority that reads the journal for all
/// of them. What it reads is durable, since the journal gives nothing else. Thread-safe.
///
/// Who follows has at most one piece in memory: the next one is read when the client has taken the last, from the
/// journal, wherever it is by then.
class event_feed {
 public:
  /// Runs a task on the thread of a reactor.
  using on_reactor = std::function<void(std::size_t reactor, unique_function<void()> task)>;

  event_feed(journal::store& store, const runtime::catalog& definitions, on_reactor on, event_feed_limits limits = {});
  ~event_feed();
  event_feed(const event_feed&) = delete;
  event_feed& operator=(const event_feed&) = delete;

  void begin();
  /// Whoever follows is told that it ends, and whoever waits for a page that there is none.
  void stop();

  /// Told on the feed's thread, refusals at once.
  void page(event_page_query query, unique_function<void(event_page_result)> tell);
  /// Answers with a stream of server-sent events; on the reactor of the reply.
  void follow(std::size_t reactor, event_place from, event_filter wanted, http::reply reply);

  const event_places& places() const noexcept { return places_; }
  event_place end() const { return {store_.end(), 0}; }
  std::size_t streams() const noexcept { return *streams_; }

 private:
  using clock = std::chrono::steady_clock;
  struct follower;
  using follower_ptr = std::unique_ptr<follower>;
  struct asked_page {
    event_page_query query;
    unique_function<void(event_page_result)> tell;
  };

  void run();
  bool take();
  void serve_pages();
  void serve_followers();
  event_page_result read_page(const event_page_query& query);
  bool serve(follower_ptr& one);
  void send(follower_ptr one, std::string piece);
  void end(follower_ptr one, const event_refusal& why);
  void come_back(follower_ptr one);

  journal::store& store_;
  event_reader reader_;  ///< the thread's own
  event_places places_;
  on_reactor on_;
  event_feed_limits limits_;
  std::shared_ptr<std::atomic<std::size_t>> streams_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::deque<asked_page> pages_;         ///< the thread's own
  std::vector<follower_ptr> followers_;  ///< the thread's own: those that can be written to
  bool behind_ = false;                  ///< the thread's own: some of them have more to read at once

  std::mutex guard_;
  std::condition_variable changed_;
  std::deque<asked_page> asked_;
  std::size_t pages_open_ = 0;  ///< asked for and not answered
  std::vector<follower_ptr> back_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sagad::api
