// The format in which nodes write records: what all of them read.
#include <gmock/gmock.h>

#include <memory>
#include <mutex>
#include <optional>

#include "journal/postgres/format_level.hpp"
#include "journal/postgres/migrate.hpp"
#include "postgres_node.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::journal::tests {
namespace {

using sagad::tests::eventually;
using sagad::tests::postgres_client;
using sagad::tests::postgres_server;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class postgres_format : public testing::Test {
 protected:
  postgres_format() : schema_(postgres_server::the().fresh_schema()) {
    settings_.url = postgres_server::the().url(schema_);
    settings_.poll = std::chrono::milliseconds(20);
    settings_.lease = std::chrono::milliseconds(60'000);
    settings_.tell = [told = told_](const std::string& line) {
      const std::lock_guard lock(told->mutex);
      told->lines += line + '\n';
    };
  }
  ~postgres_format() override { postgres_server::the().drop_schema(schema_); }

  std::string ask(const std::string& sql) { return postgres_client(settings_.url).ask(sql); }
  std::string level() { return ask("SELECT value FROM sagad_meta WHERE name = 'record_format'"); }
  postgres::options of_format(std::uint8_t reads) const {
    auto settings = settings_;
    settings.reads_format = reads;
    return settings;
  }
  void begin(std::optional<postgres_node>& node, std::uint8_t reads) {
    node.emplace(of_format(reads), "format " + std::to_string(reads));
    ASSERT_TRUE(eventually([&] { return is_node(reads); }));
  }
  bool is_node(std::uint8_t reads) {
    return ask("SELECT count(*) FROM sagad_nodes WHERE reads_format = " + std::to_string(reads)) != "0";
  }
  /// Why a program that reads up to there does not open it; empty: it does.
  std::string refusal_of(std::uint8_t reads) {
    const auto outcome = postgres::open(of_format(reads));
    const auto* error = std::get_if<postgres::error>(&outcome);
    return error == nullptr ? "" : error->line;
  }
  struct told {
    std::optional<std::string> error;
    std::vector<std::string> said;
  };
  told raise(std::uint8_t format, bool dry_run = false, bool asked = true) {
    told all;
    postgres::migrate_order order;
    order.url = settings_.url;
    order.format = format;
    order.raise = asked;
    order.dry_run = dry_run;
    order.say = [&](const std::string& line) { all.said.push_back(line); };
    order.wait = order.say;
    all.error = postgres::migrate(order);
    if (!all.said.empty()) all.said.erase(all.said.begin());  // how the tables stand
    return all;
  }

  bool was_told(const std::string& what) const {
    const std::lock_guard lock(told_->mutex);
    return told_->lines.find(what) != std::string::npos;
  }

 private:
  struct lines_told {
    std::mutex mutex;
    std::string lines;
  };
  std::shared_ptr<lines_told> told_ = std::make_shared<lines_told>();

 protected:
  std::string schema_;
  postgres::options settings_;
};

TEST_F(postgres_format, of_a_new_database_is_the_newest_that_its_maker_reads) {
  EXPECT_EQ(refusal_of(1), "");
  EXPECT_EQ(level(), "1");
  ask("DELETE FROM sagad_migrations");
  ask("DELETE FROM sagad_meta");
  EXPECT_EQ(refusal_of(2), "");
  EXPECT_EQ(level(), "2");
}

TEST_F(postgres_format, of_a_database_from_before_there_were_several_is_the_first) {
  EXPECT_EQ(refusal_of(2), "");
  ask("DELETE FROM sagad_migrations WHERE version >= 4");
  ask("DELETE FROM sagad_meta WHERE name = 'record_format'");
  ask("ALTER TABLE sagad_nodes DROP COLUMN reads_format");
  EXPECT_THAT(raise(2, false, false).said,
              ElementsAre(HasSubstr("done: version 4 lets nodes say"), HasSubstr("done: version 5"),
                          AllOf(HasSubstr("records are written in format 1, and this sagad reads up to 2"),
                                HasSubstr("`sagad migrate --raise`"))));
  EXPECT_EQ(level(), "1");
}

TEST_F(postgres_format, is_the_newest_from_the_first_record_on_where_tables_are_made) {
  EXPECT_THAT(raise(2, true).said.back(),
              "records are written in format 2 from the first one on: there is nothing to raise");
  const auto done = raise(2);
  EXPECT_EQ(done.error, std::nullopt);
  EXPECT_EQ(done.said.back(), "records are written in format 2: there is nothing to raise");
}

TEST_F(postgres_format, is_shown_to_be_raised_behind_steps_that_are_missing) {
  EXPECT_EQ(refusal_of(1), "");
  ask("DELETE FROM sagad_migrations WHERE version >= 4");
  ask("DELETE FROM sagad_meta WHERE name = 'record_format'");
  ask("ALTER TABLE sagad_nodes DROP COLUMN reads_format");
  EXPECT_THAT(raise(2, true).said,
              ElementsAre(HasSubstr("to do: version 4 lets nodes say"), HasSubstr("to do: version 5"),
                          AllOf(HasSubstr("to do: records are written in format 2 from then on, if"),
                                HasSubstr("`sagad migrate --raise --dry-run` names the nodes"))));
  EXPECT_THAT(raise(2).said, ElementsAre(HasSubstr("done: version 4 lets nodes say"), HasSubstr("done: version 5"),
                                         "done: records are written in format 2 from then on, before it was 1"));
}

TEST_F(postgres_format, is_raised_when_all_nodes_read_more_and_they_learn_it) {
  std::optional<postgres_node> one, two;
  begin(one, 1);
  EXPECT_EQ(one->store().format_level(), 1);
  one.reset();
  begin(one, 2);
  begin(two, 3);
  EXPECT_EQ(one->store().format_level(), 1) << "nobody has raised it";
  EXPECT_THAT(raise(2, true).said, ElementsAre("to do: records are written in format 2 from then on, before it was 1"));
  EXPECT_EQ(level(), "1");
  const auto done = raise(2);
  EXPECT_EQ(done.error, std::nullopt);
  EXPECT_THAT(done.said, ElementsAre("done: records are written in format 2 from then on, before it was 1"));
  EXPECT_TRUE(eventually([&] { return one->store().format_level() == 2 && two->store().format_level() == 2; }));
  const auto again = raise(2);
  EXPECT_EQ(again.error, std::nullopt);
  EXPECT_THAT(again.said, ElementsAre("records are written in format 2: there is nothing to raise"));
}

TEST_F(postgres_format, is_not_raised_while_a_node_reads_less_which_is_named) {
  std::optional<postgres_node> one, two;
  begin(one, 1);
  begin(two, 2);
  const auto refused = raise(2);
  EXPECT_THAT(refused.error.value_or(""),
              AllOf(HasSubstr("records are written in format 1 further on, because sagad, process"),
                    HasSubstr("at format 1, reads up to format 1 and not 2: replace it by a newer sagad first")));
  EXPECT_THAT(refused.said, IsEmpty());
  EXPECT_EQ(level(), "1");
  one.reset();
  EXPECT_EQ(raise(2).error, std::nullopt) << "it has left";
  EXPECT_EQ(level(), "2");
}

TEST_F(postgres_format, is_raised_as_far_as_all_read) {
  std::optional<postgres_node> one, two;
  begin(one, 1);
  one.reset();
  begin(one, 2);
  begin(two, 3);
  const auto done = raise(3);
  EXPECT_THAT(done.said, ElementsAre("done: records are written in format 2 from then on, before it was 1"));
  EXPECT_THAT(done.error.value_or(""), HasSubstr("reads up to format 2 and not 3"));
}

TEST_F(postgres_format, counts_a_node_that_was_not_heard_of_until_it_is_forgotten) {
  std::optional<postgres_node> two;
  begin(two, 2);
  ask("UPDATE sagad_meta SET value = '1' WHERE name = 'record_format'");
  ask("INSERT INTO sagad_nodes (name, slot, address, seen, leaving, floor) VALUES ('an older one', 63, '', now() - "
      "INTERVAL '40 seconds', FALSE, 0)");
  EXPECT_THAT(raise(2).error.value_or(""),
              AllOf(HasSubstr("because an older one reads up to format 1"), HasSubstr("not heard of for 4"),
                    HasSubstr("try again in some seconds")));
  ask("UPDATE sagad_nodes SET seen = now() - INTERVAL '2 minutes' WHERE name = 'an older one'");
  EXPECT_TRUE(eventually([&] { return raise(2).error == std::nullopt; })) << "the other node forgets it";
}

TEST_F(postgres_format, keeps_out_who_does_not_read_it) {
  EXPECT_EQ(refusal_of(2), "");
  EXPECT_THAT(refusal_of(1),
              AllOf(HasSubstr("the records in "),
                    HasSubstr(" are written in format 2, and format 2 is not known (this program reads up to 1): start "
                              "a newer sagad")));
  EXPECT_EQ(refusal_of(3), "");
  EXPECT_EQ(level(), "2") << "who reads more raises nothing by that";
  EXPECT_EQ(ask("SELECT beside FROM sagad_migrations WHERE version >= 4"), "4")
      << "a program from before there were formats is refused by the version of the tables";
}

TEST_F(postgres_format, keeps_a_node_out_for_which_it_was_raised_while_it_was_away) {
  std::optional<postgres_node> one;
  begin(one, 1);
  // As others do with one that stands still: it is forgotten.
  ask("BEGIN; UPDATE sagad_meta SET value = '2' WHERE name = 'record_format'; DELETE FROM sagad_nodes; COMMIT");
  EXPECT_TRUE(eventually([&] { return was_told("format 2 is not known (this program reads up to 1)"); }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_nodes"), "0");
}

// Whoever enters while it is raised does so before, and is seen, or after.
TEST_F(postgres_format, is_raised_before_or_after_a_node_enters) {
  EXPECT_EQ(refusal_of(1), "");
  postgres_client raising(settings_.url);
  raising.ask("BEGIN");
  raising.ask("SELECT value FROM sagad_meta WHERE name = 'record_format' FOR UPDATE");
  postgres_node one(of_format(1), "one");
  ASSERT_TRUE(eventually([&] {
    return ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sagad node' AND wait_event_type = "
               "'Lock'") == "1";
  }));
  raising.ask("UPDATE sagad_meta SET value = '2' WHERE name = 'record_format'");
  raising.ask("COMMIT");
  EXPECT_TRUE(eventually([&] { return was_told("format 2 is not known (this program reads up to 1)"); }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_nodes"), "0");
  EXPECT_EQ(one.count(), 0U);
}

}  // namespace
}  // namespace sagad::journal::tests
