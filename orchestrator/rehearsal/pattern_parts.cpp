#include "rehearsal/pattern_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "definition/schema/text_pattern.hpp"

namespace sagad::rehearsal {
namespace {

std::string character_of(char32_t code) {
  std::string out;
  const auto push = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  const auto further = [&](int bits) { push(0x80U | (code >> static_cast<unsigned>(bits) & 0x3FU)); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xC0U | code >> 6U);
    further(0);
  } else if (code < 0x10000) {
    push(0xE0U | code >> 12U);
    further(6);
    further(0);
  } else {
    push(0xF0U | code >> 18U);
    further(12);
    further(6);
    further(0);
  }
  return out;
}

pattern_part one_letter(std::string letter) {
  pattern_part made;
  made.is = pattern_part::kind::letter;
  made.letters.push_back(std::move(letter));
  return made;
}

std::size_t character_bytes(std::string_view text) {
  return first_characters(text, 1).size();
}

// Which characters a class has is for RE2 to say, too. They are looked for among the plain ones, those that the class
// is written with, and, where it has none of those, among all.
pattern_part class_of(std::string_view written) {
  pattern_part made;
  made.is = pattern_part::kind::letter;
  const auto compiled = definition::text_pattern::compile("^(?s:" + std::string(written) + ")$");
  const auto* pattern = std::get_if<std::shared_ptr<const definition::text_pattern>>(&compiled);
  if (pattern == nullptr) return made;
  const auto offer = [&](std::string letter) {
    if (!(*pattern)->is_in(letter)) return;
    if (std::find(made.letters.begin(), made.letters.end(), letter) != made.letters.end()) return;
    made.letters.push_back(std::move(letter));
  };
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890-_.:/@ !\"#$%&'()*+,;<=>?[\\]^`{|}~";
  for (const char letter : plain) offer(std::string(1, letter));
  for (auto rest = written; !rest.empty(); rest.remove_prefix(character_bytes(rest))) {
    offer(std::string(first_characters(rest, 1)));
  }
  constexpr char32_t surrogates = 0xD800;
  constexpr char32_t behind_surrogates = 0xE000;
  constexpr char32_t last = 0x10FFFF;
  constexpr std::size_t enough = 16;
  for (char32_t code = 0; made.letters.empty() && code <= last; ++code) {
    if (code == surrogates) code = behind_surrogates;
    offer(character_of(code));
    if (made.letters.empty()) continue;
    for (char32_t next = code + 1; next <= last && next != surrogates && made.letters.size() < enough; ++next) {
      if (next > code + enough) break;
      offer(character_of(next));
    }
  }
  return made;
}

class pattern_reader {
 public:
  explicit pattern_reader(std::string_view written) : rest_(written) {}

  pattern_part choice() {
    pattern_part all;
    all.is = pattern_part::kind::choice;
    all.inside.push_back(sequence());
    while (take("|")) all.inside.push_back(sequence());
    return all.inside.size() == 1 ? std::move(all.inside.front()) : all;
  }

