#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "interrupted_journal.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"
#include "telemetry/log.hpp"
#include "tests/support/temporary_folder.hpp"
#include "view_bench.hpp"

namespace sagad::views::tests {
namespace {

using testing::HasSubstr;

// A process is not shown its own locks: another one looks.
bool locked_by_this_process(const std::string& path) {
  const auto owner = ::getpid();
  const auto other = ::fork();
  if (other == 0) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const bool told = ::fcntl(file, F_GETLK, &lock) == 0;
    ::_exit(!told ? 2 : lock.l_type != F_UNLCK && lock.l_pid == owner ? 1 : 0);
  }
  int status = 0;
  ::waitpid(other, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 2);
  return WEXITSTATUS(status) == 1;
}

class a_keeper : public testing::Test {
 protected:
  void SetUp() override { journal.write(courses, 1); }

  std::string path() const { return files.path("views.db"); }
  std::uint64_t identity() { return journal.store().opened().identity; }
  std::string kept() { return dump(path(), identity()); }
  void change(const std::string& sql) { journal::sqlite(path(), journal::sqlite::access::write).run(sql); }
  // The process ends, and the next one opens both.
  std::unique_ptr<keeper> reopen() {
    journal.reopen();
    return make_keeper(journal.store(), path());
  }

  static constexpr std::uintmax_t page_bytes = 4096;
  std::uintmax_t root_of(const std::string& what) {
    journal::sqlite file(path(), journal::sqlite::access::write);
    journal::statement root(file, "SELECT rootpage FROM sqlite_master WHERE name = '" + what + "'");
    root.step();
    return static_cast<std::uintmax_t>(root.integer(0)) - 1;
  }
  void damage_page(std::uintmax_t page) {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(page * page_bytes));
    file << std::string(64, '\xff');
  }

  std::vector<course> courses = random_courses(1, 120);
  written_journal journal;
  sagad::tests::temporary_folder files{sagad::tests::temporary_folder::on::memory};
};

TEST_F(a_keeper, keeps_the_same_whatever_the_pieces_it_reads) {
  catch_up(*make_keeper(journal.store(), path()));
  const auto expected = built_at_once(journal.store());
  EXPECT_THAT(expected, HasSubstr("sale"));
  EXPECT_EQ(kept(), expected);
}

TEST_F(a_keeper, goes_on_where_an_earlier_process_ended_wherever_that_was) {
  for (int round = 0;; ++round) {
    auto one = reopen();
    // Ends in the middle: what was read and not written is read again by the next.
    bool more = true;
    for (int steps = 0; more && steps <= round % 5; ++steps) more = one->step();
    if (!more) break;
    ASSERT_LT(round, 1000);
  }
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, follows_sagas_that_go_on_after_a_restart) {
  const auto later = random_courses(2, 60);
  written_journal half;
  std::vector<std::size_t> written(later.size(), 0);
  for (std::size_t saga = 0; saga < later.size(); ++saga) {
    for (; written[saga] < later[saga].records.size() / 2; ++written[saga]) half.write(later[saga], written[saga]);
  }
  catch_up(*make_keeper(half.store(), path()));
  for (std::size_t saga = 0; saga < later.size(); ++saga) {
    for (; written[saga] < later[saga].records.size(); ++written[saga]) half.write(later[saga], written[saga]);
  }
  half.reopen();
  auto one = make_keeper(half.store(), path());
  catch_up(*one);
  EXPECT_TRUE(one->has({0, 1}));
  one.reset();
  EXPECT_EQ(dump(path(), half.store().opened().identity), built_at_once(half.store()));
}

