#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "journal/log/backup.hpp"
#include "journal/log/log.hpp"
#include "journal/log/manifest.hpp"
#include "journal/log/restore.hpp"
#include "journal/log/segments.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

using testing::HasSubstr;

/// A log that is copied while it is open, and the log that begins from the copy.
class log_backup : public log_test {
 protected:
  void SetUp() override {
    log.settings().segment_bytes = 64U << 10U;
    log.settings().checkpoint_bytes = 16U << 10U;
    log.close();
    std::filesystem::remove_all(directory());
    reopen();
  }
  std::string to(const std::string& name = "backup") const { return elsewhere.path(name); }
  log::backup_made back_up(const std::string& into) { return back_up(into, directory()); }
  log::backup_made back_up(const std::string& into, const std::string& from) {
    log::backup_order order;
    order.from = from;
    order.to = into;
    order.more_files = {"callback.keys", "of-another-version"};
    order.now = [] { return taken; };
    return log::back_up(order);
  }
  std::string why_not(const std::string& into, const std::string& from = {}) {
    try {
      back_up(into, from.empty() ? directory() : from);
    } catch (const damaged& error) {
      return error.what();
    }
    return {};
  }
  std::variant<std::unique_ptr<journal::store>, log::error> open(const std::string& from, bool begins) {
    auto settings = log.settings();
    settings.directory = from;
    settings.restored = begins;
    settings.files.reset();
    settings.wall_now = [this] { return restored_at; };
    return log::open(settings);
  }
  std::unique_ptr<journal::store> restored(const std::string& from) {
    auto opened = open(from, true);
    if (const auto* why = std::get_if<log::error>(&opened)) {
      ADD_FAILURE() << why->line;
      return nullptr;
    }
    return std::move(std::get<0>(opened));
  }
  std::string refused(const std::string& from, bool with_restored) {
    auto opened = open(from, with_restored);
    const auto* why = std::get_if<log::error>(&opened);
    return why == nullptr ? std::string() : why->line;
  }
  void start(std::uint64_t number, std::size_t bytes = 300) {
    const named_start name("key-" + std::to_string(number), "request", "canonical");
    const auto content = incompressible(bytes);
    auto begin = make(saga(number), 1, content);
    begin.key = &name.key;
    put(begin);
  }

  static constexpr millis taken = 1'800'000'000'000;
  millis restored_at = taken + 60'000;
  sagad::tests::temporary_folder elsewhere{sagad::tests::temporary_folder::on::memory};
};

