#include "sagactl/bulk.hpp"

#include <array>
#include <ostream>

#include "sagactl/json_writer.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/show.hpp"
#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

constexpr milliseconds looked_every{200};
constexpr int not_done_told_max = 20;  // of those that were not done, one by one

struct outcome {
  const char* name;
  const char* words;
  bool well;
};
constexpr std::array<outcome, 5> outcomes{{{"done", "done", true},
                                           {"repeated", "done before", true},
                                           {"moved_on", "moved on in between", false},
                                           {"refused", "refused", false},
                                           {"unknown", "not known", false}}};

http_request request_of(const session& with, const bulk_options& options) {
  object_text filter;
  for (const auto& [name, value] : parameters_of(with, options.filter)) filter.text(name, value);
  http_request what;
  what.method = "POST";
  what.target = "/v1/commands";
  what.body = R"({"command":)" + json_text(options.command) + R"(,"filter":)" + filter.take() + options.members;
  if (!options.id.empty()) what.body += R"(,"id":)" + json_text(options.id);
  what.body += '}';
  return what;
}

std::string at_least(json_view answer) {
  return std::to_string(answer.integer("found")) + (answer.flag("found_all") ? "" : " or more");
}

std::string summary(const bulk_options& options, json_view job) {
  std::string out = options.command + ": " + std::to_string(job.integer("found")) + " found";
  for (const auto& one : outcomes) {
    if (job.integer(one.name) != 0) out += ", " + std::to_string(job.integer(one.name)) + " " + one.words;
  }
  return out;
}

// What to type for the same job, whatever the time is by then.
std::string again(const bulk_options& options) {
  std::string out = "type the command again with --id " + options.id;
  if (!options.filter.since.empty()) out += " --since " + options.filter.since;
  if (!options.filter.until.empty()) out += " --until " + options.filter.until;
  return out + ": what was done is not done twice";
}

exit_code lost(session& with, const bulk_options& options, const reply& bad) {
  return report(with, bad, again(options));
}

// Until nothing is under way any more; the last answer.
reply follow(session& with, const bulk_options& options, reply job) {
  while (job.good() && !job.view().has("ended")) {
    if (with.terminal) with.err << "\r\033[K" << summary(options, job.view()) << std::flush;
    with.pause(looked_every);
    job = ask(with, "/v1/commands/" + encoded(options.id) + "?limit=0", "found");
  }
  if (with.terminal) with.err << "\r\033[K";
  return job;
}

exit_code print_pages(session& with, const bulk_options& options, bool well) {
  std::string next = "0";
  while (!next.empty()) {
    const auto page = ask(with, "/v1/commands/" + encoded(options.id) + "?limit=1000&from=" + next, "results");
    if (!page.good()) return lost(with, options, page);
    with.out << page.body << '\n';
    next = page.view().has("next") ? std::to_string(page.view().integer("next")) : "";
  }
  return well ? exit_code::ok : exit_code::refused;
}

void tell_what_was_not_done(session& with, const bulk_options& options, json_view job) {
  for (const auto& one : outcomes) {
    if (one.well || job.integer(one.name) == 0) continue;
    const auto page = ask(
        with,
        "/v1/commands/" + encoded(options.id) + "?limit=" + std::to_string(not_done_told_max) + "&outcome=" + one.name,
        "results");
    const auto view = page.view();
    const auto results = view["results"];
    for (std::size_t at = 0; at < results.size(); ++at) {
      with.out << "  " << results.at(at).text("saga") << ": " << one.words << " (" << results.at(at).text("why")
               << ")\n";
    }
    if (job.integer(one.name) > not_done_told_max) {
      with.out << "  and " << job.integer(one.name) - not_done_told_max << " more " << one.words << '\n';
    }
  }
}

}  // namespace

exit_code count_bulk(session& with, const bulk_options& options) {
  auto what = request_of(with, options);
  what.target += "?dry_run";
  const auto answer = ask(with, what, "found");
  if (!answer.good()) return report(with, answer);
  const auto view = answer.view();
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    show_list(with.out, {view}, with.now());
    with.out << options.command << " would be sent to " << at_least(view)
             << "; nothing was changed: the same without --dry-run does it\n";
  }
  return view.integer("found") == 0 ? end_of_nothing_found(with, options.filter, exit_code::ok) : exit_code::ok;
}

exit_code run_bulk(session& with, const bulk_options& options) {
  auto job = ask(with, request_of(with, options), "found");
  if (!job.good()) {
    const bool open = job.status == 0 || job.status >= 500 || job.status == 429;
    return open ? lost(with, options, job) : report(with, job);
  }
  if (!with.json && !job.view().has("ended")) {
    with.err << "job " << options.id << ": `sagactl stop " << options.id << "` stops it\n";
  }
  job = follow(with, options, std::move(job));
  if (!job.good()) return lost(with, options, job);
  const auto view = job.view();
  bool well = view.text("state") == "done" && view.flag("found_all");
  for (const auto& one : outcomes) well = well && (one.well || view.integer(one.name) == 0);
  const bool nothing = well && view.integer("found") == 0;
  if (with.json) {
    const auto ended = print_pages(with, options, well);
    return nothing && ended == exit_code::ok ? end_of_nothing_found(with, options.filter, ended) : ended;
  }
  with.out << summary(options, view) << '\n';
  if (nothing) return end_of_nothing_found(with, options.filter, exit_code::ok);
  tell_what_was_not_done(with, options, view);
  if (view.text("state") == "stopped") with.out << "  it was stopped: the others were left alone\n";
  if (view.has("failure")) {
    with.err << "sagactl: it ended early: " << view.text("failure") << "\n  next: " << again(options) << '\n';
  } else if (view.text("state") == "done" && !view.flag("found_all")) {
    with.out
        << "  there are more than one job takes: type the command again, with a new --id or none, for the others\n";
  }
  return well ? exit_code::ok : exit_code::refused;
}

}  // namespace sagad::sagactl
