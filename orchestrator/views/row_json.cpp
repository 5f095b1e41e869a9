#include "views/row_json.hpp"

#include "engine/engine.hpp"
#include "json/json.hpp"
#include "records/as_json.hpp"

namespace sagad::views {
namespace {

void open_object(std::string& out, std::string_view name) {
  json::append_name(out, name);
  out += '{';
}

void append_trouble(std::string& out, const trouble& one, const std::string& step) {
  open_object(out, "trouble");
  json::append_text(out, "step", step);
  json::append_text(out, "operation", engine::name(one.operation.side));
  json::append_text(out, "state", one.blocked ? "blocked" : "retrying");
  if (one.blocked) json::append_text(out, "blocked_by", engine::name(one.blocked_by));
  json::append_text(out, "cause", engine::name(one.error));
  if (one.status != 0) json::append_number(out, "status", one.status);
  if (!one.detail.empty()) json::append_text(out, "detail", one.detail);
  out += '}';
}

void append_turning(std::string& out, const turning& turned, const definition::definition* definition) {
  open_object(out, "turned_back");
  json::append_text(out, "cause", engine::name(turned.why));
  if (turned.by_a_step()) json::append_text(out, "step", step_name(definition, turned.step));
  if (!turned.detail.empty()) json::append_text(out, "detail", turned.detail);
  out += '}';
}

}  // namespace

void append_json(std::string& out, const kept_row& kept, database& file) {
  const auto& row = kept.row;
  const auto definition = file.definitions()(row.definition);
  const auto state = state_of(row);
  out += '{';
  json::append_text(out, "id", row.id.text());
  json::append_text(out, "definition", file.definition(kept.definition).name);
  if (row.version != 0) json::append_number(out, "version", row.version);
  json::append_text(out, "state", name(state));
  if (is_final(state)) {
    json::append_text(out, "outcome", name(state));
  } else {
    json::append_text(out, "direction", lifecycle::is_backward(row.phase) ? "backward" : "forward");
  }
  if (!row.key.empty()) json::append_text(out, "key", row.key);
  if (!row.starter.empty()) json::append_text(out, "starter", row.starter);
  if (!row.labels.empty()) {
    json::append_name(out, "labels");
    out += row.labels;
  }
  json::append_number(out, "seq", row.seq);
  json::append_text(out, "position", std::to_string(row.id.partition()) + "-" + std::to_string(row.position));
  json::append_text(out, "started", records::timestamp(row.started));
  json::append_text(out, "changed", records::timestamp(row.changed));
  if (!row.broken.empty()) {
    json::append_text(out, "stuck_by", "internal");
    json::append_text(out, "detail", row.broken);
  }
  if (const auto* one = worst(row)) append_trouble(out, *one, step_name(definition.get(), one->operation.step));
  if (row.turned.why != engine::cause::none) append_turning(out, row.turned, definition.get());
  out += '}';
}

}  // namespace sagad::views
