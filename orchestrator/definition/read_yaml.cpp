#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/one_line.hpp"
#include "base/yaml_advice.hpp"
#include "definition/read.hpp"
#include "json/explain.hpp"

namespace sagad::definition {
namespace {

place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool all_of(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

// Whether YAML 1.2's core types read a number where JSON has none: 007, +1, 0x1F, 0o17, .5, 5., .inf, .nan.
bool is_number_in_yaml_only(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  if (text.substr(0, 2) == "0x") return all_of(text.substr(2), "0123456789abcdefABCDEF");
  if (text.substr(0, 2) == "0o") return all_of(text.substr(2), "01234567");
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return true;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (is_one_of(text, {".inf", ".Inf", ".INF"})) return true;
  const std::size_t exponent = text.find_first_of("eE");
  std::string_view mantissa = text.substr(0, exponent);
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (!power.empty() && (power.front() == '-' || power.front() == '+')) power.remove_prefix(1);
    if (!all_of(power, digits)) return false;
  }
  const std::size_t point = mantissa.find('.');
  if (point == std::string_view::npos) return all_of(mantissa, digits);
  const auto whole = mantissa.substr(0, point);
  const auto fraction = mantissa.substr(point + 1);
  return !(whole.empty() && fraction.empty()) && (whole.empty() || all_of(whole, digits)) &&
         (fraction.empty() || all_of(fraction, digits));
}

// Nothing further can be read.
struct unreadable {};

// Builds the tree from yaml-cpp's events: an alias arrives as an alias, and nothing is ever multiplied.
class tree_builder : public YAML::EventHandler {
 public:
  tree_builder(mistake_list& found, const text_kind& kind) : found_(found), kind_(kind) {}

  node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 1)
      found_.add(place_of(mark), "a second document begins here: one file holds " + std::string(kind_.content) +
                                     ", put this one into another");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (expects_name()) {
      found_.add(place_of(mark), "a name is expected here: write it in quotes if it is meant as text");
      open_.back().name = node_member{"", place_of(mark), {}};
      return;
    }
    node value;
    value.at = place_of(mark);
    place_value(std::move(value));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    found_.add(place_of(mark), "an alias (`*`) stands here: write the value itself, or put the text in quotes");
    OnScalar(mark, "!", 0, "");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& read) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    const bool broken = has_escape_of_one_byte(read);
    if (broken) found_.add(place_of(mark), escape_advice);
    const auto text = broken ? std::string() : read;
    if (expects_name()) {
      take_name(mark, text);
      return;
    }
    node value;
    value.at = place_of(mark);
    value.is = node::type::string;
    value.text = text;
    if (tag == "?") find_type(value);
    place_value(std::move(value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, node::type::sequence);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, node::type::mapping);
  }
  void OnMapEnd() override { end(); }

 private:
  struct open_node {
    node value;
    std::optional<node_member> name;  // read, its value not yet
    std::set<std::string, std::less<>> names;
  };

  bool expects_name() const {
    return !open_.empty() && open_.back().value.is == node::type::mapping && !open_.back().name;
  }

  void take_name(const YAML::Mark& mark, const std::string& text) {
    if (!open_.back().names.insert(text).second) {
      const std::string_view new_step = text == "step" ? ", or begin a step of its own with `- step:`" : "";
      found_.add(place_of(mark), "`" + text + "` is written twice here: leave one out" + std::string(new_step));
    }
    open_.back().name = node_member{text, place_of(mark), {}};
  }

  void find_type(node& value) {
    if (is_one_of(value.text, {"true", "True", "TRUE", "false", "False", "FALSE"})) {
      value.is = node::type::boolean;
      value.text = value.text.front() == 't' || value.text.front() == 'T' ? "true" : "false";
    } else if (json::is_number(value.text)) {
      value.is = node::type::number;
    } else if (is_number_in_yaml_only(value.text)) {
      found_.add(value.at, "`" + value.text +
                               "` is a number to YAML and none to JSON: write it in quotes if it is text, else "
                               "in decimal digits without a leading zero or plus");
    }
  }

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, node::type is) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (open_.size() == nesting_max) {
      found_.add(place_of(mark), too_deep());
      throw unreadable();
    }
    if (expects_name()) {
      found_.add(place_of(mark),
                 "a name is expected here, not a list or a mapping: put text in quotes, and write a "
                 "value of the saga as in \"${input.item}\"");
      throw unreadable();
    }
    auto& opened = open_.emplace_back();
    opened.value.is = is;
    opened.value.at = place_of(mark);
  }

  void end() {
    node value = std::move(open_.back().value);
    open_.pop_back();
    place_value(std::move(value));
  }

  void place_value(node value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& into = open_.back();
    if (into.value.is == node::type::sequence) {
      into.value.items.push_back(std::move(value));
      return;
    }
    into.name->value = std::move(value);
    into.value.members.push_back(std::move(*into.name));
    into.name.reset();
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) found_.add(place_of(mark), "an anchor (`&`) stands here: write each value where it is used");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag == "?" || tag == "!" || tag.empty()) return;
    found_.add(place_of(mark), "a tag (`!`) stands here: leave it out, and put text in quotes");
  }

  mistake_list& found_;
  const text_kind& kind_;
  node root_;
  std::vector<open_node> open_;
  int documents_ = 0;
};

}  // namespace

std::optional<node> read_yaml(std::string_view text, mistake_list& found, const text_kind& kind) {
  tree_builder builder(found, kind);
  node root;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      found.add({}, nothing_written(kind));
      return std::nullopt;
    }
    root = builder.take();
    parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& error) {
    auto at = place_of(error.mark);
    at.column = yaml_column(text, at.line, at.column);
    // The parser cites single bytes: of a letter that has several that is no text.
    found.add(at, "this is not YAML: " + one_line(error.msg) +
                      yaml_advice(text, static_cast<std::size_t>(std::max(error.mark.line, 0))));
  } catch (const unreadable&) {
    // Already told; what follows cannot be read.
  }
  if (!found.empty()) return std::nullopt;
  return root;
}

}  // namespace sagad::definition
