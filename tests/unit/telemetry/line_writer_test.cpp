#include "telemetry/line_writer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <future>
#include <optional>
#include <regex>

namespace sagad::log {
namespace {

using testing::EndsWith;

constexpr std::size_t bytes_max = 64U << 10U;
constexpr auto patience = std::chrono::seconds(60);

class line_writer_test : public testing::Test {
 protected:
  line_writer_test() {
    std::signal(SIGPIPE, SIG_IGN);
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    writer_.emplace(ends_[1], bytes_max);
  }
  ~line_writer_test() override {
    stop_reading();
    writer_.reset();
    ::close(ends_[1]);
  }

  void stop_reading() {
    if (ends_[0] >= 0) ::close(std::exchange(ends_[0], -1));
  }
  /// Everything up to a text.
  std::string read_until(std::string_view text) {
    std::string got;
    while (got.find(text) == std::string::npos) {
      std::array<char, 4096> piece{};
      const auto count = ::read(ends_[0], piece.data(), piece.size());
      if (count <= 0) break;
      got.append(piece.data(), static_cast<std::size_t>(count));
    }
    return got;
  }
  /// More than pipe and writer hold; ready once everybody has said what he had to say.
  std::future<void> say_more_than_fits() {
    return std::async(std::launch::async, [this] {
      for (int number = 0; number < 10'000; ++number) {
        writer_->add(std::to_string(number) + std::string(90, '.') + "\n");
      }
    });
  }

  std::array<int, 2> ends_{};
  std::optional<line_writer> writer_;
};

TEST_F(line_writer_test, lines_arrive_in_their_order) {
  for (const char* line : {"a\n", "b\n", "c\n"}) writer_->add(line);
  EXPECT_EQ(read_until("c\n"), "a\nb\nc\n");
  EXPECT_EQ(writer_->dropped(), 0U);
}

TEST_F(line_writer_test, nobody_waits_for_a_reader_that_does_not_read_and_the_newest_lines_stay) {
  auto said = say_more_than_fits();
  ASSERT_EQ(said.wait_for(patience), std::future_status::ready);
  EXPECT_GT(writer_->dropped(), 1'000U);
  const auto got = read_until("9999..");
  std::uint64_t told = 0;
  const std::regex notice("(\\d+) lines of the log were dropped here");
  for (std::sregex_iterator one(got.begin(), got.end(), notice); one != std::sregex_iterator(); ++one) {
    told += std::stoull((*one)[1]);
  }
  EXPECT_EQ(told, writer_->dropped());
}

TEST_F(line_writer_test, a_reader_that_has_gone_costs_its_lines_and_nothing_else) {
  stop_reading();
  writer_->add("nobody reads this\n");
  EXPECT_TRUE(writer_->flush(patience));
  EXPECT_EQ(writer_->dropped(), 1U);
}

TEST_F(line_writer_test, a_flush_writes_all_before_it_returns) {
  for (int number = 0; number < 100; ++number) writer_->add(std::to_string(number) + "\n");
  EXPECT_TRUE(writer_->flush(patience));
  ASSERT_EQ(::fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
  EXPECT_THAT(read_until("\n99\n"), EndsWith("\n99\n"));
}

TEST_F(line_writer_test, a_flush_and_the_end_give_up_when_nobody_reads) {
  say_more_than_fits().wait();
  EXPECT_FALSE(writer_->flush(std::chrono::milliseconds(1)));
  auto ended = std::async(std::launch::async, [this] { writer_.reset(); });
  EXPECT_EQ(ended.wait_for(patience), std::future_status::ready);
  stop_reading();
}

}  // namespace
}  // namespace sagad::log
