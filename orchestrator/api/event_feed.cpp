#include "api/event_feed.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "api/problem_reply.hpp"
#include "journal/give_way.hpp"
#include "runtime/load_saga.hpp"
#include "telemetry/log.hpp"

namespace sagad::api {
namespace {

constexpr int steps_below = 5;
constexpr event_bounds piece_bounds{2048, 512, 64U << 10U};

event_refusal draining() {
  return {{problem_code::draining, "this coordinator is shutting down: go on with another one, or again"}};
}

event_refusal not_kept(journal::cursor since, const event_places& places) {
  const auto oldest = places.text({since, 0});
  return {{problem_code::no_longer_kept,
           "events there are not kept any more: the oldest that are begin after `" + oldest + "`"},
          ",\"oldest\":\"" + oldest + '"'};
}

event_refusal unreadable(const std::exception& error, const event_places& places) {
  if (const auto* freed = dynamic_cast<const journal::trimmed*>(&error)) return not_kept(freed->oldest(), places);
  if (dynamic_cast<const journal::unreachable*>(&error) != nullptr) return {runtime::journal_is_away()};
  log::error(std::string("the journal cannot be read for its events: ") + error.what());
  return {{problem_code::internal,
           "the journal cannot be read there, the coordinator's log says where; what comes from now on is told to "
           "`after=now`"}};
}

}  // namespace

/// Who follows. Its stream is used on its reactor alone, everything else by whoever holds it.
struct event_feed::follower {
  follower(std::shared_ptr<std::atomic<std::size_t>> of, http::stream to)
      : counted_in(std::move(of)), stream(std::move(to)) {}
  ~follower() { --*counted_in; }
  follower(const follower&) = delete;
  follower& operator=(const follower&) = delete;

