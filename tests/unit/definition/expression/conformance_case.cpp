#include "conformance_case.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>

#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::definition::expression::test {
namespace {

constexpr auto folder = "tests/data/conformance/cel";  // what is left out; the cases lie elsewhere

using kind = value::kind;

std::string_view at(std::string_view json, std::string name) {
  return json::slice(json, std::span<const std::string>(&name, 1));
}

struct not_ours : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The only member of `{"int64Value": "1"}`.
std::pair<std::string, std::string_view> tagged(std::string_view json) {
  std::pair<std::string, std::string_view> found;
  json::cursor over(json);
  over.members([&](std::string_view name) {
    found = {json::unescape(name), over.take()};
    return false;
  });
  return found;
}

template <typename Visit>
void for_each_element(std::string_view array, Visit&& visit) {
  if (array.data() == nullptr) return;
  json::cursor over(array);
  over.elements([&](std::size_t) {
    visit(over.take());
    return true;
  });
}

std::string characters(std::string_view raw) {
  return raw.front() == '"' ? json::unescape(raw) : std::string(raw);
}

// The value that the protobuf form of a value stands for.
value value_of(std::string_view json, workshop& room) {
  const auto [tag, raw] = tagged(json);
  const auto text = characters(raw);
  if (tag == "nullValue") return {};
  if (tag == "boolValue") return value::of(text == "true");
  if (tag == "stringValue") return value::of_text(room.keep(text));
  if (tag == "int64Value") return value::of(std::int64_t{std::stoll(text)});
  if (tag == "uint64Value") return value::of(std::uint64_t{std::stoull(text)});
  if (tag == "doubleValue") return value::of(std::stod(text));
  std::vector<value> parts;
  if (tag == "listValue") {
    for_each_element(at(raw, "values"), [&](std::string_view one) { parts.push_back(value_of(one, room)); });
    return room.list(std::move(parts));
  }
  if (tag != "mapValue") throw not_ours("a " + tag);
  for_each_element(at(raw, "entries"), [&](std::string_view entry) {
    parts.push_back(value_of(at(entry, "key"), room));
    parts.push_back(value_of(at(entry, "value"), room));
  });
  return map_of(parts.data(), parts.size() / 2, room);
}

// Equal, and of the same kinds all the way down.
bool same(const value& left, const value& right, workshop& room) {
  if (left.is != right.is) return false;
  if (left.is == kind::real && std::isnan(left.real)) return std::isnan(right.real);
  if (left.is != kind::list) {
    const auto is = equal(left, right, room);
    return is.is == kind::boolean && is.boolean;
  }
  const auto some = elements_of(left, room);
  const auto others = elements_of(right, room);
  if (some.count != others.count) return false;
  for (std::size_t place = 0; place < some.count; ++place) {
    if (!same(read(some.first[place], room), read(others.first[place], room), room)) return false;
  }
  return true;
}

// What a case binds, as the JSON that a saga would have it in.
struct bindings {
  std::map<std::string, std::string> json;
  std::vector<std::string_view> values;

  explicit bindings(std::string_view written) {
    if (written.data() == nullptr) return;
    workshop room;
    json::cursor over(written);
    over.members([&](std::string_view name) {
      std::string text;
      if (const auto fault = append_json(value_of(at(over.take(), "value"), room), room, text)) throw not_ours(*fault);
      json.emplace(json::unescape(name), text);
      return true;
    });
  }

  std::variant<readable, std::string> resolve(const reference& named) {
    const auto bound = json.find(named.path.front());
    if (bound == json.end()) return "reads `" + std::string(named.text) + "`, which is not bound";
    values.push_back(json::slice(bound->second, std::span(named.path).subspan(1)));
    return readable{static_cast<slice_no>(values.size() - 1), {}, {}, {}};
  }
};

std::string run_checked(const conformance_case& one) {
  const bool is_checked = one.member("disableCheck").data() == nullptr;
  const bool wants_error = one.member("value").data() == nullptr;
  bindings bound(one.member("bindings"));
  expectation wanted;
  wanted.checked = is_checked;
  const auto outcome = compile(
      one.text("expr"), [&bound](const reference& named) { return bound.resolve(named); }, wanted);
  if (const auto* why = std::get_if<std::string>(&outcome)) {
    const bool faults_always = why->find("faults whatever the values are") != std::string::npos;
    return wants_error && (!is_checked || faults_always) ? "" : "it is refused: it " + *why;
  }
  workshop room;
  const auto result = read(run(std::get<compiled>(outcome).code, bound.values, room), room);
  if (wants_error) return result.is_error() ? "" : "it gives " + describe(result) + " and no error";
  if (result.is_error()) return "it fails: " + std::string(result.text);
  if (same(result, value_of(one.member("value"), room), room)) return {};
  std::string shown;
  append_json(result, room, shown);
  return "it gives " + describe(result) + " " + shown;
}

}  // namespace

std::string_view conformance_case::member(std::string_view name) const {
  return at(json, std::string(name));
}

std::string conformance_case::text(std::string_view name) const {
  return json::unescape(member(name));
}

std::vector<conformance_case> read_cases(const std::filesystem::path& suite) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(suite)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<conformance_case> cases;
  for (const auto& file : files) {
    std::ifstream lines(file);
    conformance_case one;
    while (std::getline(lines, one.json)) {
      if (const auto wrong = json::check(one.json)) throw std::runtime_error(file.string() + ": " + *wrong);
      one.id = file.stem().string() + "/" + one.text("section") + "/" + one.text("name");
      cases.push_back(one);
    }
  }
  return cases;
}

std::string run_case(const conformance_case& one) {
  try {
    return run_checked(one);
  } catch (const not_ours& what) {
    return std::string("it needs ") + what.what();
  }
}

std::vector<left_out> read_left_out() {
  std::ifstream lines(std::string(folder) + "/left_out.txt");
  std::vector<left_out> all;
  std::string line;
  std::string reason;
  while (std::getline(lines, line)) {
    if (line.starts_with("# ")) reason = line.substr(2);
    if (!line.empty() && line.front() != '#') all.push_back({line, reason});
  }
  return all;
}

}  // namespace sagad::definition::expression::test
