#include "definition/references.hpp"

#include "base/nearest.hpp"
#include "definition/schema/reachable.hpp"
#include "definition/schema/type_at.hpp"

namespace sagad::definition {

references::references(const declared::saga& saga, const step_graph& graph, text_source source, slice_table& slices)
    : saga_(saga), graph_(graph), source_(source), slices_(slices) {
  for (std::size_t at = 0; at < saga.steps.size(); ++at) {
    names_.push_back(saga.steps[at].name.text);
    numbers_.emplace(saga.steps[at].name.text, static_cast<step_no>(at));
  }
}

std::variant<expression::readable, std::string> references::number(const slice_source& source) const {
  if (const auto known = slices_.number(source)) return expression::readable{*known, type_of(source), {}, {}};
  return "reads one value more than the " + std::to_string(slice_table::slices_max) +
         " that a saga may read: read one value that holds several";
}

expression::static_type references::type_of(const slice_source& source) const {
  if (source.from == slice_source::root::saga_id) return expression::static_type::of(expression::text_kind);
  if (source.from != slice_source::root::input || !saga_.input) return {};
  return type_at(*saga_.input, source.path);
}

std::variant<expression::readable, std::string> references::resolve(const reader& who,
                                                                    const expression::reference& named) const {
  const auto& path = named.path;
  if (path.front() == "input") {
    const std::vector<std::string> inside(path.begin() + 1, path.end());
    if (saga_.input && source_ == text_source::author) {
      if (auto why = unreachable(*saga_.input, inside); !why.empty()) {
        return "reads `" + std::string(named.text) + "`, which the input never has: " + why;
      }
      if (auto why = likely_misspelt(*saga_.input, inside); !why.empty()) {
        return "reads `" + std::string(named.text) + "`: " + why;
      }
    }
    return number({slice_source::root::input, 0, inside});
  }
  if (who.as == reader::role::label) {
    return "reads `" + std::string(named.text) +
           "`: a label is made when the saga is started, of its input alone: read `input`";
  }
  if (path.front() == "saga") {
    if (path.size() == 2 && path[1] == "id") return number({slice_source::root::saga_id, 0, {}});
    return "reads `" + std::string(named.text) + "`: of the saga itself there is `saga.id`";
  }
  if (path.front() == "steps") return resolve_step(who, named);
  constexpr std::string_view roots[] = {"input", "steps", "saga"};
  return "reads `" + std::string(named.text) + "`: a name begins with `input`, `steps` or `saga.id`" +
         (nearest(path.front(), roots).empty() ? likely_root(named) : hint(path.front(), roots));
}

// Of a name that stands without the one that it is found under.
std::string references::likely_root(const expression::reference& named) const {
  const std::string& word = named.path.front();
  const std::string text(named.text);
  if (const node* properties = saga_.input ? saga_.input->find("properties") : nullptr;
      properties != nullptr && properties->find(word) != nullptr) {
    return ": did you mean `input." + text + "`?";
  }
  if (numbers_.count(word) == 0) return {};
  return ": did you mean `steps." + text + "`?";
}

std::variant<expression::readable, std::string> references::resolve_step(const reader& who,
                                                                         const expression::reference& named) const {
  const auto& path = named.path;
  if (path.size() < 2) return "reads `steps` as a whole: write `steps.NAME.response`";
  const auto known = numbers_.find(path[1]);
  if (known == numbers_.end()) return unknown_step(named);
  if (path.size() < 3 || path[2] != "response") {
    return "reads `" + std::string(named.text) + "`: of a step there is its response, written `steps." + path[1] +
           ".response`";
  }
  const auto step = known->second;
  if (auto why = may_not_read(who, step); !why.empty()) return why;
  auto found = number({slice_source::root::response, step, {path.begin() + 3, path.end()}});
  auto why_absent = may_be_absent(who, step);
  if (auto* readable = std::get_if<expression::readable>(&found); readable != nullptr && !why_absent.empty()) {
    readable->of_step = step;
    readable->why_absent = std::move(why_absent);
  }
  return found;
}

std::string references::unknown_step(const expression::reference& named) const {
  const std::string& word = named.path[1];
  // A hyphen is a minus in an expression: the step's name ended there.
  for (const auto name : names_) {
    if (name.size() > word.size() && name.substr(0, word.size()) == word && name[word.size()] == '-') {
      return "reads `" + word + "`, which is no step: write steps['" + std::string(name) +
             "'] for the step, as a hyphen is a minus";
    }
  }
  return "reads the response of `" + word + "`, which is no step" + hint(word, names_);
}

std::string references::may_be_absent(const reader& who, step_no read) const {
  const std::string& word = saga_.steps[read].name.text;
  const std::string asked =
      "has(steps" + (word.find('-') == std::string::npos ? "." + word : "['" + word + "']") + ".response)";
  if (who.as == reader::role::compensation && read == who.step) {
    return "reads the response of its own step " + name(read) +
           ", which is not there when the outcome is unknown: leave it out, as the participant knows what to undo by "
           "`Saga-Id` and `Saga-Step`; or say what to do without it, as in " +
           asked + " ? ... : ...";
  }
  if (!saga_.steps[read].when) return {};
  return "reads the response of " + name(read) +
         ", which has a `when` and may be passed over: say what to do without "
         "it, as in " +
         asked + " ? ... : ...";
}

std::string references::may_not_read(const reader& who, step_no read) const {
  if (source_ == text_source::journal || who.as == reader::role::output ||
      graph_.steps[who.step].ancestors.test(read)) {
    return {};
  }
  if (read == who.step && who.as == reader::role::compensation) return {};
  if (read == who.step) {
    return "reads the response of its own step " + name(read) + ", which has not run yet: read an earlier step's";
  }
  if (graph_.steps[read].ancestors.test(who.step)) {
    return "reads the response of " + name(read) + ", which runs only after " + name(who.step) +
           ": read an earlier step, or change `after`";
  }
  return "reads the response of " + name(read) + ", which does not surely run before " + name(who.step) + ": write " +
         name(read) + " into `after` of " + name(who.step);
}

}  // namespace sagad::definition
