#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::json {
namespace {

// A member as it was written to the output, to be put into its place among the others.
struct written_member {
  std::string_view name;  // raw
  std::size_t begin = 0;
  std::size_t size = 0;
};

using written_members = boost::container::small_vector<written_member, 16>;

bool is_plain(std::string_view raw) noexcept {
  return raw.find('\\') == std::string_view::npos;
}

void append_name(std::string& out, std::string_view raw) {
  if (is_plain(raw)) {
    out += raw;
  } else {
    append_string(out, unescape(raw));
  }
}

bool before(std::string_view left, std::string_view right) {
  if (is_plain(left) && is_plain(right)) return left.substr(1, left.size() - 2) < right.substr(1, right.size() - 2);
  return unescape(left) < unescape(right);
}

void sort_members(std::string& out, std::size_t from, written_members& members) {
  const auto by_name = [](const written_member& left, const written_member& right) {
    return before(left.name, right.name);
  };
  if (std::is_sorted(members.begin(), members.end(), by_name)) return;
  std::sort(members.begin(), members.end(), by_name);
  std::string sorted;
  sorted.reserve(out.size() - from);
  for (const auto& member : members) {
    if (!sorted.empty()) sorted += ',';
    sorted.append(out, member.begin, member.size);
  }
  out.replace(from, out.size() - from, sorted);
}

void append_canonical(std::string& out, cursor& at) {
  switch (at.next_kind()) {
    case kind::object: {
      out += '{';
      const std::size_t from = out.size();
      written_members members;
      at.members([&](std::string_view name) {
        if (!members.empty()) out += ',';
        const std::size_t begin = out.size();
        append_name(out, name);
        out += ':';
        append_canonical(out, at);
        members.push_back({name, begin, out.size() - begin});
        return true;
      });
      sort_members(out, from, members);
      out += '}';
      return;
    }
    case kind::array:
      out += '[';
      at.elements([&](std::size_t index) {
        if (index != 0) out += ',';
        append_canonical(out, at);
        return true;
      });
      out += ']';
      return;
    case kind::string: append_name(out, at.take()); return;
    default: out += at.take();
  }
}

}  // namespace

std::string canonical(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  cursor at(text);
  append_canonical(out, at);
  return out;
}

}  // namespace sagad::json
