#include "config/read_yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "base/yaml_advice.hpp"

namespace sagad::config {
namespace {

place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

// What follows cannot be understood any more; the reason is told already.
struct give_up {};

// Takes yaml-cpp's events, in which doubled names and aliases can still be seen.
class tree_reader : public YAML::EventHandler {
 public:
  tree_reader(const std::string& name, mistakes& found) : name_(name), found_(found) {}

  node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) refuse(mark, "a second document begins here: a configuration is one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_anchor(mark, anchor);
    put({node::type::nothing, place_of(mark), {}, {}, {}});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "an alias (`*`): write the value where it is used, or put text in quotes");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    check_anchor(mark, anchor);
    check_tag(mark, tag);
    if (has_escape_of_one_byte(text)) refuse(mark, escape_advice);
    put({node::type::scalar, place_of(mark), text, {}, {}});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, node::type::list);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, node::type::mapping);
  }
  void OnMapEnd() override { end(); }

 private:
  struct level {
    node value;
    bool named = false;  // of a mapping: its last member waits for its value
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string why) {
    found_.add({origin::from::file, name_, place_of(mark)}, std::move(why));
    throw give_up();
  }
  void check_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "an anchor (`&`): write each value where it is used, or put text in quotes");
  }
  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "a tag (`!`): put text in quotes instead");
  }

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, node::type is) {
    check_anchor(mark, anchor);
    check_tag(mark, tag);
    if (levels_.size() == nesting_max) refuse(mark, "nested deeper than " + std::to_string(nesting_max));
    if (wants_name()) refuse(mark, "a name is expected here, not a list or a mapping: put text in quotes");
    levels_.push_back({{is, place_of(mark), {}, {}, {}}, false});
  }
  void end() {
    node done = std::move(levels_.back().value);
    levels_.pop_back();
    put(std::move(done));
  }

  bool wants_name() const {
    return !levels_.empty() && levels_.back().value.is == node::type::mapping && !levels_.back().named;
  }

  void put(node value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& into = levels_.back();
    if (into.value.is == node::type::list) {
      into.value.items.push_back(std::move(value));
    } else if (into.named) {
      into.value.members.back().value = std::move(value);
      into.named = false;
    } else {
      put_name(into, std::move(value));
    }
  }

  void put_name(level& into, node name) {
    auto& members = into.value.members;
    const auto same = [&](const node_member& other) { return other.name == name.text; };
    const auto first = std::find_if(members.begin(), members.end(), same);
    if (first != members.end()) {
      found_.add({origin::from::file, name_, name.at}, "`" + name.text + "` stands here a second time (first in line " +
                                                           std::to_string(first->at.line) + "): leave one out");
    }
    members.push_back({std::move(name.text), name.at, {}});
    into.named = true;
  }

  const std::string& name_;
  mistakes& found_;
  node root_;
  std::vector<level> levels_;
  int documents_ = 0;
};

}  // namespace

std::optional<node> read_yaml(const std::string& text, const std::string& name, mistakes& found) {
  tree_reader reader(name, found);
  node root{node::type::mapping, {1, 1}, {}, {}, {}};
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(reader)) {
      root = reader.take();
      parser.HandleNextDocument(reader);
    }
  } catch (const YAML::Exception& error) {
    auto at = place_of(error.mark);
    at.column = yaml_column(text, at.line, at.column);
    found.add(
        {origin::from::file, name, at},
        "this is not YAML: " + error.msg + yaml_advice(text, static_cast<std::size_t>(std::max(error.mark.line, 0))));
    return std::nullopt;
  } catch (const give_up&) {
    return std::nullopt;
  }
  if (root.is == node::type::nothing) root.is = node::type::mapping;
  return root;
}

}  // namespace sagad::config