TEST_F(a_keeper, builds_anew_beside_the_live_file_and_gives_the_same) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U);
  change("UPDATE sagas SET key = 'wrong'; UPDATE counts SET sagas = 7");
  EXPECT_EQ(one->begin_rebuild(), std::nullopt);
  ASSERT_TRUE(one->step());
  EXPECT_TRUE(std::filesystem::exists(path() + ".next"));
  EXPECT_THAT(ids_of(std::get<page>(one->find({}))), testing::SizeIs(50)) << "the live ones answer meanwhile";
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 2U);
  EXPECT_FALSE(std::filesystem::exists(path() + ".next"));
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, replaces_the_live_file_only_once_the_new_one_has_caught_up) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  EXPECT_EQ(one->begin_rebuild(), std::nullopt);
  const auto later = random_courses(3, 30);
  std::size_t written = 0;
  while (one->step()) {
    EXPECT_EQ(one->rebuilt(), 1U);
    if (written < later.size()) journal.write({later[written++]}, 1);
  }
  EXPECT_GT(written, 0U);
  EXPECT_EQ(one->rebuilt(), 2U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, that_has_begun_a_rebuild_has_a_file_for_the_next_process_to_go_on_with) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  EXPECT_EQ(one->begin_rebuild(), std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(path() + ".next")) << "and nothing was stepped";
  EXPECT_EQ(one->begin_rebuild(), std::nullopt) << "that is under way";
  one.reset();
  one = reopen();
  EXPECT_TRUE(one->rebuilding());
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U) << "and not a second time";
  EXPECT_FALSE(one->rebuilding());
}

TEST_F(a_keeper, keeps_its_lock_on_the_file_that_it_builds) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  ASSERT_EQ(one->begin_rebuild(), std::nullopt);
  EXPECT_TRUE(locked_by_this_process(path() + ".next"));
  EXPECT_TRUE(locked_by_this_process(path()));
  EXPECT_FALSE(locked_by_this_process(files.path("another")));
}

TEST_F(a_keeper, tries_again_to_take_a_new_file_that_somebody_else_was_reading) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  ASSERT_EQ(one->begin_rebuild(), std::nullopt);
  ASSERT_TRUE(one->step());
  {
    journal::sqlite other(path() + ".next", journal::sqlite::access::read);
    journal::statement reading(other, "SELECT count(*) FROM sagas");
    ASSERT_TRUE(reading.step());
    for (int steps = 0; steps < 50; ++steps) one->step();
    EXPECT_EQ(one->rebuilt(), 1U);
    EXPECT_TRUE(one->rebuilding());
  }
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 2U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, begins_anew_a_rebuild_whose_file_a_killed_process_had_emptied) {
  catch_up(*make_keeper(journal.store(), path()));
  // As a process leaves it that ended while it made one: a name, and a log of another file beside it.
  std::ofstream(path() + ".next").close();
  std::ofstream(path() + ".next-wal") << std::string(5000, 'x');
  auto one = reopen();
  EXPECT_TRUE(one->rebuilding());
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, goes_on_with_a_rebuild_that_an_earlier_process_began) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  EXPECT_EQ(one->begin_rebuild(), std::nullopt);
  for (int steps = 0; steps < 3; ++steps) one->step();
  one.reset();
  ASSERT_TRUE(std::filesystem::exists(path() + ".next"));
  one = reopen();
  EXPECT_TRUE(one->rebuilding());
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, begins_anew_a_rebuild_of_which_a_killed_process_left_no_more_than_the_mark) {
  catch_up(*make_keeper(journal.store(), path()));
  journal::sqlite(path() + ".next", journal::sqlite::access::write)
      .run("PRAGMA application_id=" + std::to_string(application_id));
  auto one = reopen();
  EXPECT_TRUE(one->rebuilding());
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U);
  EXPECT_FALSE(std::filesystem::exists(path() + ".next"));
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, upgrades_a_file_of_another_version_by_itself) {
  catch_up(*make_keeper(journal.store(), path()));
  change("UPDATE meta SET version = version + 1; DROP TABLE counts");
  auto one = reopen();
  one->step();
  EXPECT_TRUE(std::filesystem::exists(path())) << "the old one stays until the new one has caught up";
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, builds_anew_what_was_not_synced_when_the_machine_went_down) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  // As a killed process leaves it: nothing is settled.
  std::filesystem::copy(path(), path() + ".killed");
  std::filesystem::copy(path() + "-wal", path() + ".killed-wal");
  one.reset();
  const auto after_a_kill = [&](const std::string& boot) {
    for (const auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(path() + end);
    std::filesystem::copy(path() + ".killed", path());
    std::filesystem::copy(path() + ".killed-wal", path() + "-wal");
    journal.reopen();
    auto next = make_keeper(journal.store(), path(), false, boot);
    catch_up(*next);
    return next->rebuilt();
  };
  EXPECT_EQ(after_a_kill("this boot"), 0U) << "the page cache has it all";
  EXPECT_EQ(after_a_kill("another boot"), 1U);
  EXPECT_TRUE(kept() == built_at_once(journal.store()));
}

