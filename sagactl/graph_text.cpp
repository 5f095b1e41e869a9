#include "sagactl/graph_text.hpp"

#include <algorithm>
#include <optional>

#include "sagactl/json_view.hpp"

namespace sagad::sagactl {
namespace {

using definition::step_kind;

// In an order in which they may run: as written, but none before those that it waits for.
std::vector<step_no> running_order(const definition::definition& definition) {
  std::vector<step_no> order;
  step_set placed;
  while (order.size() < definition.steps.size()) {
    for (std::size_t at = 0; at < definition.steps.size(); ++at) {
      const auto step = static_cast<step_no>(at);
      if (placed.test(step) || !placed.contains(definition.steps[at].after)) continue;
      placed.set(step);
      order.push_back(step);
    }
  }
  return order;
}

const char* mark_of(const definition::step& step) {
  switch (step.kind) {
    case step_kind::compensatable: return "○";
    case step_kind::pivot: return "◆";
    case step_kind::retriable: return "●";
  }
  return "?";
}

const char* kind_in_a_word(step_kind kind) {
  switch (kind) {
    case step_kind::compensatable: return "compensatable";
    case step_kind::pivot: return "pivot";
    case step_kind::retriable: return "retriable";
  }
  return "?";
}

// What the compiled definition keeps as code is read from its canonical text.
struct written_step {
  std::string action;
  std::string compensation;
  std::string when;
};

std::string request_of(json_view operation) {
  for (const char* method : {"post", "put", "patch", "delete", "get"}) {
    if (!operation.text(method).empty()) {
      std::string out = method;
      std::transform(out.begin(), out.end(), out.begin(),
                     [](char letter) { return static_cast<char>(letter - 'a' + 'A'); });
      return out + " " + operation.text(method);
    }
  }
  return {};
}

std::vector<written_step> written_steps(const definition::definition& definition) {
  std::vector<written_step> out(definition.steps.size());
  const auto document = parse_json(definition.canonical);
  const auto steps = json_view(&document)["steps"];
  for (std::size_t at = 0; at < out.size(); ++at) {
    const auto step = steps.at(at);
    out[at] = {request_of(step["action"]), request_of(step["compensation"]), step.text("when")};
  }
  return out;
}

struct row {
  std::string drawn;
  std::size_t columns = 0;
  std::string label;  // empty: lines only
};

// Draws rows of lanes. A lane is one column from a step to one that waits for it; it keeps its place until it ends.
class lanes {
 public:
  std::vector<row> take() { return std::move(rows_); }

  // Ends the lanes into `step` in one column, and tells which; a step that waits for none gets a free one.
  std::size_t arrive(step_no step) {
    std::vector<std::size_t> ending;
    for (std::size_t at = 0; at < to_.size(); ++at) {
      if (to_[at] == step) ending.push_back(at);
    }
    if (ending.empty()) return free_lane(0);
    join(ending, "┴", "╯");
    for (std::size_t at = 1; at < ending.size(); ++at) to_[ending[at]].reset();
    return ending.front();
  }

  // The row of a step; its lane is free after it.
  void draw(std::size_t column, const char* mark, std::string label) {
    take(column);
    auto& made = rows_.emplace_back();
    made.columns = std::max(used(), column + 1);
    for (std::size_t at = 0; at < made.columns; ++at) made.drawn += at == column ? std::string(mark) + " " : cell(at);
    made.label = std::move(label);
  }

  // Opens a lane to each step that waits for the one in this column.
  void leave(std::size_t column, const std::vector<step_no>& followers) {
    to_[column].reset();
    if (followers.empty()) return;
    std::vector<std::size_t> opened{column};
    to_[column] = followers.front();
    for (std::size_t at = 1; at < followers.size(); ++at) {
      const auto lane = free_lane(column + 1);
      take(lane);
      opened.push_back(lane);
    }
    std::sort(opened.begin() + 1, opened.end());
    // Drawn before they are named: until then they are taken by nobody.
    join(opened, "┬", "╮");
    for (std::size_t at = 1; at < followers.size(); ++at) to_[opened[at]] = followers[at];
  }

 private:
  std::string cell(std::size_t at) const { return at < to_.size() && to_[at] ? "│ " : "  "; }

  std::size_t used() const {
    std::size_t width = to_.size();
    while (width > 0 && !to_[width - 1]) --width;
    return width;
  }

  std::size_t free_lane(std::size_t from) {
    while (from < to_.size() && (to_[from] || taken_[from])) ++from;
    return from;
  }

