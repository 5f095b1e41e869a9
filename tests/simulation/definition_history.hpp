#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/problem.hpp"
#include "runtime/catalog.hpp"

namespace sagad::simulation {

/// What was put and retired in a journal that several nodes share, one after the other, and how much of it each of them
/// knows at least. Throws violation where one says what it cannot know, or no longer.
class definition_history {
 public:
  /// What a node answers to whoever puts this one.
  void put(unsigned node, const definition::definition& what, const runtime::catalogued& told);
  void retire(unsigned node, const std::string& name,
              const std::variant<runtime::retired_definition, sagad::problem>& told);
  /// It has looked at the journal's just now, or been told of them.
  void knows_all(unsigned node);
  /// By what it starts a saga of this name, or why it does not: that of a moment which is not before what it knows.
  void starts_by(unsigned node, const std::string& name,
                 const std::variant<runtime::catalogued, sagad::problem>& found);
  /// What a saga's first record says of itself.
  void is_started(const std::string& name, std::uint32_t version, const digest& content) const;
  /// Whether there is a later one of this name.
  bool has_newer(const std::string& name, std::uint32_t version) const;
  /// Everything happened long ago, and the node knows it.
  void hold_against(unsigned node, const runtime::catalog& known) const;

 private:
  struct state {
    std::uint32_t version = 0;  ///< the newest; 0: there is none
    digest content;
    bool retired = false;
    friend bool operator==(const state&, const state&) = default;
  };
  struct change {
    std::string name;
    state after;
  };

  /// After so many changes.
  state at(const std::string& name, std::size_t changes) const;

  std::vector<change> changes_;
  std::vector<std::size_t> known_;  ///< so many of them, by node
};

}  // namespace sagad::simulation
