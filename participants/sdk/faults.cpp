#include "participants/sdk/faults.hpp"

#include <array>
#include <utility>

#include "participants/sdk/json_reader.hpp"
#include "participants/sdk/json_writer.hpp"
#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

constexpr std::size_t rules_max = 64;
constexpr std::int64_t delay_ms_max = 3'600'000;
constexpr std::array<std::pair<fault_kind, std::string_view>, 6> kinds{{{fault_kind::reject, "reject"},
                                                                        {fault_kind::fail, "fail"},
                                                                        {fault_kind::hang, "hang"},
                                                                        {fault_kind::late, "late"},
                                                                        {fault_kind::answer_twice, "answer_twice"},
                                                                        {fault_kind::exit, "exit"}}};

fault_kind parse_kind(const std::string& name) {
  for (const auto& [kind, known] : kinds) {
    if (known == name) return kind;
  }
  throw bad_input("\"kind\" must be reject, fail, hang, late, answer_twice or exit.");
}

std::string_view name_of(fault_kind kind) {
  for (const auto& [known, name] : kinds) {
    if (known == kind) return name;
  }
  return "?";
}

fault_rule parse_rule(json_reader& from) {
  fault_rule rule;
  rule.kind = parse_kind(from.text("kind"));
  rule.rate = from.number_if_present("rate", 0, 1).value_or(0);
  rule.next = from.integer_if_present("next", 1, 1'000'000'000).value_or(0);
  if ((rule.rate > 0) == (rule.next > 0)) {
    throw bad_input("Say either \"rate\" (above 0, at most 1) or \"next\" (how many calls).");
  }
  rule.step = from.text_if_present("step").value_or("");
  if (const auto operation = from.text_if_present("operation")) {
    if (*operation != "action" && *operation != "compensation") {
      throw bad_input("\"operation\" must be action or compensation.");
    }
    rule.of = *operation == "action" ? barrier::operation::action : barrier::operation::compensation;
  }
  rule.delay_ms = from.integer_if_present("delay_ms", 0, delay_ms_max);
  return rule;
}

}  // namespace

void fault_switch::add(std::string_view json) {
  std::vector<fault_rule> fresh;
  json_reader::for_each(json, example, [&fresh](json_reader& one) { fresh.push_back(parse_rule(one)); });
  const std::lock_guard lock(mutex_);
  if (rules_.size() + fresh.size() > rules_max) {
    throw bad_input("At most " + std::to_string(rules_max) + " rules. DELETE /admin/faults forgets the old ones.");
  }
  for (auto& rule : fresh) rules_.push_back(std::move(rule));
}

void fault_switch::clear() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
}

std::string fault_switch::list() const {
  json_writer out;
  out.open_object();
  out.open_array("faults");
  const std::lock_guard lock(mutex_);
  for (const auto& rule : rules_) {
    out.open_object();
    out.text("kind", name_of(rule.kind));
    rule.next > 0 ? out.integer("next", rule.next) : out.number("rate", rule.rate);
    if (!rule.step.empty()) out.text("step", rule.step);
    if (rule.of) out.text("operation", *rule.of == barrier::operation::action ? "action" : "compensation");
    if (rule.delay_ms) out.integer("delay_ms", *rule.delay_ms);
    out.close_object();
  }
  out.close_array();
  out.integer("calls", calls_);
  out.open_object("happened");
  for (const auto& [kind, name] : kinds) {
    // An exit ends this process, and its code says so.
    if (kind != fault_kind::exit) out.integer(name, happened_[static_cast<std::size_t>(kind)]);
  }
  out.close_object();
  out.close_object();
  return out.take();
}

std::optional<fault_rule> fault_switch::strike(const barrier::call& on) {
  const std::lock_guard lock(mutex_);
  ++calls_;
  for (auto rule = rules_.begin(); rule != rules_.end(); ++rule) {
    if (!rule->step.empty() && rule->step != on.step) continue;
    if (rule->of && *rule->of != on.of) continue;
    if (rule->next > 0) {
      fault_rule struck = *rule;
      if (--rule->next == 0) rules_.erase(rule);
      return struck;
    }
    if (std::uniform_real_distribution<double>(0, 1)(dice_) < rule->rate) return *rule;
  }
  return std::nullopt;
}

void fault_switch::happened(fault_kind kind) {
  const std::lock_guard lock(mutex_);
  ++happened_[static_cast<std::size_t>(kind)];
}

}  // namespace sagad::participants
