#include "config/fields.hpp"

#include "config/checks.hpp"

namespace sagad::config {
namespace {

constexpr std::uint64_t kib = 1ULL << 10U;
constexpr std::uint64_t mib = 1ULL << 20U;
constexpr std::uint64_t gib = 1ULL << 30U;
constexpr std::uint64_t tib = 1ULL << 40U;
constexpr std::uint64_t second = 1000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;

constexpr field<settings> settings_table[] = {
    {{.key = "listen",
      .wrong = check::listen,
      .form = "address:port",
      .text =
          "Where clients reach sagad: an IP address of this machine and a port, 0 for any free one. Beyond loopback "
          "it needs at least one token."},
     [](settings& of) -> slot { return &of.listen; }},
    {{.key = "port_file",
      .wrong = check::path,
      .form = "path",
      .text = "A file that gets the bound port once connections are accepted. It is written whole or not at all, so "
              "that a script can wait for it."},
     [](settings& of) -> slot { return &of.port_file; }},
    {{.key = "public_url",
      .wrong = check::public_url,
      .form = "url",
      .text = "What participants call for late answers: the address of sagad as they see it. Without one, definitions "
              "with `by: callback` are refused."},
     [](settings& of) -> slot { return &of.public_url; }},
    {{.key = "journal",
      .wrong = check::journal,
      .form = "log:DIR | postgresql://USER@HOST/DATABASE | memory:",
      .text =
          "Where records are kept: `log:DIR` in the folder DIR, durably; `postgresql://...` in a database; "
          "`memory:` nowhere, for trying out. What works in a database stands in "
          "[operating.md](operating.md#the-journal-in-postgresql). The folder, or the tables, are made at the first "
          "start; a folder that is there has to be empty then, but for what is named here. A folder belongs to one "
          "sagad at a time; a database is "
          "shared by all sagad that name it."},
     [](settings& of) -> slot { return &of.journal; }},
    {{.key = "log_segment_bytes",
      .is = kind::bytes,
      .min = mib,
      .max = gib,
      .form = "size",
      .text = "The size of one file of a `log:` journal. Space is taken and given back in such pieces; it may change "
              "from start to start."},
     [](settings& of) -> slot { return &of.log_segment_bytes; }},
    {{.key = "history_retention",
      .is = kind::duration,
      .min = second,
      .max = 36'500 * day,
      .form = "duration",
      .text = "How long a saga's history is kept after its last record, at least. Then the whole segment of the "
              "journal that it lies in is deleted, as soon as everything else in that segment is as old; the saga is "
              "answered 404 and is in no list any more. Sagas under "
              "way are kept whatever their age."},
     [](settings& of) -> slot { return &of.history_retention; }},
    {{.key = "start_key_retention",
      .is = kind::duration,
      .min = second,
      .max = 36'500 * day,
      .form = "duration",
      .text =
          "How long a saga holds its start key after its last record. Then the same key begins a new saga. It is not "
          "shorter than `history_retention`."},
     [](settings& of) -> slot { return &of.start_key_retention; }},
    {{.key = "archive",
      .wrong = check::path,
      .form = "folder",
      .text = "Where histories go before they are deleted: a file `sagas-....ndjson.zst` for each segment of the "
              "journal, each record a line. It is made when it is missing. What cannot be written there is not "
              "deleted. Without a folder histories are deleted for good."},
     [](settings& of) -> slot { return &of.archive; }},
    {{.key = "views",
      .wrong = check::path,
      .form = "path",
      .text = "The file that lists, searches and counts are answered from, built from the journal. It is built anew "
              "when it is lost; with a `memory:` journal it is in memory. It is one process's alone. A file that is "
              "there and "
              "is none of views is left as it is: sagad does not start.",
      .unset = "`views.db` in the folder of the journal; with a database in memory, built anew at each start"},
     [](settings& of) -> slot { return &of.views; }},
    {{.key = "views_lag_max",
      .is = kind::duration,
      .min = 100,
      .max = 24 * hour,
      .form = "duration",
      .text = "How far lists may be behind the journal. Further behind `/readyz` says not ready."},
     [](settings& of) -> slot { return &of.views_lag_max; }},
    {{.key = "definitions",
      .wrong = check::folder,
      .form = "folder",
      .text = "A folder of `*.yaml` and `*.json`, applied at the first start of an empty journal; names that are added "
              "before a saga has begun are taken, too. Later changes are uploaded."},
     [](settings& of) -> slot { return &of.definitions; }},
    {{.key = "reactors",
      .is = kind::count,
      .max = 64,
      .form = "number",
      .text = "Threads that run sagas. 0 takes one for each core, at most 8. They share out what is limited for all of "
              "them together, so no limit of connections, sagas, waiting requests or calls may be below their number."},
     [](settings& of) -> slot { return &of.reactors; }},
    {{.key = "drain",
      .is = kind::duration,
      .max = hour,
      .form = "duration",
      .text = "How long open exchanges may take to finish after SIGTERM. What is not finished then goes on at the next "
              "start."},
     [](settings& of) -> slot { return &of.drain; }},
    {{.key = "lease",
      .is = kind::duration,
      .min = second,
      .max = minute,
      .form = "duration",
      .text =
          "Of a journal in a database: how long a sagad that says nothing more keeps its sagas, before others take "
          "them over. It says that it is there three times in that time; a shorter one has it lose them sooner when "
          "the database is slow. The same for all that share the journal."},
     [](settings& of) -> slot { return &of.lease; }},
    {{.key = "limits.body_bytes_max",
      .is = kind::bytes,
      .min = kib,
      .max = 8 * mib,
      .form = "size",
      .text = "The largest body of a request. Larger ones are answered 413. Each connection keeps its own until it is "
              "answered, so together they may take `limits.connections_max` times as much."},
     [](settings& of) -> slot { return &of.limits.body_bytes_max; }},
    {{.key = "limits.header_bytes_max",
      .is = kind::bytes,
      .min = kib,
      .max = mib,
      .form = "size",
      .text = "The request line and all headers together; as much again may be a chunked body's trailer fields. Larger "
              "ones are answered 431."},
     [](settings& of) -> slot { return &of.limits.header_bytes_max; }},
    {{.key = "limits.connections_max",
      .is = kind::count,
      .min = 1,
      .max = 1'000'000,
      .form = "number",
      .text =
          "Clients' connections open at once. A further one is answered 503 and closed. Fewer are taken, and the "
          "start says so, where the limit of open files (`ulimit -n`) leaves less beside participants' connections. "
          "Answers that their clients do not read take 32 KiB for each of them at most, and 256 MiB in all beside "
          "that: as long as they do, a larger one is answered 503 with `Retry-After`."},
     [](settings& of) -> slot { return &of.limits.connections_max; }},
    {{.key = "limits.request_time_max",
      .is = kind::duration,
      .min = 100,
      .max = 10 * minute,
      .form = "duration",
      .text = "From a request's first byte to its last. A slower client is answered 408. Of a batch's body at least 16 "
              "KiB must come within each such time, or its end."},
     [](settings& of) -> slot { return &of.limits.request_time_max; }},
    {{.key = "limits.idle_time_max",
      .is = kind::duration,
      .min = second,
      .max = hour,
      .form = "duration",
      .text = "How long a connection may rest between requests. Then it is closed."},
     [](settings& of) -> slot { return &of.limits.idle_time_max; }},
    {{.key = "limits.write_time_max",
      .is = kind::duration,
      .min = second,
      .max = hour,
      .form = "duration",
      .text = "How long a client may take to read its answer. Then its connection is closed."},
     [](settings& of) -> slot { return &of.limits.write_time_max; }},
    {{.key = "limits.wait_max",
      .is = kind::duration,
      .max = hour,
      .form = "duration",
      .text = "The longest `wait` that a request may ask for. Longer ones are cut to it."},
     [](settings& of) -> slot { return &of.limits.wait_max; }},
    {{.key = "limits.live_sagas_max",
      .is = kind::count,
      .min = 1,
      .max = 100'000'000,
      .form = "number",
      .text = "Unfinished sagas at once. Past it starts are answered 429 with `Retry-After`."},
     [](settings& of) -> slot { return &of.limits.live_sagas_max; }},
    {{.key = "limits.definitions_max",
      .is = kind::count,
      .min = 1,
      .max = 1'000'000,
      .form = "number",
      .text =
          "Definitions kept, each version and each inline one. They stay for as long as the journal and are compiled "
          "at the start; past it another one is answered 503."},
     [](settings& of) -> slot { return &of.limits.definitions_max; }},
    {{.key = "limits.waiters_max",
      .is = kind::count,
      .min = 1,
      .max = 10'000'000,
      .form = "number",
      .text = "Requests waiting for a saga at once. Past it they are answered 503 with `Retry-After`."},
     [](settings& of) -> slot { return &of.limits.waiters_max; }},
    {{.key = "limits.lists_max",
      .is = kind::count,
      .min = 1,
      .max = 100'000,
      .form = "number",
      .text = "Lists asked for and not answered at once. Past it they are answered 503 with `Retry-After`."},
     [](settings& of) -> slot { return &of.limits.lists_max; }},
    {{.key = "limits.event_streams_max",
      .is = kind::count,
      .min = 1,
      .max = 10'000,
      .form = "number",
      .text =
          "Clients that follow the events at once. Past it they are answered 503 with `Retry-After`. What one has not "
          "read takes 1 MiB at most, or one event that is larger."},
     [](settings& of) -> slot { return &of.limits.event_streams_max; }},
    {{.key = "limits.batches_max",
      .is = kind::count,
      .min = 1,
      .max = 1000,
      .form = "number",
      .text = "Batches of starts under way at once. Past it they are answered 503 with `Retry-After`."},
     [](settings& of) -> slot { return &of.limits.batches_max; }},
    {{.key = "limits.batch_bytes_max",
      .is = kind::bytes,
      .min = kib,
      .max = 4096 * mib,
      .form = "size",
      .text = "The largest body of a batch of starts, of which each may have `limits.body_bytes_max`. Larger ones are "
              "answered 413."},
     [](settings& of) -> slot { return &of.limits.batch_bytes_max; }},
    {{.key = "limits.log_reserve_bytes",
      .is = kind::bytes,
      .min = 2 * mib,
      .max = tib,
      .form = "size",
      .text = "Room of a `log:` journal that is kept for what is under way, beside twice what sagas have lately been "
              "writing for each that runs. Starts are refused (503) before it is touched, so that a full disk does not "
              "keep a saga from being undone, unless its steps answer far more than those before it."},
     [](settings& of) -> slot { return &of.limits.log_reserve_bytes; }},
    {{.key = "tokens",
      .is = kind::table,
      .form = "list of tokens",
      .text = "Who may call: bearer tokens, by their SHA-256. Without any, whoever reaches the address may do "
              "everything."},
     [](settings&) -> slot { return {}; }},
    {{.key = "participants",
      .is = kind::table,
      .form = "name: participant",
      .text = "Who is called: each participant by the name that definitions use. None is ever called elsewhere than "
              "configured."},
     [](settings&) -> slot { return {}; }},
    {{.key = "retentions",
      .is = kind::table,
      .form = "name: retention",
      .text =
          "What is kept longer than others: definitions by their names, in a `log:` journal. A segment goes when all "
          "in it is older than `history_retention`; what is kept longer is copied to the journal's end then, so once "
          "in each `history_retention`. It needs free room: on a full disk nothing is copied, and its segment stays. "
          "A number of sagas to keep cannot be named, and no shorter time."},
     [](settings&) -> slot { return {}; }},
};

constexpr field<definition_retention> retentions_table[] = {
    {{.key = "history",
      .is = kind::duration,
      .min = second,
      .max = 36'500 * day,
      .required = true,
      .form = "duration",
      .text =
          "As `history_retention`, of sagas of this definition, whatever its version. Not shorter than that, and not "
          "longer than `start_key_retention`."},
     [](definition_retention& of) -> slot { return &of.history; }},
};

constexpr field<token_entry> tokens_table[] = {
    {{.key = "name",
      .wrong = check::token_name,
      .required = true,
      .form = "text",
      .text = "Who it is: recorded as the actor of what it does. No two tokens have one name."},
     [](token_entry& of) -> slot { return &of.name; }},
    {{.key = "token_sha256",
      .wrong = check::sha256,
      .required = true,
      .form = "64 hex digits",
      .text = "The SHA-256 of the token, which itself stands nowhere: `printf %s \"$TOKEN\" | sha256sum`."},
     [](token_entry& of) -> slot { return &of.token_sha256; }},
    {{.key = "roles",
      .is = kind::list,
      .min = 1,
      .max = 4,
      .wrong = check::role,
      .required = true,
      .form = "list",
      .text =
          "`client` starts sagas, sees and cancels its own; `developer` uploads definitions and starts inline ones; "
          "`operator` gives commands; `reader` sees all."},
     [](token_entry& of) -> slot { return &of.roles; }},
    {{.key = "definitions",
      .is = kind::list,
      .min = 1,
      .max = 1000,
      .wrong = check::name,
      .form = "list",
      .text = "What a `client` may start, by name. Required of a client, refused of others."},
     [](token_entry& of) -> slot { return &of.definitions; }},
};

constexpr field<participant> participants_table[] = {
    {{.key = "endpoints",
      .is = kind::list,
      .min = 1,
      .max = dispatch::endpoints_max,
      .wrong = check::endpoint,
      .required = true,
      .form = "list",
      .text = "Where it is: `http://host:port`, each able to take every call."},
     [](participant& of) -> slot { return &of.called.endpoints; }},
    {{.key = "paths",
      .is = kind::list,
      .min = 1,
      .max = 64,
      .wrong = check::path_prefix,
      .form = "list",
      .text = "What sagas may call: prefixes of paths, in whole segments (`/v1` covers `/v1/holds`, not `/v10`)."},
     [](participant& of) -> slot { return &of.called.path_prefixes; }},
    {{.key = "max_in_flight",
      .is = kind::count,
      .min = 1,
      .max = 65'536,
      .form = "number",
      .text = "Calls open at once. Further ones wait, which costs no attempt."},
     [](participant& of) -> slot { return &of.called.max_in_flight; }},
    {{.key = "response_bytes_max",
      .is = kind::bytes,
      .min = kib,
      .max = 8 * mib,
      .form = "size",
      .text = "The largest answer. What a larger one says is not known."},
     [](participant& of) -> slot { return &of.called.response_bytes_max; }},
    {{.key = "connect_timeout",
      .is = kind::duration,
      .min = 1,
      .max = minute,
      .form = "duration",
      .text = "How long a connection may take to be made."},
     [](participant& of) -> slot { return &of.called.connect_timeout_ms; }},
    {{.key = "credentials.header",
      .wrong = check::header_name,
      .form = "header",
      .text = "The header that carries the credentials. It goes to this participant's endpoints only, and is never "
              "recorded or shown."},
     [](participant& of) -> slot { return &of.credentials_header; }},
    {{.key = "credentials.value_env",
      .wrong = check::variable_name,
      .form = "variable",
      .text = "The variable that holds the header's whole value, as in `Bearer abc`."},
     [](participant& of) -> slot { return &of.credentials_env; }},
    {{.key = "credentials.value_file",
      .wrong = check::path,
      .form = "path",
      .text = "The file that holds it, instead of a variable. A line end at its end is dropped."},
     [](participant& of) -> slot { return &of.credentials_file; }},
};

constexpr request_text requests_table[] = {
    {"--config", "file", "reads the settings of this YAML file; also SAGAD_CONFIG"},
    {"--check-config", "", "checks the configuration and ends: 0 when it is good, 2 with every mistake when it is not"},
    {"--print-config", "", "prints the configuration as it would hold, and where each value comes from; no secrets"},
    {"--accept-loss", "", "goes on with a damaged journal, and lists the sagas concerned"},
    {"--restored", "",
     "begins from a backup, which the journal's folder must be, and says which sagas may be unknown; given once"},
    {"backup", "folder",
     "copies the journal into a new folder, which it syncs, with checksums, and ends: sagad may run meanwhile"},
    {"views rebuild", "",
     "builds the views anew from the journal, beside the live ones, and ends: a sagad that runs is asked to do it, "
     "with "
     "the token of SAGAD_TOKEN"},
    {"migrate", "",
     "brings the tables of a journal in a database to the version that this sagad writes, and ends: where none is "
     "missing it does nothing"},
    {"--raise", "",
     "lets records be written in the newest format, once every node that shares the journal is of this version: an "
     "older "
     "sagad does not begin any more then; done beside the nodes, and says which one is in the way",
     "migrate"},
    {"--dry-run", "", "says what it would do, and which sagad may run meanwhile, and changes nothing", "migrate"},
    {"--config-reference", "", "prints the reference page of all settings (Markdown)"},
    {"--help", "", "prints what there is; behind a command, what that one does and takes"},
    {"--version", "", "prints the version"},
};

}  // namespace

std::span<const field<settings>> setting_fields() {
  return settings_table;
}
std::span<const field<token_entry>> token_fields() {
  return tokens_table;
}
std::span<const field<participant>> participant_fields() {
  return participants_table;
}
std::span<const field<definition_retention>> retention_fields() {
  return retentions_table;
}
std::span<const request_text> requests() {
  return requests_table;
}

}  // namespace sagad::config
