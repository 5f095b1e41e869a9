#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "sagactl/command_line.hpp"

namespace sagad::sagactl::testing {

/// A server that answers what a test has written down, in that order, and keeps what it was asked.
class recorded_server {
 public:
  recorded_server& then(int status, std::string body) {
    answers_.push_back({status, std::move(body)});
    return *this;
  }

  /// A page, whose `Link` names another one.
  recorded_server& then_a_page(std::string body) {
    answers_.push_back({200, std::move(body), false, true});
    return *this;
  }

  /// Runs a command line against it. Time stands at `now_ms` and moves by what was waited: in a long poll what the
  /// request allows, in a pause what it takes.
  exit_code run(std::vector<std::string> arguments, const std::string& standard_input = "") {
    std::istringstream in(standard_input);
    std::ostringstream out;
    std::ostringstream err;
    const surroundings around{in,
                              out,
                              err,
                              [this](const std::string& server, const std::string& token) {
                                server_ = server;
                                token_ = token;
                                return std::make_unique<line>(*this);
                              },
                              [this] { return now_ms; },
                              [this](std::chrono::milliseconds much) { now_ms += much.count(); },
                              [this] { return "fresh-" + std::to_string(++names_); },
                              terminal,
                              shown,
                              interrupted};
    const auto ended = sagactl::run(std::move(arguments), around);
    said = out.str();
    complained = err.str();
    return ended;
  }

  const http_request& asked(std::size_t at) const { return asked_.at(at); }
  std::size_t times_asked() const { return asked_.size(); }
  bool all_answers_taken() const { return answers_.empty(); }
  const std::string& server() const { return server_; }
  const std::string& token() const { return token_; }

  std::string said;
  std::string complained;
  bool terminal = false;
  screen shown;
  std::function<bool()> interrupted = [] { return false; };
  std::int64_t now_ms = 1'795'000'000'000;

 private:
  class line final : public transport {
   public:
    explicit line(recorded_server& to) : to_(to) {}
    http_answer send(const http_request& what) override { return to_.answer(what); }

   private:
    recorded_server& to_;
  };

  http_answer answer(const http_request& what) {
    asked_.push_back(what);
    if (answers_.empty()) return {0, "the test has no answer for " + what.method + " " + what.target};
    auto next = std::move(answers_.front());
    answers_.pop_front();
    const bool answered_late = next.body.find("\"outcome\"") == std::string::npos;
    const auto wait = what.target.find("wait=");
    if (next.status == 200 && answered_late && wait != std::string::npos)
      now_ms += std::stoll(what.target.substr(wait + 5));
    return next;
  }

  std::deque<http_answer> answers_;
  std::vector<http_request> asked_;
  std::string server_;
  std::string token_;
  int names_ = 0;
};

}  // namespace sagad::sagactl::testing
