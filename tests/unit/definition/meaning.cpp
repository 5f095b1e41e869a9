#include "meaning.hpp"

#include <sstream>

namespace sagad::definition::test {
namespace {

class teller {
 public:
  explicit teller(const definition& of) : of_(of), values_(of.slices.size(), "7") {}

  std::string tell() {
    out_ << "saga " << of_.name << (of_.key_required ? ", key required" : "") << ", deadline " << of_.deadline_ms
         << " ms, alert after " << of_.alert_after_ms << " ms\n";
    for (step_no number = 0; number < of_.steps.size(); ++number) {
      const auto& step = of_.steps[number];
      out_ << "step " << step.name << " at " << step.participant << ", kind " << static_cast<int>(step.kind)
           << ", after";
      step.after.for_each([this](step_no before) { out_ << ' ' << of_.steps[before].name; });
      out_ << ", surely after";
      step.ancestors.for_each([this](step_no before) { out_ << ' ' << of_.steps[before].name; });
      out_ << '\n';
      tell("action", step.action);
      if (step.compensation) tell("compensation", *step.compensation);
      tell(slice_source::root::response, number);
    }
    out_ << "input\n";
    tell(slice_source::root::input, 0);
    const std::vector<std::string_view> sevens(of_.labels.slices.size(), "7");
    for (const auto& label : of_.labels.labels) {
      const auto made = label.from.make(sevens);
      out_ << "label " << label.name << (label.indexed ? ", indexed: " : ": ") << made.text.value_or("none")
           << made.fault.value_or("") << '\n';
    }
    if (of_.output) out_ << "output " << rendered(*of_.output) << '\n';
    return out_.str();
  }

 private:
  std::string rendered(const text_template& what) const {
    std::string bytes;
    return what.render(values_, std::size_t{1} << 20U, bytes) ? "a fault" : bytes;
  }

  void tell(std::string_view side, const operation& one) {
    out_ << "  " << side << ' ' << one.method << ' ' << rendered(one.target) << (one.body.empty() ? "" : " ")
         << rendered(one.body) << '\n';
    out_ << "    timeout " << one.timeout_ms << " ms, attempts " << one.retry.attempts_max << ", elapsed "
         << one.retry.elapsed_ms << " ms, delay " << one.retry.delay_ms << " to " << one.retry.delay_max_ms << " ms by "
         << one.retry.factor_permille << " permille, stuck retry " << one.retry.stuck_retry_ms << " ms, late "
         << static_cast<int>(one.late) << " within " << one.within_ms << " ms, rejects";
    for (const auto status : one.rejects) out_ << ' ' << status;
    out_ << '\n';
  }

  void tell(slice_source::root from, step_no step) {
    for (std::size_t slice = 0; slice < of_.slices.size(); ++slice) {
      const auto& source = of_.slices[slice];
      if (source.from != from || source.step != step) continue;
      out_ << "  keeps " << slice;
      for (const auto& part : source.path) out_ << " / " << part;
      out_ << '\n';
    }
  }

  const definition& of_;
  const std::vector<std::string_view> values_;
  std::ostringstream out_;
};

}  // namespace

std::string meaning_of(const definition& compiled) {
  return teller(compiled).tell();
}

}  // namespace sagad::definition::test
