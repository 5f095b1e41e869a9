#include "records/as_json.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "engine/engine.hpp"
#include "json/json.hpp"
#include "tests/support/random_play.hpp"
#include "tests/support/sample_records.hpp"

namespace {

using sagad::engine::cause;
using sagad::engine::event;
using sagad::engine::fact;
using sagad::records::timestamp;
using sagad::tests::sample_records;

std::string json_of(const sagad::engine::record& made) {
  std::string out;
  sagad::records::append_json(out, sagad::tests::sample_saga(), 77, made, *sagad::tests::sample_definition());
  return out;
}

std::string value(const std::string& json, const std::vector<std::string>& path) {
  const auto raw = sagad::json::slice(json, path);
  return raw.data() == nullptr ? "absent" : std::string(raw);
}

std::string first_event(const event& one) {
  sagad::engine::record made;
  made.events.push_back(one);
  return value(json_of(made), {"events", "0"});
}

event of(fact what, cause why = cause::none) {
  event one;
  one.what = what;
  one.why = why;
  return one;
}

TEST(timestamp, is_rfc_3339_in_utc_with_milliseconds) {
  EXPECT_EQ(std::string_view(timestamp(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(std::string_view(timestamp(1'777'889'230'123)), "2026-05-04T10:07:10.123Z");
  EXPECT_EQ(std::string_view(timestamp(951'782'399'999)), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(std::string_view(timestamp(951'782'400'000)), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(std::string_view(timestamp(1'709'164'800'000)), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(std::string_view(timestamp(4'107'542'400'000)), "2100-03-01T00:00:00.000Z");
  EXPECT_EQ(std::string_view(timestamp(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
}

TEST(timestamp, knows_the_time_before_1970) {
  EXPECT_EQ(std::string_view(timestamp(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(std::string_view(timestamp(-86'400'000)), "1969-12-31T00:00:00.000Z");
  EXPECT_EQ(std::string_view(timestamp(-86'400'001)), "1969-12-30T23:59:59.999Z");
}

TEST(as_json, is_json_for_every_kind_of_record) {
  for (const auto& sample : sample_records()) {
    EXPECT_EQ(sagad::json::check(json_of(sample.record)), std::nullopt) << sample.name;
  }
}

TEST(as_json, is_json_for_the_records_of_random_sagas) {
  for (std::uint64_t seed = 4'000'000; seed < 4'000'100; ++seed) {
    sagad::tests::random_play saga(seed);
    saga.run(40);
    const auto& now = saga.played().now();
    for (const auto& made : saga.played().records()) {
      std::string out;
      sagad::records::append_json(out, now.id, made.seq, made, *now.definition);
      EXPECT_EQ(sagad::json::check(out), std::nullopt) << out;
    }
  }
}

TEST(as_json, says_whose_record_it_is_and_where_it_stands) {
  const auto json = json_of(sample_records().front().record);
  EXPECT_EQ(value(json, {"saga"}), '"' + sagad::tests::sample_saga().text() + '"');
  EXPECT_EQ(value(json, {"partition"}), "7");
  EXPECT_EQ(value(json, {"position"}), "77");
  EXPECT_EQ(value(json, {"seq"}), "1");
  EXPECT_EQ(value(json, {"time"}), "\"2026-05-04T10:07:10.123Z\"");
  EXPECT_EQ(value(json, {"cause"}), "\"start\"");
  EXPECT_EQ(value(json, {"phase"}), "\"forward\"");
  EXPECT_EQ(value(json, {"released", "0", "step"}), "\"s0\"");
  EXPECT_EQ(value(json, {"released", "0", "operation"}), "\"action\"");
  EXPECT_EQ(value(json, {"released", "0", "generation"}), "1");
}

TEST(as_json, splices_bodies_as_the_json_that_they_are) {
  auto one = of(fact::done);
  one.body = R"({"a": 1.50})";
  EXPECT_EQ(value(first_event(one), {"response"}), R"({"a": 1.50})");
  one.what = fact::started;
  EXPECT_EQ(value(first_event(one), {"input"}), R"({"a": 1.50})");
  one.what = fact::edited;
  EXPECT_EQ(value(first_event(one), {"body"}), R"({"a": 1.50})");
  one.what = fact::finished;
  EXPECT_EQ(value(first_event(one), {"output"}), R"({"a": 1.50})");
}

TEST(as_json, escapes_what_people_and_participants_said) {
  auto one = of(fact::commanded);
  one.body = "\"}],\n";
  one.actor = "an\\n";
  EXPECT_EQ(value(first_event(one), {"reason"}), R"("\"}],\n")");
  EXPECT_EQ(value(first_event(one), {"actor"}), R"("an\\n")");
}

TEST(as_json, calls_times_what_they_mean) {
  auto one = of(fact::started);
  one.at = 1'000;
  EXPECT_EQ(value(first_event(one), {"deadline"}), "\"1970-01-01T00:00:01.000Z\"");
  one.what = fact::accepted;
  EXPECT_EQ(value(first_event(one), {"awaited_until"}), "\"1970-01-01T00:00:01.000Z\"");
  one.what = fact::failed;
  EXPECT_EQ(value(first_event(one), {"next_at"}), "\"1970-01-01T00:00:01.000Z\"");
  one.what = fact::recovered;
  EXPECT_EQ(value(first_event(one), {"epoch"}), "1000");
  one.what = fact::blocked;
  one.at = sagad::never;
  EXPECT_EQ(value(first_event(one), {"next_at"}), "absent");
}

TEST(as_json, names_the_step_that_turned_a_saga_back_only_where_one_did) {
  for (auto why : {cause::rejected, cause::rendering, cause::budget_spent}) {
    EXPECT_EQ(value(first_event(of(fact::turned_back, why)), {"step"}), "\"s0\"");
  }
  for (auto why : {cause::deadline, cause::compensate_command, cause::cancelled}) {
    EXPECT_EQ(value(first_event(of(fact::turned_back, why)), {"step"}), "absent");
  }
}

TEST(as_json, says_what_contradicted_and_that_nothing_had_happened) {
  auto one = of(fact::contradicted);
  EXPECT_EQ(value(first_event(one), {"said"}), "\"rejected\"");
  one.flag = true;
  EXPECT_EQ(value(first_event(one), {"said"}), "\"done\"");
  one.what = fact::skipped;
  EXPECT_EQ(value(first_event(one), {"nothing_happened"}), "true");
  one.what = fact::commanded;
  EXPECT_EQ(value(first_event(one), {"force"}), "true");
}

TEST(as_json, leaves_out_the_name_of_a_step_that_the_definition_does_not_have) {
  auto one = of(fact::enlisted);
  one.operation.step = 200;
  EXPECT_EQ(value(first_event(one), {"step"}), "absent");
}

TEST(as_json, has_a_word_for_every_fact_cause_and_command) {
  for (int number = 1; number <= static_cast<int>(fact::passed_over); ++number) {
    EXPECT_NE(sagad::engine::name(static_cast<fact>(number)), "?");
  }
  for (int number = 0; number <= static_cast<int>(cause::unknown_participant); ++number) {
    EXPECT_NE(sagad::engine::name(static_cast<cause>(number)), "?");
  }
  for (int number = 1; number <= static_cast<int>(sagad::engine::command_name::cancel); ++number) {
    const auto command = static_cast<sagad::engine::command_name>(number);
    EXPECT_EQ(sagad::engine::parse_command(sagad::engine::name(command)), command);
  }
  EXPECT_EQ(sagad::engine::parse_command("none"), std::nullopt);
  EXPECT_EQ(sagad::engine::parse_command("Retry"), std::nullopt);
}

}  // namespace
