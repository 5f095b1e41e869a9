#include "telemetry/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string>

#include "telemetry/line_writer.hpp"

namespace sagad::log {
namespace {

constexpr std::size_t unread_bytes_max = 1U << 20U;

line_writer& standard_error() {
  static line_writer instance(STDERR_FILENO, unread_bytes_max);
  return instance;
}

/// Formats on the calling thread; writes on the writer's.
class unhurried_sink final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    standard_error().add(std::string(line.data(), line.size()));
  }
  void flush_() override {}
};

spdlog::logger& logger() {
  static const auto instance = [] {
    standard_error();  // ends after the logger
    auto made = std::make_shared<spdlog::logger>("sagad", std::make_shared<unhurried_sink>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

/// A line as it stands: to format it would compile fmt here, which takes longer than everything else.
void log_line(spdlog::level::level_enum level, std::string_view line) {
  logger().log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void info(std::string_view line) {
  log_line(spdlog::level::info, line);
}
void warn(std::string_view line) {
  log_line(spdlog::level::warn, line);
}
void error(std::string_view line) {
  log_line(spdlog::level::err, line);
}

std::uint64_t dropped() noexcept {
  return standard_error().dropped();
}

void flush() noexcept {
  standard_error().flush();
}

void last_line(std::string_view line) noexcept {
  standard_error().add(std::string(line));
  flush();
}

}  // namespace sagad::log
