// All threads at once, as the process has them: three reactors, the log's writer and its index, a participant behind
// sockets that rejects, fails and closes connections. For the thread sanitizer above all.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <map>
#include <random>

#include "dispatch/dispatcher.hpp"
#include "journal/log/log.hpp"
#include "runtime/runtime.hpp"
#include "tests/integration/http/running_server.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/support/temporary_folder.hpp"

namespace sagad::tests {
namespace {

constexpr std::size_t reactors = 3;
constexpr std::size_t sagas = 6000;
constexpr std::size_t at_once = 96;  // starts that wait for their sagas, on each reactor
constexpr auto patience = std::chrono::minutes(5);

constexpr std::string_view both = R"(
saga: both
defaults: {retry: {attempts: 8, elapsed: 60s, delay: 1ms, delay_max: 20ms}}
steps:
  - {step: left, participant: shop, after: [], action: {post: /left, timeout: 30s}, compensation: {post: /back}}
  - {step: right, participant: shop, after: [], action: {post: /right, timeout: 30s}, compensation: {post: /back}}
  - {step: done, kind: retriable, after: [left, right], participant: shop, action: {post: /done, timeout: 30s}}
)";

/// Of 16 actions one is rejected, one fails, and one is asked to come again.
class participant {
 public:
  std::string url() const { return server_.url(); }
  std::size_t calls() const { return calls_; }

 private:
  void answer(const http::request& got, http::reply& reply) {
    const auto number = calls_++;
    const bool may_fail = got.target == "/left" || got.target == "/right";
    switch (may_fail ? number % 16 : 15) {
      case 3: return reply({.status = 422, .headers = "Saga-Outcome: rejected\r\n", .body = R"({"reason":"no"})"});
      case 7: return reply({.status = 500, .body = "{}"});
      case 11: return reply({.status = 429, .body = "{}"});
      default:
        return reply({.headers = "Saga-Outcome: done\r\n", .body = R"({"number":)" + std::to_string(number) + "}"});
    }
  }

  std::atomic<std::size_t> calls_{0};
  test::running_server server_{[this](const http::request& got, http::reply reply) { answer(got, reply); }};
};

journal::log::options log_options(const temporary_folder& folder) {
  journal::log::options options;
  options.directory = folder.path("journal");
  options.segment_bytes = 1U << 20U;
  options.checkpoint_bytes = 256U << 10U;
  options.index_batch = 512;
  return options;
}

std::unique_ptr<journal::store> opened(const temporary_folder& folder) {
  auto result = journal::log::open(log_options(folder));
  if (auto* why = std::get_if<journal::log::error>(&result)) throw std::runtime_error(why->line);
  return std::move(std::get<std::unique_ptr<journal::store>>(result));
}

/// A coordinator without its HTTP side.
struct coordinator {
  coordinator(const temporary_folder& folder, const std::string& shop)
      : store(opened(folder)), definitions(*store), time(store->opened().last_time) {
    runtime::runtime_options options;
    options.reactors = reactors;
    all.emplace(options, runtime::shared_parts{*store, definitions, time, signer, nullptr},
                [shop, number = std::uint32_t{0}](auto& context, auto sink) mutable {
                  dispatch::participant_settings one;
                  one.name = "shop";
                  one.endpoints = {shop};
                  dispatch::dispatcher_options of;
                  of.reactors = reactors;
                  of.reactor = number++;
                  return std::make_unique<dispatch::dispatcher>(context, std::vector{one}, of, std::move(sink));
                });
  }
  ~coordinator() { all->stop(); }

  std::unique_ptr<journal::store> store;
  runtime::catalog definitions;
  runtime::journal_clock time;
  runtime::callback_signer signer{{std::string(32, 'k')}};
  std::optional<runtime::runtime> all;
};

/// Starts its share on one reactor, and asks for each on the next one while it runs. On that reactor's thread.
class client {
 public:
  client(runtime::runtime& all, definition::definition_ptr of, std::size_t reactor)
      : all_(all), definition_(std::move(of)), reactor_(reactor), random_(static_cast<unsigned>(reactor)) {}

  std::future<void> begin() {
    auto ended = ended_.get_future();
    boost::asio::post(all_.at(reactor_).context(), [this] {
      for (std::size_t one = 0; one < at_once; ++one) start_next();
    });
    return ended;
  }

  std::map<std::string, std::size_t> by_state;
  std::vector<std::string> wrong;

