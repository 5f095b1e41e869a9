#include "definition/graph.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/nearest.hpp"

namespace sagad::definition {
namespace {

std::string ticked(std::string_view name) {
  return "`" + std::string(name) + "`";
}

class orderer {
 public:
  orderer(const declared::saga& saga, mistake_list& found) : saga_(saga), found_(found) {}

  std::optional<step_graph> order() {
    graph_.steps.resize(saga_.steps.size());
    number_names();
    for (std::size_t at = 0; at < saga_.steps.size(); ++at) link(static_cast<step_no>(at));
    // With a step missing in an `after`, what follows would tell of an order that nobody meant.
    if (!close() || !complete_) return std::nullopt;
    find_pivot();
    if (graph_.pivot) {
      check_around_pivot(*graph_.pivot);
    } else {
      check_without_pivot();
    }
    return std::move(graph_);
  }

 private:
  const declared::step& step(step_no number) const { return saga_.steps[number]; }
  std::string name(step_no number) const { return ticked(step(number).name.text); }

  void number_names() {
    for (std::size_t at = 0; at < saga_.steps.size(); ++at) {
      const auto& written = saga_.steps[at].name;
      if (written.text.empty()) continue;  // told already
      names_.push_back(written.text);
      const auto [first, is_new] = numbers_.emplace(written.text, static_cast<step_no>(at));
      if (is_new) continue;
      found_.add(written.at, "there are two steps " + ticked(written.text) + ", the other one in line " +
                                 std::to_string(saga_.steps[first->second].name.at.line) + ": rename one of them");
    }
  }

  void link(step_no number) {
    auto& after = graph_.steps[number].after;
    if (!step(number).after_written) {
      if (number > 0) after.set(static_cast<step_no>(number - 1));
      return;
    }
    for (const auto& written : step(number).after) {
      const auto known = numbers_.find(written.text);
      if (known == numbers_.end()) {
        complete_ = false;
        found_.add(written.at, [&] {
          return name(number) + " runs after " + ticked(written.text) + ", which is no step" +
                 hint(written.text, names_);
        });
      } else if (after.test(known->second)) {
        found_.forbid(written.at,
                      ticked(written.text) + " is written twice in `after` of " + name(number) + ": leave one out");
      } else {
        after.set(known->second);
      }
    }
  }

  // Fills in the transitive masks, a step when all that it waits for are done (A. Kahn, 1962). False for a cycle.
  bool close() {
    step_set done;
    bool moved = true;
    while (moved) {
      moved = false;
      for (std::size_t at = 0; at < graph_.steps.size(); ++at) {
        auto& masks = graph_.steps[at];
        if (done.test(static_cast<step_no>(at)) || !done.contains(masks.after)) continue;
        masks.ancestors = masks.after;
        masks.after.for_each([&](step_no before) { masks.ancestors |= graph_.steps[before].ancestors; });
        done.set(static_cast<step_no>(at));
        moved = true;
      }
    }
    for (std::size_t at = 0; at < graph_.steps.size(); ++at) {
      if (!done.test(static_cast<step_no>(at))) return tell_cycle(static_cast<step_no>(at), done), false;
      graph_.steps[at].ancestors.for_each(
          [&](step_no before) { graph_.steps[before].descendants.set(static_cast<step_no>(at)); });
    }
    return true;
  }

  // Every step that is left waits for another one that is left: going from one to the next comes back somewhere.
  void tell_cycle(step_no from, const step_set& done) {
    std::vector<step_no> way;
    for (step_no at = from; std::find(way.begin(), way.end(), at) == way.end();) {
      way.push_back(at);
      std::optional<step_no> next;
      graph_.steps[at].after.and_not(done).for_each([&](step_no before) { next = next.value_or(before); });
      from = *next;
      at = *next;
    }
    way.erase(way.begin(), std::find(way.begin(), way.end(), from));
    const place where = place_of_wait(way.front(), way[1 % way.size()]);
    if (way.size() == 1) {
      found_.add(where, name(from) + " waits for itself and would never run: leave it out of its `after`");
      return;
    }
    std::string text = name(way.front()) + " waits for " + name(way[1]);
    for (std::size_t at = 2; at < way.size(); ++at) text += ", which waits for " + name(way[at]);
    found_.add(where, text + ", which waits for " + name(way.front()) +
                          ": none of them would ever run; leave one out of `after`");
  }