  void take(std::size_t lane) {
    if (lane >= to_.size()) {
      to_.resize(lane + 1);
      taken_.resize(lane + 1);
    }
    taken_[lane] = true;
  }

  // One row that joins the columns, all of them to the right of the first.
  void join(const std::vector<std::size_t>& columns, const char* inner, const char* last) {
    std::fill(taken_.begin(), taken_.end(), false);
    if (columns.size() < 2) return;
    std::string out;
    for (std::size_t at = 0; at < std::max(used(), columns.back() + 1); ++at) {
      const bool inside = at >= columns.front() && at < columns.back();
      const bool joined = std::find(columns.begin(), columns.end(), at) != columns.end();
      if (at == columns.front()) {
        out += "├";
      } else if (joined) {
        out += at == columns.back() ? last : inner;
      } else if (at < to_.size() && to_[at]) {
        out += inside ? "┼" : "│";
      } else {
        out += inside ? "─" : " ";
      }
      out += inside ? "─" : " ";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    rows_.push_back({std::move(out), 0, {}});
  }

  std::vector<std::optional<step_no>> to_;
  std::vector<bool> taken_;  // by what is being drawn
  std::vector<row> rows_;
};

std::string label_of(const definition::step& step, const written_step& written, std::size_t name_width) {
  std::string out =
      step.name + std::string(name_width - step.name.size(), ' ') + "  " + step.participant + " " + written.action;
  if (!written.compensation.empty()) out += "  ← " + written.compensation;
  if (!written.when.empty()) out += "  when " + written.when;
  if (step.kind == step_kind::pivot) out += "  (the point of no return)";
  return out;
}

}  // namespace

std::vector<std::vector<step_no>> needed_predecessors(const definition::definition& definition) {
  std::vector<std::vector<step_no>> out(definition.steps.size());
  for (std::size_t at = 0; at < out.size(); ++at) {
    const auto& after = definition.steps[at].after;
    after.for_each([&](step_no before) {
      if ((definition.steps[before].descendants & after).none()) out[at].push_back(before);
    });
  }
  return out;
}

std::string graph_text(const definition::definition& definition) {
  const auto before = needed_predecessors(definition);
  const auto written = written_steps(definition);
  const auto order = running_order(definition);
  std::size_t name_width = 0;
  for (const auto& step : definition.steps) name_width = std::max(name_width, step.name.size());
  lanes drawn;
  for (const auto step : order) {
    const auto column = drawn.arrive(step);
    const auto& declared = definition.steps[step];
    drawn.draw(column, mark_of(declared), label_of(declared, written[step], name_width));
    std::vector<step_no> followers;
    for (const auto later : order) {
      const auto& needs = before[later];
      if (std::find(needs.begin(), needs.end(), step) != needs.end()) followers.push_back(later);
    }
    drawn.leave(column, followers);
  }
  std::string out;
  const auto rows = drawn.take();
  std::size_t columns = 0;
  for (const auto& one : rows) columns = std::max(columns, one.columns);
  for (const auto& one : rows) {
    out += one.drawn;
    if (!one.label.empty()) out += std::string(2 * (columns - one.columns), ' ') + " " + one.label;
    out += "\n";
  }
  return out + "\n○ compensatable (← how it is undone)  ◆ pivot  ● retriable: must succeed\n";
}

std::string graph_dot(const definition::definition& definition) {
  const auto before = needed_predecessors(definition);
  const auto written = written_steps(definition);
  std::string out = "digraph " + json_text(definition.name) + " {\n  rankdir=TB;\n  node [shape=box];\n";
  for (std::size_t at = 0; at < before.size(); ++at) {
    const auto& step = definition.steps[at];
    std::string label = step.name + "\n" + step.participant + " " + written[at].action;
    if (!written[at].compensation.empty()) label += "\nundo: " + written[at].compensation;
    if (!written[at].when.empty()) label += "\nwhen " + written[at].when;
    const char* shape = step.kind == step_kind::pivot ? ", shape=diamond" : "";
    const char* style = step.kind == step_kind::retriable ? ", style=bold" : "";
    out += "  " + json_text(step.name) + " [label=" + json_text(label) + shape + style +
           ", tooltip=" + json_text(kind_in_a_word(step.kind)) + "];\n";
  }
  for (std::size_t at = 0; at < before.size(); ++at) {
    for (const auto one : before[at]) {
      out += "  " + json_text(definition.steps[one].name) + " -> " + json_text(definition.steps[at].name) + ";\n";
    }
  }
  return out + "}\n";
}

}  // namespace sagad::sagactl
