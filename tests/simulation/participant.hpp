#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tests/simulation/defect.hpp"
#include "tests/simulation/ledger.hpp"

namespace sagad::simulation {

/// A participant behind a model of the barrier: the table of semantics.md 7, row by row, with its transactions one
/// after the other for each row, and failures before and after them.
class participant {
 public:
  struct manner {
    bool says_outcome = true;  ///< `Saga-Outcome` on its answers
    bool gateway = false;      ///< in front of it stands one that answers 409 while an earlier attempt is at work
  };
  using reply = unique_function<void(std::optional<said>)>;  ///< nothing: the connection was cut
  using call_back = std::function<void(late_said)>;

  participant(world& in, ledger& books, manner how, call_back late, defect wrong)
      : world_(in), books_(books), manner_(how), call_back_(std::move(late)), defect_(wrong) {}

  void handle(const request& asked, reply tell);
  const manner& how() const noexcept { return manner_; }

 private:
  enum class state : std::uint8_t { none, accepted, done, rejected, undone };
  struct row {
    participant::state state = state::none;
    std::uint32_t generation = 0;
    digest content;
    said answer;
    said undo_answer;
    bool undo_pending = false;
    millis locked_until = 0;
    request at_work;
  };
  using key = std::pair<saga_id, std::string>;
  row& row_of(const request& asked) { return rows_[{asked.saga, asked.step}]; }

  void work(const request& asked, reply tell);
  said transact(const request& asked);
  said act(const request& asked, row& at);
  said run(const request& asked, row& at);
  said compensate(const request& asked, row& at);
  said look(const request& asked, const row& at) const;
  void accept(const request& asked);
  void finish_action(const request& asked);
  void finish_undo(const request& asked);
  void tell_late(const request& asked, engine::outcome outcome, const std::string& body);
  said with(int status, engine::outcome outcome, std::string body = "null") const;
  said busy();
  std::optional<said> failure();

  world& world_;
  ledger& books_;
  manner manner_;
  call_back call_back_;
  defect defect_;
  std::map<key, row> rows_;
};

}  // namespace sagad::simulation
