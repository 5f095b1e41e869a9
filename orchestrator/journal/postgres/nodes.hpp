#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "journal/ownership.hpp"
#include "journal/postgres/database.hpp"
#include "journal/postgres/lease.hpp"

/// What nodes that share a journal tell each other by its tables: who is there, what each has, and the place below
/// which none of them writes any more. Each function is one statement, committed by itself.
namespace sagad::journal::postgres {

/// Nodes have different numbers, so that they count different places.
inline constexpr std::uint64_t slots = 64;

struct seen_node {
  std::string name;
  std::uint64_t slot = 0;
  std::uint64_t floor = 0;  ///< below which it does not write any more; 0: it has not said
  bool leaving = false;
  millis silent_for = 0;
  std::size_t owns = 0;  ///< partitions by a lease that lasts
  std::size_t over = 0;  ///< and by one that is over
};

/// The tables at one moment.
struct standing_of_nodes {
  std::vector<seen_node> nodes;
  std::size_t free = 0;       ///< partitions that nobody owns, or somebody by a lease that is over who is no node
  std::size_t strangers = 0;  ///< partitions that are owned by somebody who is no node, or is none any more
  millis clock = 0;           ///< the database's
  std::uint64_t oldest = 0;   ///< the journal's oldest place
  std::int64_t definition_changes = 0;
  std::uint8_t format_level = 1;  ///< in which records are written
};

/// Before which nothing will be written any more, and all is to be seen by statements that begin later; 0: somebody who
/// owns partitions has not said.
std::uint64_t least_floor(const standing_of_nodes& seen) noexcept;

standing_of_nodes look(connection& database);

/// Makes the node known, which reads records up to that format; returns its slot. Of who is known already, because the
/// answer was lost, it is the one that he has. Empty: another has taken it at the same moment, and it is to be tried
/// again. Throws std::runtime_error when there are too many, or when records are written in a later format.
std::optional<std::uint64_t> enter(connection& database, const std::string& name, const std::string& address,
                                   std::uint8_t reads);
void publish(connection& database, const std::string& name, std::uint64_t floor, bool leaving);

/// Takes at most so many partitions that are free or over, or that are its own by a statement whose answer was lost:
/// none of those in `but`. None when the node is not known any more.
std::vector<held_partition> take_partitions(connection& database, const std::string& name, std::size_t count,
                                            std::chrono::milliseconds ttl, const std::vector<held_partition>& but);
/// Those that are still its own by that epoch are free from then on.
void return_partitions(connection& database, const std::string& name, const std::vector<held_partition>& which);

/// Removes that one, and all who were not seen for so long, where they own nothing.
void remove_nodes(connection& database, const std::string& name, std::chrono::milliseconds silent_for);

/// Behind every place that anybody can have been told to have nothing more before it. Asked after partitions were
/// taken: whoever has them writes from there on.
std::uint64_t first_place(connection& database);

/// For people.
std::vector<node> all_nodes(connection& database);

}  // namespace sagad::journal::postgres
