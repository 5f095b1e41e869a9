#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/unique_function.hpp"
#include "journal/ownership.hpp"
#include "runtime/callback_token.hpp"
#include "runtime/request.hpp"
#include "runtime/resident.hpp"

namespace sagad::runtime {

class core;

// What the node that was asked hands on to the node that owns the saga, and what that answers, as it lies in the
// journal's inbox: JSON, of which each version reads what it knows.

/// `number` makes each time that a command or a late answer comes a message of its own: the owner decides anew, as it
/// does where it is asked itself. What it has refused once it may take the next time, and a job that says that it has
/// failed may have been begun again since it said so in the same words.
journal::message message_of(const saga_id& id, const command_request& request, std::uint64_t number);
journal::message message_of(const callback_target& target, const callback_signer& signer, const late_request& request,
                            std::uint64_t number);

/// A question about no saga, for whoever has the partition.
journal::message message_of(partition_no whose, std::string_view question, std::uint64_t number);
std::optional<std::string> question_in(const journal::message& message);

/// With what the ids of the messages begin by which a command was handed on.
std::string forwarded_id(const saga_id& id, std::string_view command_id);

/// On the owner's core: does what the message asks. Told with what to answer once that is durable; with nothing when it
/// is to come again, or is for another node.
void carry_out(core& sagas, const callback_signer& signer, const journal::message& message,
               unique_function<void(std::optional<std::string>)> tell);

/// What the owner has answered; a problem where it cannot be read.
answer_result command_answer(std::string_view bytes);
late_result late_answer_of(std::string_view bytes);

}  // namespace sagad::runtime