  std::shared_ptr<std::atomic<std::size_t>> counted_in;
  http::stream stream;
  std::size_t reactor = 0;
  event_place at;
  event_filter wanted;
  runtime::gone_flag gone;
  clock::time_point written_at = clock::now();
  clock::time_point look_at{};  ///< not before: it has all that there was
};

event_feed::event_feed(journal::store& store, const runtime::catalog& definitions, on_reactor on,
                       event_feed_limits limits)
    : store_(store),
      reader_(store, definitions),
      places_(store.opened().identity),
      on_(std::move(on)),
      limits_(limits) {}

event_feed::~event_feed() {
  stop();
}

void event_feed::begin() {
  thread_ = std::thread([this] { run(); });
}

void event_feed::stop() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void event_feed::page(event_page_query query, unique_function<void(event_page_result)> tell) {
  std::optional<event_refusal> refused;
  {
    const std::lock_guard lock(guard_);
    if (stopping_) {
      refused = draining();
    } else if (pages_open_ >= limits_.pages_max) {
      refused = {{problem_code::overloaded, "too many pages of events are asked for at once: ask again"}};
    } else {
      ++pages_open_;
      asked_.push_back({std::move(query), std::move(tell)});
    }
  }
  if (refused) return tell(std::move(*refused));
  changed_.notify_one();
}

void event_feed::follow(std::size_t reactor, event_place from, event_filter wanted, http::reply reply) {
  // By its status, which ends a browser's attempts: of a stream that ends it thinks that it should come back.
  if (const auto oldest = store_.oldest(); from != event_place{} && from.from.at < oldest.at) {
    const auto refused = not_kept(oldest, places_);
    return reply(problem_response(refused.what, refused.more));
  }
  if (streams_->fetch_add(1) >= limits_.streams_max) {
    --*streams_;
    return reply(problem_response({problem_code::overloaded, "as many clients follow the events as may at once (" +
                                                                 std::to_string(limits_.streams_max) +
                                                                 "): try again later, or ask for pages"}));
  }
  auto gone = reply.watch();
  http::response head;
  head.content_type = "text/event-stream";
  head.headers = "Cache-Control: no-store\r\n";
  head.body = "retry: 1000\n\n";
  auto one = std::make_unique<follower>(streams_, reply.stream(std::move(head)));
  one->reactor = reactor;
  one->at = from;
  one->wanted = std::move(wanted);
  one->gone = std::move(gone);
  auto& stream = one->stream;
  stream.when_written([this, one = std::move(one)]() mutable { come_back(std::move(one)); });
}

// On its reactor: it has read what it was sent.
void event_feed::come_back(follower_ptr one) {
  {
    const std::lock_guard lock(guard_);
    if (!stopping_) {
      back_.push_back(std::move(one));
    }
  }
  if (one != nullptr) return end(std::move(one), draining());
  changed_.notify_one();
}

void event_feed::run() {
  journal::give_way(steps_below);  // sagas come first
  while (take()) {
    serve_pages();
    serve_followers();
  }
  for (auto& one : pages_) one.tell(draining());
  for (auto& one : followers_) end(std::move(one), draining());
  pages_.clear();
  followers_.clear();
}

// Waits for somebody to ask, or for the time to look for what is new; false: it is over.
bool event_feed::take() {
  std::unique_lock lock(guard_);
  const auto asked = [this] { return stopping_ || !asked_.empty() || !back_.empty(); };
  if (followers_.empty()) {
    changed_.wait(lock, asked);
  } else if (!behind_) {
    changed_.wait_for(lock, limits_.look_every, asked);
  }
  std::move(asked_.begin(), asked_.end(), std::back_inserter(pages_));
  std::move(back_.begin(), back_.end(), std::back_inserter(followers_));
  asked_.clear();
  back_.clear();
  return !stopping_;
}

event_page_result event_feed::read_page(const event_page_query& query) {
  event_page page;
  page.json = "[";
  try {
    const auto read =
        reader_.read(query.from, query.wanted, {limits_.page_scanned_max, query.events_max, limits_.page_bytes_max},
                     [&page](const std::string& json, const event_place&) {
                       if (page.json.size() > 1) page.json += ',';
                       page.json += json;
                     });
    page.json += ']';
    page.next = read.upto;
    page.at_end = read.at_end;
    return page;
  } catch (const std::exception& error) {
    return unreadable(error, places_);
  }
}

void event_feed::serve_pages() {
  while (!pages_.empty()) {
    auto one = std::move(pages_.front());
    pages_.pop_front();
    auto result = read_page(one.query);
    {
      const std::lock_guard lock(guard_);
      --pages_open_;
    }
    one.tell(std::move(result));
  }
}

void event_feed::serve_followers() {
  behind_ = false;
  // Those that are sent something come back when they have read it.
  std::erase_if(followers_, [this](follower_ptr& one) { return serve(one); });
}

// Whether it is under way to its reactor.
bool event_feed::serve(follower_ptr& one) {
  if (one->gone->load(std::memory_order_relaxed)) {
    const auto reactor = one->reactor;
    on_(reactor, [one = std::move(one)] {});  // its stream ends where it lives
    return true;
  }
  const auto now = clock::now();
  if (now < one->look_at) return false;
  std::string piece;
  event_read read;
  try {
    read = reader_.read(one->at, one->wanted, piece_bounds, [&](const std::string& json, const event_place& behind) {
      piece += "id: " + places_.text(behind) + "\ndata: ";
      piece += json;
      piece += "\n\n";
    });
  } catch (const std::exception& error) {
    end(std::move(one), unreadable(error, places_));
    return true;
  }
  one->at = read.upto;
  if (read.at_end) one->look_at = now + limits_.look_every;
  if (piece.empty()) {
    behind_ |= !read.at_end;
    if (now - one->written_at < limits_.alive_every) return false;
    // What was passed over need not be passed over again by who comes back.
    piece = ": nothing new\nid: " + places_.text(one->at) + "\n\n";
  }
  one->written_at = now;
  send(std::move(one), std::move(piece));
  return true;
}

void event_feed::send(follower_ptr one, std::string piece) {
  const auto reactor = one->reactor;
  on_(reactor, [this, one = std::move(one), piece = std::move(piece)]() mutable {
    auto& stream = one->stream;
    if (!stream.write(piece)) return;
    stream.when_written([this, one = std::move(one)]() mutable { come_back(std::move(one)); });
  });
}

void event_feed::end(follower_ptr one, const event_refusal& why) {
  const auto reactor = one->reactor;
  on_(reactor, [one = std::move(one), told = "event: end\ndata: " + problem_response(why.what, why.more).body +
                                             "\n\n"] { one->stream.write(told); });
}

}  // namespace sagad::api
