#include "definition/canonical_form.hpp"

#include <algorithm>

#include "definition/quantity.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

// Writes members in the order of the calls: each function below names them sorted.
class object_writer {
 public:
  explicit object_writer(std::string& out) : out_(out) { out_ += '{'; }

  std::string& member(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    json::append_string(out_, name);
    out_ += ':';
    return out_;
  }
  void text(std::string_view name, std::string_view value) { json::append_string(member(name), value); }
  void value(std::string_view name, const node& value) { append_json(member(name), value); }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

std::string or_word(millis duration, std::string_view word) {
  return duration == 0 ? std::string(word) : duration_text(duration);
}

void write_retry(std::string& out, const compensations::retry_policy& retry) {
  object_writer object(out);
  if (retry.attempts_max == 0) {
    object.text("attempts", "unbounded");
  } else {
    object.member("attempts") += std::to_string(retry.attempts_max);
  }
  object.text("delay", duration_text(retry.delay_ms));
  object.text("delay_max", duration_text(retry.delay_max_ms));
  object.text("elapsed", or_word(retry.elapsed_ms, "unbounded"));
  object.member("factor") += factor_text(retry.factor_permille);
  object.text("stuck_retry", duration_text(retry.stuck_retry_ms));
  object.end();
}

void write_answer(object_writer& object, const declared::operation& operation) {
  if (operation.late == late_answer::none) {
    object.text("answer", "none");
    return;
  }
  object_writer answer(object.member("answer"));
  answer.text("by", operation.late == late_answer::callback ? "callback" : "poll");
  answer.text("within", duration_text(operation.within_ms));
  answer.end();
}

void write_operation(std::string& out, const declared::operation& operation) {
  object_writer object(out);
  // The method is a key, and has its place among the others by its name.
  const auto method_before = [&, written = false](std::string_view next) mutable {
    if (written || std::string_view(operation.method) > next) return;
    object.text(operation.method, operation.target.text);
    written = true;
  };
  auto before = method_before;
  before("answer");
  write_answer(object, operation);
  before("body");
  if (operation.body) object.value("body", *operation.body);
  before("headers");
  if (!operation.headers.empty()) {
    object_writer headers(object.member("headers"));
    for (const auto& header : operation.headers) headers.text(header.name.text, header.value.text);
    headers.end();
  }
  before("rejects");
  auto& rejects = object.member("rejects");
  rejects += '[';
  for (const auto status : operation.rejects) {
    if (rejects.back() != '[') rejects += ',';
    rejects += std::to_string(status);
  }
  rejects += ']';
  before("retry");
  write_retry(object.member("retry"), operation.retry);
  object.text("timeout", duration_text(operation.timeout_ms));
  object.end();
}

std::string_view kind_word(step_kind kind) {
  switch (kind) {
    case step_kind::compensatable: return "compensatable";
    case step_kind::pivot: return "pivot";
    case step_kind::retriable: return "retriable";
  }
  return "";
}

void write_step(std::string& out, const declared::saga& saga, const step_graph& graph, std::size_t number) {
  const auto& step = saga.steps[number];
  object_writer object(out);
  write_operation(object.member("action"), step.action);
  std::vector<std::string_view> names;
  graph.steps[number].after.for_each([&](step_no before) { names.push_back(saga.steps[before].name.text); });
  std::sort(names.begin(), names.end());
  auto& after = object.member("after");
  after += '[';
  for (const auto name : names) {
    if (name != names.front()) after += ',';
    json::append_string(after, name);
  }
  after += ']';
  if (step.compensation) {
    write_operation(object.member("compensation"), *step.compensation);
  } else if (step.kind == step_kind::compensatable) {
    object.text("compensation", "none");
  }
  object.text("kind", kind_word(step.kind));
  object.text("participant", step.participant.text);
  object.text("step", step.name.text);
  if (step.when) object.text("when", step.when->text);
  object.end();
}

void write_labels(std::string& out, const std::vector<declared::label>& labels) {
  object_writer object(out);
  for (const auto& label : labels) {
    object_writer written(object.member(label.name.text));
    written.text("from", label.from.text);
    written.member("indexed") += label.indexed ? "true" : "false";
    written.end();
  }
  object.end();
}

}  // namespace

std::string canonical_form(const declared::saga& saga, const step_graph& graph) {
  std::string out;
  object_writer object(out);
  object.text("alert_after", duration_text(saga.alert_after_ms));
  object.text("deadline", or_word(saga.deadline_ms, "none"));
  object.text("description", saga.description);
  if (saga.input) {
    object.value("input", *saga.input);
  } else {
    object.member("input") += "true";
  }
  object.text("key", saga.key_required ? "required" : "optional");
  // Definitions without labels are older than labels, and keep their content.
  if (!saga.labels.empty()) write_labels(object.member("labels"), saga.labels);
  if (saga.output) object.value("output", *saga.output);
  if (!saga.name.empty()) object.text("saga", saga.name);
  auto& steps = object.member("steps");
  steps += '[';
  for (std::size_t at = 0; at < saga.steps.size(); ++at) {
    if (at != 0) steps += ',';
    write_step(steps, saga, graph, at);
  }
  steps += ']';
  object.end();
  return out;
}

}  // namespace sagad::definition
