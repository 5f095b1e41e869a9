#include "tests/simulation/random_saga.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace sagad::simulation {
namespace {

std::string ms(millis duration) {
  return "\"" + std::to_string(duration) + "ms\"";
}

// What a definition has much of, in permille. Some have jobs beside one another that are tried once: what becomes of
// the others when one fails.
struct shares {
  unsigned in_a_row = 500;  ///< steps after the one before them; else after some, or none
  unsigned late = 300;      ///< operations whose answer may come later
  unsigned once = 0;        ///< operations with one attempt
};

shares draw_shares(dice& dice) {
  return dice.chance(200) ? shares{.in_a_row = 100, .late = 700, .once = 800} : shares{};
}

// What awaits a late answer, and what may turn the saga back, has a bound on its time.
std::string draw_retry(dice& dice, const shares& of, bool must_succeed, bool bounded) {
  std::string text = "\"retry\":{";
  text += must_succeed && dice.chance(600)
              ? std::string("\"attempts\":\"unbounded\"")
              : "\"attempts\":" + std::to_string(dice.chance(of.once) ? 1 : dice.between(1, 6));
  text +=
      ",\"elapsed\":" + (!bounded && text.find("\"attempts\":\"unbounded\"") == std::string::npos && dice.chance(150)
                             ? std::string("\"unbounded\"")
                             : ms(dice.between(200, 8000)));
  const auto delay = dice.between(1, 100);
  text += ",\"delay\":" + ms(delay) + ",\"delay_max\":" + ms(delay + dice.between(9, 1500));
  text += ",\"stuck_retry\":" + (dice.chance(40) ? std::string("\"0s\"") : ms(dice.between(1000, 4000)));
  return text + "}";
}

// `kind`: of the step, by its first letter.
std::string draw_operation(dice& dice, const shares& of, const std::string& step, const char* side, char kind,
                           const std::string& reference) {
  const bool undoes = side == std::string_view("undo");
  const bool late = dice.chance(of.late);
  std::string text = "{\"post\":\"/" + step + "/" + side + "\",\"timeout\":" + ms(dice.between(20, 600));
  if (!dice.chance(150)) text += "," + draw_retry(dice, of, undoes || kind != 'c', late || (!undoes && kind != 'r'));
  if (dice.chance(700)) {
    text += ",\"body\":{\"of\":\"${saga.id}\"";
    if (dice.chance(500)) text += ",\"n\":\"${input.n}\"";
    if (!reference.empty()) text += ",\"before\":\"" + reference + "\"";
    text += "}";
  }
  if (dice.chance(200)) text += ",\"rejects\":[404]";
  if (dice.chance(100)) text += ",\"headers\":{\"X-Of\":\"${saga.id}/${has(input.n) ? input.n : 0}\"}";
  if (late) {
    text += ",\"answer\":{\"within\":" + ms(dice.between(300, 6000)) +
            ",\"by\":" + (dice.chance(500) ? "\"callback\"" : "\"poll\"") + "}";
  }
  return text + "}";
}

struct drawing {
  shares of;
  std::string text;
  std::vector<std::string> names;
  std::vector<bool> has_follower;
  std::vector<bool> has_condition;

  // What a step was answered with, asked for where it may be passed over.
  std::string response(std::size_t number, const std::string& member) const {
    const auto value = "steps." + names[number] + ".response" + member;
    return has_condition[number] ? "${has(" + value + ") ? " + value + " : null}" : "${" + value + "}";
  }

