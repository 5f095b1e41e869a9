#include "runtime/forwarded.hpp"

#include <utility>

#include "base/digest.hpp"
#include "engine/engine.hpp"
#include "json/json.hpp"
#include "json/member.hpp"
#include "runtime/core.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

using json::append_flag;
using json::is_set;
using json::member_of;
using json::number_of;
using json::text_of;

void append_some(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) json::append_text(out, name, text);
}

std::string_view word_of(engine::outcome what) noexcept {
  return what == engine::outcome::done ? "done" : what == engine::outcome::rejected ? "rejected" : "failed";
}

// The owner has decided nothing, or does not know what became of it: it is asked again.
bool comes_again(problem_code code) noexcept {
  return code == problem_code::overloaded || code == problem_code::durability_unknown || code == problem_code::draining;
}

std::string bytes_of(const problem& why) {
  std::string out = "{";
  json::append_text(out, "problem", name(why.code));
  json::append_text(out, "detail", why.detail);
  return out + '}';
}

std::string bytes_of(const saga_answer& answer) {
  std::string out = "{";
  json::append_text(out, "saga", answer.id.text());
  json::append_text(out, "state", answer.state);
  json::append_number(out, "seq", answer.seq);
  json::append_number(out, "position", static_cast<std::int64_t>(answer.position));
  append_flag(out, "final", answer.final);
  append_flag(out, "repeated", answer.repeated);
  json::append_text(out, "body", answer.body);
  return out + '}';
}

std::string bytes_of(late_standing standing) {
  return standing == late_standing::recorded ? R"({"late":"recorded"})" : R"({"late":"stands already"})";
}

template <typename Result>
std::optional<std::string> answer_with(const Result& result) {
  const auto* why = std::get_if<problem>(&result);
  if (why == nullptr) return bytes_of(std::get<0>(result));
  if (comes_again(why->code)) return std::nullopt;
  return bytes_of(*why);
}

std::optional<problem> problem_in(std::string_view bytes) {
  if (json::check(bytes)) return problem{problem_code::internal, "the owner's answer is not JSON"};
  const auto code = text_of(bytes, "problem");
  if (code.empty()) return std::nullopt;
  for (auto each = 0; each <= static_cast<int>(problem_code::draining); ++each) {
    const auto known = static_cast<problem_code>(each);
    if (name(known) == code) return problem{known, text_of(bytes, "detail")};
  }
  return problem{problem_code::internal, text_of(bytes, "detail")};
}

command_request read_command(std::string_view bytes) {
  command_request request;
  request.name = engine::parse_command(text_of(bytes, "command")).value_or(engine::command_name::none);
  request.id = text_of(bytes, "id");
  request.actor = text_of(bytes, "actor");
  request.reason = text_of(bytes, "reason");
  request.if_seq = number_of<std::uint32_t>(bytes, "if_seq");
  request.step = text_of(bytes, "step");
  request.side = text_of(bytes, "operation");
  request.force = is_set(bytes, "force");
  request.nothing_happened = is_set(bytes, "nothing_happened");
  request.body = text_of(bytes, "body");
  if (member_of(bytes, "whose").data() != nullptr) request.whose = text_of(bytes, "whose");
  return request;
}

late_request read_late(std::string_view bytes) {
  const auto said = text_of(bytes, "outcome");
  late_request request;
  request.outcome = said == "done"       ? engine::outcome::done
                    : said == "rejected" ? engine::outcome::rejected
                                         : engine::outcome::failed;
  request.body = text_of(bytes, "body");
  return request;
}

}  // namespace

std::string forwarded_id(const saga_id& id, std::string_view command_id) {
  return id.text() + '.' + digest_of(command_id).hex().substr(0, 32);
}

journal::message message_of(const saga_id& id, const command_request& request, std::uint64_t number) {
  std::string out = "{";
  json::append_text(out, "command", engine::name(request.name));
  json::append_text(out, "id", request.id);
  append_some(out, "actor", request.actor);
  append_some(out, "reason", request.reason);
  if (request.if_seq != 0) json::append_number(out, "if_seq", request.if_seq);
  append_some(out, "step", request.step);
  append_some(out, "operation", request.side);
  append_flag(out, "force", request.force);
  append_flag(out, "nothing_happened", request.nothing_happened);
  append_some(out, "body", request.body);
  if (request.whose) json::append_text(out, "whose", *request.whose);
  return {forwarded_id(id, request.id) + '.' + std::to_string(number), id, out + '}'};
}

journal::message message_of(const callback_target& target, const callback_signer& signer, const late_request& request,
                            std::uint64_t number) {
  std::string out = "{";
  json::append_text(out, "token", signer.sign(target));
  json::append_text(out, "outcome", word_of(request.outcome));
  json::append_text(out, "body", request.body);
  out += '}';
  auto id = target.saga.text() + ".late." + digest_of(out).hex().substr(0, 32) + '.' + std::to_string(number);
  return {std::move(id), target.saga, std::move(out)};
}

journal::message message_of(partition_no whose, std::string_view question, std::uint64_t number) {
  std::string out = "{";
  json::append_text(out, "question", question);
  return {"question." + std::to_string(whose) + '.' + std::to_string(number), saga_id::make(0, whose, number),
          out + '}'};
}

std::optional<std::string> question_in(const journal::message& message) {
  if (json::check(message.bytes) || member_of(message.bytes, "question").data() == nullptr) return std::nullopt;
  return text_of(message.bytes, "question");
}

void carry_out(core& sagas, const callback_signer& signer, const journal::message& message,
               unique_function<void(std::optional<std::string>)> tell) {
  const std::string_view bytes = message.bytes;
  if (!sagas.serves(message.saga.partition())) return tell(std::nullopt);
  if (const auto wrong = json::check(bytes)) {
    log::error("what was handed on for saga " + message.saga.text() + " is not JSON and is dropped: " + *wrong);
    return tell(bytes_of(problem{problem_code::malformed, *wrong}));
  }
  if (member_of(bytes, "command").data() != nullptr) {
    auto request = read_command(bytes);
    if (request.name == engine::command_name::none) {
      return tell(bytes_of(problem{problem_code::invalid_argument, "the saga's owner does not know this command"}));
    }
    return sagas.command(message.saga, std::move(request),
                         [tell = std::move(tell)](const answer_result& result) mutable { tell(answer_with(result)); });
  }
  const auto target = signer.verify(text_of(bytes, "token"));
  if (!target || target->saga != message.saga) {
    return tell(bytes_of(problem{problem_code::not_found, "this is no callback that was given out here"}));
  }
  sagas.late_answer(*target, read_late(bytes),
                    [tell = std::move(tell)](late_result result) mutable { tell(answer_with(result)); });
}

answer_result command_answer(std::string_view bytes) {
  if (auto why = problem_in(bytes)) return std::move(*why);
  saga_answer answer;
  const auto id = saga_id::parse(text_of(bytes, "saga"));
  if (!id) return problem{problem_code::internal, "the owner's answer names no saga"};
  answer.id = *id;
  answer.state = text_of(bytes, "state");
  answer.seq = number_of<std::uint32_t>(bytes, "seq");
  answer.position = number_of<journal::position>(bytes, "position");
  answer.final = is_set(bytes, "final");
  answer.repeated = is_set(bytes, "repeated");
  answer.body = text_of(bytes, "body");
  return answer;
}

late_result late_answer_of(std::string_view bytes) {
  if (auto why = problem_in(bytes)) return std::move(*why);
  return text_of(bytes, "late") == "recorded" ? late_standing::recorded : late_standing::stands_already;
}

}  // namespace sagad::runtime