TEST_F(a_keeper, goes_on_in_another_boot_with_what_ended_in_order) {
  catch_up(*make_keeper(journal.store(), path()));
  for (const std::string boot : {"another boot", "a third one"}) {
    journal.reopen();
    auto one = make_keeper(journal.store(), path(), false, boot);
    catch_up(*one);
    EXPECT_EQ(one->rebuilt(), 0U);
  }
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, finds_a_key_within_what_else_is_asked_for) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  const auto with_key = std::find_if(courses.begin(), courses.end(), [](const course& of) { return !of.key.empty(); });
  ASSERT_NE(with_key, courses.end());
  query asked;
  asked.filter.key = with_key->key;
  asked.filter.lowest = asked.filter.highest = with_key->id;
  EXPECT_THAT(ids_of(std::get<page>(one->find(asked))), testing::ElementsAre(with_key->id.text()));
  asked.filter.lowest = asked.filter.highest = (with_key == courses.begin() ? courses.back() : courses.front()).id;
  EXPECT_THAT(ids_of(std::get<page>(one->find(asked))), testing::IsEmpty());
}

TEST_F(a_keeper, begins_without_what_it_cannot_open_and_goes_on_when_it_can) {
  catch_up(*make_keeper(journal.store(), path()));
  std::filesystem::rename(path(), path() + ".there");
  std::filesystem::create_directory(path() + ".next-wal");  // no log can be made in its place
  journal.reopen();
  auto one = make_keeper(journal.store(), path());
  EXPECT_FALSE(one->step());
  EXPECT_TRUE(one->rebuilding());
  EXPECT_THAT(std::string(one->in_the_way()), HasSubstr(path()));
  std::filesystem::remove(path() + ".next-wal");
  catch_up(*one);
  EXPECT_EQ(one->in_the_way(), "");
  one.reset();
  EXPECT_TRUE(kept() == built_at_once(journal.store()));
}

TEST_F(a_keeper, builds_anew_what_names_a_position_that_cannot_be) {
  for (const std::string wrong : {"(999, 1)", "(3, -5)", "(-1, 1)"}) {
    catch_up(*make_keeper(journal.store(), path()));
    change("INSERT OR REPLACE INTO positions VALUES " + wrong);
    auto one = reopen();
    catch_up(*one);
    EXPECT_EQ(one->rebuilt(), 1U) << wrong;
    one.reset();
    journal.reopen();
  }
}

TEST_F(a_keeper, has_no_place_while_it_builds_what_there_is_none_of) {
  auto one = make_keeper(journal.store(), path());
  while (one->rows() == 0) ASSERT_TRUE(one->step());
  const auto first = courses.front().id.partition();
  EXPECT_FALSE(one->has({first, 1}));
  catch_up(*one);
  EXPECT_TRUE(one->has({first, 1}));
}

TEST_F(a_keeper, remembers_as_of_when_it_was) {
  catch_up(*make_keeper(journal.store(), path()));
  auto one = reopen();
  EXPECT_EQ(one->as_of(), now);
}

TEST_F(a_keeper, answers_from_the_file_it_builds_when_there_is_no_other) {
  auto one = make_keeper(journal.store(), path());
  while (one->rows() == 0) ASSERT_TRUE(one->step());
  const auto early = std::get<page>(one->find({}));
  EXPECT_FALSE(ids_of(early).empty());
  EXPECT_LT(early.as_of, now) << "it says how far it is";
  catch_up(*one);
  EXPECT_EQ(std::get<page>(one->find({})).as_of, now);
}

TEST_F(a_keeper, builds_anew_what_belongs_to_another_journal) {
  catch_up(*make_keeper(journal.store(), path()));
  written_journal other;
  other.write(random_courses(4, 10), 1);
  catch_up(*make_keeper(other.store(), path()));
  EXPECT_EQ(dump(path(), other.store().opened().identity), built_at_once(other.store()));
}

