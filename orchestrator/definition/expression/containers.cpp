// What is done with lists and maps, made here or still the JSON that they came as.
#include <cmath>

#include "base/utf8.hpp"
#include "definition/expression/value.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::definition::expression {
namespace {

using kind = value::kind;

bool is_name(std::string_view raw, std::string_view name) {
  const auto inside = raw.substr(1, raw.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside == name;
  return json::unescape(raw) == name;
}

// The raw text of a member; `data() == nullptr` where there is none.
std::string_view raw_member(std::string_view map, std::string_view name, workshop& room) {
  room.spend(map.size());
  std::string_view found;
  json::cursor at(map);
  at.members([&](std::string_view raw_name) {
    const auto raw = at.take();
    if (is_name(raw_name, name)) found = raw;
    return found.data() == nullptr;
  });
  return found;
}

std::vector<value> raw_parts(std::string_view whole, bool with_values, workshop& room) {
  room.spend(whole.size());
  std::vector<value> parts;
  json::cursor at(whole);
  const auto take = [&](std::string_view raw) {
    room.spend();
    parts.push_back(value::of_json(raw));
  };
  if (whole.front() == '[') {
    at.elements([&](std::size_t) {
      take(at.take());
      return true;
    });
    return parts;
  }
  at.members([&](std::string_view name) {
    take(name);
    const auto raw = at.take();
    if (with_values) take(raw);
    return true;
  });
  return parts;
}

// A map with its keys and values side by side.
value opened(const value& map, workshop& room) {
  if (!map.is_json()) return map;
  auto parts = raw_parts(map.text, true, room);
  value made;
  made.is = kind::map;
  made.count = parts.size() / 2;
  made.items = room.keep(std::move(parts));
  return made;
}

// The value of a key; nullptr where there is none. An error of a comparison counts as another key.
const value* find_key(const value& map, const value& key, workshop& room) {
  for (std::size_t at = 0; at < map.count; ++at) {
    const auto same = equal(read(map.items[2 * at], room), key, room);
    if (same.is == kind::boolean && same.boolean) return &map.items[2 * at + 1];
  }
  return nullptr;
}

std::string shown(const value& key) {
  switch (key.is) {
    case kind::text: return "`" + std::string(key.text.substr(0, 40)) + "`";
    case kind::integer: return std::to_string(key.integer);
    case kind::unsigned_integer: return std::to_string(key.unsigned_integer);
    case kind::real: return text_of(key.real);
    case kind::boolean: return key.boolean ? "true" : "false";
    default: return describe(key);
  }
}

value no_key(const value& key, workshop& room) {
  return room.error("the map has no " + shown(key));
}

// The place in a list that a number means.
std::optional<std::size_t> place_of(const value& key) noexcept {
  switch (key.is) {
    case kind::integer: return key.integer < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(key.integer));
    case kind::unsigned_integer: return key.unsigned_integer;
    case kind::real: {
      constexpr double most = 9007199254740992.0;  // up to here each integer is a double
      if (!(key.real >= 0 && key.real <= most) || std::trunc(key.real) != key.real) return std::nullopt;
      return static_cast<std::size_t>(key.real);
    }
    default: return std::nullopt;
  }
}

std::string_view raw_element(std::string_view list, std::size_t place, workshop& room) {
  room.spend(list.size());
  std::string_view found;
  json::cursor at(list);
  at.elements([&](std::size_t index) {
    const auto raw = at.take();
    if (index == place) found = raw;
    return index != place;
  });
  return found;
}

value element(const value& list, const value& key, workshop& room) {
  const bool is_number = key.is == kind::integer || key.is == kind::unsigned_integer || key.is == kind::real;
  if (!is_number) return room.error("a list has no " + shown(key) + ": its elements are numbered from 0");
  const auto place = place_of(key);
  if (place && list.is_json()) {
    const auto raw = raw_element(list.text, *place, room);
    if (raw.data() != nullptr) return value::of_json(raw);
  } else if (place && *place < list.count) {
    return list.items[*place];
  }
  return room.error("the list has no element " + shown(key));
}

}  // namespace

elements elements_of(const value& whole, workshop& room) {
  if (!whole.is_json()) return {whole.items, whole.count, whole.is == kind::map ? std::size_t{2} : std::size_t{1}};
  auto parts = raw_parts(whole.text, false, room);
  const std::size_t count = parts.size();
  return {room.keep(std::move(parts)), count, 1};
}

