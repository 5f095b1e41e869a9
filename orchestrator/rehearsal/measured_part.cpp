#include "rehearsal/measured_part.hpp"

namespace sagad::rehearsal {
namespace {

text_lengths exactly(std::size_t length) {
  text_lengths out;
  out.set(length);
  return out;
}

text_lengths one_behind_other(const text_lengths& left, const text_lengths& right) {
  const bool swap = left.count() > right.count();
  const auto& few = swap ? right : left;
  const auto& many = swap ? left : right;
  text_lengths out;
  for (auto at = few._Find_first(); at < few.size(); at = few._Find_next(at)) out |= many << at;
  return out;
}

void measure_repeat(measured_part& part) {
  auto& rest = part.rest;
  const auto& one = part.inside.front().possible;
  const bool endless = part.what->most == pattern_part::no_end;
  const auto last = endless ? part.what->least : part.what->most;
  rest.assign(last + 1, exactly(0));
  if (endless) {
    for (std::size_t length = 1; length < rest[last].size(); ++length) {
      for (auto at = one._Find_first(); at <= length && !rest[last][length]; at = one._Find_next(at)) {
        if (at != 0 && rest[last][length - at]) rest[last].set(length);
      }
    }
  }
  for (auto at = last; at-- > 0;) {
    rest[at] = one_behind_other(one, rest[at + 1]);
    if (at >= part.what->least) rest[at].set(0);
  }
  part.possible = rest.front();
}

}  // namespace

measured_part::measured_part(const pattern_part& from) : what(&from) {
  for (const auto& one : from.inside) inside.emplace_back(one);
  switch (from.is) {
    case pattern_part::kind::letter:
      if (!from.letters.empty()) possible.set(1);
      break;
    case pattern_part::kind::choice:
      for (const auto& one : inside) possible |= one.possible;
      break;
    case pattern_part::kind::sequence:
      rest.assign(inside.size() + 1, exactly(0));
      for (auto at = inside.size(); at-- > 0;) rest[at] = one_behind_other(inside[at].possible, rest[at + 1]);
      possible = rest.front();
      break;
    case pattern_part::kind::repeat: measure_repeat(*this); break;
  }
}

}  // namespace sagad::rehearsal
