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

/// The same command of the same saga is the same message.
journal::message message_of(const saga_id& id, const command_request& request);
/// The same late answer, word for word, is the same message.
journal::message message_of(const callback_target& target, const callback_signer& signer, const late_request& request);

/// By what a command is asked for that was handed on: its message's id.
std::string forwarded_id(const saga_id& id, std::string_view command_id);

/// On the owner's core: does what the message asks. Told with what to answer once that is durable; with nothing when it
/// is to come again, or is for another node.
void carry_out(core& sagas, const callback_signer& signer, const journal::message& message,
               unique_function<void(std::optional<std::string>)> tell);

/// What the owner has answered; a problem where it cannot be read, and where it has answered another command that had
/// the id of the one that was `asked`.
answer_result command_answer(std::string_view bytes, const command_request& asked);
answer_result command_answer(std::string_view bytes);
late_result late_answer_of(std::string_view bytes);

}  // namespace sagad::runtime
