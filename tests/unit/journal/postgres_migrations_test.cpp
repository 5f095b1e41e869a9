#include <gmock/gmock.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "journal/postgres/migrate.hpp"
#include "journal/postgres/table_check.hpp"
#include "postgres_subject.hpp"
#include "tests/support/eventually.hpp"

namespace sagad::journal::tests {
namespace {

using postgres::migrations::step;
using sagad::tests::eventually;
using testing::ElementsAre;
using testing::HasSubstr;

/// How many steps this program has.
std::int64_t own() {
  return static_cast<std::int64_t>(postgres::migrations::all().size());
}
/// The version that is so many steps behind this program's.
std::string version(std::int64_t more) {
  return "version " + std::to_string(own() + more);
}

/// Steps as a later sagad may have them, with how many of those that follow this program's somebody must know who runs
/// beside it. Each leaves a row in `notes`, so that one that is done twice is seen.
step adds_notes(std::int64_t beside = 0) {
  return {"adds notes", "CREATE TABLE notes (line TEXT); INSERT INTO notes VALUES ('notes')", own() + beside, "0.2"};
}
step adds_a_column() {
  return {"adds a column", "INSERT INTO notes VALUES ('column'); ALTER TABLE sagad_records ADD COLUMN more TEXT", own(),
          "0.3"};
}
step changes_all() {
  return {"changes all", "INSERT INTO notes VALUES ('all')", own() + 1, "0.4"};
}

/// A sagad that knows the tables of this program, and more.
std::vector<step> knowing(std::initializer_list<step> more) {
  const auto all = postgres::migrations::all();
  std::vector<step> known(all.begin(), all.end());
  known.insert(known.end(), more);
  return known;
}

class postgres_migrations : public testing::Test {
 protected:
  postgres_migrations() : schema_(postgres_server::the().fresh_schema()), url_(postgres_server::the().url(schema_)) {}
  ~postgres_migrations() override { postgres_server::the().drop_schema(schema_); }

  struct told {
    std::optional<std::string> error;
    std::vector<std::string> said;
    std::vector<std::string> waited;
  };

  std::string ask(const std::string& sql) { return postgres_client(url_).ask(sql); }
  /// Steps that follow this program's, with whom they may be done beside: counted from this program's.
  std::string ledger() {
    const auto from = std::to_string(own());
    return ask("SELECT coalesce(string_agg((version - " + from + ") || ':' || (beside - " + from +
               "), ' ' ORDER BY version), '') FROM sagad_migrations WHERE version > " + from);
  }
  std::string notes() { return ask("SELECT string_agg(line, ' ') FROM notes"); }

  told migrate(const std::vector<step>& known, bool dry_run = false) {
    told all;
    postgres::migrate_order order;
    order.url = url_;
    order.known = known;
    order.dry_run = dry_run;
    order.lock_wait = std::chrono::milliseconds(50);
    order.pause = std::chrono::milliseconds(10);
    order.say = [&](const std::string& line) { all.said.push_back(line); };
    order.wait = [&](const std::string& line) { all.waited.push_back(line); };
    all.error = postgres::migrate(order);
    return all;
  }
  /// What a start of such a sagad says of the tables.
  std::string start(const std::vector<step>& known) {
    postgres::connection database(postgres::login_of(settings(), "opening"));
    return postgres::migrations::prepare(database, known, newest_record_format()).value_or("");
  }
  /// As one that was begun before what a version may run beside was noted left them.
  void make_as_the_first_sagad() {
    ASSERT_EQ(start(knowing({})), "");
    ask("DELETE FROM sagad_migrations WHERE version = 0");
    ask("ALTER TABLE sagad_migrations DROP COLUMN beside");
  }
  std::string opening() const {
    const auto opened = postgres::open(settings());
    const auto* error = std::get_if<postgres::error>(&opened);
    return error == nullptr ? "" : error->line;
  }
  postgres::options settings() const {
    postgres::options result;
    result.url = url_;
    result.poll = std::chrono::milliseconds(20);
    return result;
  }
  /// How many sessions that bring tables forward wait for a lock; of the first the pid.
  std::string waiting(const std::string& what) {
    return ask(
        "SELECT coalesce(" + what +
        "::text, '') FROM pg_stat_activity WHERE application_name = 'sagad migrate' AND wait_event_type = 'Lock'");
  }

