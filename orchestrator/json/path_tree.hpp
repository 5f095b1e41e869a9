#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::json {

/// The paths that are wanted of texts, compiled once: the name of a member is looked up among the wanted ones, so that
/// many members and many paths do not multiply. Thread-safe once it is filled.
class path_tree {
 public:
  using number = std::uint16_t;

  /// `which` stands for the path in what is found.
  void add(path where, number which);

  std::size_t size() const noexcept { return paths_; }
  bool empty() const noexcept { return paths_ == 0; }

  /// Calls `found(number, raw)` for each path at which `text` has a value: a view into `text`, without white space
  /// around it. In the order of the text, an outer value before those in it. `text` passed `check`. Returns how many
  /// comparisons of names it took.
  template <typename Found>
  std::size_t cut(std::string_view text, Found&& found) const {
    if (empty()) return 0;
    cutter<Found> cutting{*this, cursor(text), found, paths_};
    cutting.value(nodes_.front());
    return cutting.compared;
  }

  friend bool operator==(const path_tree&, const path_tree&) = default;

 private:
  struct branch {
    std::string name;
    std::uint32_t node = 0;
    friend bool operator==(const branch&, const branch&) = default;
  };
  struct node {
    std::vector<number> ends;      // the paths to here
    std::vector<branch> branches;  // shorter names first: most are told apart by their length
    friend bool operator==(const node&, const node&) = default;
  };

  template <typename Found>
  struct cutter {
    const path_tree& tree;
    cursor at;
    Found& found;
    std::size_t left;  // paths at which nothing was found yet
    std::size_t compared = 0;

    // The cursor stands before the value that `of` is about, and then after it, unless nothing is left to be found.
    void value(const node& of) {
      if (!of.ends.empty()) {
        cursor ahead = at;
        const std::string_view raw = ahead.take();
        for (const auto which : of.ends) found(which, raw);
        left -= of.ends.size();
        if (of.branches.empty()) {
          at = ahead;
          return;
        }
      }
      switch (at.next_kind()) {
        case kind::object:
          at.members([&](std::string_view name) { return child(tree.find_member(of, name, compared)); });
          return;
        case kind::array:
          at.elements([&](std::size_t index) { return child(tree.find_element(of, index, compared)); });
          return;
        default: at.take();
      }
    }

    bool child(const node* wanted) {
      if (wanted == nullptr) {
        at.take();
      } else {
        value(*wanted);
      }
      return left != 0;
    }
  };

  const node* find(const node& in, std::string_view name, std::size_t& compared) const;
  const node* find_member(const node& in, std::string_view raw_name, std::size_t& compared) const;
  const node* find_element(const node& in, std::size_t index, std::size_t& compared) const;

  std::vector<node> nodes_;  // the root first
  std::size_t paths_ = 0;
};

}  // namespace sagad::json
