#include "sagactl/json_writer.hpp"
#include "sagactl/show_play.hpp"

namespace sagad::sagactl {
namespace {

std::string_view point_word(rehearsal::failure what) {
  switch (what) {
    case rehearsal::failure::none: return "none";
    case rehearsal::failure::rejected: return "rejected";
    case rehearsal::failure::in_doubt: return "in_doubt";
    case rehearsal::failure::unreachable: return "unreachable";
    case rehearsal::failure::no_late_answer: return "no_late_answer";
  }
  return "?";
}

std::string_view ending_word(rehearsal::failure_point::ending how) {
  using ending = rehearsal::failure_point::ending;
  switch (how) {
    case ending::good: return "good";
    case ending::stuck: return "stuck";
    case ending::broken: return "broken";
    case ending::not_met: return "not_met";
  }
  return "?";
}

void add_operation(object_text& out, const definition::definition& definition, engine::operation_id operation) {
  out.text("step", definition.steps[operation.step].name).text("operation", engine::name(operation.side));
}

std::string call_json(const definition::definition& definition, const rehearsal::call& call) {
  object_text out;
  add_operation(out, definition, call.operation);
  out.text("method", call.method).text("path", call.target);
  if (!call.headers.empty()) {
    object_text headers;
    for (const auto& header : call.headers) headers.text(header.name, header.value);
    out.raw("headers", headers.take());
  }
  if (!call.body.empty()) out.raw("body", call.body);
  out.number("tries", call.tries).number("at_ms", call.at_ms);
  if (call.status != 0) out.number("status", call.status);
  if (call.ended == engine::verdict::done) return out.text("answer", "done").take();
  return out.text("answer", call.why == engine::cause::none ? "accepted" : engine::name(call.why)).take();
}

void add_play(object_text& out, const definition::definition& definition, const rehearsal::play& played) {
  const auto step_name = [&](step_no step) { return json_text(definition.steps[step].name); };
  out.text("state", played.state).number("took_ms", played.took_ms);
  out.raw("calls", array_text(played.calls, [&](const auto& call) { return call_json(definition, call); }));
  out.raw("undone", array_text(played.undone, step_name));
  out.raw("passed_over", array_text(played.passed_over, step_name));
  out.raw("stuck", array_text(played.stuck, [&](const auto& still) {
            object_text one;
            add_operation(one, definition, still.operation);
            return one.text("blocked_by", engine::name(still.why)).take();
          }));
  if (played.turned_back) {
    object_text turned;
    if (played.turned_back->step) turned.text("step", definition.steps[*played.turned_back->step].name);
    out.raw("turned_back", turned.text("cause", engine::name(played.turned_back->why)).take());
  }
  if (!played.output.empty()) out.raw("output", played.output);
  if (!played.output_error.empty()) out.text("output_error", played.output_error);
}

}  // namespace

std::string points_json(const definition::definition& definition, const rehearsal::script& sample,
                        const std::vector<rehearsal::failure_point>& points) {
  object_text out;
  out.text("definition", definition.name).raw("input", sample.input);
  if (const auto labels = definition::make_labels(definition.labels, sample.input, {}); !labels.json.empty()) {
    out.raw("labels", labels.json);
  }
  out.raw("points", array_text(points, [&](const auto& point) {
            object_text one;
            one.text("name", point_in_words(definition, point)).text("failure", point_word(point.what));
            if (point.what != rehearsal::failure::none) add_operation(one, definition, point.operation);
            one.text("ending", ending_word(point.how));
            add_play(one, definition, point.played);
            return one.take();
          }));
  return out.take();
}

std::string cases_json(const definition::definition& definition, const std::vector<judged_case>& judged) {
  object_text out;
  out.text("definition", definition.name);
  out.raw("cases", array_text(judged, [&](const auto& one) {
            object_text made;
            made.text("name", one.expected->name).flag("as_expected", one.missed.empty());
            made.raw("missed", array_text(one.missed, [](const auto& miss) {
                       object_text told;
                       told.number("line", miss.at.line).number("column", miss.at.column).text("what", miss.what);
                       return told.text("expected", miss.expected).text("got", miss.got).take();
                     }));
            add_play(made, definition, one.played);
            return made.take();
          }));
  return out.take();
}

}  // namespace sagad::sagactl
