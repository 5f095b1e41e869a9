#include "tests/support/saga_text.hpp"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace sagad::tests {
namespace {

/// A simulation writes millions of these: streams are slow.
class text {
 public:
  text& operator<<(std::string_view what) {
    out_ += what;
    return *this;
  }
  text& operator<<(char what) {
    out_ += what;
    return *this;
  }
  template <std::integral Number>
  text& operator<<(Number number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number + Number{}).ptr;
    out_.append(digits, end);
    return *this;
  }
  text& operator<<(const digest& what) { return *this << what.hex(); }
  text& operator<<(const half_digest& what) {
    digest padded;
    std::copy(what.bytes.begin(), what.bytes.end(), padded.bytes.begin());
    return *this << padded.hex().substr(0, 2 * what.bytes.size());
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// The same values as one number.
class fingerprint {
 public:
  fingerprint& operator<<(std::string_view what) {
    *this << what.size();
    while (!what.empty()) {
      std::uint64_t word = 0;
      const auto taken = std::min(what.size(), sizeof word);
      std::memcpy(&word, what.data(), taken);
      mix(word);
      what.remove_prefix(taken);
    }
    return *this;
  }
  /// What a value is called, which the text alone is about.
  template <std::size_t Size>
  fingerprint& operator<<(const char (&)[Size]) {
    return *this;
  }
  fingerprint& operator<<(char) { return *this; }
  template <std::integral Number>
  fingerprint& operator<<(Number number) {
    mix(static_cast<std::uint64_t>(number));
    return *this;
  }
  fingerprint& operator<<(const digest& what) { return *this << of_bytes(what.bytes); }
  fingerprint& operator<<(const half_digest& what) { return *this << of_bytes(what.bytes); }
  std::uint64_t take() const { return value_; }

 private:
  static std::string_view of_bytes(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  void mix(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x9E3779B97F4A7C15U;
    value_ ^= value_ >> 29U;
  }

  std::uint64_t value_ = 14695981039346656037U;
};

template <typename Out>
void write(Out& out, const engine::step_state& step) {
  out << int(step.action) << ' ' << int(step.undo) << " contradicted " << step.contradicted << step.undo_contradicted
      << " generations " << step.generation << ' ' << step.undo_generation << " attempts " << step.attempts << ' '
      << step.undo_attempts;
}

template <typename Out>
void write(Out& out, const engine::open_operation& open) {
  out << int(open.operation.step) << '/' << int(open.operation.side) << " accepted " << open.accepted << " blocked "
      << open.blocked << " by " << int(open.blocked_by) << " any_byte " << open.any_byte << " in_doubt "
      << open.in_doubt << " unasked " << open.unasked << " last " << int(open.last_error) << ' ' << open.last_status
      << " generation " << open.generation << " attempt " << open.attempt << " tries " << open.tries << " spent "
      << open.spent << " released_at " << open.released_at << " since " << open.since << " next_at " << open.next_at
      << " late_until " << open.late_until << " request " << open.request << " text " << open.text.view() << " edited "
      << open.edited.view();
}

template <typename Out>
void write(Out& out, const engine::saga& saga) {
  out << "id " << saga.id.text() << "\nversion " << saga.version << "\nseq " << saga.seq << "\nphase "
      << int(saga.phase) << "\nforced " << saga.forced << "\npast_return " << saga.past_return << "\nturned_back "
      << int(saga.turned_back_by) << " at " << int(saga.turned_back_at) << "\nstarted " << saga.started << "\nchanged "
      << saga.changed << "\ndeadline " << saga.deadline << "\npaused_at " << saga.commands->paused_at << "\nepoch "
      << saga.epoch << "\nwhy " << saga.why.view() << "\noutput " << saga.output.view() << "\noutput_error "
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
    out << "slice " << at << ": " << (raw.data() == nullptr ? "absent" : raw) << '\n';
  }
  out << "key " << saga.key.view() << "\nstarter " << saga.starter.view() << '\n';
  for (const auto& command : saga.commands->seen) {
    out << "command " << command.id << " by " << command.seq << ": " << int(command.name) << " at " << command.at
        << " of " << command.actor.view() << " because " << command.reason.view() << '\n';
  }
}

}  // namespace

std::string saga_text(const engine::saga& saga) {
  text out;
  write(out, saga);
  return out.take();
}

std::uint64_t saga_fingerprint(const engine::saga& saga) {
  fingerprint out;
  write(out, saga);
  return out.take();
}

}  // namespace sagad::tests