value equal_inside(const value& left, const value& right, workshop& room) {
  if (left.is == kind::list) {
    const auto some = elements_of(left, room);
    const auto others = elements_of(right, room);
    if (some.count != others.count) return value::of(false);
    for (std::size_t at = 0; at < some.count; ++at) {
      const auto one = read(some.first[at], room);
      const auto other = read(others.first[at], room);
      if (one.is_error()) return one;
      if (other.is_error()) return other;
      const auto same = equal(one, other, room);
      if (same.is_error() || !same.boolean) return same;
    }
    return value::of(true);
  }
  const auto some = opened(left, room);
  const auto others = opened(right, room);
  if (some.count != others.count) return value::of(false);
  for (std::size_t at = 0; at < some.count; ++at) {
    const auto* found = find_key(others, read(some.items[2 * at], room), room);
    if (found == nullptr) return value::of(false);
    const auto one = read(some.items[2 * at + 1], room);
    const auto other = read(*found, room);
    if (one.is_error()) return one;
    if (other.is_error()) return other;
    const auto same = equal(one, other, room);
    if (same.is_error() || !same.boolean) return same;
  }
  return value::of(true);
}

value contained(const value& what, const value& in, workshop& room) {
  if (in.is == kind::map) {
    if (!in.is_json()) return value::of(find_key(in, what, room) != nullptr);
    return value::of(what.is == kind::text && raw_member(in.text, what.text, room).data() != nullptr);
  }
  if (in.is != kind::list)
    return room.error("`in` stands before " + describe(in) + ", where a list or a map is expected");
  const auto all = elements_of(in, room);
  value fault = value::of(false);
  for (std::size_t at = 0; at < all.count; ++at) {
    const auto one = read(all.first[at], room);
    const auto same = one.is_error() ? one : equal(what, one, room);
    if (same.is_error()) fault = same;
    if (!same.is_error() && same.boolean) return same;
  }
  return fault;
}

value selected(const value& whole, std::string_view name, workshop& room) {
  if (whole.is == kind::map) {
    const auto key = value::of_text(name);
    if (!whole.is_json()) {
      const auto* found = find_key(whole, key, room);
      return found == nullptr ? no_key(key, room) : *found;
    }
    const auto raw = raw_member(whole.text, name, room);
    return raw.data() == nullptr ? no_key(key, room) : value::of_json(raw);
  }
  return room.error("`." + std::string(name) + "` follows " + describe(whole) + ", which has no members");
}

value has_member(const value& whole, std::string_view name, workshop& room) {
  if (whole.is != kind::map) return selected(whole, name, room);
  return contained(value::of_text(name), whole, room);
}

value indexed(const value& whole, const value& key, workshop& room) {
  if (whole.is == kind::list) return element(whole, key, room);
  if (whole.is != kind::map) return room.error("[...] follows " + describe(whole) + ", which has no elements");
  if (key.is == kind::text) return selected(whole, key.text, room);
  const auto* found = whole.is_json() ? nullptr : find_key(whole, key, room);
  return found == nullptr ? no_key(key, room) : *found;
}

value map_of(const value* entries, std::size_t count, workshop& room) {
  std::vector<value> parts(entries, entries + 2 * count);
  value made;
  made.is = kind::map;
  for (std::size_t at = 0; at < count; ++at) {
    auto& key = parts[2 * at];
    key = read(key, room);
    if (key.is_error()) return key;
    const bool may_be_key =
        key.is == kind::text || key.is == kind::integer || key.is == kind::unsigned_integer || key.is == kind::boolean;
    if (!may_be_key) {
      return room.error(describe(key) + " is no key of a map: it may be text, an integer, or true or false");
    }
    made.items = parts.data();
    made.count = at;
    if (find_key(made, key, room) != nullptr) return room.error("the map has " + shown(key) + " twice");
  }
  made.count = count;
  made.items = room.keep(std::move(parts));
  return made;
}

value sized(const value& whole, workshop& room) {
  room.spend(whole.text.size());
  if (whole.is == kind::text) return value::of(static_cast<std::int64_t>(characters(whole.text)));
  if (whole.is != kind::list && whole.is != kind::map) return room.error(describe(whole) + " has no size");
  if (!whole.is_json()) return value::of(static_cast<std::int64_t>(whole.count));
  std::int64_t parts = 0;
  json::cursor at(whole.text);
  const auto pass = [&](auto&&) {
    at.take();
    ++parts;
    return true;
  };
  if (whole.is == kind::list) {
    at.elements(pass);
  } else {
    at.members(pass);
  }
  return value::of(parts);
}

}  // namespace sagad::definition::expression
