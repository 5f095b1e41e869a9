#pragma once

#include <string>
#include <string_view>

#include "sagactl/json_view.hpp"

namespace sagad::sagactl {

/// A cause as the server names it (`budget_spent`), in words for a person; the name itself where it is unknown here.
std::string cause_in_words(std::string_view cause);
/// `no answer in time (503: "queue full")`, from an operation's last error.
std::string error_in_words(json_view last_error);
/// What is going on with an open operation, seen at `now`: `blocked: ...; asked again in 40s`.
std::string operation_in_words(json_view operation, std::int64_t now);
/// When an open operation is given up, if no try succeeds before: `in 9m or with 3 more tries that fail`. Empty where
/// there is no end. `exactly`: with the time itself.
std::string giving_up_in_words(json_view operation, std::int64_t now, bool exactly);
/// The same as few words as fit a column: `blocked, the participant could not be reached`.
std::string operation_in_few_words(json_view operation);
/// Why a saga was turned back: `step transfer: the participant said no: Only 3 are left.`
std::string turned_back_in_words(json_view turned_back);
/// The step that is past the point of no return but was never reached, so that the saga still turns back without it.
/// Empty: none.
std::string step_not_reached(json_view saga);

}  // namespace sagad::sagactl
