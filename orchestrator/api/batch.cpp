#include "api/batch.hpp"

#include <utility>

#include "api/keys.hpp"
#include "api/problem_reply.hpp"
#include "json/json.hpp"

namespace sagad::api {

batch::batch(caller who, std::string key, item_splitter::form form, const batch_limits& limits,
             batch_surroundings around, std::shared_ptr<std::atomic<std::size_t>> counted_in, http::reply reply)
    : who_(std::move(who)),
      key_(std::move(key)),
      limits_(limits),
      around_(std::move(around)),
      counted_in_(std::move(counted_in)),
      reply_(std::move(reply)),
      splitter_(form, limits.item_bytes_max) {}

batch::~batch() {
  --*counted_in_;
}

bool batch::take(std::string_view piece) {
  if (over_) return true;
  piece_ = piece;
  rest_ = piece_;
  wanted_ = !go_on();
  return !wanted_;
}

void batch::end() {
  ended_ = true;
  if (!over_) {
    const auto last = splitter_.finish();
    if (last == item_splitter::step::item) begin_item();
    if (last == item_splitter::step::bad) {
      fail({problem_code::malformed,
            "a batch is a JSON array of starts, or with `Content-Type: application/x-ndjson` "
            "a line for each"});
    }
  }
  answer_when_all_are_told();
}

// One turn; whether all that was there is taken.
bool batch::go_on() {
  const auto until = std::chrono::steady_clock::now() + limits_.turn;
  while (!over_ && under_way_ < limits_.under_way_max) {
    if (!next()) return true;
    if (std::chrono::steady_clock::now() < until) continue;
    if (!std::exchange(later_, true)) {
      around_.later([self = shared_from_this()] {
        self->later_ = false;
        self->resume();
      });
    }
    return false;
  }
  return over_;
}

void batch::resume() {
  if (!wanted_ || later_) return;
  if (reply_.client_gone()) over_ = true;
  if (!go_on()) return;
  wanted_ = false;
  reply_.read_on();
}

bool batch::next() {
  switch (splitter_.next(rest_)) {
    case item_splitter::step::item: begin_item(); return true;
    case item_splitter::step::more: return false;
    case item_splitter::step::too_large:
      fail({problem_code::body_too_large,
            "a start in a batch may have " + std::to_string(limits_.item_bytes_max) + " bytes"});
      return false;
    case item_splitter::step::bad: break;
  }
  fail({problem_code::malformed, "a batch is a JSON array of starts: it is none behind the results that are told"});
  return false;
}

void batch::begin_item() {
  const auto number = results_.size();
  if (number >= limits_.items_max) {
    return fail({problem_code::body_too_large, "a batch may have " + std::to_string(limits_.items_max) +
                                                   " starts: send the others in a further one"});
  }
  results_.grow();
  auto key = key_.empty() ? std::string() : key_ + "/" + std::to_string(number);
  auto read = read_start(who_, splitter_.item());
  if (auto* bad = std::get_if<problem>(&read)) return refuse_item(number, key, {std::move(*bad)});
  auto& asked = std::get<asked_start>(read);
  if (asked.wait) {
    return refuse_item(number, key, {{problem_code::invalid_argument, "`wait` is not for a start in a batch"}});
  }
  if (asked.key) {
    if (auto bad = unlike_a_key(*asked.key)) return refuse_item(number, key, {std::move(*bad)});
    key = std::move(*asked.key);
  }
  if (key.empty()) {
    return refuse_item(number, key,
                       {{problem_code::key_required,
                         "a start in a batch needs a key: `key`, or for all of them `Idempotency-Key` or `?key=`"}});
  }
  asked.request.key = key;
  ++under_way_;
  around_.start(who_, std::move(asked.request), asked.named,
                [self = shared_from_this(), number, key](const start_outcome& outcome) {
                  --self->under_way_;
                  self->told(number, key, outcome);
                });
}

void batch::refuse_item(std::size_t number, const std::string& key, const refused_start& why) {
  told(number, key, why);
}

void batch::told(std::size_t number, const std::string& key, const start_outcome& outcome) {
  auto result = "{\"item\":" + std::to_string(number);
  if (!key.empty()) {
    result += ",\"key\":";
    json::append_string(result, key);
  }
  if (const auto* answer = std::get_if<runtime::saga_answer>(&outcome)) {
    ++(answer->repeated ? repeated_ : started_);
    result += answer->repeated ? ",\"status\":200" : ",\"status\":201";
    result += ",\"saga\":\"" + answer->id.text() + "\",\"state\":\"" + answer->state + "\",\"position\":\"" +
              std::to_string(answer->id.partition()) + "-" + std::to_string(answer->position) + "\"}";
  } else {
    ++refused_;
    const auto& refused = std::get<refused_start>(outcome);
    const auto problem = problem_response(refused.what, refused.more);
    result += ",\"status\":" + std::to_string(problem.status) + ",\"problem\":" + problem.body + "}";
  }
  results_.tell(number, std::move(result));
  if (ended_ || over_) return answer_when_all_are_told();
  // From within a start everything goes on by itself; from the journal's word on, here.
  if (wanted_ && !later_) {
    later_ = true;
    around_.later([self = shared_from_this()] {
      self->later_ = false;
      self->resume();
    });
  }
}

// What was begun is told all the same.
void batch::fail(problem why) {
  over_ = true;
  if (!failure_) failure_ = std::move(why);
  answer_when_all_are_told();
}

void batch::answer_when_all_are_told() {
  if (under_way_ != 0 || (!ended_ && !failure_) || std::exchange(answering_, true)) return;
  answer();
}

void batch::answer() {
  if (!results_.join(limits_.joined_a_turn_max)) {
    return around_.later([self = shared_from_this()] { self->answer(); });
  }
  if (failure_) return reply_(problem_response(*failure_, ",\"results\":" + results_.take()));
  http::response response;
  // Before what is long already, and moved once in place.
  response.body = results_.take();
  response.body.insert(0, "{\"items\":" + std::to_string(results_.size()) + ",\"started\":" + std::to_string(started_) +
                              ",\"repeated\":" + std::to_string(repeated_) +
                              ",\"refused\":" + std::to_string(refused_) + ",\"results\":");
  response.body += '}';
  reply_(std::move(response));
}

}  // namespace sagad::api
