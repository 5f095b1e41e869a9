#include "config/read_group.hpp"

#include <algorithm>
#include <set>

#include "base/nearest.hpp"

namespace sagad::config {
namespace {

class group_reader {
 public:
  group_reader(const group_place& place, std::span<const bound_field> fields, draft& into)
      : place_(place), fields_(fields), into_(into) {}

  // `group` is empty, or ends in a dot.
  void read(const node& from, const std::string& group) {
    if (from.is != node::type::mapping) {
      tell(from.at, group.empty() ? place_.path : place_.path + group,
           "write names and values here, as in `name: value`");
      return;
    }
    for (const auto& member : from.members) read_member(member, group);
    for (const auto& each : fields_) {
      if (!each.about->required || group_of(each.about->key) != group || seen_.count(each.about->key) != 0) continue;
      tell(from.at, place_.path + std::string(each.about->key), "is missing (" + std::string(each.about->form) + ")");
    }
  }

 private:
  static std::string_view group_of(std::string_view key) { return key.substr(0, key.size() - last_name(key).size()); }

  void tell(place at, std::string key, const std::string& text) {
    while (!key.empty() && key.back() == '.') key.pop_back();
    into_.found.add({origin::from::file, place_.file, at}, (key.empty() ? "" : key + ": ") + text);
  }

  void read_member(const node_member& member, const std::string& group) {
    const auto key = group + member.name;
    for (const auto& each : fields_) {
      if (each.about->key != key) continue;
      seen_.insert(each.about->key);
      into_.origins[place_.path + key] = {origin::from::file, place_.file, member.at};
      read_value(member, each);
      return;
    }
    const bool is_group = std::any_of(fields_.begin(), fields_.end(),
                                      [&](const bound_field& each) { return group_of(each.about->key) == key + "."; });
    if (is_group) {
      if (member.value.is == node::type::mapping) {
        into_.origins[place_.path + key] = {origin::from::file, place_.file, member.at};
      }
      read(member.value, key + ".");
    } else {
      tell(member.at, {}, "`" + place_.path + key + "` is no setting" + hint_for(member.name, group));
    }
  }

  std::string hint_for(const std::string& name, const std::string& group) const {
    for (const auto& each : fields_) {
      if (last_name(each.about->key) == name)
        return ": did you mean `" + place_.path + std::string(each.about->key) + "`?";
    }
    return hint(name, known_in(group));
  }

  std::vector<std::string_view> known_in(const std::string& group) const {
    std::vector<std::string_view> known;
    for (const auto& each : fields_) {
      const auto key = each.about->key;
      if (key.substr(0, group.size()) != group) continue;
      const auto rest = key.substr(group.size());
      const auto next = rest.substr(0, rest.find('.'));
      if (known.empty() || known.back() != next) known.push_back(next);
    }
    return known;
  }

  void read_value(const node_member& member, const bound_field& field) {
    const auto key = place_.path + std::string(field.about->key);
    if (field.about->is == kind::table) return;
    if (member.value.is == node::type::nothing) {
      tell(member.at, key, "has no value: write one (" + std::string(field.about->form) + "), or leave the line out");
    } else if (field.about->is == kind::list) {
      read_list(member, field, key);
    } else if (member.value.is != node::type::scalar) {
      tell(member.value.at, key, "is one value (" + std::string(field.about->form) + "), not a list or a mapping");
    } else if (const auto why = assign(*field.about, field.to, member.value.text)) {
      tell(member.value.at, key, *why);
    }
  }

  void read_list(const node_member& member, const bound_field& field, const std::string& key) {
    if (member.value.is != node::type::list) {
      tell(member.value.at, key, "is a list: write it in brackets, as in [a, b]");
      return;
    }
    std::get<std::vector<std::string>*>(field.to)->clear();
    const auto count = member.value.items.size();
    if (count < field.about->min || count > field.about->max) {
      tell(member.value.at, key,
           "has " + std::to_string(count) + " items: write " + std::to_string(field.about->min) + " to " +
               std::to_string(field.about->max));
    }
    std::set<std::string> before;
    for (const auto& item : member.value.items) {
      if (item.is != node::type::scalar) {
        tell(item.at, key, "an item is one value, not nothing, a list or a mapping");
      } else if (!before.insert(item.text).second) {
        tell(item.at, key, "`" + item.text + "` stands here twice: leave one out");
      } else if (const auto why = assign(*field.about, field.to, item.text)) {
        tell(item.at, key, *why);
      }
    }
  }

  const group_place& place_;
  std::span<const bound_field> fields_;
  draft& into_;
  std::set<std::string_view> seen_;
};

}  // namespace

void read_group(const node& from, const group_place& place, std::span<const bound_field> fields, draft& into) {
  group_reader(place, fields, into).read(from, {});
}

}  // namespace sagad::config
