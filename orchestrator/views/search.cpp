#include "views/search.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "engine/engine.hpp"
#include "json/json.hpp"
#include "views/plan.hpp"
#include "views/row_json.hpp"

namespace sagad::views {
namespace {

using journal::statement;

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](char letter) { return lower(letter); });
  return made;
}

/// A plan's walks under way, merged.
class walking {
 public:
  walking(std::vector<walk> walks, database& file) : file_(file), walks_(std::move(walks)) {
    for (const auto& one : walks_) begin(one);
  }

  bool more() const noexcept { return !streams_.empty(); }

  /// The newest of those that are left, once.
  kept_row take() {
    const auto newest = std::max_element(streams_.begin(), streams_.end(), [](const auto& left, const auto& right) {
      return left->next.row.id < right->next.row.id;
    });
    auto taken = std::move((*newest)->next);
    if ((*newest)->rows.step()) {
      (*newest)->next = read_row((*newest)->rows, file_);
    } else {
      streams_.erase(newest);
    }
    return taken;
  }

 private:
  struct stream {
    statement rows;
    kept_row next;
  };

  void begin(const walk& one) {
    auto fresh = std::make_unique<stream>(stream{statement(file_.connection(), one.sql), {}});
    for (std::size_t at = 0; at < one.bound.size(); ++at) {
      const auto number = static_cast<int>(at) + 1;
      if (const auto* value = std::get_if<std::int64_t>(&one.bound[at])) fresh->rows.bind(number, *value);
      if (const auto* text = std::get_if<walk::text>(&one.bound[at])) fresh->rows.bind_text(number, text->value);
      if (const auto* blob = std::get_if<walk::blob>(&one.bound[at])) fresh->rows.bind(number, blob->value);
    }
    if (!fresh->rows.step()) return;
    fresh->next = read_row(fresh->rows, file_);
    streams_.push_back(std::move(fresh));
  }

  database& file_;
  std::vector<walk> walks_;  // what is bound lies here
  std::vector<std::unique_ptr<stream>> streams_;
};

/// Whether a row is what the filter wants, whichever walk it comes from.
class sieve {
 public:
  sieve(const filter& wanted, database& file) : wanted_(wanted), file_(file), text_(lower(wanted.text)) {}

  bool takes(const kept_row& kept) {
    const auto& row = kept.row;
    return (wanted_.states == 0 || (wanted_.states & only(state_of(row))) != 0) &&
           (wanted_.definition.empty() || file_.definition(kept.definition).name == wanted_.definition) &&
           (!wanted_.version || row.version == *wanted_.version) && (!wanted_.key || row.key == *wanted_.key) &&
           (wanted_.step.empty() || kept.found_by.step == wanted_.step) &&
           (wanted_.error == 0 || kept.found_by.error == wanted_.error) &&
           (wanted_.starter.empty() || row.starter == wanted_.starter) && labelled(row) &&
           (text_.empty() || says(kept));
  }

 private:
  bool labelled(const row& row) const {
    return std::all_of(wanted_.labels.begin(), wanted_.labels.end(), [&](const auto& label) {
      if (row.labels.empty()) return false;
      const auto value = json::slice(row.labels, std::span(&label.first, 1));
      return value.data() != nullptr && json::unescape(value) == label.second;
    });
  }

  bool has(std::string_view in) const { return lower(in).find(text_) != std::string::npos; }

  // As people read and write it: `region=eu`.
  bool has_label(const row& row) const {
    bool any = false;
    for_each_label(row,
                   [&](const std::string& name, const std::string& value) { any = any || has(name + '=' + value); });
    return any;
  }

  bool says(const kept_row& kept) {
    const auto& row = kept.row;
    return has(row.id.text()) || has(row.key) || has_label(row) || has(row.starter) || has(kept.found_by.step) ||
           has(file_.definition(kept.definition).name) || has(row.broken) || has(row.turned.detail) ||
           (row.turned.why != engine::cause::none && has(engine::name(row.turned.why))) ||
           std::any_of(row.troubles.begin(), row.troubles.end(),
                       [&](const trouble& one) { return has(one.detail) || has(engine::name(one.error)); });
  }

  const filter& wanted_;
  database& file_;
  std::string text_;
};

std::string counts_json(database& file, const std::string& definition) {
  std::string out = "{";
  std::string last;
  bool any = false;
  file.counts(definition.empty() ? nullptr : &definition,
              [&](const std::string& name, shown state, std::uint64_t sagas) {
                if (!any || name != last) {
                  if (any) out += "},";
                  json::append_string(out, name);
                  out += ":{";
                } else {
                  out += ',';
                }
                any = true;
                last = name;
                json::append_string(out, views::name(state));
                out += ':' + std::to_string(sagas);
              });
  return out + (any ? "}}" : "}");
}

std::string version_of(const kept_row& kept, database& file) {
  const auto& name = file.definition(kept.definition).name;
  return kept.row.version == 0 ? name : name + "@" + std::to_string(kept.row.version);
}

}  // namespace

page search(const query& query, database& file, const page_budget& budget) {
  constexpr std::size_t rows_between_looks = 64;
  page found;
  found.sagas = "[";
  const auto began = budget.steady_milliseconds();
  walking walks(plan(query, file), file);
  sieve wanted(query.filter, file);
  for (std::size_t read = 0; walks.more(); ++read) {
    const auto sagas = found.seen.size();
    if (sagas == query.sagas_max || (sagas > 0 && found.sagas.size() >= budget.page_bytes_max)) break;
    const bool long_enough =
        read > 0 && read % rows_between_looks == 0 && budget.steady_milliseconds() - began >= budget.read_ms_max;
    if (read == budget.rows_read_max || long_enough) {
      found.reached = found.next->made_at();
      break;
    }
    const auto kept = walks.take();
    found.next = kept.row.id;
    if (!wanted.takes(kept)) continue;
    found.seen.push_back({kept.row.id, kept.row.seq});
    ++found.versions[version_of(kept, file)];
    if (query.bare) continue;
    if (sagas > 0) found.sagas += ',';
    append_json(found.sagas, kept, file);
  }
  if (!walks.more()) found.next.reset();
  found.sagas += ']';
  if (query.counts) found.counts = counts_json(file, query.filter.definition);
  return found;
}

}  // namespace sagad::views