 private:
  void start_next() {
    if (next_ == sagas / reactors) return;
    const auto number = next_++;
    runtime::start_request request;
    request.definition = definition_;
    request.input = "{}";
    request.key = std::to_string(reactor_) + "-" + std::to_string(number);
    request.request_bytes = request.request_canonical = digest_of(request.key);
    const bool waits = random_() % 4 != 0;
    request.wait_ms = waits ? 60'000 : 0;
    all_.start(reactor_, request, [this, again = request](runtime::start_result told) mutable {
      const auto* answer = std::get_if<runtime::saga_answer>(&told);
      if (answer == nullptr) {
        wrong.push_back(std::get<runtime::failed_start>(told).problem.detail);
        return over();
      }
      look(answer->id, std::move(again));
    });
  }

  // Asked for where it does not live, sometimes paused for a moment, and its key used again.
  void look(const saga_id& id, runtime::start_request again) {
    if (random_() % 8 == 0) {
      runtime::command_request order;
      order.name = engine::command_name::pause;
      order.id = "p";
      all_.command(reactor_, id, order, [](runtime::command_result) {});
      order.name = engine::command_name::resume;
      order.id = "r";
      all_.command(reactor_, id, order, [](runtime::command_result) {});
    }
    again.wait_ms = 60'000;
    if (again.key.ends_with('7')) {
      return all_.start(reactor_, std::move(again), [this, id](runtime::start_result told) {
        const auto* answer = std::get_if<runtime::saga_answer>(&told);
        const auto* taken = std::get_if<runtime::key_taken>(&told);
        if ((answer == nullptr || answer->id != id) &&
            (taken == nullptr || taken->held_by != id || !taken->same_request))
          wrong.emplace_back("a start that is sent again is told another saga");
        await(id);
      });
    }
    await(id);
  }

  void await(const saga_id& id) {
    all_.get(reactor_, id, {60'000, std::nullopt, nullptr}, [this](runtime::answer_result told) {
      if (const auto* answer = std::get_if<runtime::saga_answer>(&told)) {
        ++by_state[answer->state];
      } else {
        wrong.push_back(std::get<problem>(told).detail);
      }
      over();
    });
  }

  void over() {
    if (++over_ == sagas / reactors) return ended_.set_value();
    start_next();
  }

  runtime::runtime& all_;
  definition::definition_ptr definition_;
  std::size_t reactor_;
  std::mt19937 random_;
  std::size_t next_ = 0;
  std::size_t over_ = 0;
  std::promise<void> ended_;
};

TEST(runtime_load, thousands_of_sagas_on_all_threads_end_and_stay_ended) {
  const temporary_folder folder(temporary_folder::on::memory);
  participant shop;
  std::size_t completed = 0;
  std::size_t compensated = 0;
  {
    coordinator whole(folder, shop.url());
    const auto definition = load_definition(both);
    whole.definitions.put(definition, false);
    whole.all->begin();
    std::vector<std::unique_ptr<client>> clients;
    std::vector<std::future<void>> ended;
    for (std::size_t number = 0; number < reactors; ++number) {
      ended.push_back(clients.emplace_back(std::make_unique<client>(*whole.all, definition, number))->begin());
    }
    for (auto& one : ended) ASSERT_EQ(one.wait_for(patience), std::future_status::ready);
    std::promise<runtime::counters> counting;
    boost::asio::post(whole.all->at(0).context(),
                      [&] { whole.all->counted(0, [&](runtime::counters sum) { counting.set_value(sum); }); });
    const auto counted = counting.get_future().get();
    for (const auto& one : clients) {
      EXPECT_THAT(one->wrong, testing::IsEmpty());
      completed += one->by_state["completed"];
      compensated += one->by_state["compensated"];
    }
    EXPECT_EQ(completed + compensated, sagas);
    EXPECT_EQ(counted.completed, completed);
    EXPECT_EQ(counted.compensated, compensated);
    EXPECT_GT(completed, 0U);
    EXPECT_GT(compensated, 0U);
    EXPECT_EQ(counted.live, 0U);
    EXPECT_EQ(counted.audit_violations, 0U);
    EXPECT_EQ(counted.quarantined, 0U);
    EXPECT_EQ(counted.calls_open, 0U);
    EXPECT_GE(counted.calls, shop.calls()) << "those of paused sagas are withdrawn before they are sent";
    EXPECT_TRUE(whole.all->drain(60'000));
  }
  const auto again = opened(folder);
  EXPECT_EQ(again->opened().live_sagas, 0U);
}

}  // namespace
}  // namespace sagad::tests
