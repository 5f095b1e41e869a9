#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "api/event_place.hpp"
#include "base/saga_id.hpp"
#include "engine/record.hpp"
#include "journal/journal.hpp"
#include "runtime/catalog.hpp"
#include "runtime/request.hpp"

namespace sagad::api {

/// Which records are wanted: those that all of it holds for.
struct event_filter {
  runtime::only_of starter;  ///< of sagas that this actor has started
  std::string definition;    ///< empty: of any
  std::optional<std::uint32_t> version;
  std::optional<saga_id> saga;
  std::uint32_t facts = 0;  ///< with one of these events, a bit each; 0: with any
};

/// How much is read at most before it is told how far that was.
struct event_bounds {
  std::size_t scanned_max = 0;  ///< records that are looked at
  std::size_t told_max = 0;
  std::size_t bytes_max = 0;  ///< of what is told; one record may be larger
};

/// How far a reading came.
struct event_read {
  event_place upto;
  bool at_end = false;  ///< the journal had no more
};

/// Reads records in the journal's order and tells them as JSON. What a saga's later records do not say themselves (its
/// definition, who started it) is remembered for the sagas met last. One thread, which may wait for the disk.
class event_reader {
 public:
  event_reader(journal::store& store, const runtime::catalog& definitions);

  /// From the default place on is from the oldest record on. `tell(json, behind)`: a record, in one line, and the place
  /// behind it. Throws journal::damaged and journal::trimmed.
  using telling = std::function<void(const std::string& json, const event_place& behind)>;
  event_read read(event_place from, const event_filter& wanted, const event_bounds& bounds, const telling& tell);

 private:
  struct origin {
    definition::definition_ptr definition;  ///< null: not known here
    std::uint32_t version = 0;
    std::string starter;
  };
  using origins = std::unordered_map<saga_id, origin, saga_id_hash>;

  const origin& origin_of(const journal::stored_record& stored);
  origin origin_in(const journal::stored_record& start) const;
  const origin& remember(const saga_id& saga, origin found);
  bool render(const journal::stored_record& stored, const event_filter& wanted);

  journal::store& store_;
  const runtime::catalog& definitions_;
  origins met_;
  origins met_before_;  ///< those that were not met since `met_` was begun are forgotten with the next
  std::string json_;
};

}  // namespace sagad::api
