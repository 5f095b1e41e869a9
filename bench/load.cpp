// A closed loop: so many connections, each starts a saga, waits for its end, checks the answer and starts the next one.
// With `--rate` an open loop: so many starts a second at equal distances, whatever is still under way. What a start
// took is then counted from the moment at which it was due, also where no connection was free: a stall is told by all
// that it made wait (G. Tene's "coordinated omission"). With `--expect compensated` its sagas are to end like that;
// with `--expect started` it waits only until the start is durable. `{n}` in `--body` is a number that is another one
// for each start, in no order. Keys count up, or are random with `--keys random`. Prints one line of JSON; ends with 1
// when an answer was another one.

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdio>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/arguments.hpp"
#include "bench/histogram.hpp"
#include "http/client.hpp"

namespace {

using namespace sagad;
using steady = std::chrono::steady_clock;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto const of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

struct plan {
  std::string target;
  std::string body;
  std::size_t connections;
  double warm_up_seconds;
  double seconds;
  std::uint64_t count;  ///< 0: as many as there is time for
  double rate;          ///< starts a second; 0: each connection starts again at once
  bool random_keys;
  std::string outcome;  ///< empty: the answer is that of a start, 201, and the saga goes on
};

class load final : public http::exchange_sink {
 public:
  load(boost::asio::io_context& reactor, const http::endpoint_address& to, const plan& what)
      : reactor_(reactor),
        plan_(what),
        end_(reactor),
        next_(reactor),
        client_(reactor, to, {}, *this),
        sent_(what.connections) {
    std::random_device random;
    run_ = std::to_string(random()) + "-" + std::to_string(random());
    keys_.seed((static_cast<std::uint64_t>(random()) << 32U) | random());
    outcome_ = R"("outcome":")" + plan_.outcome + '"';
  }

  void run() {
    begun_ = steady::now();
    counted_from_ = begun_ + std::chrono::microseconds(static_cast<std::int64_t>(plan_.warm_up_seconds * 1e6));
    auto const length = plan_.warm_up_seconds + plan_.seconds;
    end_.expires_at(begun_ + std::chrono::microseconds(static_cast<std::int64_t>(length * 1e6)));
    end_.async_wait([this](boost::system::error_code) { finish(); });
    if (plan_.rate > 0) {
      for (std::size_t at = 0; at < plan_.connections; ++at) free_.push_back(at);
      start_what_is_due();
    } else {
      for (std::size_t at = 0; at < plan_.connections; ++at) start(at, steady::now());
    }
    reactor_.run();
  }

  bool report() const {
    auto const at = [&](double percentile) { return static_cast<double>(took_us_.at_percentile(percentile)) / 1e3; };
    double const seconds = std::chrono::duration<double>(ended_ - counted_from_).count();
    auto const finished = took_us_.total() - (plan_.rate > 0 ? unanswered_ : 0);
    double const rate = seconds > 0 ? static_cast<double>(finished) / seconds : 0;
    std::printf(
        "{\"connections\":%zu,\"seconds\":%.3f,\"finished\":%llu,\"with_warm_up\":%llu,\"per_second\":%.1f,\"p50_ms\":%"
        ".3f,"
        "\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f,\"cpu_seconds\":%.3f,\"failed\":%llu,\"unanswered\":%zu,"
        "\"first_failure\":\"%s\",\"percentiles_ms\":[",
        plan_.connections, seconds, static_cast<unsigned long long>(finished),
        static_cast<unsigned long long>(ended_count_), rate, at(50), at(99), at(99.9), at(100), cpu_seconds(),
        static_cast<unsigned long long>(failed_), unanswered_, first_failure_.c_str());
    for (auto const one : bench::percentiles) std::printf("%s[%g,%.3f]", one > 0 ? "," : "", one, at(one));
    std::printf("]}\n");
    return failed_ == 0 && finished > 0;
  }

 private:
  // Of an open loop: all that is due by now, and a timer for the next one.
  void start_what_is_due() {
    if (over_) return;
    auto const distance = std::chrono::duration<double>(1 / plan_.rate);
    auto const due_at = [&] {
      return begun_ + std::chrono::duration_cast<steady::duration>(distance * static_cast<double>(due_count_));
    };
    for (auto const now = steady::now(); due_at() <= now; ++due_count_) {
      if (free_.empty()) {
        waiting_.push_back(due_at());
      } else {
        auto const at = free_.back();
        free_.pop_back();
        start(at, due_at());
      }
    }
    next_.expires_at(due_at());
    next_.async_wait([this](boost::system::error_code failed) {
      if (!failed) start_what_is_due();
    });
  }

  void start_next(std::size_t at) {
    if (plan_.rate == 0) return start(at, steady::now());
    if (waiting_.empty()) return free_.push_back(at);
    auto const due = waiting_.front();
    waiting_.pop_front();
    start(at, due);
  }

