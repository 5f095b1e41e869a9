#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "journal/log/backup.hpp"
#include "journal/log/fatal.hpp"
#include "journal/log/log.hpp"
#include "journal/log/restore.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using change_ends = faulty_files::change_ends;
using changes_by = faulty_files::changes_by;

/// A log that begins from a backup, in a process that is ended, or whose disk fails, at one step of that after the
/// other; then whatever another process makes of what is left.
class log_restore : public log_test {
 protected:
  static constexpr std::uint64_t sagas = 150;
  static constexpr millis taken = 1'800'000'000'000;
  static constexpr millis later = taken + 60'000;
  enum ended_with { whole = 10, whole_all_the_same, refused };

  void SetUp() override {
    log.settings().segment_bytes = log::segment_bytes_min;
    log.settings().checkpoint_bytes = 16U << 10U;
    log.close();
    std::filesystem::remove_all(directory());
    reopen();
    store().put_definition("sale", "{}");
    std::ofstream(directory() + "/callback.keys") << "secret";
    for (std::uint64_t number = 1; number <= sagas; ++number) put(make(saga(number), 1, std::string(600, 'x')));
    finish(saga(7), 2);
    identity = store().opened().identity;
    log::backup_order order;
    order.from = directory();
    order.to = elsewhere.path("backup");
    order.more_files = {"callback.keys"};
    order.now = [] { return taken; };
    log::back_up(order);
    log.close();
  }

  std::string copy_of(const std::string& from, const std::string& name) const {
    std::filesystem::remove_all(elsewhere.path(name));
    std::filesystem::copy(from, elsewhere.path(name), std::filesystem::copy_options::recursive);
    return elsewhere.path(name);
  }

  auto open(const std::string& folder, bool begins, std::shared_ptr<log::files> files = nullptr) {
    auto settings = log.settings();
    settings.directory = folder;
    settings.restored = begins;
    settings.files = std::move(files);
    settings.wall_now = [] { return later; };
    return log::open(settings);
  }

  /// A process begins from the backup, and something happens to its change of that number. Returns its exit status;
  /// what it said is in `said`.
  int begin_in_another_process(const std::string& folder, changes_by whom, long number, change_ends how) {
    const auto told = elsewhere.path("said");
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(::open(told.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      const auto disk = std::make_shared<faulty_files>();
      disk->end_change(whom, number, how);
      const auto opened = open(folder, true, disk);
      if (const auto* why = std::get_if<log::error>(&opened)) {
        ::_exit(::write(STDERR_FILENO, why->line.data(), why->line.size()) < 0 ? 1 : refused);
      }
      ::_exit(disk->change_came() ? whole_all_the_same : whole);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    std::ifstream file(told);
    said.assign(std::istreambuf_iterator<char>(file), {});
    EXPECT_TRUE(WIFEXITED(status)) << said;
    return WEXITSTATUS(status);
  }

  void expect_whole(journal::store& found) {
    for (std::uint64_t number = 1; number <= sagas; ++number) {
      EXPECT_EQ(found.read(saga(number)).size(), number == 7 ? 2U : 1U) << number;
    }
    EXPECT_EQ(found.live().size(), sagas - 1);
    EXPECT_EQ(found.definitions().size(), 1U);
    const auto& opened = found.opened();
    EXPECT_EQ(opened.lost, "");
    EXPECT_NE(opened.identity, identity);
    EXPECT_GT(log::restore_of(opened.epoch), 0U);
    for (std::size_t at = 0; at < positions.size(); ++at) {
      EXPECT_GT(opened.last_position[at], positions[at] + 1'000'000);
    }
  }

  /// What the next start without `--restored` does: it refuses a backup, and goes on with what was begun.
  void go_on_without_a_word(const std::string& folder) {
    auto opened = open(folder, false);
    if (const auto* why = std::get_if<log::error>(&opened)) {
      EXPECT_THAT(why->line, HasSubstr("is a backup, the past of a journal: --restored begins from it"));
    } else {
      expect_whole(*std::get<0>(opened));
    }
  }

  /// The same start again. Returns whether it was told that nothing is left to be begun from.
  bool go_on(const std::string& folder) {
    auto opened = open(folder, true);
    const auto* why = std::get_if<log::error>(&opened);
    const bool was_over = why != nullptr;
    if (was_over) {
      EXPECT_THAT(why->line, HasSubstr("is no backup, or was begun from before: make it a copy of the backup"));
      opened = open(folder, false);
    }
    if (const auto* still = std::get_if<log::error>(&opened)) {
      ADD_FAILURE() << still->line;
    } else {
      expect_whole(*std::get<0>(opened));
      EXPECT_EQ(std::get<0>(opened)->opened().restored_from, was_over ? std::nullopt : std::optional(taken));
    }
    EXPECT_EQ(read_file(folder + "/callback.keys"), "secret");
    return was_over;
  }

  /// One step after the other, until a start comes to its end before that.
  template <typename Check>
  void end_each_step(changes_by whom, change_ends how, const Check& check) {
    constexpr long steps_most = 1000;
    bool was_over = false;
    long number = 0;
    for (int status = 0; status != whole; ++number) {
      SCOPED_TRACE(number);
      ASSERT_LT(number, steps_most);
      const auto folder = copy_of(elsewhere.path("backup"), "begun");
      status = begin_in_another_process(folder, whom, number, how);
      check(status);
      if (HasFailure()) return;
      go_on_without_a_word(copy_of(folder, "twin"));
      const bool nothing_left = go_on(folder);
      was_over = was_over || (nothing_left && status != whole);
      if (HasFailure()) return;
    }
    // What others have done by then is theirs to say.
    if (whom == changes_by::others) return;
    EXPECT_GT(number, 10);
    EXPECT_TRUE(was_over) << "the last step was not among them";
  }

  sagad::tests::temporary_folder elsewhere{sagad::tests::temporary_folder::on::memory};
  std::uint64_t identity = 0;
  std::string said;
};

TEST_F(log_restore, is_whole_or_refused_where_any_write_sync_or_rename_of_it_fails) {
  const auto check = [this](int status) {
    EXPECT_THAT(status, AnyOf(whole, whole_all_the_same, refused, log::fatal_status));
    if (status == refused || status == log::fatal_status) {
      EXPECT_THAT(said, HasSubstr("Input/output error"));
      EXPECT_THAT(said, HasSubstr(elsewhere.path("begun")));
    }
  };
  end_each_step(changes_by::caller, change_ends::failed, check);
  end_each_step(changes_by::others, change_ends::failed, check);
}

TEST_F(log_restore, is_whole_in_the_end_where_it_is_killed_before_any_step) {
  const auto check = [](int status) { EXPECT_THAT(status, AnyOf(0, whole)); };
  end_each_step(changes_by::caller, change_ends::killed_before, check);
  end_each_step(changes_by::others, change_ends::killed_before, check);
}

TEST_F(log_restore, is_whole_in_the_end_where_it_is_killed_after_any_step) {
  const auto check = [](int status) { EXPECT_THAT(status, AnyOf(0, whole)); };
  end_each_step(changes_by::caller, change_ends::killed_after, check);
  end_each_step(changes_by::others, change_ends::killed_after, check);
}

}  // namespace
}  // namespace sagad::journal::tests
