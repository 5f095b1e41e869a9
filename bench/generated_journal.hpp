#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "definition/load.hpp"
#include "journal/journal.hpp"
#include "records/codec.hpp"

namespace sagad::bench {

/// A journal of so many finished sagas that is made up while it is scanned: for programs that only read one through.
/// One in ten was compensated. Buyers come in no order, as random keys do.
class generated_journal final : public journal::store {
 public:
  static constexpr std::uint64_t buyers = 1'000'000;
  static constexpr std::uint64_t regions = 5;
  static constexpr std::uint64_t starters = 50;
  static constexpr millis began_at = 1'700'000'000'000;
  static constexpr millis between_starts = 3;

  generated_journal(std::vector<definition::definition_ptr> definitions, std::uint64_t sagas)
      : definitions_(std::move(definitions)), sagas_(sagas) {}

  static std::uint64_t shuffled(std::uint64_t number) noexcept {
    number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9U;
    number = (number ^ (number >> 27U)) * 0x94D049BB133111EBU;
    return number ^ (number >> 31U);
  }
  static std::string buyer(std::uint64_t number) { return "player-" + std::to_string(shuffled(number) % buyers); }
  static std::string region(std::uint64_t number) { return "region-" + std::to_string(shuffled(~number) % regions); }
  static std::string starter(std::uint64_t number) { return "shop-" + std::to_string(number % starters); }
  static saga_id id(std::uint64_t number) {
    return saga_id::make(began_at + static_cast<millis>(number) * between_starts, static_cast<partition_no>(number % 8),
                         shuffled(number));
  }

  const journal::opening& opened() const override { return opening_; }
  journal::cursor oldest() const override { return {1}; }
  journal::cursor end() const override { return {sagas_ + 1}; }
  std::vector<saga_id> carried() override { return {}; }
  journal::cursor scan(journal::cursor from, std::size_t count,
                       const std::function<void(const journal::stored_record&)>& visit) override {
    std::uint64_t number = from.at - 1;
    for (std::size_t seen = 0; number < sagas_ && seen < count; ++number) {
      for (const auto& record : records_of(number)) {
        visit(record);
        ++seen;
      }
    }
    return {number + 1};
  }

  std::unique_ptr<journal::appender> make_appender(std::function<void()> /*wake*/) override { only_read(); }
  std::vector<journal::stored_record> read(const saga_id& /*saga*/) override { only_read(); }
  bool has(const saga_id& /*saga*/) override { only_read(); }
  std::optional<journal::key_holder> find_key(std::string_view /*key*/, millis /*now*/) override { only_read(); }
  std::vector<journal::live_saga> live() override { only_read(); }
  bool trim(millis /*now*/) override { only_read(); }
  journal::stored_definition put_definition(const std::string& /*name*/, const std::string& /*canonical*/) override {
    only_read();
  }
  bool retire_definition(const std::string& /*name*/) override { only_read(); }
  std::vector<journal::stored_definition> definitions() override { only_read(); }
  journal::definition_news definitions_after(std::size_t) override { only_read(); }
  journal::statistics measured() const override { only_read(); }

 private:
  [[noreturn]] static void only_read() { throw std::logic_error("a generated journal is only scanned"); }

  journal::stored_record stored(std::uint64_t number, engine::record& record, std::uint32_t seq) const {
    record.seq = seq;
    record.at = began_at + static_cast<millis>(number) * between_starts + seq;
    journal::stored_record made{id(number), number * 3 + seq, seq, {}};
    records::encode(record, made.bytes, newest_record_format());
    return made;
  }

  std::vector<journal::stored_record> records_of(std::uint64_t number) const {
    using engine::fact;
    const auto& definition = *definitions_[shuffled(number + 7) % definitions_.size()];
    const auto input = R"({"buyer":")" + buyer(number) + R"(","region":")" + region(number) + R"("})";
    const auto labels = definition::make_labels(definition.labels, input, {}).json;
    const auto key = "order-" + std::to_string(number);
    const auto by = starter(number);
    const bool compensated = shuffled(number + 3) % 10 == 0;
    std::vector<journal::stored_record> made;
    engine::record first;
    auto& started = first.events.emplace_back();
    started.content = definition.content;
    started.attempt = 1;
    started.body = input;
    started.text = key;
    started.more = labels;
    started.actor = by;
    made.push_back(stored(number, first, 1));
    engine::record last;
    last.cause = engine::input_kind::reply;
    if (compensated) {
      auto& turned = last.events.emplace_back();
      turned.what = fact::turned_back;
      turned.why = shuffled(number + 5) % 3 == 0 ? engine::cause::budget_spent : engine::cause::rejected;
      turned.operation.step = static_cast<step_no>(number % 2);
      turned.text = "not enough money";
    }
    last.events.emplace_back().what = fact::finished;
    last.phase_after = compensated ? lifecycle::phase::compensated : lifecycle::phase::completed;
    made.push_back(stored(number, last, 2));
    return made;
  }

  std::vector<definition::definition_ptr> definitions_;
  std::uint64_t sagas_;
  journal::opening opening_;
};

}  // namespace sagad::bench