  void start(std::size_t at, steady::time_point due) {
    if (plan_.count != 0 && begun_count_ >= plan_.count) return;
    ++begun_count_;
    headers_ = "Content-Type: application/json\r\nIdempotency-Key: ";
    if (plan_.random_keys) {
      add_random_key();
    } else {
      headers_.append(run_).append("-").append(std::to_string(begun_count_));
    }
    headers_.append("\r\n");
    number_body();
    sent_[at] = due;
    ++open_;
    client_.begin(at, {"POST", plan_.target, headers_, {}, body_, 30'000});
  }

  void add_random_key() {
    std::array<char, 33> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx%016llx", static_cast<unsigned long long>(keys_()),
                  static_cast<unsigned long long>(keys_()));
    headers_.append(digits.data());
  }

  void number_body() {
    constexpr std::string_view mark = "{n}";
    body_ = plan_.body;
    auto const number = std::to_string(static_cast<std::uint32_t>(begun_count_ * 2'654'435'761U));
    for (auto found = body_.find(mark); found != std::string::npos; found = body_.find(mark, found)) {
      body_.replace(found, mark.size(), number);
    }
  }

  void ended(const http::incoming& what) override {
    auto const now = steady::now();
    --open_;
    ++ended_count_;
    auto const& sent = sent_[what.tag];
    bool const answered = what.how == http::exchange_end::answered;
    bool const as_expected = plan_.outcome.empty()
                                 ? answered && what.status == 201
                                 : answered && what.status == 200 && what.body.find(outcome_) != std::string_view::npos;
    if (!as_expected) {
      fail(what);
    } else if (now >= counted_from_) {
      count(now - sent);
    }
    ended_ = now;
    if (!over_) start_next(what.tag);
    if (open_ == 0 && plan_.rate == 0) finish();
  }

  void fail(const http::incoming& what) {
    if (++failed_ > 1) return;
    first_failure_ = std::to_string(what.status) + " ";
    for (char const c : std::string(what.detail) + std::string(what.body.substr(0, 300))) {
      first_failure_ += c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ? '\'' : c;
    }
  }

  void finish() {
    if (std::exchange(over_, true)) return;
    if (open_ > 0) ended_ = steady::now();
    unanswered_ = open_ + waiting_.size();  // still under way when the time was over
    if (plan_.rate > 0) count_what_still_waits();
    reactor_.stop();
  }

  // A stall that lasts to the end is told by what has waited so far.
  void count_what_still_waits() {
    auto under_way = std::vector<bool>(sent_.size(), true);
    for (auto const at : free_) under_way[at] = false;
    for (std::size_t at = 0; at < sent_.size(); ++at) {
      if (under_way[at]) waiting_.push_back(sent_[at]);
    }
    for (auto const due : waiting_) count(ended_ - due);
  }

  void count(steady::duration took) {
    took_us_.count(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  }

  boost::asio::io_context& reactor_;
  plan plan_;
  boost::asio::steady_timer end_;
  boost::asio::steady_timer next_;
  http::client client_;
  std::vector<steady::time_point> sent_;    ///< or, in an open loop, when it was due
  std::vector<std::size_t> free_;           ///< connections, in an open loop
  std::deque<steady::time_point> waiting_;  ///< was due then, and waits for a connection
  bench::histogram took_us_;
  std::mt19937_64 keys_;
  std::string outcome_;  ///< as an answer says it
  std::string run_;
  std::string headers_;
  std::string body_;
  steady::time_point begun_;
  steady::time_point counted_from_;
  steady::time_point ended_;
  std::uint64_t begun_count_ = 0;
  std::uint64_t ended_count_ = 0;  ///< of the warm-up, too
  std::uint64_t due_count_ = 0;
  std::size_t open_ = 0;
  std::size_t unanswered_ = 0;
  std::uint64_t failed_ = 0;
  std::string first_failure_;
  bool over_ = false;
};

}  // namespace

int main(int count, char** values) {
  bench::arguments const given(count, values);
  auto to = http::parse_endpoint(given.text("url"));
  if (auto const* const why = std::get_if<std::string>(&to)) bench::arguments::fail(*why);
  auto const definition = given.text("definition", "three_steps");
  auto const expected = given.text("expect", "completed");
  if (expected != "completed" && expected != "compensated" && expected != "started") {
    bench::arguments::fail("--expect is completed, compensated or started");
  }
  auto const keys = given.text("keys", "counted");
  if (keys != "counted" && keys != "random") bench::arguments::fail("--keys is counted or random");
  bool const only_started = expected == "started";
  plan const what{
      "/v1/definitions/" + definition + "/sagas" + (only_started ? "" : "?wait=10s"),
      given.text("body", R"({"seller":"player-5647","buyer":"player-1029","item":"item-77","quantity":2,"price":125})"),
      std::max<std::size_t>(1, static_cast<std::size_t>(given.number("connections", 64))),
      given.number("warm-up", 0.5),
      given.number("seconds", 5),
      static_cast<std::uint64_t>(given.number("count", 0)),
      given.number("rate", 0),
      keys == "random",
      only_started ? "" : expected};
  boost::asio::io_context reactor{1};
  load loop(reactor, std::get<http::endpoint_address>(to), what);
  loop.run();
  return loop.report() ? 0 : 1;
}
