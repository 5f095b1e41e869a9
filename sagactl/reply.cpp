#include "sagactl/reply.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include "sagactl/answer_shape.hpp"
#include "sagactl/known_names.hpp"

namespace sagad::sagactl {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 21> suggestions{{
    {"malformed", "The server could not read the request; is it a sagad of the same version?"},
    {"invalid-argument", "`COMMAND --help` shows what each option takes."},
    {"unauthorized", "Give a token that the server knows: SAGACTL_TOKEN=..., or --token."},
    {"forbidden", "The token's role does not allow this: ask whoever configures the server."},
    {"not-found", "`sagactl list` shows all sagas, the newest first."},
    {"unknown-definition",
     "`sagactl definitions list` shows what there is, `sagactl definitions apply FILE` adds to it."},
    {"key-reused", "The key stands for another request: take a new one for a new saga, or send the very same request."},
    {"no-longer-kept", "It happened long ago: your own records say what for. Nothing is to be sent again."},
    {"state-refuses", "`sagactl get SAGA` shows where the saga is and which commands fit."},
    {"changed-meanwhile",
     "The saga went on in between: look with `sagactl get SAGA`. If the command still fits, type `TYPED` again (with "
     "the "
     "new record's number where it has --if-seq)."},
    {"in-flight", "Wait until the exchange has ended (`sagactl get SAGA` shows it), then type `TYPED` again."},
    {"body-too-large", "Send less, or raise the server's limit."},
    {"unsupported-media", "Definitions are YAML or JSON, everything else is JSON."},
    {"invalid-input", "Correct the input; `sagactl definitions get NAME` shows what the definition wants."},
    {"invalid-definition", "Correct the definition and apply it again; nothing was changed."},
    {"key-required", "Give the start a key: --key."},
    {"too-many-requests", "Try again in a moment; with the same key or id nothing happens twice."},
    {"overloaded", "Try again in a moment; with the same key or id nothing happens twice."},
    {"journal-full", "The server's disk is full: new sagas wait until there is room; running ones go on."},
    {"durability-unknown",
     "Nobody knows whether it was recorded: type `TYPED` again, or look with `sagactl get SAGA`."},
    {"draining", "The server is shutting down: try again when it is back."},
}};

std::string_view suggestion_for(std::string_view problem) {
  for (const auto& [name, words] : suggestions) {
    if (name == problem) return words;
  }
  return {};
}

exit_code report_unreachable(session& with, const reply& bad, std::string_view advice) {
  with.err << "sagactl: no answer from " << with.server_name << ": " << printable(bad.body) << '\n';
  with.err << "  next: is sagad running there? `sagad --config sagad.yaml` starts it. Another place: --server URL, or "
              "SAGACTL_SERVER.\n";
  if (with.server_name.rfind("https:", 0) == 0) {
    with.err << "  sagad itself speaks http alone: https is spoken by a proxy before it\n";
  }
  if (!advice.empty()) with.err << "  " << advice << '\n';
  return exit_code::unreachable;
}

exit_code report_foreign(session& with, const reply& bad, std::string_view advice) {
  with.err << "sagactl: " << with.server_name << " answered " << bad.status << ", and not as sagad does"
           << (bad.why_foreign.empty() ? "" : ": ") << bad.why_foreign << "\n"
           << "  next: is that address sagad's, or that of another service or a page to log in? --server URL\n";
  if (!advice.empty()) with.err << "  " << advice << '\n';
  return exit_code::unreachable;
}

// Whoever stands between answered, or somebody else altogether. What a proxy says does not tell what became of it.
exit_code report_no_problem(session& with, const reply& bad, std::string_view advice) {
  constexpr std::size_t shown_bytes_max = 200;
  const auto said = printable(bad.body.substr(0, shown_bytes_max));
  with.err << "sagactl: " << with.server_name << " answered " << bad.status << ", and not as sagad does"
           << (said.empty() ? "" : ": ") << said
           << "\n  next: is that address sagad's? --server URL, or SAGACTL_SERVER. "
           << (bad.status >= 500 ? "If a proxy stands between: is sagad running behind it?"
                                 : "If a proxy stands between, it refuses: its log, or whoever runs it, knows why.")
           << '\n';
  if (!advice.empty()) with.err << "  " << advice << '\n';
  return bad.status >= 500 ? exit_code::unreachable : exit_code::refused;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

// What the server says to programs that speak HTTP, for a person at a command line, who is told what to type instead.
std::string without_http(const std::string& detail) {
  return replaced(detail.substr(0, detail.find(": GET /v1/")), "`force`", "--force");
}

// What to type next, as it can be typed: with the saga's id in place of the word.
std::string next_for(const session& with, const reply& bad) {
  const auto view = bad.view();
  if (view.text("detail").find("`force`") != std::string::npos) return "`" + with.typed + " --force`";
  const auto saga = view.has("saga") ? view.text("saga") : with.saga;
  auto suggestion = replaced(std::string(suggestion_for(bad.problem())), "COMMAND", with.command);
  if (!saga.empty()) suggestion = replaced(std::move(suggestion), "SAGA", saga);
  // Last: in what was typed any of these words may stand.
  return replaced(std::move(suggestion), "TYPED", with.typed);
}

// ": did you mean `sale`?", where a definition is not known.
std::string definition_meant(session& with, const reply& bad, const std::string& detail) {
  const auto begin = detail.find('`');
  if (bad.problem() != "unknown-definition" || begin == std::string::npos) return {};
  const auto names = definition_names(with);
  const auto end = detail.find_first_of("`@", begin + 1);
  if (!names || end == std::string::npos) return {};
  const auto name = detail.substr(begin + 1, end - begin - 1);
  const bool is_there = std::find(names->begin(), names->end(), name) != names->end();
  return is_there ? std::string() : meant_of(name, *names);
}

void print_errors(session& with, json_view errors) {
  constexpr std::size_t shown_max = 20;
  for (std::size_t at = 0; at < errors.size() && at < shown_max; ++at) {
    const auto one = errors.at(at);
    with.err << "  ";
    if (one.has("line")) with.err << "line " << one.integer("line") << ", column " << one.integer("column") << ": ";
    if (one.has("pointer")) with.err << (one.text("pointer").empty() ? "/" : one.text("pointer")) << ": ";
    with.err << one.text("detail") << '\n';
  }
  if (errors.size() > shown_max) with.err << "  and " << errors.size() - shown_max << " more\n";
}

// The first misfit of an input stands in the problem's detail, too: there it is told where it is the only one, else in
// the list alone. True: there is a list.
bool lists_errors(const reply& bad, json_view errors, std::string& detail) {
  if (bad.problem() != "invalid-input" || errors.size() == 0) return errors.size() > 1;
  const auto first = errors.at(0);
  const auto place = first.text("pointer").empty() ? "it" : first.text("pointer");
  const auto words = ": " + place + " " + first.text("detail");
  const auto at = detail.find(words);
  if (at == std::string::npos) return true;
  if (errors.size() == 1) return false;
  detail.erase(at, words.size());
  return true;
}

}  // namespace

std::string reply::problem() const {
  const auto type = view().text("type");
  return type.substr(type.rfind(':') == std::string::npos ? 0 : type.rfind(':') + 1);
}

reply ask(session& with, const http_request& what, std::string_view member) {
  auto answer = with.server.send(what);
  reply read;
  read.status = answer.status;
  read.body = std::move(answer.body);
  read.more = answer.more;
  read.document = parse_json(read.status == 0 ? std::string_view() : std::string_view(read.body));
  if (answer.too_large) {
    read.why_foreign = "more than " + std::to_string(what.bytes_max >> 20U) + " MiB, read no further";
  } else if (read.status / 100 == 2) {
    read.why_foreign = misfit(read.document, member);
    if (!read.why_foreign.empty() && !json_mistake(read.body).empty()) read.why_foreign = "it is no JSON";
  }
  read.foreign = read.status / 100 == 3 || !read.why_foreign.empty();
  if (!read.document.IsObject() && !read.document.IsArray()) read.document.SetObject();
  return read;
}

reply ask(session& with, std::string target, std::string_view member) {
  http_request what;
  what.target = std::move(target);
  return ask(with, what, member);
}

reply ask_page(session& with, std::string target, std::string_view member) {
  http_request what;
  what.target = std::move(target);
  what.bytes_max = page_bytes_max;
  return ask(with, what, member);
}

exit_code report(session& with, const reply& bad, std::string_view advice) {
  if (bad.status == 0) return report_unreachable(with, bad, advice);
  if (bad.foreign) return report_foreign(with, bad, advice);
  if (bad.problem().empty()) return report_no_problem(with, bad, advice);
  const auto view = bad.view();
  if (with.json && view.has("type")) {
    with.err << bad.body << '\n';
    return exit_code::refused;
  }
  const auto title = view.text("title");
  with.err << "sagactl: refused (" << bad.status << (title.empty() ? "" : ", ") << title << ")";
  auto detail = view.text("detail");
  const auto errors = view["errors"];
  const bool lists = lists_errors(bad, errors, detail);
  with.err << ": " << without_http(detail) << definition_meant(with, bad, detail) << '\n';
  if (lists) print_errors(with, errors);
  if (view.has("saga")) with.err << "  saga: " << view.text("saga") << '\n';
  const auto next = advice.empty() ? next_for(with, bad) : std::string(advice);
  if (!next.empty()) with.err << "  next: " << next << '\n';
  return exit_code::refused;
}

std::string typed_with(const session& with, std::string_view option, const std::string& value) {
  return "`" + with.typed + " " + std::string(option) + " " + value + "`";
}

}  // namespace sagad::sagactl
