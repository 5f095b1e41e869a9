#include "tests/support/saga_text.hpp"

#include <sstream>

namespace sagad::tests {
namespace {

void write(std::ostream& out, const engine::step_state& step) {
  out << int(step.action) << ' ' << int(step.undo) << " contradicted " << step.contradicted << step.undo_contradicted
      << " generations " << step.generation << ' ' << step.undo_generation << " attempts " << step.attempts << ' '
      << step.undo_attempts;
}

void write(std::ostream& out, const engine::open_operation& open) {
  out << int(open.operation.step) << '/' << int(open.operation.side) << " accepted " << open.accepted << " blocked "
      << open.blocked << " by " << int(open.blocked_by) << " any_byte " << open.any_byte << " in_doubt "
      << open.in_doubt << " unasked " << open.unasked << " last " << int(open.last_error) << ' ' << open.last_status
      << " generation " << open.generation << " attempt " << open.attempt << " tries " << open.tries << " spent "
      << open.spent << " released_at " << open.released_at << " since " << open.since << " next_at " << open.next_at
      << " late_until " << open.late_until << " request " << open.request.hex() << " text " << open.text.view()
      << " edited " << open.edited.view();
}

}  // namespace

std::string saga_text(const engine::saga& saga) {
  std::ostringstream out;
  out << "id " << saga.id.text() << "\nversion " << saga.version << "\nseq " << saga.seq << "\nphase "
      << int(saga.phase) << "\nforced " << saga.forced << "\npast_return " << saga.past_return << "\nturned_back "
      << int(saga.turned_back_by) << " at " << int(saga.turned_back_at) << "\nstarted " << saga.started << "\nchanged "
      << saga.changed << "\ndeadline " << saga.deadline << "\npaused_at " << saga.paused_at << "\nepoch " << saga.epoch
      << "\nwhy " << saga.why.view() << "\noutput " << saga.output.view() << "\noutput_error "
      << saga.output_error.view() << '\n';
  for (std::size_t at = 0; at < saga.steps.size(); ++at) {
    out << "step " << at << ": ";
    write(out, saga.steps[at]);
    out << '\n';
  }
  for (const auto& open : saga.open) {
    out << "open ";
    write(out, open);
    out << '\n';
  }
  for (std::size_t at = 0; at < saga.definition->slices.size(); ++at) {
    const auto raw = saga.slices.get(static_cast<definition::slice_no>(at));
    out << "slice " << at << ": " << (raw.data() == nullptr ? "absent" : std::string(raw)) << '\n';
  }
  out << "key " << saga.key.view() << "\nstarter " << saga.starter.view() << '\n';
  for (const auto& command : saga.commands) {
    out << "command " << command.id.hex() << " by " << command.seq << ": " << int(command.name) << " at " << command.at
        << " of " << command.actor.view() << " because " << command.reason.view() << '\n';
  }
  return out.str();
}

}  // namespace sagad::tests
