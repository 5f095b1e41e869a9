#include "tell_opening.hpp"

#include <algorithm>
#include <fstream>

#include "records/as_json.hpp"
#include "telemetry/log.hpp"

namespace sagad {
namespace {

constexpr std::size_t told_sagas_max = 100;

bool write_list(const std::vector<saga_id>& sagas, const std::string& path) {
  std::ofstream out(path, std::ios::trunc);
  for (const auto& saga : sagas) out << saga.text() << '\n';
  out.close();
  return !out.fail();
}

}  // namespace

void tell_opening(const journal::opening& opened, const std::string& directory) {
  if (!opened.torn.empty()) log::warn(opened.torn);
  if (opened.restored_from) {
    log::warn(
        "begun from a backup: of sagas that were started from " + records::timestamp(*opened.restored_from) +
        " until the journal was lost nothing is known here, nor are their keys held; ids begin with the time of the "
        "start: let no start be repeated before the participants were asked for what is newer");
  }
  if (opened.lost.empty()) return;
  log::warn("accepted with its loss: " + opened.lost);
  const auto& sagas = opened.lost_sagas;
  const auto path = directory + "/lost-sagas-" + std::to_string(opened.epoch) + ".txt";
  const auto listed =
      write_list(sagas, path) ? "those that are known are listed in " + path : path + " cannot be written";
  log::warn(std::to_string(sagas.size()) + (sagas.size() == 1 ? " saga lacks" : " sagas lack") +
            " records, or may: compare each with its participants; " + listed);
  const auto told = std::min(sagas.size(), told_sagas_max);
  for (std::size_t at = 0; at < told; ++at) log::warn("saga " + sagas[at].text() + " lacks records, or may");
  if (told < sagas.size()) log::warn("and " + std::to_string(sagas.size() - told) + " more sagas");
  log::warn(
      "a saga whose records are all lost may be in no list, and its key is free again: let no start be repeated "
      "before the participants were asked what they know");
}

}  // namespace sagad
