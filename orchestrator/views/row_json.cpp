#include "views/row_json.hpp"

#include "engine/engine.hpp"
#include "json/json.hpp"
#include "records/as_json.hpp"

namespace sagad::views {
namespace {

void member(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  json::append_string(out, name);
  out += ':';
}

void text(std::string& out, std::string_view name, std::string_view value) {
  member(out, name);
  json::append_string(out, value);
}

void number(std::string& out, std::string_view name, std::uint64_t value) {
  member(out, name);
  out += std::to_string(value);
}

void open_object(std::string& out, std::string_view name) {
  member(out, name);
  out += '{';
}

void append_trouble(std::string& out, const trouble& one, const std::string& step) {
  open_object(out, "trouble");
  text(out, "step", step);
  text(out, "operation", engine::name(one.operation.side));
  text(out, "state", one.blocked ? "blocked" : "retrying");
  if (one.blocked) text(out, "blocked_by", engine::name(one.blocked_by));
  text(out, "cause", engine::name(one.error));
  if (one.status != 0) number(out, "status", one.status);
  if (!one.detail.empty()) text(out, "detail", one.detail);
  out += '}';
}

void append_turning(std::string& out, const turning& turned, const definition::definition* definition) {
  open_object(out, "turned_back");
  text(out, "cause", engine::name(turned.why));
  if (turned.by_a_step()) text(out, "step", step_name(definition, turned.step));
  if (!turned.detail.empty()) text(out, "detail", turned.detail);
  out += '}';
}

}  // namespace

void append_json(std::string& out, const kept_row& kept, database& file) {
  const auto& row = kept.row;
  const auto definition = file.definitions()(row.definition);
  const auto state = state_of(row);
  out += '{';
  text(out, "id", row.id.text());
  text(out, "definition", file.definition(kept.definition).name);
  if (row.version != 0) number(out, "version", row.version);
  text(out, "state", name(state));
  if (is_final(state)) {
    text(out, "outcome", name(state));
  } else {
    text(out, "direction", lifecycle::is_backward(row.phase) ? "backward" : "forward");
  }
  if (!row.key.empty()) text(out, "key", row.key);
  if (!row.starter.empty()) text(out, "starter", row.starter);
  if (!row.labels.empty()) {
    member(out, "labels");
    out += row.labels;
  }
  number(out, "seq", row.seq);
  text(out, "position", std::to_string(row.id.partition()) + "-" + std::to_string(row.position));
  text(out, "started", records::timestamp(row.started));
  text(out, "changed", records::timestamp(row.changed));
  if (!row.broken.empty()) {
    text(out, "stuck_by", "internal");
    text(out, "detail", row.broken);
  }
  if (const auto* one = worst(row)) append_trouble(out, *one, step_name(definition.get(), one->operation.step));
  if (row.turned.why != engine::cause::none) append_turning(out, row.turned, definition.get());
  out += '}';
}

}  // namespace sagad::views