  place place_of_wait(step_no who, step_no whom) const {
    for (const auto& written : step(who).after) {
      if (written.text == step(whom).name.text) return written.at;
    }
    return step(who).at;
  }

  void find_pivot() {
    for (std::size_t at = 0; at < saga_.steps.size(); ++at) {
      const auto number = static_cast<step_no>(at);
      if (step(number).kind != step_kind::pivot) continue;
      if (graph_.pivot) {
        found_.add(step(number).at, name(*graph_.pivot) + " and " + name(number) +
                                        " are both pivots: there is one point of no return at most. Make one of them "
                                        "`kind: retriable`, after the other, or `kind: compensatable`, before it");
      } else {
        graph_.pivot = number;
      }
    }
  }

  void check_around_pivot(step_no pivot) {
    for (std::size_t at = 0; at < saga_.steps.size(); ++at) {
      const auto number = static_cast<step_no>(at);
      const bool before = graph_.steps[pivot].ancestors.test(number);
      const bool after = graph_.steps[pivot].descendants.test(number);
      const std::string who = name(number);
      if (step(number).kind == step_kind::compensatable && after) {
        found_.forbid(step(number).at,
                      who + " is compensatable and runs after the pivot " + name(pivot) +
                          ", when nothing is undone any more: make it `kind: retriable`, or let it run "
                          "before " +
                          name(pivot));
      } else if (step(number).kind == step_kind::compensatable && !before) {
        found_.forbid(step(number).at, who + " is compensatable and does not surely run before the pivot " +
                                           name(pivot) + ": should it fail after " + name(pivot) +
                                           " was called, the saga could neither finish nor be undone. Write " + who +
                                           " into `after` of " + name(pivot) +
                                           ", or make it `kind: retriable` with `after: [" + step(pivot).name.text +
                                           "]`");
      } else if (step(number).kind == step_kind::retriable && !after) {
        found_.forbid(step(number).at, who + " is retriable and does not wait for the pivot " + name(pivot) +
                                           ": should " + name(pivot) + " be rejected, nothing could undo " + who +
                                           ". Write `after: [" + step(pivot).name.text +
                                           "]`, or give it a compensation");
      }
    }
  }

  void check_without_pivot() {
    for (std::size_t at = 0; at < saga_.steps.size(); ++at) {
      const auto number = static_cast<step_no>(at);
      if (step(number).kind != step_kind::retriable) continue;
      for (std::size_t other = 0; other < saga_.steps.size(); ++other) {
        const auto undone = static_cast<step_no>(other);
        const bool safe = step(undone).kind != step_kind::compensatable || graph_.steps[number].ancestors.test(undone);
        if (safe) continue;
        found_.forbid(step(number).at, name(number) + " is retriable and does not wait for " + name(undone) +
                                           ", which is compensatable: should " + name(undone) +
                                           " be rejected, nothing could undo " + name(number) + ". Write " +
                                           name(undone) + " into `after` of " + name(number) +
                                           ", or give it a compensation");
        break;  // one is enough to see what is missing
      }
    }
  }

  const declared::saga& saga_;
  mistake_list& found_;
  step_graph graph_;
  bool complete_ = true;
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, step_no> numbers_;
};

}  // namespace

std::optional<step_graph> order_steps(const declared::saga& saga, mistake_list& found) {
  return orderer(saga, found).order();
}

}  // namespace sagad::definition
