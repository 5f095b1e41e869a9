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
/// after the other for each row, and failures before and after them. Or one without: it knows by a key of its own
/// business what it has done, and has forgotten what it rejected or was asked to undo.
class participant {
 public:
  enum class guard : std::uint8_t {
    barrier,
    own_key,     ///< none; what is done already is answered as it was
    says_taken,  ///< none; what is done already is answered by a bare 409: "taken", by whomever
  };
  struct manner {
    guard by = guard::barrier;
    bool says_outcome = true;  ///< `Saga-Outcome` on its answers: only behind a barrier
    bool crowded = true;       ///< calls may wait for a slot
    bool gateway = false;      ///< in front of it stands one that answers 409 while an earlier attempt is at work

    /// Whether it may be asked the same twice by one attempt: two answers that differ would both be the attempt's.
    bool takes_twins() const noexcept { return !gateway && by != guard::says_taken; }
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
    bool asked_to_undo = false;  ///< without a barrier: nothing comes of it
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
  said do_unguarded(const request& asked, row& at);
  said look(const request& asked, const row& at) const;
  void accept(const request& asked);
  void finish_action(const request& asked);
  void finish_undo(const request& asked);
  void tell_late(const request& asked, engine::outcome outcome, const std::string& body);
  said with(int status, engine::outcome outcome, std::string body = "null") const;
  said busy();
  said still_at_it() const;
  std::optional<said> failure();

  world& world_;
  ledger& books_;
  manner manner_;
  call_back call_back_;
  defect defect_;
  std::map<key, row> rows_;
};

}  // namespace sagad::simulation
