#include "definition/compile.hpp"

#include <algorithm>
#include <map>

#include "base/nearest.hpp"
#include "definition/references.hpp"
#include "definition/schema/read_schema.hpp"
#include "definition/template_compiler.hpp"

namespace sagad::definition {
namespace {

std::string upper(std::string text) {
  for (char& letter : text) letter = static_cast<char>(letter - 'a' + 'A');
  return text;
}

class compiler {
 public:
  compiler(const declared::saga& saga, const step_graph& graph, const surroundings& around, mistake_list& found)
      : saga_(saga),
        graph_(graph),
        around_(around),
        found_(found),
        references_(saga, graph, found.source(), slices_),
        label_references_(saga, graph, found.source(), label_slices_) {
    expected_.checked = found.source() == text_source::author;
    for (const auto& participant : around.participants) participants_.push_back(participant.name);
  }

  std::shared_ptr<definition> compile() {
    auto compiled = std::make_shared<definition>();
    compiled->name = saga_.name;
    compiled->description = saga_.description;
    compiled->key_required = saga_.key_required;
    compiled->deadline_ms = saga_.deadline_ms;
    compiled->alert_after_ms = saga_.alert_after_ms;
    compiled->pivot = graph_.pivot;
    if (saga_.input) compiled->schema = read_schema(*saga_.input, found_);
    for (std::size_t at = 0; at < saga_.steps.size(); ++at) {
      compiled->steps.push_back(compile_step(static_cast<step_no>(at)));
    }
    if (saga_.output) {
      compiled->output = with_resolver({reader::role::output, 0}, [&](const template_compiler& templates) {
        return templates.json(*saga_.output, "the output");
      });
    }
    for (const auto& label : saga_.labels) compiled->labels.labels.push_back(compile_label(label));
    number_slices(*compiled);
    return compiled;
  }

 private:
  template <typename Make>
  text_template with_resolver(reader who, Make&& make) {
    const expression::resolver resolve = [this, who](const expression::reference& named) {
      return references_.resolve(who, named);
    };
    return make(template_compiler(resolve, expected_, found_));
  }

  step compile_step(step_no number) {
    const auto& written = saga_.steps[number];
    const auto& masks = graph_.steps[number];
    step compiled;
    compiled.name = written.name.text;
    compiled.participant = written.participant.text;
    compiled.kind = written.kind;
    compiled.after = masks.after;
    compiled.ancestors = masks.ancestors;
    compiled.descendants = masks.descendants;
    if (written.when) compiled.when = compile_condition(number, *written.when);
    const auto* participant = find_participant(written);
    compiled.action = compile_operation(written.action, {reader::role::action, number}, participant);
    if (written.compensation) {
      compiled.compensation =
          compile_operation(*written.compensation, {reader::role::compensation, number}, participant);
    }
    expected_.present = {};
    return compiled;
  }

  // What it says of responses holds for all that the step does.
  condition compile_condition(step_no number, const declared::text_at& written) {
    const std::string what = "the `when` of `" + saga_.steps[number].name.text + "`";
    const expression::resolver resolve = [&](const expression::reference& named) {
      return references_.resolve({reader::role::action, number}, named);
    };
    auto outcome = template_compiler(resolve, expected_, found_).truth(written.text, written.at, what);
    expected_.present = outcome.present;
    return std::move(outcome.holds);
  }

  // Made once, at the start: what it reads is not kept with the saga.
  label compile_label(const declared::label& written) {
    const expression::resolver resolve = [this](const expression::reference& named) {
      return label_references_.resolve({reader::role::label, 0}, named);
    };
    const std::string what = "the label `" + written.name.text + "`";
    return {written.name.text, written.indexed,
            template_compiler(resolve, expected_, found_).label(written.from.text, written.from.at, what)};
  }

  const surroundings::participant* find_participant(const declared::step& written) {
    if (!around_.participants_known || written.participant.text.empty()) return nullptr;
    for (const auto& participant : around_.participants) {
      if (participant.name == written.participant.text) return &participant;
    }
    found_.add(written.participant.at, [&] {
      return "`" + written.name.text + "` calls the participant `" + written.participant.text +
             "`, which is not configured" +
             (participants_.empty()
                  ? ": no participant is, until `participants` in sagad's configuration says where each one listens"
                  : hint(written.participant.text, participants_));
    });
    return nullptr;
  }

  operation compile_operation(const declared::operation& written, reader who,
                              const surroundings::participant* participant) {
    const std::string what = (who.as == reader::role::action ? "the action of `" : "the compensation of `") +
                             saga_.steps[who.step].name.text + "`";
    operation compiled;
    compiled.method = upper(written.method);
    compiled.timeout_ms = written.timeout_ms;
    compiled.retry = written.retry;
    compiled.rejects = written.rejects;
    compiled.late = written.late;
    compiled.within_ms = written.within_ms;
    if (written.late == late_answer::callback && !around_.public_url) {
      found_.add(written.late_at, what +
                                      " awaits a callback, and no `public_url` is configured at which it could "
                                      "arrive: configure it, or write `by: poll`");
    }
    compiled.target = with_resolver(who, [&](const template_compiler& templates) {
      return templates.target(written.target.text, written.target.at, what, participant);
    });
    if (written.body) {
      compiled.body =
          with_resolver(who, [&](const template_compiler& templates) { return templates.json(*written.body, what); });
    }
    for (const auto& header : written.headers) {
      const std::string which = "the header `" + header.name.text + "` of " + what;
      compiled.headers.push_back({header.name.text, with_resolver(who, [&](const template_compiler& templates) {
                                    return templates.header(header.value.text, header.value.at, which);
                                  })});
    }
    return compiled;
  }

  void number_slices(definition& compiled) const {
    compiled.slices = slices_.sources();
    for (std::size_t at = 0; at < compiled.slices.size(); ++at) {
      const auto& source = compiled.slices[at];
      const auto number = static_cast<slice_no>(at);
      if (source.from == slice_source::root::input) compiled.input_slices.add(source.path, number);
      if (source.from == slice_source::root::response) compiled.steps[source.step].slices.add(source.path, number);
    }
    for (const auto& source : label_slices_.sources()) {
      compiled.labels.slices.add(source.path, static_cast<slice_no>(compiled.labels.slices.size()));
      compiled.labels.paths.push_back(source.path);
    }
  }

  const declared::saga& saga_;
  const step_graph& graph_;
  const surroundings& around_;
  mistake_list& found_;
  slice_table slices_;
  references references_;
  slice_table label_slices_;
  references label_references_;
  expression::expectation expected_;
  std::vector<std::string_view> participants_;
};

}  // namespace

std::shared_ptr<definition> compile(const declared::saga& saga, const step_graph& graph, const surroundings& around,
                                    mistake_list& found) {
  return compiler(saga, graph, around, found).compile();
}

}  // namespace sagad::definition
