#include "tests/simulation/line.hpp"

#include <charconv>

#include "tests/support/fake_caller.hpp"

namespace sagad::simulation {
namespace {

template <typename Number>
Number number_of(const std::string& lines, std::string_view header) {
  const auto text = tests::header_of(lines, header);
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

request read(const dispatch::call& call) {
  request asked;
  asked.saga = saga_id::parse(tests::header_of(call.headers, "Saga-Id")).value();
  asked.step = tests::header_of(call.headers, "Saga-Step");
  asked.side =
      tests::header_of(call.headers, "Saga-Operation") == "action" ? engine::side::action : engine::side::compensation;
  asked.generation = number_of<std::uint16_t>(call.headers, "Saga-Generation");
  asked.attempt = number_of<std::uint32_t>(call.headers, "Saga-Attempt");
  asked.epoch = number_of<std::uint64_t>(call.headers, "Saga-Epoch");
  asked.content = digest_of_fields({call.method, call.target, call.body});
  const auto url = tests::header_of(call.headers, "Saga-Callback");
  asked.callback = url.substr(url.rfind('/') + 1);
  asked.poll = call.method == "GET";
  return asked;
}

}  // namespace

std::optional<dispatch::participant_no> line::find(std::string_view participant) const {
  if (participant.size() != 2 || participant[0] != 'p') return std::nullopt;
  if (in().strikes<&weather::unconfigured>()) return std::nullopt;
  return static_cast<dispatch::participant_no>(participant[1] - '0');
}

void line::begin(dispatch::call call) {
  auto asked = read(call);
  network_.inspector_.begins(asked, call.timeout_ms);
  in().may_die("before a call");
  const auto& saga = network_.inspector_.find(asked.saga)->saga;
  asked.late = engine::declared(*saga.definition, {*saga.definition->find(asked.step), asked.side}).late;
  for (const auto& [tag, other] : exchanges_) {
    if (other.asked.saga != asked.saga || other.asked.step != asked.step || other.asked.poll) continue;
    // What was open when its partition was given back is another owner's, also where it has come back since.
    if (other.asked.epoch != asked.epoch) continue;
    throw violation("begins while an exchange of its step is open: " + text_of(asked));
  }
  if (in().verbose) in().say("begins " + text_of(asked));
  const auto tag = call.tag;
  auto& begun = exchanges_[tag];
  begun = {std::move(asked),          call.participant,      call.timeout_ms, false, false,
           network_.inspector_.now(), std::move(call.may_go)};
  in().may_die("after a call was begun");
  const bool crowded = network_.participants_[call.participant]->how().crowded;
  if (!crowded || !in().strikes<&weather::held>()) return connect(tag);
  begun.held = true;
  const auto wait = in().random.between(1, in().chance(200) ? 9000 : 500);
  const bool in_time = wait < call.hold_ms_max;
  later(std::min(wait, call.hold_ms_max), [this, tag, in_time] {
    const auto found = exchanges_.find(tag);
    if (found == exchanges_.end() || !found->second.held) return;
    in_time ? connect(tag) : fail(tag, engine::ending::not_sent);
  });
}

void line::let_go() {
  std::vector<std::uint64_t> tags;
  for (const auto& [tag, one] : exchanges_) {
    if (one.held) tags.push_back(tag);
  }
  for (const auto tag : tags) connect(tag);
}

void line::connect(std::uint64_t tag) {
  exchanges_.at(tag).held = false;
  const auto takes = in().random.between(0, 2);
  if (in().strikes<&weather::refused>()) {
    const bool wrong = has(network_.defect_, defect::counts_refused_connections);
    later(takes, [this, tag, wrong] { fail(tag, wrong ? engine::ending::cut : engine::ending::not_sent); });
  } else {
    later(takes, [this, tag] { write(tag); });
  }
}

void line::write(std::uint64_t tag) {
  const auto found = exchanges_.find(tag);
  if (found == exchanges_.end() || kept_back(tag)) return;
  auto& writing = found->second;
  writing.open = true;
  writing.since = network_.inspector_.now();
  network_.inspector_.writes(writing.asked);
  later(writing.timeout_ms, [this, tag] { fail(tag, engine::ending::timed_out); });
  network_.send(writing.participant, writing.asked,
                [this, tag, alive = std::weak_ptr<int>(alive_)](std::optional<said> what) {
                  if (!alive.expired()) hear(tag, what);
                });
}

// As dispatch does it: asked at the first byte, and before it is said that none was written.
bool line::kept_back(std::uint64_t tag) {
  const auto found = exchanges_.find(tag);
  if (found == exchanges_.end() || !found->second.may_go || found->second.may_go()) return false;
  dispatch::answer answer;
  answer.tag = tag;
  answer.withheld = true;
  end(std::move(answer));
  return true;
}

void line::hear(std::uint64_t tag, const std::optional<said>& what) {
  dispatch::answer answer;
  answer.tag = tag;
  if (in().strikes<&weather::answer_lost>()) return;
  if (!what || in().strikes<&weather::answer_cut>()) {
    constexpr engine::ending endings[] = {engine::ending::cut, engine::ending::unreadable, engine::ending::too_large};
    answer.how = endings[in().random.below(3)];
  } else {
    answer.how = engine::ending::answered;
    answer.status = what->status;
    answer.outcome = what->outcome;
    answer.body = what->body;
    answer.location = what->location;
    answer.retry_after_ms = what->retry_after_ms;
    if (in().strikes<&weather::garbled>()) garble(answer);
    const bool bare_rejection =
        what->outcome == engine::outcome::absent && (what->status == 409 || what->status == 422);
    if (bare_rejection && has(network_.defect_, defect::believes_bare_rejections)) {
      answer.outcome = engine::outcome::rejected;
    }
  }
  later(network_.delay(), [this, answer = std::move(answer)]() mutable { end(std::move(answer)); });
}

// A status that means nothing here, a word that nobody knows, one that the status contradicts, or 202 where nothing is
// awaited or named: unknown, all of them.
void line::garble(dispatch::answer& answer) {
  constexpr int statuses[] = {302, 400, 401, 403};
  answer.outcome = engine::outcome::absent;
  answer.location.clear();
  switch (in().random.below(4)) {
    case 0: answer.status = statuses[in().random.below(4)]; break;
    case 1: answer.outcome = engine::outcome::unrecognized; break;
    case 2:
      answer.status = 500;
      answer.outcome = engine::outcome::done;
      break;
    default: answer.status = 202; break;
  }
}

void line::fail(std::uint64_t tag, engine::ending how) {
  if (how == engine::ending::not_sent && kept_back(tag)) return;
  dispatch::answer answer;
  answer.tag = tag;
  answer.how = how;
  end(std::move(answer));
}

void line::end(dispatch::answer answer) {
  const auto found = exchanges_.find(answer.tag);
  if (found == exchanges_.end()) return;
  if (answer.retry_after_ms) network_.inspector_.asked_to_wait(found->second.asked, *answer.retry_after_ms);
  if (in().verbose) {
    in().say("ended " + text_of(found->second.asked) + " how " + std::to_string(int(answer.how)) + " status " +
             std::to_string(answer.status));
  }
  exchanges_.erase(found);
  sink_(std::move(answer));
}

bool line::withdraw(std::uint64_t tag) {
  const auto found = exchanges_.find(tag);
  if (found == exchanges_.end() || found->second.open) return false;
  exchanges_.erase(found);
  return true;
}

dispatch::standing line::look(std::uint64_t tag) const {
  const auto found = exchanges_.find(tag);
  if (found == exchanges_.end()) return {};
  const auto& one = found->second;
  dispatch::standing result;
  result.since = one.since;
  result.stage = one.open ? decltype(result.stage)::open : decltype(result.stage)::held;
  if (one.open) result.times_out = one.since + one.timeout_ms;
  if (!one.open) result.why = "no free slot";
  return result;
}

}  // namespace sagad::simulation
