// What the parts of a saga's way cost by themselves, with Google Benchmark: engine, records, expressions, heads of
// messages, and the log's appending and looking up.
//
//   bench_micro [--benchmark_filter=REGEX] [--benchmark_repetitions=N] ...

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "definition/load.hpp"
#include "engine/engine.hpp"
#include "engine/slice_values.hpp"
#include "http/message_head.hpp"
#include "journal/log/log.hpp"
#include "records/codec.hpp"

namespace {

using namespace sagad;

constexpr millis now = 1'700'000'000'000;
constexpr std::string_view input =
    R"({"seller":"player-5647","buyer":"player-1029","item":"item-77","quantity":2,"price":125})";
constexpr std::string_view response = R"({"reference":"r-1029384756","accepted":true})";

// three_steps, with a condition for the last of them.
constexpr std::string_view text = R"(saga: measured
input:
  type: object
  required: [seller, buyer, item, quantity, price]
  properties:
    quantity: {type: integer, minimum: 1}
    price:    {type: integer, minimum: 1}
steps:
  - step: reserve
    participant: bench
    action:       {post: /v1/reservations, body: {account: "${input.buyer}", amount: "${input.quantity * input.price}"}}
    compensation: {post: /v1/reservations/release}
  - step: settle
    kind: pivot
    participant: bench
    action:       {post: /v1/settlements, body: {reservation: "${steps.reserve.response.reference}", to: "${input.seller}"}}
  - step: deliver
    kind: retriable
    participant: bench
    when: "${input.quantity * input.price > 100 && input.buyer != input.seller}"
    action:       {post: /v1/deliveries, body: {item: "${input.item}", quantity: "${input.quantity}", to: "${input.buyer}"}}
)";

definition::definition_ptr measured_definition() {
  definition::surroundings around;
  around.participants_known = false;
  auto loaded = definition::load(text, around);
  if (auto* good = std::get_if<definition::definition_ptr>(&loaded)) return std::move(*good);
  throw std::runtime_error(std::get<std::vector<definition::mistake>>(loaded).front().text);
}

const definition::definition_ptr& the_definition() {
  static const auto loaded = measured_definition();
  return loaded;
}

engine::saga fresh_saga() {
  engine::saga saga;
  saga.id = saga_id::make(now, 7, 0x0123456789ABCDEF);
  saga.definition = the_definition();
  return saga;
}

engine::moment moment_at(millis at) {
  engine::moment moment;
  moment.at = at;
  return moment;
}

engine::start the_start() {
  engine::start given;
  given.input = input;
  given.key = "order-1029384756";
  given.version = 1;
  return given;
}

engine::record recorded(const engine::saga& saga, const engine::input& given, millis at) {
  return std::get<engine::record>(engine::decide(saga, given, moment_at(at)));
}

// The first step's action is under way.
engine::saga started_saga() {
  auto saga = fresh_saga();
  engine::apply(saga, recorded(saga, the_start(), now));
  return saga;
}

engine::reply the_answer() {
  engine::reply reply;
  reply.of = {{0, engine::side::action}, 1, 1};
  reply.verdict = engine::verdict::done;
  reply.status = 200;
  reply.body = response;
  return reply;
}

void decide_start(benchmark::State& state) {
  const auto saga = fresh_saga();
  const engine::input given = the_start();
  for (auto _ : state) benchmark::DoNotOptimize(engine::decide(saga, given, moment_at(now)));
}
BENCHMARK(decide_start);

void decide_answer(benchmark::State& state) {
  const auto saga = started_saga();
  const engine::input given = the_answer();
  for (auto _ : state) benchmark::DoNotOptimize(engine::decide(saga, given, moment_at(now + 1)));
}
BENCHMARK(decide_answer);

void apply_answer(benchmark::State& state) {
  const auto before = started_saga();
  const engine::input given = the_answer();
  const auto record = recorded(before, given, now + 1);
  for (auto _ : state) {
    auto saga = before;  // which is measured with it: an applied record cannot be applied again
    engine::apply(saga, record);
    benchmark::DoNotOptimize(saga);
  }
}
BENCHMARK(apply_answer);

void outstanding(benchmark::State& state) {
  const auto saga = started_saga();
  for (auto _ : state) benchmark::DoNotOptimize(engine::outstanding(saga, now + 1));
}
BENCHMARK(outstanding);

void render_request(benchmark::State& state) {
  const auto saga = started_saga();
  engine::request request;
  for (auto _ : state) {
    if (engine::render(saga, {0, engine::side::action}, request)) state.SkipWithError("it cannot be rendered");
    benchmark::DoNotOptimize(request.body.data());
  }
}
BENCHMARK(render_request);

void digest_request(benchmark::State& state) {
  engine::request request;
  if (engine::render(started_saga(), {0, engine::side::action}, request)) state.SkipWithError("it cannot be rendered");
  for (auto _ : state) benchmark::DoNotOptimize(request.content());
}
BENCHMARK(digest_request);

void judge_condition(benchmark::State& state) {
  const auto saga = started_saga();
  const engine::slice_values values(saga);
  const auto& condition = the_definition()->steps[2].when;
  for (auto _ : state) benchmark::DoNotOptimize(condition.holds(values.all()));
}
BENCHMARK(judge_condition);

