#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <optional>
#include <utility>

#include "dispatch/caller.hpp"

namespace sagad::tests {

/// A participant that answers every call, or none.
class prompt_caller final : public dispatch::caller {
 public:
  prompt_caller(boost::asio::io_context& context, std::function<void(dispatch::answer)> sink,
                const std::atomic<bool>& silent)
      : context_(context), sink_(std::move(sink)), silent_(silent) {}

  std::optional<dispatch::participant_no> find(std::string_view) const override { return dispatch::participant_no{0}; }
  void begin(dispatch::call request) override {
    if (silent_) return;
    dispatch::answer answer;
    answer.tag = request.tag;
    answer.how = engine::ending::answered;
    answer.status = 200;
    answer.body = "{}";
    boost::asio::post(context_, [this, answer = std::move(answer)]() mutable { sink_(std::move(answer)); });
  }
  bool withdraw(std::uint64_t) override { return false; }
  void start_slowly() override {}
  dispatch::standing look(std::uint64_t) const override { return {}; }

 private:
  boost::asio::io_context& context_;
  std::function<void(dispatch::answer)> sink_;
  const std::atomic<bool>& silent_;
};

}  // namespace sagad::tests
