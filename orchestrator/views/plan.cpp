#include "views/plan.hpp"

#include <algorithm>

namespace sagad::views {
namespace {

constexpr std::size_t id_bytes = 16;

std::string bytes_of(const saga_id& id) {
  return {id.bytes.begin(), id.bytes.end()};
}

// The lowest id of a moment: ids begin with their time.
std::string bytes_of(millis at) {
  constexpr millis last = (millis{1} << 48) - 1;
  const auto time = static_cast<std::uint64_t>(std::clamp<millis>(at, 0, last));
  std::string bytes(id_bytes, '\0');
  for (unsigned byte = 0; byte < 6; ++byte) bytes[byte] = static_cast<char>(time >> (8 * (5 - byte)) & 0xffU);
  return bytes;
}

struct range {
  std::string from;    // included
  std::string before;  // excluded; longer than an id where the last one is to be included
};

range range_of(const query& query) {
  const auto& filter = query.filter;
  range ids{bytes_of(filter.since), std::string(id_bytes + 1, '\xff')};
  if (filter.lowest) ids.from = std::max(ids.from, bytes_of(*filter.lowest));
  if (filter.highest) ids.before = std::min(ids.before, bytes_of(*filter.highest) + '\0');
  if (filter.until != never) ids.before = std::min(ids.before, bytes_of(filter.until));
  if (query.before) ids.before = std::min(ids.before, bytes_of(*query.before));
  return ids;
}

walk along(const std::string& index, const std::string& condition, const range& ids) {
  walk made;
  made.sql = std::string("SELECT ") + row_columns + " FROM sagas s " + index + " WHERE s.id >= ?1 AND s.id < ?2" +
             condition + " ORDER BY s.id DESC";
  made.bound = {walk::blob{ids.from}, walk::blob{ids.before}};
  return made;
}

std::vector<walk> by_state(const query& query, const range& ids, std::optional<std::uint32_t> name) {
  std::vector<walk> walks;
  for (std::uint8_t number = 1; number <= shown_count; ++number) {
    if ((query.filter.states & only(static_cast<shown>(number))) == 0) continue;
    auto made =
        name ? along("INDEXED BY sagas_by_name_and_state", " AND s.state <> 5 AND s.state = ?3 AND s.name = ?4", ids)
             : along("INDEXED BY sagas_by_state", " AND s.state <> 5 AND s.state = ?3", ids);
    made.bound.emplace_back(std::int64_t{number});
    if (name) made.bound.emplace_back(std::int64_t{*name});
    walks.push_back(std::move(made));
  }
  return walks;
}

// Along those whose label is found by its value, and along those that have it and whose value is to be looked at. Of
// several labels one is taken, if possible one that all are found by.
std::vector<walk> by_label(const query& query, const range& ids, database& file) {
  const auto& labels = query.filter.labels;
  auto taken = std::find_if(labels.begin(), labels.end(), [&](const auto& one) { return !file.is_loose(one.first); });
  const bool loose = taken == labels.end();
  if (loose) taken = labels.begin();
  const auto among = [&](const std::string& from, const std::string& condition, const std::string& order) {
    walk made;
    made.sql = std::string("SELECT ") + row_columns + " FROM " + from +
               " CROSS JOIN sagas s ON s.id = l.id WHERE l.id >= ?1 AND l.id < ?2 AND l.name = ?3" + condition +
               " ORDER BY " + order + "l.id DESC";
    made.bound = {walk::blob{ids.from}, walk::blob{ids.before}, walk::text{taken->first}};
    return made;
  };
  std::vector<walk> walks{among("label_spans p CROSS JOIN indexed_labels l ON l.span = p.number",
                                " AND l.value = ?4 AND p.first < ?2 AND p.last >= ?1", "p.first DESC, ")};
  walks.front().bound.emplace_back(walk::text{taken->second});
  if (loose) walks.push_back(among("loose_labels l", "", ""));
  return walks;
}

}  // namespace

std::vector<walk> plan(const query& query, database& file) {
  const auto& filter = query.filter;
  const auto ids = range_of(query);
  std::optional<std::uint32_t> name;
  if (!filter.definition.empty()) {
    name = file.name_number(filter.definition);
    if (!name) return {};
  }
  walk made;
  if (filter.lowest && filter.highest) {
    made = along("NOT INDEXED", "", ids);
  } else if (!filter.step.empty()) {
    made = along("INDEXED BY sagas_by_step", " AND s.step IS NOT NULL AND s.step = ?3", ids);
    made.bound.emplace_back(walk::text{filter.step});
  } else if (filter.error != 0) {
    made = along("INDEXED BY sagas_by_error", " AND s.error IS NOT NULL AND s.error = ?3", ids);
    made.bound.emplace_back(filter.error);
  } else if (!filter.labels.empty() && (filter.states == 0 || (filter.states & ~unfinished) != 0)) {
    return by_label(query, ids, file);
  } else if (filter.states != 0 && (filter.states & only(shown::completed)) == 0) {
    return by_state(query, ids, name);
  } else if (name) {
    made = along("INDEXED BY sagas_by_name", " AND s.name = ?3", ids);
    made.bound.emplace_back(std::int64_t{*name});
  } else if (!filter.starter.empty()) {
    made = along("INDEXED BY sagas_by_starter", " AND s.starter IS NOT NULL AND s.starter = ?3", ids);
    made.bound.emplace_back(walk::text{filter.starter});
  } else {
    made = along("NOT INDEXED", "", ids);
  }
  return {std::move(made)};
}

}  // namespace sagad::views
