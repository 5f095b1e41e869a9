#include "tests/support/played_saga.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "records/codec.hpp"
#include "tests/support/saga_text.hpp"

namespace sagad::tests {
namespace {

std::string operation_text(engine::operation_id operation) {
  return "s" + std::to_string(operation.step) + '/' + std::string(engine::name(operation.side));
}

bool about_an_operation(engine::fact what) {
  using engine::fact;
  return what != fact::started && what != fact::turned_back && what != fact::commanded && what != fact::recovered &&
         what != fact::finished;
}

}  // namespace

played_saga::played_saga(definition::definition_ptr definition, const saga_id& id) {
  moment.at = t0;
  saga_.id = replayed_.id = id;
  saga_.definition = replayed_.definition = std::move(definition);
}

bool played_saga::give(const engine::input& input) {
  auto decided = engine::decide(saga_, input, moment);
  if (auto* refusal = std::get_if<engine::refusal>(&decided)) {
    refusal_ = std::move(*refusal);
    return false;
  }
  refusal_ = {};
  const auto record = std::get<engine::record>(std::move(decided));
  engine::apply(saga_, record);
  check_requests(record);
  check_replay(record);
  return true;
}

// What is handed on to be sent at once is what would be rendered later.
void played_saga::check_requests(const engine::record& record) {
  std::size_t rendered = 0;
  for (const auto& release : record.released) {
    if (release.request == digest{}) continue;
    ++rendered;
    const auto handed_on = std::find_if(record.requests.begin(), record.requests.end(), [&](const auto& one) {
      return one.operation == release.operation && one.generation == release.generation;
    });
    ASSERT_NE(handed_on, record.requests.end()) << "a release comes without its request";
    EXPECT_EQ(handed_on->request.content(), release.request);
    engine::request later;
    EXPECT_EQ(engine::render(saga_, release.operation, later), std::nullopt);
    EXPECT_EQ(later.content(), release.request);
    EXPECT_EQ(handed_on->request.headers, later.headers);
  }
  EXPECT_EQ(record.requests.size(), rendered) << "a request comes without its release";
}

// Records of all formats follow each other, as where one was upgraded.
void played_saga::check_replay(const engine::record& record) {
  auto& bytes = kept_.emplace_back();
  records::encode(record, bytes, static_cast<std::uint8_t>(1 + record.seq % newest_record_format()));
  auto read = records::decode(bytes);
  if (const auto* unreadable = std::get_if<records::unreadable>(&read)) {
    throw std::runtime_error("a record cannot be read back: " + unreadable->why);
  }
  engine::apply(replayed_, std::get<engine::record>(read));
  records_.push_back(std::get<engine::record>(std::move(read)));
  const auto made = saga_text(saga_);
  const auto replayed = saga_text(replayed_);
  if (made != replayed) ADD_FAILURE() << "the replay differs:\n" << replayed << "instead of\n" << made;
}

void played_saga::start(millis deadline_ms) {
  engine::start given;
  given.input = "{}";
  given.key = "k";
  given.deadline_ms = deadline_ms;
  if (!give(given)) throw std::runtime_error("the saga does not start");
}

bool played_saga::tick_at(millis at) {
  moment.at = at;
  return give(engine::tick{});
}

engine::reply played_saga::a_reply(engine::operation_id operation, engine::verdict verdict) const {
  engine::reply reply;
  const auto* at = saga_.find(operation);
  reply.of = {operation, at == nullptr ? std::uint16_t{1} : at->generation, at == nullptr ? 1U : at->attempt};
  reply.verdict = verdict;
  if (verdict == engine::verdict::done) reply.body = "{}";
  return reply;
}

bool played_saga::answer(engine::operation_id operation, engine::verdict verdict, engine::cause why) {
  auto& exchanges = operation.side == engine::side::action ? moment.open_actions : moment.open_compensations;
  exchanges.clear(operation.step);
  auto reply = a_reply(operation, verdict);
  reply.why = why;
  reply.status = verdict == engine::verdict::done ? 200 : 0;
  reply.detail = "what it said";
  return give(reply);
}

bool played_saga::call_back(engine::operation_id operation, engine::verdict verdict) {
  auto reply = a_reply(operation, verdict);
  reply.late = true;
  if (verdict == engine::verdict::unknown) reply.why = engine::cause::said_failed;
  return give(reply);
}

engine::command played_saga::a_command(engine::command_name name) {
  engine::command command;
  command.name = name;
  command.id = kept_.emplace_back("c" + std::to_string(++commands_));
  command.actor = "ann";
  command.reason = "because";
  return command;
}

bool played_saga::command(engine::command_name name, bool force) {
  auto command = a_command(name);
  command.force = force;
  return give(command);
}

bool played_saga::command_on(engine::command_name name, engine::operation_id operation, std::string_view body,
                             bool nothing_happened) {
  auto command = a_command(name);
  command.has_operation = command.side_given = true;
  command.operation = operation;
  command.body = body;
  command.nothing_happened = nothing_happened;
  return give(command);
}

bool played_saga::was_refused(problem_code code) const {
  return refusal_.what == engine::refusal::kind::refused && refusal_.problem.code == code;
}

const engine::record& played_saga::last() const {
  if (records_.empty()) throw std::runtime_error("there is no record yet");
  return records_.back();
}

std::string played_saga::events() const {
  std::string text;
  for (const auto& event : last().events) {
    if (!text.empty()) text += " | ";
    text += engine::name(event.what);
    if (about_an_operation(event.what)) text += ' ' + operation_text(event.operation);
    if (event.command != engine::command_name::none) text += ' ' + std::string(engine::name(event.command));
    if (event.why != engine::cause::none) text += " by " + std::string(engine::name(event.why));
  }
  return text;
}

std::string played_saga::released() const {
  std::string text;
  for (const auto& release : last().released) {
    if (!text.empty()) text += ' ';
    text += operation_text(release.operation);
    if (release.generation != 1) text += '#' + std::to_string(release.generation);
  }
  return text;
}

const engine::open_operation& played_saga::open(engine::operation_id operation) const {
  const auto* found = saga_.find(operation);
  if (found == nullptr) throw std::runtime_error(operation_text(operation) + " is not open");
  return *found;
}

}  // namespace sagad::tests
