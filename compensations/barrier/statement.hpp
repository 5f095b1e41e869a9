#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "compensations/barrier/database.hpp"

namespace sagad::barrier {

/// A prepared statement lent by a connection's cache; handed back (reset, unbound) when this goes. One thread, not past
/// its connection. Parameters are `?`, and count in order of bind calls; columns count from 0.
class statement {
 public:
  explicit statement(query& lent) noexcept : lent_(&lent) {}
  statement(statement&& other) noexcept : lent_(std::exchange(other.lent_, nullptr)) {}
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;
  statement& operator=(statement&&) = delete;
  ~statement() {
    if (lent_ != nullptr) lent_->reset();
  }

  /// Binds the next parameters. Text must outlive the statement's use.
  template <typename... Values>
  statement& bind(const Values&... values) {
    (bind_next(values), ...);
    return *this;
  }

  /// True: a row stands ready. Throws sql_error.
  bool step() { return lent_->step(); }
  /// For statements that give no rows.
  void run() { step(); }

  bool is_null(int column) const noexcept { return lent_->is_null(column); }
  /// 0 where it is null. Throws sql_error for a sum that 64 bits do not hold.
  std::int64_t integer(int column) const { return lent_->integer(column); }
  /// Valid until the next step.
  std::string_view bytes(int column) const noexcept { return lent_->bytes(column); }
  std::string text(int column) const { return std::string(bytes(column)); }

 private:
  void bind_next(std::int64_t value) { lent_->bind(value); }
  void bind_next(int value) { lent_->bind(static_cast<std::int64_t>(value)); }
  void bind_next(std::uint64_t) = delete;
  void bind_next(std::string_view value) { lent_->bind(value); }
  void bind_next(const std::string& value) { lent_->bind(std::string_view(value)); }
  void bind_next(const char* value) { lent_->bind(std::string_view(value)); }
  void bind_next(std::nullptr_t) { lent_->bind_null(); }

  query* lent_;
};

}  // namespace sagad::barrier
