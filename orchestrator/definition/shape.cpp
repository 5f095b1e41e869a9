#include "definition/shape.hpp"

#include <algorithm>

#include "definition/fields.hpp"
#include "definition/quantity.hpp"

namespace sagad::definition {
namespace {

std::string named(const declared::step& step) {
  return step.name.text.empty() ? "this step" : "`" + step.name.text + "`";
}

std::string of_step(std::string_view what, const declared::step& step) {
  return "the " + std::string(what) + " of " + named(step);
}

std::string_view word(step_kind kind) {
  return kind == step_kind::pivot ? "the pivot" : "retriable";
}

operation_kind kind_of_action(step_kind kind) {
  if (kind == step_kind::compensatable) return operation_kind::turns_back;
  return kind == step_kind::pivot ? operation_kind::decides : operation_kind::must_succeed;
}

void read_after(const fields& in, declared::step& step, mistake_list& found) {
  const node* after = in.find("after");
  if (after == nullptr) return;
  step.after_written = true;
  if (after->is != node::type::sequence) {
    found.add(after->at,
              "`after` is a list of steps, as in [escrow], and here stands " + std::string(describe(*after)));
    return;
  }
  for (const auto& item : after->items) {
    if (check_name(item, "after", found)) step.after.push_back({item.text, item.at});
  }
}

void read_compensation(const fields& in, declared::step& step, const operation_defaults& defaults,
                       mistake_list& found) {
  const node* written = in.find("compensation");
  if (step.kind != step_kind::compensatable) {
    if (written != nullptr) {
      found.add(written->at, named(step) + " is " + std::string(word(step.kind)) +
                                 " and thus never undone: leave its `compensation` out, or make the step "
                                 "`kind: compensatable`");
    }
    return;
  }
  if (written == nullptr) {
    found.add(step.at, named(step) +
                           " is compensatable and does not say how it is undone: write its `compensation`, or "
                           "`compensation: none` if it leaves nothing behind");
    return;
  }
  if (written->is == node::type::string && written->text == "none") return;
  step.compensation =
      read_operation(*written, of_step("compensation", step), operation_kind::must_succeed, defaults, found);
}

void read_when(const fields& in, declared::step& step, mistake_list& found) {
  const node* written = in.find("when");
  if (written == nullptr) return;
  if (step.kind == step_kind::pivot) {
    found.add(written->at, named(step) +
                               " is the pivot, which decides how the saga ends, and cannot be passed over: leave its "
                               "`when` out, or write it at the steps around it");
    return;
  }
  if (written->is == node::type::string) {
    step.when = declared::text_at{written->text, written->at};
    return;
  }
  found.add(written->at,
            "`when` is " + shown(*written) + ", where a condition is expected, as in \"${input.express}\"");
}

// What the order of the steps depends on. False when it could not be read.
bool read_place(const fields& in, declared::step& step, mistake_list& found) {
  const std::size_t before = found.size();
  if (const node* name = in.find("step")) {
    step.name = {in.name("step").value_or(""), name->at};
  } else {
    found.add(step.at, "a step has no name: begin it with `step:` and its name");
  }
  if (const auto kind = in.choice("kind", {"compensatable", "pivot", "retriable"})) {
    step.kind = static_cast<step_kind>(*kind + 1);
  }
  read_after(in, step, found);
  return found.size() == before;
}

// Adds a step; false when its place among the others could not be read.
bool read_step(const node& written, const operation_defaults& defaults, declared::saga& saga, mistake_list& found) {
  auto& step = saga.steps.emplace_back();
  step.at = written.at;
  const fields in(written, "a step", {"step", "participant", "kind", "after", "when", "action", "compensation"}, found,
                  "{step: hold, participant: bank, action: {post: /v1/holds}, compensation: none}");
  if (!in.usable()) return false;
  const bool is_placed = read_place(in, step, found);
  if (const node* participant = in.find("participant")) {
    step.participant = {in.name("participant").value_or(""), participant->at};
  } else {
    found.add(written.at, named(step) + " does not say whom to call: write its `participant`");
  }
  if (const node* action = in.find("action")) {
    step.action = read_operation(*action, of_step("action", step), kind_of_action(step.kind), defaults, found);
  } else {
    found.add(written.at, named(step) + " does nothing: write its `action`, as in {post: /v1/holds}");
  }
  if (is_placed) read_when(in, step, found);
  if (is_placed) read_compensation(in, step, defaults, found);
  return is_placed;
}

operation_defaults read_defaults(const fields& in, mistake_list& found) {
  operation_defaults defaults;
  const node* written = in.find("defaults");
  if (written == nullptr) return defaults;
  const fields inner(*written, "`defaults`", {"timeout", "retry"}, found, "{timeout: 2s}");
  if (!inner.usable()) return defaults;
  if (const auto timeout = inner.duration("timeout", 1, 3'600'000)) defaults.timeout_ms = *timeout;
  if (const node* retry = inner.find("retry")) {
    compensations::retry_policy read = compensations::defaults_of_compensatable_action();
    read_retry(*retry, read, found);
    if (retry->is == node::type::mapping) defaults.retry = retry;
  }
  return defaults;
}

void read_steps(const fields& in, const node& root, declared::saga& saga, mistake_list& found) {
  const operation_defaults defaults = read_defaults(in, found);
  const node* steps = in.find("steps");
  if (steps == nullptr || steps->is != node::type::sequence || steps->items.empty()) {
    found.add(steps == nullptr ? root.at : steps->at,
              "a saga needs `steps`: write a list of at least one, each beginning with `- step:` and its name");
    return;
  }
  if (steps->items.size() > steps_max) {
    found.add(steps->items[steps_max].at,
              "the saga has " + std::to_string(steps->items.size()) +
                  " steps, and this is the first past the 256 that are allowed: divide it into several sagas");
    return;
  }
  saga.steps.reserve(steps->items.size());
  for (const auto& item : steps->items) {
    if (!read_step(item, defaults, saga, found)) saga.order_is_known = false;
  }
}

bool read_indexed(const fields& in, mistake_list& found) {
  const node* written = in.find("indexed");
  if (written == nullptr) return false;
  if (written->is == node::type::boolean) return written->text == "true";
  found.add(written->at, "`indexed` is " + shown(*written) + ", where true or false is expected");
  return false;
}

void read_label(const node_member& written, declared::saga& saga, mistake_list& found) {
  node name;
  name.is = node::type::string;
  name.at = written.at;
  name.text = written.name;
  if (!check_name(name, "labels", found)) return;
  const std::string what = "the label `" + written.name + "`";
  const fields in(written.value, what, {"from", "indexed"}, found, "{from: \"${input.region}\"}");
  if (!in.usable()) return;
  const node* from = in.find("from");
  if (from == nullptr) {
    found.add(written.at, what + " does not say of what it is made: write its `from`, as in \"${input.region}\"");
  }
  const auto text = in.text("from");
  const bool indexed = read_indexed(in, found);
  if (text) saga.labels.push_back({{written.name, written.at}, {*text, from->at}, indexed});
}

void read_labels(const fields& in, declared::saga& saga, mistake_list& found) {
  const node* labels = in.find("labels");
  if (labels == nullptr) return;
  if (labels->is != node::type::mapping) {
    found.add(labels->at,
              "`labels` is " + shown(*labels) +
                  ", where labels by their names are expected, as in {region: {from: \"${input.region}\"}}");
    return;
  }
  if (labels->members.size() > declared_labels_max &&
      found.forbid(labels->members[declared_labels_max].at,
                   "the saga has " + std::to_string(labels->members.size()) +
                       " labels, and this is the first past the 8 that are allowed: leave out what nobody looks for")) {
    return;
  }
  for (const auto& member : labels->members) read_label(member, saga, found);
  std::sort(saga.labels.begin(), saga.labels.end(),
            [](const auto& left, const auto& right) { return left.name.text < right.name.text; });
}

void read_output(const fields& in, declared::saga& saga, mistake_list& found) {
  const node* output = in.find("output");
  if (output == nullptr) return;
  if (output->is == node::type::null) {
    found.add(output->at, "`output` is empty: leave it out, or write {}");
    return;
  }
  saga.output = *output;
  sort_members(*saga.output);
}

void check_deadline(const declared::saga& saga, mistake_list& found) {
  for (const auto& step : saga.steps) {
    if (saga.deadline_ms == 0 || step.kind != step_kind::pivot || step.action.timeout_ms <= saga.deadline_ms) continue;
    found.forbid(saga.deadline_at, "the pivot `" + step.name.text + "` is never called: its timeout of " +
                                       duration_text(step.action.timeout_ms) + " does not fit into the deadline of " +
                                       duration_text(saga.deadline_ms) +
                                       ": write a longer `deadline` or a shorter `timeout`");
  }
}

}  // namespace

declared::saga read_shape(const node& root, mistake_list& found) {
  declared::saga saga;
  const fields in(
      root, "a saga",
      {"saga", "description", "key", "input", "labels", "deadline", "alert_after", "defaults", "steps", "output"},
      found);
  if (!in.usable()) return saga;
  saga.name = in.name("saga").value_or("");
  saga.description = in.text("description").value_or("");
  saga.key_required = in.choice("key", {"optional", "required"}).value_or(0) == 1;
  if (const node* deadline = in.find("deadline")) {
    saga.deadline_at = deadline->at;
    saga.deadline_ms = in.duration("deadline", 1, 90 * day_ms, "none").value_or(0);
  }
  saga.alert_after_ms = in.duration("alert_after", 1, 90 * day_ms).value_or(saga.alert_after_ms);
  if (const node* input = in.find("input")) {
    saga.input = *input;
    sort_members(*saga.input);
  }
  read_labels(in, saga, found);
  read_steps(in, root, saga, found);
  read_output(in, saga, found);
  check_deadline(saga, found);
  return saga;
}

}  // namespace sagad::definition
