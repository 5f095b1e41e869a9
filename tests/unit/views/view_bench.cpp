#include "view_bench.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>
#include <utility>

#include "json/cursor.hpp"
#include "json/json.hpp"
#include "records/codec.hpp"
#include "tests/support/random_play.hpp"

namespace sagad::views::tests {
namespace {

std::string content_name(const std::string& name) {
  return "the content of " + name;
}

definition::definition_ptr make_definition(const std::string& name) {
  auto made = std::make_shared<definition::definition>();
  made->name = name;
  made->content = digest_of(content_name(name));
  if (name == "sale") made->labels.labels.push_back({"region", true, {}});
  for (int step = 0; step < 12; ++step) made->steps.emplace_back().name = "s" + std::to_string(step);
  return made;
}

const std::map<digest, definition::definition_ptr>& known_definitions() {
  static const auto all_made = [] {
    std::map<digest, definition::definition_ptr> all;
    for (const std::string name : {"sale", "refund", ""}) {
      auto one = make_definition(name);
      const auto content = one->content;
      all.emplace(content, std::move(one));
    }
    return all;
  }();
  return all_made;
}

course random_course(std::uint64_t seed, std::size_t number) {
  std::mt19937_64 dice(seed);
  sagad::tests::random_play play(seed);
  play.run(static_cast<int>(dice() % 60));
  if (dice() % 2 == 0) play.finish();
  const auto shift = static_cast<millis>(number) * 10;
  course made;
  made.at = sagad::tests::played_saga::t0 + shift;
  made.id = saga_id::make(made.at, static_cast<partition_no>(dice() % 5), dice());
  if (dice() % 3 != 0) made.key = "order-" + std::to_string(number) + "-" + std::to_string(seed);
  const std::string names[] = {"sale", "sale", "sale", "refund", ""};
  const auto& name = names[dice() % 5];
  const auto version = name.empty() ? 0 : static_cast<std::uint32_t>(1 + dice() % 2);
  const std::string starter = dice() % 2 == 0 ? "shop" : "";
  const std::string labels =
      dice() % 2 == 0 ? R"({"region":"eu-)" + std::to_string(dice() % 3) + R"("})" : std::string();
  for (auto record : play.played().records()) {
    record.at += shift;
    if (record.seq == 1) {
      record.events.front().content = digest_of(content_name(name));
      record.events.front().attempt = version;
      record.events.front().actor = starter;
      record.events.front().text = made.key;
      record.events.front().more = labels;
    }
    records::encode(record, made.records.emplace_back(), newest_record_format());
  }
  made.ends = play.played().now().final();
  return made;
}

}  // namespace

definition::definition_ptr definition_of(const digest& content) {
  const auto found = known_definitions().find(content);
  return found == known_definitions().end() ? nullptr : found->second;
}

std::vector<course> random_courses(std::uint64_t seed, std::size_t sagas) {
  std::vector<course> made;
  // One that ends with its start, because every step was passed over, is never under way.
  for (std::size_t number = 0; made.size() < sagas; ++number) {
    auto one = random_course(seed * 100'000 + number, number);
    if (one.records.size() > 1) made.push_back(std::move(one));
  }
  return made;
}

written_journal::written_journal(std::unique_ptr<journal::memory::store> store) : store_(std::move(store)) {
  positions_ = store_->opened().last_position;
}

void written_journal::reopen() {
  appender_.reset();
  store_ = store_->crash();
}

place written_journal::write(const course& of, std::size_t record) {
  if (appender_ == nullptr) appender_ = store_->make_appender([] {});
  const journal::start_key key{of.key, digest_of("a"), digest_of("b")};
  journal::entry entry;
  entry.saga = of.id;
  entry.position = ++positions_.at(of.id.partition());
  entry.seq = static_cast<std::uint32_t>(record) + 1;
  entry.bytes = of.records.at(record);
  entry.epoch = store_->opened().epoch;
  entry.key = record == 0 && !of.key.empty() ? &key : nullptr;
  entry.time = of.at;
  entry.final = of.ends && record + 1 == of.records.size();
  appender_->append(entry);
  appender_->submit(true);
  return {of.id.partition(), entry.position};
}

void written_journal::write(const std::vector<course>& courses, std::uint64_t seed) {
  std::mt19937_64 dice(seed);
  std::vector<std::size_t> next(courses.size(), 0);
  std::vector<std::size_t> open;
  for (std::size_t begun = 0; begun < courses.size() || !open.empty();) {
    if (begun < courses.size() && (open.size() < 8 || dice() % 20 == 0)) open.push_back(begun++);
    const auto at = dice() % open.size();
    const auto saga = open[at];
    write(courses[saga], next[saga]);
    if (++next[saga] == courses[saga].records.size()) open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

std::unique_ptr<keeper> make_keeper(journal::store& store, const std::string& path, bool accept_loss,
                                    const std::string& boot) {
  keeper_options options;
  options.path = path;
  options.boot = boot;
  options.accept_loss = accept_loss;
  options.records_read_at_once_max = 50;
  options.rows_written_at_once_max = 20;
  options.budget.steady_milliseconds = [] { return std::int64_t{0}; };
  return std::make_unique<keeper>(options, store, definition_of, [] { return now; });
}

void catch_up(keeper& of) {
  for (int steps = 0; of.step(); ++steps) {
    if (steps > 100'000) throw std::runtime_error("the views never come to an end");
  }
}

std::string dump(database& file) {
  std::string text;
  const std::pair<const char*, int> tables[] = {
      {"SELECT version, journal, upto FROM meta", 3},
      {"SELECT * FROM positions ORDER BY 1", 2},
      {"SELECT * FROM names ORDER BY 1", 2},
      {"SELECT * FROM definitions ORDER BY 1", 3},
      {"SELECT * FROM sagas ORDER BY 1", 16},
      {"SELECT name, value, id FROM indexed_labels ORDER BY 1, 2, 3", 3},
      {"SELECT * FROM loose_labels ORDER BY 1, 2", 2},
      {"SELECT * FROM counts ORDER BY 1, 2", 3},
      {"SELECT * FROM in_flight ORDER BY 1, 2", 3},
  };
  for (const auto& [sql, columns] : tables) {
    journal::statement rows(file.connection(), sql);
    while (rows.step()) {
      for (int column = 0; column < columns; ++column) text += rows.blob(column) + (rows.is_null(column) ? "-|" : "|");
      text += '\n';
    }
  }
  return text;
}

std::string dump(const std::string& path, std::uint64_t journal_identity) {
  const definition_source definitions = definition_of;
  const auto file = database::open(path, journal_identity, definitions, "this boot").file;
  return file == nullptr ? "nothing" : dump(*file);
}

std::string built_at_once(journal::store& store) {
  const definition_source definitions = definition_of;
  projector one(store, database::create(":memory:", store.opened().identity, definitions, {}));
  if (!one.read(10'000'000)) throw std::runtime_error("the journal is too long");
  one.write(now);
  return dump(one.file());
}

std::vector<std::string> ids_of(const page& page) {
  std::vector<std::string> ids;
  json::cursor at(page.sagas);
  at.elements([&](std::size_t) {
    const std::string member[] = {"id"};
    ids.push_back(json::unescape(json::slice(at.take(), member)));
    return true;
  });
  return ids;
}

}  // namespace sagad::views::tests
