#include "rehearsal/pattern_text.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "base/utf8.hpp"
#include "rehearsal/measured_part.hpp"
#include "rehearsal/pattern_parts.hpp"
#include "rehearsal/scatter.hpp"

namespace sagad::rehearsal {
namespace {

/// Writes one text of a given length.
class pattern_writer {
 public:
  explicit pattern_writer(std::size_t number) : plain_(number == 0), random_(number) {}

  std::size_t length(const text_lengths& possible, std::size_t least, std::size_t most) {
    constexpr std::size_t further_max = 8;  // samples are small
    std::vector<std::size_t> all;
    for (auto at = least; at <= most && (all.empty() || at <= all.front() + further_max); ++at) {
      if (possible[at]) all.push_back(at);
    }
    return all[plain_ ? 0 : random_.below(all.size())];
  }

  void write(const measured_part& part, std::size_t length, std::size_t turn) {
    switch (part.what->is) {
      case pattern_part::kind::letter:
        out_ +=
            part.what->letters[plain_ ? turn % part.what->letters.size() : random_.below(part.what->letters.size())];
        break;
      case pattern_part::kind::choice: write_choice(part, length, turn); break;
      case pattern_part::kind::sequence: write_sequence(part, length, turn); break;
      case pattern_part::kind::repeat: write_repeat(part, length); break;
    }
  }

  const std::string& written() const noexcept { return out_; }

 private:
  void write_choice(const measured_part& part, std::size_t length, std::size_t turn) {
    std::vector<const measured_part*> fitting;
    for (const auto& one : part.inside) {
      if (one.possible[length]) fitting.push_back(&one);
    }
    write(*fitting[plain_ ? 0 : random_.below(fitting.size())], length, turn);
  }

  // How much of `length` one takes, so that what follows can have the rest.
  std::size_t share(const text_lengths& one, const text_lengths& rest, std::size_t least, std::size_t length) {
    std::vector<std::size_t> all;
    for (auto at = least; at <= length && !(plain_ && !all.empty()); ++at) {
      if (one[at] && rest[length - at]) all.push_back(at);
    }
    return all[plain_ ? 0 : random_.below(all.size())];
  }

  void write_sequence(const measured_part& part, std::size_t length, std::size_t turn) {
    for (std::size_t at = 0; at < part.inside.size(); ++at) {
      const auto own = share(part.inside[at].possible, part.rest[at + 1], 0, length);
      write(part.inside[at], own, turn);
      length -= own;
    }
  }

  void write_repeat(const measured_part& part, std::size_t length) {
    const auto& one = part.inside.front();
    for (std::size_t turn = 0; turn < part.what->least || length != 0; ++turn) {
      const auto& rest = part.rest[std::min(turn + 1, part.rest.size() - 1)];
      // Behind the least, what is empty would be written for ever.
      const auto own = share(one.possible, rest, turn < part.what->least ? 0 : 1, length);
      write(one, own, turn);
      length -= own;
    }
  }

  bool plain_;
  scatter random_;
  std::string out_;
};

/// The pattern alone, and with characters behind it and before it.
std::vector<pattern_part> forms_of(const pattern_part& pattern) {
  pattern_part filler;
  filler.is = pattern_part::kind::letter;
  filler.letters = {"x"};
  pattern_part fill;
  fill.is = pattern_part::kind::repeat;
  fill.most = pattern_part::no_end;
  fill.inside.push_back(filler);
  const auto row = [](std::vector<pattern_part> parts) {
    pattern_part all;
    all.inside = std::move(parts);
    return all;
  };
  return {row({pattern}), row({pattern, fill}), row({fill, pattern}), row({fill, pattern, fill})};
}

}  // namespace

struct pattern_text::program {
  explicit program(const std::string& written) : forms(forms_of(read_pattern(written))) {}

  const measured_part& form(std::size_t at) {
    while (measures.size() <= at) measures.emplace_back(forms[measures.size()]);
    return measures[at];
  }

  std::vector<pattern_part> forms;
  std::deque<measured_part> measures;  // made when they are wanted
};

pattern_text::pattern_text(std::shared_ptr<const definition::text_pattern> pattern)
    : pattern_(std::move(pattern)), program_(std::make_unique<program>(pattern_->written())) {}

pattern_text::pattern_text(pattern_text&&) noexcept = default;
pattern_text::~pattern_text() = default;

std::optional<std::string> pattern_text::make(std::size_t least, std::size_t most, std::size_t number,
                                              const std::function<bool(const std::string&)>& fits) {
  constexpr std::size_t tries = 64;  // what has no width, and what else must fit, is left to chance
  most = std::min(most, characters_max);
  // An empty text is no good sample where there are others.
  for (const auto from : {std::max<std::size_t>(least, 1), least}) {
    for (std::size_t at = 0; at < program_->forms.size(); ++at) {
      const auto& form = program_->form(at);
      if (from > most || (form.possible >> from << (characters_max - most + from)).none()) continue;
      for (std::size_t tried = 0; tried < tries; ++tried) {
        pattern_writer writer(number * tries + tried);
        writer.write(form, writer.length(form.possible, from, most), 0);
        const auto& text = writer.written();
        if (pattern_->is_in(text) && fits(text)) return text;
      }
    }
  }
  return std::nullopt;
}

}  // namespace sagad::rehearsal