TEST_F(log_backup, has_all_that_was_durable_when_it_was_taken_and_nothing_later) {
  store().put_definition("sale", "{}");
  std::ofstream(directory() + "/callback.keys") << "secret";
  for (std::uint64_t number = 1; number <= 300; ++number) start(number);
  finish(saga(7), 2);
  const auto made = back_up(to());
  EXPECT_EQ(made.taken, 1'800'000'000'000);
  EXPECT_GT(made.files, 3U);
  start(1'000);
  const auto copy = restored(to());
  ASSERT_TRUE(copy);
  for (std::uint64_t number = 1; number <= 300; ++number) {
    EXPECT_EQ(copy->read(saga(number)).size(), number == 7 ? 2U : 1U);
    EXPECT_TRUE(copy->find_key("key-" + std::to_string(number), 1'700'000'000'001));
  }
  EXPECT_TRUE(copy->read(saga(1'000)).empty());
  EXPECT_EQ(copy->live().size(), 299U);
  EXPECT_EQ(copy->definitions().size(), 1U);
  EXPECT_EQ(read_file(to() + "/callback.keys"), "secret");
}

TEST_F(log_backup, what_begins_from_it_uses_nothing_again_that_can_have_been_used_since) {
  start(1);
  back_up(to());
  for (std::uint64_t number = 2; number <= 50; ++number) start(number);
  const auto last = positions;
  const auto before = store().opened();
  auto copy = restored(to());
  ASSERT_TRUE(copy);
  auto opened = copy->opened();
  EXPECT_EQ(opened.restored_from, taken);
  const auto epoch = opened.epoch;
  EXPECT_GT(epoch >> 32U, 0U);
  EXPECT_NE(opened.identity, before.identity);
  for (std::size_t at = 0; at < last.size(); ++at) EXPECT_GT(opened.last_position[at], last[at]);
  const auto identity = opened.identity;
  copy.reset();
  EXPECT_THAT(refused(to(), true), HasSubstr("leave --restored out"));
  auto again = open(to(), false);
  ASSERT_TRUE(std::holds_alternative<std::unique_ptr<journal::store>>(again));
  opened = std::get<0>(again)->opened();
  EXPECT_EQ(opened.restored_from, std::nullopt);
  EXPECT_EQ(opened.identity, identity);
  EXPECT_EQ(opened.epoch, epoch + 1);
  for (std::size_t at = 0; at < last.size(); ++at) EXPECT_GT(opened.last_position[at], last[at]);
}

TEST_F(log_backup, can_be_begun_from_again_and_what_the_first_restore_used_is_not_used_either) {
  start(1);
  back_up(to());
  std::filesystem::copy(to(), to("again"));
  auto first = restored(to());
  ASSERT_TRUE(first);
  const auto before = first->opened();
  first.reset();
  restored_at += 1'000;
  const auto second = restored(to("again"));
  ASSERT_TRUE(second);
  const auto& opened = second->opened();
  EXPECT_GT(opened.epoch >> 32U, before.epoch >> 32U);
  EXPECT_NE(opened.identity, before.identity);
  for (std::size_t at = 0; at < opened.last_position.size(); ++at) {
    EXPECT_GE(opened.last_position[at], before.last_position[at] + 1'000'000);
  }
}

TEST_F(log_backup, a_folder_that_is_not_there_is_not_begun_from_and_not_made) {
  const auto nowhere = to("nowhere");
  EXPECT_THAT(refused(nowhere, true), HasSubstr("nowhere is not there: make it a copy of the backup, as in `cp -a"));
  EXPECT_FALSE(std::filesystem::exists(nowhere));
}

TEST_F(log_backup, of_what_was_restored_raises_again) {
  start(1);
  back_up(to());
  auto first = restored(to());
  ASSERT_TRUE(first);
  const auto before = first->opened();
  back_up(to("second"), to());
  first.reset();
  // Within the same second.
  const auto second = restored(to("second"));
  ASSERT_TRUE(second);
  const auto& opened = second->opened();
  EXPECT_GT(opened.epoch >> 32U, before.epoch >> 32U);
  EXPECT_NE(opened.identity, before.identity);
  for (std::size_t at = 0; at < opened.last_position.size(); ++at) {
    EXPECT_GE(opened.last_position[at], before.last_position[at] + 1'000'000);
  }
}

TEST_F(log_backup, is_not_begun_from_while_the_clock_is_before_it) {
  start(1);
  back_up(to());
  restored_at = taken - 1;
  EXPECT_THAT(refused(to(), true), HasSubstr("the clock of this machine is before the time"));
  restored_at = taken;
  EXPECT_EQ(refused(to(), false), "");
}

TEST_F(log_backup, that_was_begun_from_and_cut_off_is_begun_from_at_the_next_opening) {
  start(1);
  back_up(to());
  const auto begun = to() + "/" + log::restore::begun_name;
  // As a killed process leaves it.
  std::filesystem::rename(to() + "/" + log::manifest::file_name, begun);
  EXPECT_THAT(why_not(to("other"), to()), HasSubstr("not through yet"));
  auto opened = open(to(), false);
  ASSERT_TRUE(std::holds_alternative<std::unique_ptr<journal::store>>(opened));
  const auto found = std::get<0>(opened)->opened();
  EXPECT_EQ(found.restored_from, taken);
  EXPECT_GT(found.epoch >> 32U, 0U);
  for (std::size_t at = 0; at < positions.size(); ++at) EXPECT_GT(found.last_position[at], positions[at] + 1'000'000);
  EXPECT_FALSE(std::filesystem::exists(begun));
}

TEST_F(log_backup, is_whole_while_sagas_go_on_and_segments_are_freed) {
  log.settings().retention = {1, never};
  log.settings().trim_piece_bytes = 8U << 10U;
  reopen();
  std::atomic<std::uint64_t> finished = 0;
  std::atomic<bool> stop = false;
  // Also where an assertion ends the test.
  struct joined {
    joined(std::atomic<bool>& end, const std::function<void()>& run) : stop(end), thread(run) {}
    ~joined() {
      stop = true;
      thread.join();
    }
    joined(const joined&) = delete;
    joined& operator=(const joined&) = delete;
    std::atomic<bool>& stop;
    std::thread thread;
  };
  const joined load(stop, [&] {
    for (std::uint64_t number = 1; !stop; ++number) {
      start(number, 2'000);
      if (number % 50 == 0) continue;
      finish(saga(number), 2);
      finished = number;
    }
  });
  const joined trimming(stop, [&] {
    for (millis time = 1'900'000'000'000; !stop; time += 10) store().trim(time);
  });
  EXPECT_TRUE(eventually([&] { return store().measured().segments_freed > 2; }));
  for (int times = 0; times < 5; ++times) {
    const auto name = to("backup-" + std::to_string(times));
    const auto acknowledged = finished.load();
    const auto freed = store().measured().segments_freed;
    back_up(name);
    const auto copy = restored(name);
    ASSERT_TRUE(copy);
    for (std::uint64_t number = 50; number <= acknowledged; number += 50) {
      EXPECT_EQ(copy->read(saga(number)).size(), 1U) << number;
    }
    for (auto number = acknowledged - std::min<std::uint64_t>(acknowledged - 1, 20); number <= acknowledged; ++number) {
      EXPECT_TRUE(copy->find_key("key-" + std::to_string(number), 2'000'000'000'000)) << number;
    }
    EXPECT_TRUE(eventually([&] { return store().measured().segments_freed > freed; }));
  }
}

TEST_F(log_backup, begins_anew_when_all_that_it_wanted_to_copy_is_freed_meanwhile) {
  log.settings().retention = {1, never};
  reopen();
  std::uint64_t number = 0;
  const auto free_all_before = [&](cursor place) {
    while (store().oldest() < place) {
      start(++number, 2'000);
      finish(saga(number), 2);
      store().trim(1'900'000'000'000);
    }
  };
  free_all_before({1});
  // A file of start keys is copied when the log's end has been looked up, and before its segments are listed.
  const auto disk = std::make_shared<faulty_files>();
  std::uint64_t at_end = 0;
  disk->before_open([&](const std::string& path) {
    if (at_end != 0 || !path.starts_with(directory() + "/keys")) return;
    at_end = number;
    free_all_before(store().end());
  });
  log::backup_order order{directory(), to(), {}, [] { return taken; }, {}, disk};
  log::back_up(order);
  ASSERT_NE(at_end, 0U);
  ASSERT_GT(number, at_end);
  const auto copy = restored(to());
  ASSERT_TRUE(copy);
  EXPECT_TRUE(copy->find_key("key-" + std::to_string(at_end), 1'900'000'000'000));
}

TEST_F(log_backup, of_a_log_that_nobody_has_open_is_copied_as_it_lies) {
  for (std::uint64_t number = 1; number <= 300; ++number) start(number);
  log.close();
  back_up(to());
  const auto copy = restored(to());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->live().size(), 300U);
  reopen();
}

TEST_F(log_backup, is_not_opened_by_mistake) {
  start(1);
  back_up(to());
  EXPECT_THAT(refused(to(), false), HasSubstr("is a backup, the past of a journal: --restored begins from it"));
  EXPECT_TRUE(restored(to()));
  log.close();
  EXPECT_THAT(refused(directory(), true), HasSubstr("is no backup"));
  reopen();
}

TEST_F(log_backup, that_was_cut_off_is_refused_and_gone_over_by_the_next) {
  start(1);
  back_up(to());
  // As a killed process leaves it.
  const auto partial = to() + ".partial";
  std::filesystem::rename(to(), partial);
  log::manifest unfinished;
  unfinished.finished = false;
  std::ofstream(partial + "/" + log::manifest::file_name) << unfinished.text();
  std::ofstream(partial + "/segment-0000000099.log") << "of another attempt";
  EXPECT_THAT(refused(partial, true), HasSubstr("the backup was cut off before its end"));
  EXPECT_NE(refused(partial, false), "");
  back_up(to());
  EXPECT_FALSE(std::filesystem::exists(partial));
  EXPECT_TRUE(restored(to()));
}

TEST_F(log_backup, that_is_damaged_is_refused_by_its_manifest) {
  for (std::uint64_t number = 1; number <= 300; ++number) start(number);
  back_up(to());
  const auto first = to() + "/" + log::segment_name(1);
  const auto whole = read_file(first);
  const auto write = [](const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  };
  auto flipped = whole;
  flipped[flipped.size() / 2] ^= 1;
  write(first, flipped);
  EXPECT_THAT(refused(to(), true), HasSubstr(log::segment_name(1) + " is damaged: its checksum is wrong"));
  write(first, whole.substr(1));
  EXPECT_THAT(refused(to(), true), HasSubstr("bytes of"));
  std::filesystem::remove(first);
  EXPECT_THAT(refused(to(), true), HasSubstr("is missing"));
  write(first, whole);
  write(to() + "/segment-0000000099.log", whole);
  EXPECT_THAT(refused(to(), true),
              HasSubstr("is not of this backup: copy the backup into a folder that is empty before"));
  std::filesystem::remove(to() + "/segment-0000000099.log");
  const auto manifest = to() + "/" + log::manifest::file_name;
  auto text = read_file(manifest);
  text.replace(text.find("taken 1"), 7, "taken 2");
  write(manifest, text);
  EXPECT_THAT(refused(to(), true), HasSubstr("backup-manifest is damaged"));
}

TEST_F(log_backup, goes_nowhere_where_something_is) {
  start(1);
  std::filesystem::create_directory(to());
  EXPECT_THAT(why_not(to()), HasSubstr("is there already"));
  std::filesystem::create_directory(to("other.partial"));
  std::ofstream(to("other.partial") + "/letter") << "dear";
  EXPECT_THAT(why_not(to("other")), HasSubstr("no part of a backup: move it away"));
  EXPECT_THAT(why_not(directory() + "/lock/backup"), HasSubstr("cannot be made"));
}

TEST_F(log_backup, of_a_folder_without_a_journal_is_refused_and_leaves_nothing) {
  const auto wrong = to("wrong");
  EXPECT_THAT(why_not(to(), wrong), HasSubstr("holds no journal: name the folder of one"));
  std::filesystem::create_directory(wrong);
  EXPECT_THAT(why_not(to(), wrong), HasSubstr("holds no journal"));
  EXPECT_TRUE(std::filesystem::is_empty(wrong));
  EXPECT_FALSE(std::filesystem::exists(to() + ".partial"));
  // Prepared, and never written to.
  std::ofstream(wrong + "/" + log::segment_name(1)) << std::string(4096, '\0');
  EXPECT_THAT(why_not(to(), wrong), HasSubstr("holds no journal"));
  EXPECT_FALSE(std::filesystem::exists(to()));
}

TEST_F(log_backup, of_a_backup_is_refused) {
  start(1);
  back_up(to());
  EXPECT_THAT(why_not(to("other"), to()), HasSubstr("is a backup itself"));
  EXPECT_FALSE(std::filesystem::exists(to() + "/lock"));
}

TEST_F(log_backup, may_be_named_with_a_slash_at_the_end) {
  start(1);
  back_up(to() + "/");
  EXPECT_TRUE(restored(to()));
}

TEST_F(log_backup, that_was_killed_before_its_manifest_is_gone_over_by_the_next) {
  start(1);
  std::filesystem::create_directory(to() + ".partial");
  std::ofstream(to() + ".partial/lock") << "";
  std::ofstream(to() + ".partial/backup-manifest.new") << "sagad";
  back_up(to());
  EXPECT_TRUE(restored(to()));
}

TEST_F(log_backup, takes_its_time_before_it_looks_how_far_the_log_is_durable) {
  start(1);
  log::backup_order order;
  order.from = directory();
  order.to = to();
  bool started = false;
  order.now = [&] {
    if (!started) start(2);
    started = true;
    return taken;
  };
  log::back_up(order);
  const auto copy = restored(to());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->read(saga(2)).size(), 1U);
}

TEST_F(log_backup, of_a_log_whose_loss_was_accepted_has_all_that_is_left) {
  for (std::uint64_t number = 1; number <= 600; ++number) start(number, 1'000);
  log.close();
  const auto missing = directory() + "/" + log::segment_name(2);
  const auto cut = directory() + "/" + log::segment_name(4);
  ASSERT_TRUE(std::filesystem::remove(missing));
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
  log.settings().accept_loss = true;
  reopen();
  log.settings().accept_loss = false;
  const auto live = store().live().size();
  EXPECT_LT(live, 600U);
  back_up(to());
  const auto copy = restored(to());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->live().size(), live);
  EXPECT_TRUE(copy->opened().lost.empty());
}

TEST(manifest, says_again_what_it_was_told) {
  log::manifest said;
  said.taken = 123;
  said.files["segment-0000000001.log"] = {456, 789};
  const auto read = log::manifest::parse(said.text());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->finished);
  EXPECT_EQ(read->taken, 123);
  EXPECT_EQ(read->files.at("segment-0000000001.log").bytes, 456U);
  EXPECT_EQ(read->files.at("segment-0000000001.log").checksum, 789U);
  const auto text = said.text();
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(log::manifest::parse(text.substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace sagad::journal::tests