TEST_F(a_keeper, builds_in_a_file_that_holds_nothing) {
  for (const std::string& content : {std::string(), std::string(4096, '\0')}) {
    std::ofstream(path(), std::ios::trunc) << content;
    catch_up(*make_keeper(journal.store(), path()));
    EXPECT_EQ(kept(), built_at_once(journal.store())) << content.size();
  }
}

TEST_F(a_keeper, builds_anew_a_file_of_which_nothing_is_left_but_the_beginning) {
  catch_up(*make_keeper(journal.store(), path()));
  const auto bytes = std::filesystem::file_size(path());
  for (std::uintmax_t page = 1; page < bytes / page_bytes; ++page) damage_page(page);
  auto one = reopen();
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, builds_anew_when_damage_shows_in_a_query) {
  catch_up(*make_keeper(journal.store(), path()));
  damage_page(root_of("sagas"));
  auto one = reopen();
  EXPECT_TRUE(std::holds_alternative<problem>(one->find({}))) << "not answered from what is damaged";
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U);
  EXPECT_EQ(ids_of(std::get<page>(one->find({}))).size(), 50U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, builds_anew_when_damage_shows_in_writing) {
  catch_up(*make_keeper(journal.store(), path()));
  damage_page(root_of("sagas_by_name"));
  auto one = reopen();
  journal.write(random_courses(5, 10), 1);
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 1U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, refuses_a_journal_that_ends_before_what_it_has_seen) {
  written_journal earlier(journal.store().crash());
  written_journal longer(earlier.store().crash());
  longer.write(random_courses(6, 5), 1);
  catch_up(*make_keeper(longer.store(), path()));
  try {
    make_keeper(earlier.store(), path());
    FAIL() << "it was accepted";
  } catch (const journal_behind& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("ends at position"));
    EXPECT_THAT(refused.what(), HasSubstr("--accept-loss"));
  }
  catch_up(*make_keeper(earlier.store(), path(), true));
  EXPECT_EQ(kept(), built_at_once(earlier.store()));
}

TEST_F(a_keeper, says_which_file_cannot_be_opened) {
  const auto nowhere = files.path("no such folder/views.db");
  try {
    make_keeper(journal.store(), nowhere);
    FAIL() << "it was opened";
  } catch (const std::runtime_error& failed) {
    EXPECT_THAT(failed.what(), HasSubstr(nowhere));
  }
}

TEST_F(a_keeper, goes_on_with_no_rebuild_that_has_seen_more_than_the_journal_has) {
  written_journal earlier(journal.store().crash());
  written_journal longer(earlier.store().crash());
  const auto more = random_courses(6, 60);
  longer.write(more, 1);
  auto begun = make_keeper(longer.store(), path());
  while (begun->rows() < courses.size() + 1) ASSERT_TRUE(begun->step());
  begun.reset();
  ASSERT_FALSE(std::filesystem::exists(path())) << "it was about to be done";
  catch_up(*make_keeper(earlier.store(), path()));
  EXPECT_EQ(kept(), built_at_once(earlier.store()));
}

TEST_F(a_keeper, lives_in_memory_where_the_journal_does) {
  auto one = make_keeper(journal.store(), ":memory:");
  catch_up(*one);
  EXPECT_EQ(one->rows(), courses.size());
  EXPECT_EQ(one->begin_rebuild(), std::nullopt);
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 2U);
  EXPECT_EQ(one->rows(), courses.size());
}

