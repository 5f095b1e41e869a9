#include "sagactl/bulk.hpp"

#include <array>
#include <ostream>

#include "base/percent.hpp"
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

// ` (sale@2: 5, sale@1: 1)`
std::string by_version(json_view answer) {
  std::string out;
  answer["versions"].members([&](const std::string& version, json_view found) {
    out += (out.empty() ? "" : ", ") + printable(version) + ": " + found.dump();
  });
  return out.empty() ? out : " (" + out + ")";
}

// One that is followed.
struct followed {
  std::string id;
  std::string again;  ///< what to type when its answer is lost
};

std::string target_of(const followed& job, const std::string& query) {
  return "/v1/commands/" + percent_encoded(job.id) + "?" + query;
}

std::string summary(json_view job) {
  std::string out = job.text("command") + ": " + std::to_string(job.integer("found")) + " found";
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

// Until nothing is under way any more; the last answer.
reply follow(session& with, const followed& which, reply job) {
  while (job.good() && !job.view().has("ended")) {
    if (with.terminal) with.err << "\r\033[K" << summary(job.view()) << std::flush;
    with.pause(looked_every);
    job = ask(with, target_of(which, "limit=0"), "found");
  }
  if (with.terminal) with.err << "\r\033[K";
  return job;
}

exit_code print_pages(session& with, const followed& which, bool well) {
  std::string next = "0";
  while (!next.empty()) {
    const auto page = ask_page(with, target_of(which, "limit=1000&from=" + next), "results");
    if (!page.good()) return report(with, page, which.again);
    with.out << page.body << '\n';
    next = page.view().has("next") ? std::to_string(page.view().integer("next")) : "";
  }
  return well ? exit_code::ok : exit_code::refused;
}

void tell_what_was_not_done(session& with, const followed& which, json_view job) {
  for (const auto& one : outcomes) {
    if (one.well || job.integer(one.name) == 0) continue;
    const auto page =
        ask(with, target_of(which, "limit=" + std::to_string(not_done_told_max) + "&outcome=" + one.name), "results");
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

// Of a job that the server does not know.
std::string advice_on(const reply& bad, const std::string& id) {
  return bad.problem() == "not-found" ? "type the command that began it again, with --id " + id : std::string();
}

// `nothing`: it did all, and found no saga.
exit_code follow_to_its_end(session& with, const followed& which, reply job, bool& nothing) {
  job = follow(with, which, std::move(job));
  if (!job.good()) return report(with, job, which.again);
  const auto view = job.view();
  bool well = view.text("state") == "done" && view.flag("found_all");
  for (const auto& one : outcomes) well = well && (one.well || view.integer(one.name) == 0);
  nothing = well && view.integer("found") == 0;
  if (with.json) return print_pages(with, which, well);
  with.out << summary(view) << '\n';
  if (nothing) return exit_code::ok;
  tell_what_was_not_done(with, which, view);
  if (view.text("state") == "stopped") with.out << "  it was stopped: the others were left alone\n";
  if (view.has("failure")) {
    with.err << "sagactl: it ended early: " << view.text("failure") << "\n  next: " << which.again << '\n';
  } else if (view.text("state") == "done" && !view.flag("found_all")) {
    with.out
        << "  there are more than one job takes: type the command again, with a new --id or none, for the others\n";
  }
  return well ? exit_code::ok : exit_code::refused;
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
    with.out << options.command << " would be sent to " << at_least(view) << by_version(view)
             << "; nothing was changed: the same without --dry-run does it\n";
  }
  return view.integer("found") == 0 ? end_of_nothing_found(with, options.filter, exit_code::ok) : exit_code::ok;
}

exit_code run_bulk(session& with, const bulk_options& options) {
  auto job = ask(with, request_of(with, options), "found");
  const followed which{options.id, again(options)};
  if (!job.good()) {
    const bool open = job.status == 0 || job.status >= 500 || job.status == 429;
    return open ? report(with, job, which.again) : report(with, job);
  }
  if (!with.json && !job.view().has("ended")) {
    with.err << "job " << options.id << ": `sagactl job " << options.id << "` follows it, too; `sagactl stop "
             << options.id << "` stops it\n";
  }
  bool nothing = false;
  const auto ended = follow_to_its_end(with, which, std::move(job), nothing);
  return nothing && ended == exit_code::ok ? end_of_nothing_found(with, options.filter, ended) : ended;
}

exit_code follow_job(session& with, const std::string& id) {
  const followed which{id, "type `" + with.typed + "` again"};
  auto job = ask(with, target_of(which, "limit=0"), "found");
  if (!job.good()) return report(with, job, advice_on(job, id));
  bool nothing = false;
  return follow_to_its_end(with, which, std::move(job), nothing);
}

exit_code show_job(session& with, const std::string& id) {
  const auto answer = ask(with, target_of({id, {}}, "limit=0"), "found");
  if (!answer.good()) return report(with, answer, advice_on(answer, id));
  const auto job = answer.view();
  const bool ended = job.has("ended");
  if (with.json) {
    with.out << answer.body << '\n';
  } else {
    with.out << summary(job) << "; " << (ended ? job.text("state") : "under way") << ", begun "
             << relative_text(job.text("began"), with.now()) << '\n';
  }
  return ended ? exit_code::ok : exit_code::not_final;
}

}  // namespace sagad::sagactl
