#include "rehearsal/sample.hpp"

#include <array>

#include "json/json.hpp"
#include "rehearsal/play.hpp"
#include "rehearsal/schema_sample.hpp"

namespace sagad::rehearsal {
namespace {

using root = definition::slice_source::root;

constexpr std::array<free_kind, 4> kinds{free_kind::text, free_kind::number, free_kind::boolean, free_kind::list};

std::string in_a_line(const definition::violation& one) {
  return (one.pointer.empty() ? "/" : one.pointer) + ": " + one.detail;
}

class search {
 public:
  search(const definition::definition_ptr& definition, const std::optional<std::string>& input)
      : definition_(definition),
        input_(input),
        responses_(definition->steps.size()),
        inputs_(definition->schema.root()),
        values_(definition->slices.size()) {
    const auto& slices = definition->slices;
    for (std::size_t at = 0; at < slices.size(); ++at) {
      const auto number = static_cast<definition::slice_no>(at);
      if (slices[at].from == root::response) responses_[slices[at].step].add(slices[at].path, number);
      if (slices[at].from == root::input) read_of_input_.add(slices[at].path, number);
      if (slices[at].from == root::response || (slices[at].from == root::input && !input)) free_.push_back(number);
    }
    // What labels read has numbers behind those.
    for (const auto& path : definition->labels.paths) {
      const auto number = static_cast<definition::slice_no>(values_++);
      if (read_of_input_.add(path, number) && !input) free_.push_back(number);
    }
  }

  sample run() {
    auto best = best_script();
    return {std::move(best), std::move(misfits_)};
  }

 private:
  script best_script() {
    std::optional<script> best;
    for (const auto kind : kinds) {
      kinds_.assign(values_, kind);
      if (improves(best)) best_kinds_ = kinds_;
      if (best_score_ == score_max() || !misfits_.empty()) return *best;
    }
    // No single type serves all. Few values: every way to mix them. Many: one after the other gets another type, as
    // long as the saga gets further by it.
    if (free_.size() <= mixed_max) {
      kinds_.assign(values_, kinds.front());
      while (next_mix() && best_score_ < score_max()) improves(best);
      return *best;
    }
    for (const auto slice : free_) {
      for (const auto kind : kinds) {
        kinds_ = best_kinds_;
        kinds_[slice] = kind;
        if (improves(best)) best_kinds_ = kinds_;
      }
    }
    return *best;
  }

  static constexpr int done_score = 2;
  static constexpr int output_score = 1;
  static constexpr int labels_score = 1;
  static constexpr std::size_t mixed_max = 5;  // 1,024 plays

  // Counts through all mixes, a digit a value. False: back at the first.
  bool next_mix() {
    for (const auto slice : free_) {
      const auto digit = static_cast<std::size_t>(kinds_[slice]) + 1;
      kinds_[slice] = kinds[digit % kinds.size()];
      if (digit != kinds.size()) return true;
    }
    return false;
  }

  int score_max() const noexcept {
    return done_score * static_cast<int>(definition_->steps.size()) + output_score + labels_score;
  }

  bool improves(std::optional<script>& best) {
    auto made = make();
    const auto played = perform(definition_, made);
    const bool has_labels = input_ || !definition::make_labels(definition_->labels, made.input, {}).fault;
    const auto score = done_score * static_cast<int>(played.done.size()) + static_cast<int>(played.passed_over.size()) +
                       (played.state == "completed" && played.output_error.empty() ? output_score : 0) +
                       (has_labels ? labels_score : 0);
    if (best && score <= best_score_) return false;
    best = std::move(made);
    best_score_ = score;
    return true;
  }

  script make() {
    const kind_of_slice kind = [this](definition::slice_no slice) { return kinds_[slice]; };
    script made(*definition_);
    if (input_) {
      made.input = *input_;
    } else {
      auto input = inputs_.make(read_of_input_, kind);
      made.input = std::move(input.json);
      misfits_.clear();
      for (const auto& one : input.missing) misfits_.push_back(in_a_line(one));
      // Whoever declares nothing and reads nothing is started with an empty object.
      if (made.input == R"("")" && definition_->schema.check("{}").empty()) made.input = "{}";
    }
    for (std::size_t step = 0; step < responses_.size(); ++step) {
      auto& response = made.responses.emplace_back();
      if (responses_[step].inside.empty() && !responses_[step].slice) {
        response = "{}";
      } else {
        append_free(response, responses_[step], definition_->steps[step].name, kind);
      }
    }
    return made;
  }

  const definition::definition_ptr& definition_;
  const std::optional<std::string>& input_;
  std::vector<read_places> responses_;
  read_places read_of_input_;
  schema_sample inputs_;
  std::vector<std::string> misfits_;  // of the input that was made last
  std::size_t values_;                // that templates and labels read
  std::vector<definition::slice_no> free_;
  std::vector<free_kind> kinds_;
  std::vector<free_kind> best_kinds_;
  int best_score_ = 0;
};

// What the schema and the labels hold against an input, one way a line: `/price: ...`.
std::vector<std::string> misfits_of(const definition::definition& definition, std::string_view input) {
  std::vector<std::string> out;
  const auto found = definition.schema.check(input);
  for (const auto& one : found.told) out.push_back(in_a_line(one));
  if (found.more != 0) out.push_back("and " + std::to_string(found.more) + " more");
  if (!out.empty()) return out;
  if (auto labels = definition::make_labels(definition.labels, input, {}); labels.fault) {
    out.push_back(std::move(*labels.fault));
  }
  return out;
}

}  // namespace

sample make_sample(const definition::definition_ptr& definition, const std::optional<std::string>& input) {
  if (input) {
    if (const auto wrong = json::check(*input)) return {script(*definition), {"it is not JSON: " + *wrong}};
  }
  auto made = search(definition, input).run();
  if (made.misfits.empty()) made.misfits = misfits_of(*definition, made.script.input);
  return made;
}

}  // namespace sagad::rehearsal