TEST_F(a_keeper, says_that_it_cannot_write_and_goes_on_when_it_can) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  journal::sqlite other(path(), journal::sqlite::access::write);
  other.run("BEGIN IMMEDIATE");
  journal.write(random_courses(7, 10), 1);
  catch_up(*one);
  EXPECT_EQ(one->rows(), courses.size()) << "nothing is to be done at once";
  other.run("COMMIT");
  catch_up(*one);
  EXPECT_EQ(one->rows(), courses.size() + 10);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, says_once_what_is_in_the_way_and_once_that_it_goes_on) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  journal::sqlite other(path(), journal::sqlite::access::write);
  other.run("BEGIN IMMEDIATE");
  journal.write(random_courses(7, 60), 1);
  log::flush();  // what was said before
  testing::internal::CaptureStderr();
  for (int steps = 0; steps < 50; ++steps) one->step();
  log::flush();
  const auto stuck = testing::internal::GetCapturedStderr();
  EXPECT_THAT(stuck, HasSubstr("is locked: it is tried again; lists fall behind until then"));
  EXPECT_EQ(std::count(stuck.begin(), stuck.end(), '\n'), 1) << stuck;
  EXPECT_THAT(std::string(one->in_the_way()), HasSubstr("is locked: it is tried again"));
  other.run("COMMIT");
  testing::internal::CaptureStderr();
  catch_up(*one);
  log::flush();
  const auto on = testing::internal::GetCapturedStderr();
  EXPECT_THAT(on, HasSubstr("views: they go on"));
  EXPECT_EQ(std::count(on.begin(), on.end(), '\n'), 1) << on;
  EXPECT_EQ(one->in_the_way(), "");
}

TEST_F(a_keeper, follows_with_the_live_file_while_another_cannot_be_made) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  std::filesystem::create_directory(path() + ".next");
  const auto refused = one->begin_rebuild();
  ASSERT_TRUE(refused) << "a restart would forget it";
  EXPECT_EQ(refused->code, problem_code::overloaded);
  EXPECT_THAT(refused->detail, HasSubstr("ask again"));
  journal.write(random_courses(8, 10), 1);
  catch_up(*one);
  EXPECT_EQ(one->rows(), courses.size() + 10);
  EXPECT_TRUE(one->rebuilding());
  std::filesystem::remove(path() + ".next");
  catch_up(*one);
  EXPECT_EQ(one->rebuilt(), 2U);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, skips_and_doubles_nothing_of_a_journal_that_cannot_be_read_for_a_while) {
  interrupted_journal source(journal.store(), 30);
  auto one = make_keeper(source, path());
  for (int steps = 0; steps < 3; ++steps) EXPECT_FALSE(one->step()) << "nothing is to be done at once";
  query by_key;
  by_key.filter.key = "any";
  EXPECT_EQ(std::get<problem>(one->find(by_key)).code, problem_code::overloaded);
  source.mend();
  catch_up(*one);
  one.reset();
  EXPECT_EQ(kept(), built_at_once(journal.store()));
}

TEST_F(a_keeper, counts_every_saga_once) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  query all;
  all.counts = true;
  all.sagas_max = 1000;
  const auto found = std::get<page>(one->find(all));
  std::map<std::pair<std::string, std::string>, int> listed;
  json::cursor at(found.sagas);
  at.elements([&](std::size_t) {
    const auto saga = at.take();
    const std::string name[] = {"definition"};
    const std::string state[] = {"state"};
    ++listed[{json::unescape(json::slice(saga, name)), json::unescape(json::slice(saga, state))}];
    return true;
  });
  for (const auto& [of, sagas] : listed) {
    const std::string path_of[] = {of.first, of.second};
    EXPECT_EQ(json::slice(found.counts, path_of), std::to_string(sagas)) << of.first << ' ' << of.second;
  }
  EXPECT_EQ(one->rows(), courses.size());
}

TEST_F(a_keeper, counts_what_is_in_flight_by_definition_and_version) {
  auto one = make_keeper(journal.store(), path());
  catch_up(*one);
  query unfinished_sales;
  unfinished_sales.sagas_max = 1000;
  unfinished_sales.filter.states = unfinished;
  unfinished_sales.filter.definition = "sale";
  unfinished_sales.filter.version = 2;
  const auto listed = ids_of(std::get<page>(one->find(unfinished_sales))).size();
  ASSERT_GT(listed, 0U);
  const auto sale = digest_of("the content of sale");
  const auto counted =
      std::get<std::vector<std::uint64_t>>(one->in_flight({{sale, 2}, {sale, 3}, {digest_of("x"), 2}}));
  EXPECT_THAT(counted, testing::ElementsAre(listed, 0, 0));
}

}  // namespace
}  // namespace sagad::views::tests