  std::string list(const std::vector<std::size_t>& numbers) const {
    std::string out = "[";
    for (auto number : numbers) out += (out.size() > 1 ? ",\"" : "\"") + names[number] + "\"";
    return out + "]";
  }
};

// A start's input has an `n` or not: some conditions cannot be judged without.
std::string draw_condition(dice& dice, const std::string& before) {
  if (!before.empty() && dice.chance(300)) return "${has(steps." + before + ".response.v)}";
  if (dice.chance(100)) return "${input.n > 50}";
  return "${has(input.n) && input.n % 2 == 0}";
}

void add_step(dice& dice, drawing& into, const char* kind, const std::vector<std::size_t>& after) {
  const auto number = into.names.size();
  const std::string name = std::string(1, kind[0]) + std::to_string(number);
  for (auto one : after) into.has_follower[one] = true;
  const bool compensatable = kind[0] == 'c';
  if (number != 0) into.text += ",";
  into.text += "{\"step\":\"" + name + "\",\"participant\":\"p" + std::to_string(dice.below(participants)) +
               "\",\"kind\":\"" + kind + "\",\"after\":" + into.list(after);
  std::string reference;
  std::string before;
  if (!after.empty() && dice.chance(300)) {
    const auto read = after[dice.below(after.size())];
    reference = into.response(read, ".v");
    before = into.names[read];
  }
  const bool conditional = kind[0] != 'p' && dice.chance(150);
  if (conditional) into.text += ",\"when\":\"" + draw_condition(dice, before) + "\"";
  into.text += ",\"action\":" + draw_operation(dice, into.of, name, "do", kind[0], reference);
  if (compensatable) {
    into.text += ",\"compensation\":" +
                 (dice.chance(80) ? std::string("\"none\"") : draw_operation(dice, into.of, name, "undo", kind[0], {}));
  }
  into.text += "}";
  into.names.push_back(name);
  into.has_follower.push_back(false);
  into.has_condition.push_back(conditional);
}

// Some of the steps in [from, to).
std::vector<std::size_t> draw_some(dice& dice, std::size_t from, std::size_t to) {
  std::vector<std::size_t> chosen;
  for (auto number = from; number < to; ++number) {
    if (dice.chance(350)) chosen.push_back(number);
  }
  return chosen;
}

std::vector<std::size_t> loose_ends(const drawing& so_far) {
  std::vector<std::size_t> ends;
  for (std::size_t number = 0; number < so_far.names.size(); ++number) {
    if (!so_far.has_follower[number]) ends.push_back(number);
  }
  return ends;
}

enum class order : bool { strict, loose };

std::string draw(dice& dice, const std::string& name, order wanted) {
  const auto count = dice.chance(300) ? 1 + dice.below(12) : 1 + dice.below(5);
  const auto first_kinds = dice.below(count + 1);
  const bool pivot = first_kinds < count && dice.chance(600);
  drawing drawn;
  drawn.of = draw_shares(dice);
  for (std::size_t number = 0; number < first_kinds; ++number) {
    auto after = drawn.of.in_a_row < 500 ? std::vector<std::size_t>() : draw_some(dice, 0, number);
    if (dice.chance(drawn.of.in_a_row) && number > 0) after = {number - 1};
    add_step(dice, drawn, "compensatable", after);
  }
  const auto ends = loose_ends(drawn);
  if (pivot) add_step(dice, drawn, "pivot", ends);
  const auto turn = drawn.names.size();
  for (auto number = turn; number < count; ++number) {
    auto after = draw_some(dice, wanted == order::loose ? 0 : turn, number);
    if (after.empty() && wanted == order::strict) after = pivot ? std::vector{turn - 1} : ends;
    add_step(dice, drawn, "retriable", after);
  }
  std::string text = "{\"saga\":\"" + name + "\"";
  if (dice.chance(300)) text += ",\"deadline\":" + ms(dice.between(700, 12'000));
  if (dice.chance(300)) {
    // A start's input has an `n` or not: an output that cannot be made keeps no saga from its end.
    const std::string of_input = dice.chance(300) ? ",\"n\":\"${input.n}\"" : "";
    text += ",\"output\":{\"last\":\"" + drawn.response(count - 1, "") + "\"" + of_input + "}";
  }
  return text + ",\"steps\":[" + drawn.text + "]}";
}

}  // namespace

std::string draw_definition(dice& dice, const std::string& name) {
  return draw(dice, name, order::strict);
}

std::string draw_loose_definition(dice& dice, const std::string& name) {
  return draw(dice, name, order::loose);
}

millis bound_of(const definition::definition& definition) {
  constexpr millis polls_and_messages = 70'000;
  millis bound = definition.deadline_ms + polls_and_messages;
  const auto add = [&bound](const definition::operation& operation) {
    const auto& retry = operation.retry;
    bound += 4 * (operation.within_ms + operation.timeout_ms + retry.delay_max_ms) + retry.elapsed_ms +
             2 * retry.stuck_retry_ms;
  };
  for (const auto& step : definition.steps) {
    add(step.action);
    if (step.compensation) add(*step.compensation);
  }
  return bound;
}

}  // namespace sagad::simulation