void load_definition(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(measured_definition());
}
BENCHMARK(load_definition)->Unit(benchmark::kMicrosecond);

void encode_record(benchmark::State& state) {
  const auto saga = started_saga();
  const engine::input given = the_answer();
  const auto record = recorded(saga, given, now + 1);
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    records::encode(record, bytes, newest_record_format());
    benchmark::DoNotOptimize(bytes.data());
  }
}
BENCHMARK(encode_record);

void decode_record(benchmark::State& state) {
  const auto saga = started_saga();
  const engine::input given = the_answer();
  std::string bytes;
  records::encode(recorded(saga, given, now + 1), bytes, newest_record_format());
  for (auto _ : state) benchmark::DoNotOptimize(records::decode(bytes));
}
BENCHMARK(decode_record);

void parse_request(benchmark::State& state) {
  constexpr std::string_view head =
      "POST /v1/definitions/measured/sagas?wait=10s HTTP/1.1\r\nHost: 127.0.0.1:7070\r\nContent-Type: "
      "application/json\r\n"
      "Idempotency-Key: order-1029384756\r\nContent-Length: 88\r\n\r\n";
  http::message_head parsed;
  for (auto _ : state) {
    if (http::parse_request_head(head, parsed) != http::head_fault::none) state.SkipWithError("it is no request");
    benchmark::DoNotOptimize(parsed.fields.data());
  }
}
BENCHMARK(parse_request);

void parse_response(benchmark::State& state) {
  constexpr std::string_view head =
      "HTTP/1.1 200 OK\r\nDate: Sun, 29 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\nSaga-Outcome: "
      "done\r\n"
      "Content-Length: 44\r\n\r\n";
  http::message_head parsed;
  for (auto _ : state) {
    if (http::parse_response_head(head, parsed) != http::head_fault::none) state.SkipWithError("it is no response");
    benchmark::DoNotOptimize(parsed.fields.data());
  }
}
BENCHMARK(parse_response);

/// A log in a folder of its own below the current one, which goes with it.
class measured_log {
 public:
  measured_log() : folder_(std::filesystem::current_path() / ("bench_micro." + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    journal::log::options settings;
    settings.directory = folder_;
    auto opened = journal::log::open(settings);
    if (auto* failed = std::get_if<journal::log::error>(&opened)) throw std::runtime_error(failed->line);
    store_ = std::move(std::get<0>(opened));
    appender_ = store_->make_appender([] {});
    positions_ = store_->opened().last_position;
  }
  ~measured_log() {
    appender_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  measured_log(const measured_log&) = delete;
  measured_log& operator=(const measured_log&) = delete;

  journal::store& store() noexcept { return *store_; }

  /// The start and end of a saga, in one record.
  void append(std::uint64_t number, std::string_view bytes) {
    const auto mixed = (number + 1) * 0x9e3779b97f4a7c15ULL;
    const auto key = key_of(number);
    const journal::start_key given{key, {}, {}};
    journal::entry entry;
    entry.saga =
        saga_id::make(now + static_cast<millis>(number / 10), static_cast<partition_no>(mixed % partitions), mixed);
    entry.seq = 1;
    entry.bytes = bytes;
    entry.key = &given;
    entry.final = true;
    entry.time = now;
    entry.position = ++positions_[entry.saga.partition()];
    entry.epoch = store_->opened().epoch;
    last_ = appender_->append(entry);
  }
  /// Here, with its sync. False: it was left to another thread, or something was refused.
  bool commit() {
    std::vector<journal::exception> amiss;
    appender_->submit(true);
    while (appender_->settled(amiss) < last_) continue;
    return amiss.empty();
  }
  static std::string key_of(std::uint64_t number) { return "order-" + std::to_string(number); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<journal::store> store_;
  std::unique_ptr<journal::appender> appender_;
  std::vector<journal::position> positions_;
  journal::ticket last_ = 0;
};

// So many records a commit; what one record takes, its part of the sync with it.
void append_records(benchmark::State& state) {
  measured_log log;
  const std::string bytes(200, 'x');
  std::uint64_t number = 0;
  for (auto _ : state) {
    for (std::int64_t one = 0; one < state.range(0); ++one) log.append(number++, bytes);
    if (!log.commit()) state.SkipWithError("a record was refused");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
}
BENCHMARK(append_records)->Arg(1)->Arg(32)->Arg(1024)->Unit(benchmark::kMicrosecond)->UseRealTime();

// Keys that are held, and keys that nobody has, among so many finished sagas.
void find_key(benchmark::State& state) {
  measured_log log;
  const std::string bytes(200, 'x');
  const auto there = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t number = 0; number < there; ++number) {
    log.append(number, bytes);
    if (number % 1024 == 1023 && !log.commit()) state.SkipWithError("a record was refused");
  }
  if (!log.commit()) state.SkipWithError("a record was refused");
  const bool known = state.range(1) != 0;
  std::uint64_t asked = 0;
  for (auto _ : state) {
    asked = (asked * 6'364'136'223'846'793'005U + 1) % there;
    const auto found = log.store().find_key(measured_log::key_of(known ? asked : there + asked), now);
    if (found.has_value() != known) state.SkipWithError("another key was found");
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(find_key)->Args({100'000, 1})->Args({100'000, 0})->ArgNames({"sagas", "known"});

}  // namespace

BENCHMARK_MAIN();