  std::string schema_;
  std::string url_;
};

TEST_F(postgres_migrations, a_start_makes_the_tables_of_an_empty_database) {
  EXPECT_EQ(start(knowing({adds_notes()})), "");
  EXPECT_EQ(ledger(), "1:0");
  EXPECT_EQ(notes(), "notes");
  EXPECT_EQ(start(knowing({adds_notes()})), "") << "and finds them there";
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_meta WHERE name = 'identity'"), "1");
}

TEST_F(postgres_migrations, the_command_makes_them_too_and_then_finds_nothing_to_do) {
  const auto first = migrate(knowing({}));
  EXPECT_EQ(first.error, std::nullopt);
  EXPECT_THAT(first.said, ElementsAre(HasSubstr("has no tables of sagad, this sagad knows " + version(0)),
                                      "done: version 1 makes the tables", HasSubstr("done: version 2 adds"),
                                      HasSubstr("done: version 3 lets"), HasSubstr("done: version 4 lets"),
                                      HasSubstr("done: version 5 lets")));
  const auto applied = ask("SELECT applied FROM sagad_migrations WHERE version = 1");
  const auto again = migrate(knowing({}));
  EXPECT_EQ(again.error, std::nullopt);
  EXPECT_THAT(again.said, ElementsAre(HasSubstr("has the tables of " + version(0) + ": nothing is to be done")));
  EXPECT_EQ(ask("SELECT applied FROM sagad_migrations WHERE version = 1"), applied);
  const postgres_node node(settings());
  EXPECT_TRUE(eventually([&] { return node.count() == partitions; }));
}

TEST_F(postgres_migrations, a_start_does_not_change_older_tables_and_says_what_does) {
  make_as_the_first_sagad();
  const auto newer = knowing({adds_notes()});
  EXPECT_THAT(start(newer),
              HasSubstr("are of " + version(0) + ", and this sagad knows " + version(1) + ": run `sagad migrate`"));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_migrations"), std::to_string(own())) << "nothing was changed";
  const auto done = migrate(newer);
  EXPECT_EQ(done.error, std::nullopt);
  EXPECT_EQ(ledger(), "1:0");
  EXPECT_EQ(start(newer), "");
}

TEST_F(postgres_migrations, a_dry_run_shows_the_steps_and_who_may_run_and_changes_nothing) {
  const auto all = knowing({adds_notes(), changes_all()});
  const auto empty = migrate(all, true);
  EXPECT_EQ(empty.error, std::nullopt);
  EXPECT_THAT(empty.said,
              ElementsAre(HasSubstr("has no tables"), "to do: version 1 makes the tables",
                          HasSubstr("to do: version 2 adds what several nodes share; sagad 0.1.0"),
                          HasSubstr("to do: version 3 lets live sagas be told a little later; no sagad may run"),
                          HasSubstr("to do: version 4 lets nodes say which format of records they read; sagad 0.1.0"),
                          HasSubstr("to do: version 5 lets a saga's messages be found by an index; sagad 0.1.0"),
                          "to do: " + version(1) + " adds notes; sagad 0.1.0 and later may run meanwhile",
                          "to do: " + version(2) + " changes all; sagad 0.2 and later may run meanwhile"));
  EXPECT_EQ(ask("SELECT count(*) FROM information_schema.tables WHERE table_schema = '" + schema_ + "'"), "0");
  make_as_the_first_sagad();
  EXPECT_THAT(migrate(all, true).said.size(), 3U);
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_migrations"), std::to_string(own()));
}

TEST_F(postgres_migrations, newer_tables_are_worked_on_where_their_steps_allow_it) {
  ASSERT_EQ(migrate(knowing({adds_notes(), adds_a_column()})).error, std::nullopt);
  EXPECT_EQ(ledger(), "1:0 2:0");
  EXPECT_EQ(start(knowing({})), "");
  postgres_node node(settings());
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  EXPECT_EQ(node.put(node.make(saga(1), 1)), result::durable);
  const auto behind = migrate(knowing({}));
  EXPECT_EQ(behind.error, std::nullopt);
  EXPECT_THAT(behind.said, ElementsAre(HasSubstr("a newer sagad has made: nothing is to be done by this one")));
}

TEST_F(postgres_migrations, newer_tables_are_refused_where_a_step_does_not_allow_it) {
  ASSERT_EQ(migrate(knowing({adds_notes(), changes_all(), adds_a_column()})).error, std::nullopt);
  EXPECT_THAT(start(knowing({})),
              HasSubstr("are of " + version(3) + ", and this sagad knows " + version(0) + ": a newer sagad has"));
  EXPECT_EQ(start(knowing({adds_notes()})), "") << "all steps allow this one";
  const auto refused = postgres::open(settings());
  EXPECT_NE(std::get_if<postgres::error>(&refused), nullptr);
}

TEST_F(postgres_migrations, two_at_once_do_each_step_once) {
  make_as_the_first_sagad();
  const auto newer = knowing({adds_notes(), adds_a_column()});
  // Both stand before the first step when it begins.
  ask("ALTER TABLE sagad_migrations ADD COLUMN beside INT8");
  ask("INSERT INTO sagad_migrations (version, applied) VALUES (0, now())");
  postgres_client other(url_);
  other.ask("BEGIN");
  other.ask("SELECT version FROM sagad_migrations WHERE version = 0 FOR UPDATE");
  std::vector<told> both(2);
  std::vector<std::thread> at_once;
  for (auto& one : both) at_once.emplace_back([&] { one = migrate(newer); });
  EXPECT_TRUE(eventually([&] { return waiting("count(*)") == "2"; }));
  other.ask("COMMIT");
  for (auto& one : at_once) one.join();
  EXPECT_EQ(both[0].error, std::nullopt);
  EXPECT_EQ(both[1].error, std::nullopt);
  EXPECT_EQ(notes(), "notes column");
  EXPECT_EQ(ledger(), "1:0 2:0");
}

TEST_F(postgres_migrations, one_that_is_ended_in_its_middle_leaves_whole_steps_and_goes_on_when_run_again) {
  make_as_the_first_sagad();
  const auto newer = knowing({adds_notes(), adds_a_column()});
  postgres_client reader(url_);
  reader.ask("BEGIN");
  reader.ask("SELECT count(*) FROM sagad_records");
  told ended;
  std::thread beside([&] { ended = migrate(newer); });
  // It waits for the table with a row of the step written, and its session is ended then.
  EXPECT_TRUE(eventually([&] {
    const auto pid = waiting("min(pid)");
    return !pid.empty() && ask("SELECT pg_terminate_backend(" + pid + ")") == "t";
  }));
  beside.join();
  ASSERT_TRUE(ended.error);
  EXPECT_THAT(*ended.error, HasSubstr("the database does not answer, what was told is done"));
  EXPECT_EQ(ledger(), "1:0");
  EXPECT_EQ(notes(), "notes");
  reader.ask("COMMIT");
  const auto again = migrate(newer);
  EXPECT_EQ(again.error, std::nullopt);
  EXPECT_THAT(again.said,
              ElementsAre(HasSubstr("of " + version(1)), HasSubstr("done: " + version(2) + " adds a column")));
  EXPECT_EQ(notes(), "notes column");
}

TEST_F(postgres_migrations, a_step_is_done_also_where_changing_a_table_ends_the_transaction) {
  ASSERT_EQ(start(knowing({})), "");
  // Elsewhere that is so of itself. What may not stand in a transaction shows that nothing is sent together with it.
  const step ends{"changes tables by itself",
                  "CREATE TABLE notes (line TEXT); COMMIT; CREATE INDEX CONCURRENTLY notes_line ON notes (line);\n"
                  "INSERT INTO notes VALUES ('notes');\n",
                  own(), "0.2"};
  EXPECT_EQ(migrate(knowing({ends})).error, std::nullopt);
  EXPECT_EQ(notes(), "notes");
  EXPECT_EQ(ledger(), "1:0");
}

TEST_F(postgres_migrations, indexes_that_are_gone_through_in_order_say_so) {
  std::string all;
  for (const auto& one : postgres::migrations::all()) all += one.sql;
  for (const auto* index :
       {"sagad_records (place ASC)", "sagad_start_keys (ended ASC)", "sagad_messages (answered ASC)"}) {
    EXPECT_THAT(all, HasSubstr(index)) << "hashed by YugabyteDB, else";
  }
}

TEST_F(postgres_migrations, a_sagad_at_work_goes_on_while_a_step_waits_and_after_it) {
  make_as_the_first_sagad();
  postgres_node node(settings());
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  // Whoever reads for long keeps the step from its lock, and what waits behind the step would wait for him, too.
  postgres_client reader(url_);
  reader.ask("BEGIN");
  reader.ask("SELECT count(*) FROM sagad_records");
  told done;
  std::thread beside([&] { done = migrate(knowing({adds_notes(), adds_a_column()})); });
  EXPECT_TRUE(eventually([&] { return !waiting("min(pid)").empty(); }));
  EXPECT_EQ(node.put(node.make(saga(1), 1)), result::durable);
  EXPECT_EQ(node.put(node.make(saga(1), 2)), result::durable);
  reader.ask("COMMIT");
  beside.join();
  EXPECT_EQ(done.error, std::nullopt);
  EXPECT_EQ(ledger(), "1:0 2:0");
  EXPECT_EQ(node.put(node.make(saga(1), 3)), result::durable);
  EXPECT_EQ(node.store().read(saga(1)).size(), 3U);
}

TEST_F(postgres_migrations, a_step_that_allows_nobody_waits_for_the_end_of_who_is_at_work) {
  ASSERT_EQ(start(knowing({})), "");
  const auto alone = adds_notes(1);
  std::optional<postgres_node> node(settings());
  ASSERT_TRUE(eventually([&] { return node->count() == partitions; }));
  const auto refused = migrate(knowing({alone}));
  ASSERT_TRUE(refused.error);
  EXPECT_THAT(*refused.error, HasSubstr("is in use by sagad, process " + std::to_string(::getpid())));
  EXPECT_EQ(ledger(), "");
  const auto epoch = ask("SELECT max(epoch) FROM sagad_partitions");
  node.reset();
  EXPECT_EQ(migrate(knowing({alone})).error, std::nullopt);
  EXPECT_EQ(ledger(), "1:1");
  EXPECT_EQ(ask("SELECT min(epoch) - " + epoch + " FROM sagad_partitions"), "1") << "nobody goes on under the old one";
}

TEST_F(postgres_migrations, the_first_tables_are_brought_forward_with_what_they_hold) {
  ASSERT_EQ(start({knowing({})[0]}), "");
  ask("UPDATE sagad_meta SET value = '7' WHERE name = 'oldest'");
  ask("INSERT INTO sagad_records (partition_id, position, day, place, epoch, saga, seq, recorded, due, bytes) "
      "VALUES (3, 5, 0, 7, 1, '', 1, 0, 0, '')");
  EXPECT_EQ(migrate(knowing({})).error, std::nullopt);
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE freed_place = 7"), "256");
  EXPECT_EQ(ask("SELECT live_position FROM sagad_partitions WHERE id = 3"), "5");
  EXPECT_EQ(ask("SELECT sum(live_position) FROM sagad_partitions"), "5");
  EXPECT_EQ(ledger(), "");
}

TEST_F(postgres_migrations, what_somebody_has_dropped_is_named_and_not_made_anew) {
  ASSERT_EQ(start(knowing({})), "");
  ask("DROP TABLE sagad_start_keys");
  ask("ALTER TABLE sagad_records DROP COLUMN due");
  const auto named = testing::AllOf(HasSubstr(": the column due of sagad_records, the table sagad_start_keys. "),
                                    HasSubstr("restore the database from its backup"));
  EXPECT_THAT(opening(), named);
  const auto done = migrate(knowing({adds_notes()}));
  EXPECT_THAT(done.error.value_or(""), named);
  EXPECT_THAT(done.said, ElementsAre());
  EXPECT_THAT(migrate(knowing({}), true).error.value_or(""), named);
  EXPECT_EQ(
      ask("SELECT count(*) FROM pg_tables WHERE tablename = 'sagad_start_keys' AND schemaname = '" + schema_ + "'"),
      "0");
  EXPECT_EQ(ledger(), "");
}

TEST_F(postgres_migrations, a_ledger_that_somebody_has_dropped_does_not_let_the_steps_be_done_again) {
  ASSERT_EQ(start(knowing({})), "");
  ask("DROP TABLE sagad_migrations");
  EXPECT_THAT(opening(), HasSubstr(": the table sagad_migrations. "));
  EXPECT_THAT(migrate(knowing({})).error.value_or(""), HasSubstr(": the table sagad_migrations. "));
}

TEST_F(postgres_migrations, an_index_that_somebody_has_dropped_is_told_with_what_makes_it_again) {
  ASSERT_EQ(start(knowing({})), "");
  ask("DROP INDEX sagad_records_place");
  EXPECT_EQ(opening(), "") << "it is slow, and works";
  const auto shown = migrate(knowing({}));
  EXPECT_EQ(shown.error, std::nullopt);
  ASSERT_EQ(shown.said.size(), 2U);
  const auto make = shown.said[0].find("CREATE INDEX IF NOT EXISTS sagad_records_place ON sagad_records");
  ASSERT_NE(make, std::string::npos) << shown.said[0];
  ask(shown.said[0].substr(make));
  EXPECT_THAT(migrate(knowing({})).said, ElementsAre(HasSubstr("nothing is to be done")));
}

TEST_F(postgres_migrations, whatever_is_dropped_of_the_tables_is_named) {
  ASSERT_EQ(start(knowing({})), "");
  postgres::connection database(postgres::login_of(settings(), "opening"));
  const auto without = [&](const std::string& drop) {
    database.run_all("BEGIN");
    database.run_all(drop);
    auto named = postgres::migrations::why_incomplete(database, knowing({})).value_or("");
    for (const auto& index : postgres::migrations::dropped_indexes(database, knowing({}))) named += index;
    database.run_all("ROLLBACK");
    return named;
  };
  constexpr postgres::statement all{
      "all_columns",
      "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns "
      "WHERE table_schema = current_schema() AND table_name <> 'sagad_migrations'"};
  const auto columns = database.run(all);
  EXPECT_GT(columns.size(), 40);
  for (int row = 0; row < columns.size(); ++row) {
    const std::string table(columns.bytes(row, 0));
    const std::string column(columns.bytes(row, 1));
    EXPECT_THAT(without("ALTER TABLE " + table + " DROP COLUMN " + column),
                HasSubstr("column " + column + " of " + table));
    EXPECT_THAT(without("DROP TABLE " + table), HasSubstr("the table " + table));
  }
  constexpr postgres::statement indexes{"all_indexes",
                                        "SELECT CAST(indexname AS TEXT) FROM pg_indexes WHERE schemaname = "
                                        "current_schema() AND indexname !~ '_(pkey|key)$'"};
  const auto found = database.run(indexes);
  EXPECT_GT(found.size(), 5);
  for (int row = 0; row < found.size(); ++row) {
    const std::string index(found.bytes(row, 0));
    EXPECT_THAT(without("DROP INDEX " + index), HasSubstr(" " + index + " ON "));
  }
  EXPECT_EQ(postgres::migrations::why_incomplete(database, knowing({})), std::nullopt);
}

TEST_F(postgres_migrations, a_user_without_the_rights_is_told_which_and_how_they_are_given) {
  ASSERT_EQ(start(knowing({})), "");
  postgres_client owner(url_);
  owner.ask("CREATE ROLE guest LOGIN");
  owner.ask("GRANT USAGE ON SCHEMA " + schema_ + " TO guest");
  url_.replace(url_.find("//sagad@"), 8, "//guest@");
  EXPECT_THAT(opening(),
              HasSubstr("(of sagad_definitions, sagad_live_sagas, sagad_messages, sagad_meta, sagad_migrations, "));
  EXPECT_THAT(migrate(knowing({})).error.value_or(""),
              testing::AllOf(HasSubstr("permission denied for table sagad_migrations"), HasSubstr("GRANT SELECT")));
  owner.ask("GRANT SELECT ON ALL TABLES IN SCHEMA " + schema_ + " TO guest");
  const auto may_only_read = opening();
  EXPECT_THAT(may_only_read, HasSubstr("the user guest has not the rights on sagad's tables in "));
  EXPECT_THAT(may_only_read,
              HasSubstr("(of sagad_definitions, sagad_live_sagas, sagad_messages, sagad_meta, sagad_nodes, "));
  const auto grant = may_only_read.find("GRANT ");
  ASSERT_NE(grant, std::string::npos) << may_only_read;
  owner.ask(may_only_read.substr(grant));
  EXPECT_EQ(opening(), "");
  {
    postgres_node node(settings());
    ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
    EXPECT_EQ(node.put(node.make(saga(1), 1)), result::durable);
  }
  const step changes{"adds a column", "ALTER TABLE sagad_records ADD COLUMN more TEXT", own(), "0.2"};
  EXPECT_THAT(migrate(knowing({changes})).error.value_or(""),
              testing::AllOf(HasSubstr("must be owner of table"), HasSubstr("Do it as the user who owns that")));
  owner.ask("DROP OWNED BY guest");
  owner.ask("DROP ROLE guest");
}

TEST_F(postgres_migrations, a_node_that_was_away_while_nobody_might_run_is_not_let_in_again) {
  auto how = settings();
  how.lease = std::chrono::milliseconds(300);
  std::atomic<bool> heard = false;
  how.tell = [&](const std::string& line) {
    if (line.find("a newer sagad has changed them") != std::string::npos) heard = true;
  };
  const postgres_node node(how);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  // Of who is cut off the leases are over: all at once, and before they are renewed.
  postgres_client other(url_);
  other.ask("BEGIN");
  other.ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = NULL, lease_until = NULL");
  other.ask("DELETE FROM sagad_nodes");
  const auto next = std::to_string(own() + 1);
  other.ask("INSERT INTO sagad_migrations (version, applied, beside) VALUES (" + next + ", now(), " + next + ")");
  other.ask("COMMIT");
  EXPECT_TRUE(eventually([&] { return heard.load(); }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE owner IS NOT NULL"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_nodes"), "0");
}

TEST_F(postgres_migrations, a_node_that_enters_while_a_step_allows_nobody_is_not_told_of_what_it_takes_behind_it) {
  ASSERT_EQ(start(knowing({})), "");
  auto how = settings();
  std::atomic<bool> heard = false;
  std::atomic<int> taken = 0;
  how.tell = [&](const std::string& line) {
    if (line.find("a newer sagad has changed them") != std::string::npos) heard = true;
  };
  postgres_client other(url_);
  other.ask("BEGIN");
  other.ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = NULL, lease_until = NULL");
  other.ask("DELETE FROM sagad_nodes");
  postgres_node node(how);
  node.when_taken([&](const taken_partition&) { ++taken; });
  ASSERT_TRUE(eventually([&] { return ask("SELECT count(*) FROM sagad_nodes") == "1"; }));
  const auto next = std::to_string(own() + 1);
  other.ask("INSERT INTO sagad_migrations (version, applied, beside) VALUES (" + next + ", now(), " + next + ")");
  other.ask("COMMIT");
  EXPECT_TRUE(eventually([&] { return heard || taken > 0; }));
  EXPECT_TRUE(eventually([&] { return ask("SELECT count(*) FROM sagad_nodes") == "0"; }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE owner IS NOT NULL"), "0");
  EXPECT_EQ(taken, 0);
}

}  // namespace
}  // namespace sagad::journal::tests
