#include "sagactl/definition_diff.hpp"

#include <algorithm>
#include <optional>

namespace sagad::sagactl {
namespace {

bool is_object(json_view value) {
  return !value.dump().empty() && value.dump().front() == '{';
}

std::string inside(const std::string& key, const std::string& name) {
  return key.empty() ? name : key + "." + name;
}

class comparison {
 public:
  std::vector<difference> run(json_view was, json_view is) {
    compare_members(was, is);
    const auto steps_were = was["steps"];
    const auto steps_are = is["steps"];
    for (std::size_t at = 0; at < steps_were.size(); ++at) {
      const auto name = steps_were.at(at).text("step");
      const auto now = find(steps_are, name);
      step_ = name;
      if (now) {
        compare_members(steps_were.at(at), *now);
      } else {
        add("", steps_were.at(at).dump(), "");
      }
    }
    for (std::size_t at = 0; at < steps_are.size(); ++at) {
      step_ = steps_are.at(at).text("step");
      if (!find(steps_were, step_)) add("", "", steps_are.at(at).dump());
    }
    return std::move(found_);
  }

 private:
  static std::optional<json_view> find(json_view steps, const std::string& name) {
    for (std::size_t at = 0; at < steps.size(); ++at) {
      if (steps.at(at).text("step") == name) return steps.at(at);
    }
    return std::nullopt;
  }

  void add(const std::string& key, std::string was, std::string is) {
    found_.push_back({step_, key, std::move(was), std::move(is)});
  }

  void compare_members(json_view was, json_view is, const std::string& key = "") {
    was.members([&](const std::string& name, json_view value) {
      if (key.empty() && name == "steps") return;
      const auto now = is[name];
      compare(inside(key, name), value, now);
    });
    is.members([&](const std::string& name, json_view value) {
      if (key.empty() && name == "steps") return;
      if (!was.has(name) && value.exists()) add(inside(key, name), "", value.dump());
    });
  }

  void compare(const std::string& key, json_view was, json_view is) {
    if (is_object(was) && is_object(is)) {
      compare_members(was, is, key);
    } else if (!is.exists()) {
      if (was.exists()) add(key, was.dump(), "");
    } else if (was.exists() && was.dump() != is.dump()) {
      add(key, was.dump(), is.dump());
    }
  }

  std::string step_;
  std::vector<difference> found_;
};

}  // namespace

std::vector<difference> definition_diff(json_view was, json_view is) {
  return comparison().run(was, is);
}

}  // namespace sagad::sagactl