 private:
  bool take(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string_view cut(std::size_t bytes) {
    const auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  pattern_part sequence() {
    pattern_part all;
    while (!rest_.empty() && (quoted_ || (rest_.front() != '|' && rest_.front() != ')'))) {
      auto one = single();
      if (one) all.inside.push_back(repeated(std::move(*one)));
    }
    return all;
  }

  pattern_part repeated(pattern_part one) {
    while (!quoted_) {
      const auto times = repetition();
      if (!times) break;
      take("?");
      pattern_part all;
      all.is = pattern_part::kind::repeat;
      std::tie(all.least, all.most) = *times;
      all.inside.push_back(std::move(one));
      one = std::move(all);
    }
    return one;
  }

  std::optional<std::pair<std::size_t, std::size_t>> repetition() {
    using times = std::pair<std::size_t, std::size_t>;
    if (take("*")) return times{0, pattern_part::no_end};
    if (take("+")) return times{1, pattern_part::no_end};
    if (take("?")) return times{0, 1};
    const auto before = rest_;
    if (!take("{")) return std::nullopt;
    const auto least = number();
    auto most = least;
    if (least && take(",")) {
      most = number();
      if (!most) most = pattern_part::no_end;
    }
    if (least && take("}")) return times{*least, *most};
    rest_ = before;  // a brace as it is
    return std::nullopt;
  }

  std::optional<std::size_t> number() {
    std::size_t value = 0;
    const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (read.ec != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
    return value;
  }

  // Nothing: of no width.
  std::optional<pattern_part> single() {
    if (quoted_) return quoted();
    if (take("(")) return group();
    if (rest_.front() == '[') return class_of(cut(class_bytes()));
    if (rest_.front() == '.') return class_of(cut(1));
    if (take("^") || take("$")) return std::nullopt;
    if (rest_.front() == '\\' && rest_.size() > 1) return escaped();
    return one_letter(std::string(cut(character_bytes(rest_))));
  }

  std::optional<pattern_part> quoted() {
    if (take("\\E")) {
      quoted_ = false;
      return std::nullopt;
    }
    auto one = one_letter(std::string(cut(character_bytes(rest_))));
    // What repeats behind the end of the quotation is the last character alone.
    if (take("\\E")) quoted_ = false;
    return one;
  }

  std::optional<pattern_part> group() {
    if (take("?")) {
      const auto named = rest_.front() == 'P' || rest_.front() == '<';
      const auto end = rest_.find_first_of(named ? ">" : ":)");
      if (end == std::string_view::npos) return std::nullopt;
      const bool only_flags = rest_[end] == ')';
      cut(end + 1);
      if (only_flags) return std::nullopt;
    }
    pattern_part inside = choice();
    take(")");
    return inside;
  }

  std::size_t class_bytes() const {
    std::size_t at = 1;
    if (rest_.substr(at, 1) == "^") ++at;
    if (rest_.substr(at, 1) == "]") ++at;
    while (at < rest_.size() && rest_[at] != ']') {
      if (rest_.substr(at, 2) == "[:") {
        const auto end = rest_.find(":]", at + 2);
        at = end == std::string_view::npos ? at + 1 : end + 2;
      } else {
        at += rest_[at] == '\\' ? 2 : 1;
      }
    }
    return at + 1;
  }

  std::optional<pattern_part> escaped() {
    const char letter = rest_[1];
    if (take("\\Q")) {
      quoted_ = true;
      return std::nullopt;
    }
    if (std::string_view("AzbBE").find(letter) != std::string_view::npos) {
      cut(2);
      return std::nullopt;
    }
    if (take("\\C")) return class_of(".");
    if (letter == 'p' || letter == 'P') {
      const bool braced = rest_.substr(2, 1) == "{";
      return class_of(cut(braced ? rest_.find('}') + 1 : 3));
    }
    if (letter == 'x' || is_digit(letter)) return one_letter(character_of(code()));
    if (std::string_view("dDsSwW").find(letter) != std::string_view::npos) return class_of(cut(2));
    constexpr std::array<std::pair<char, char>, 6> controls{
        {{'a', '\a'}, {'f', '\f'}, {'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'v', '\v'}}};
    for (const auto& [name, control] : controls) {
      if (name != letter) continue;
      cut(2);
      return one_letter(std::string(1, control));
    }
    cut(1);
    return one_letter(std::string(cut(character_bytes(rest_))));
  }

  // `\x7F`, `\x{10FFFF}`, `\123`
  char32_t code() {
    cut(1);
    int base = 8;
    std::string_view digits;
    if (take("x{")) {
      base = 16;
      digits = cut(rest_.find('}'));
      take("}");
    } else if (take("x")) {
      base = 16;
      digits = cut(2);
    } else {
      digits = cut(std::min<std::size_t>({rest_.find_first_not_of("01234567"), rest_.size(), 3}));
    }
    std::uint32_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return value;
  }

  std::string_view rest_;
  bool quoted_ = false;
};

}  // namespace

pattern_part read_pattern(std::string_view written) {
  return pattern_reader(written).choice();
}

}  // namespace sagad::rehearsal
