#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace sagad {

template <typename Signature>
class unique_function;

/// A callable that is moved and never copied, so that it may own what is used once (std::move_only_function of C++23,
/// as far as it is needed here). One allocation; empty after a move.
template <typename Result, typename... Arguments>
class unique_function<Result(Arguments...)> {
 public:
  unique_function() = default;

  template <typename Callable>
  requires(!std::is_same_v<std::remove_cvref_t<Callable>, unique_function>)
      unique_function(Callable&& callable)  // NOLINT(google-explicit-constructor): a lambda is given where one is taken
      : target_(std::make_unique<holder<std::remove_cvref_t<Callable>>>(std::forward<Callable>(callable))) {}

  explicit operator bool() const noexcept { return target_ != nullptr; }

  Result operator()(Arguments... arguments) { return target_->call(std::forward<Arguments>(arguments)...); }

 private:
  struct target {
    virtual ~target() = default;
    virtual Result call(Arguments... arguments) = 0;
  };
  template <typename Callable>
  struct holder final : target {
    template <typename Given>
    explicit holder(Given&& given) : callable(std::forward<Given>(given)) {}
    Result call(Arguments... arguments) override { return callable(std::forward<Arguments>(arguments)...); }
    Callable callable;
  };

  std::unique_ptr<target> target_;
};

}  // namespace sagad
