#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/moment.hpp"
#include "dispatch/settings.hpp"

namespace sagad::config {

/// What a token's bearer may do.
enum class role : std::uint8_t {
  client,      ///< starts the definitions its token names; sees and cancels what it started
  developer,   ///< definitions, inline starts
  operations,  ///< commands; written `operator`
  reader,
};

/// Somebody who may call. The token itself is known to nobody here.
struct token {
  std::string name;  ///< the actor in records; no two alike
  digest sha256;
  std::vector<config::role> roles;       ///< at least one, none twice
  std::vector<std::string> definitions;  ///< of a client: what it may start, at least one; else empty
};

/// Somebody who is called. Where the credentials come from is kept to be shown; their value is in `called` alone.
struct participant {
  dispatch::participant_settings called;
  std::string credentials_header = "Authorization";
  std::string credentials_env;   ///< a variable's name; at most one of the two
  std::string credentials_file;  ///< a file's path
};

/// How long the histories of one definition are kept.
struct definition_retention {
  std::string definition;
  millis history = 0;
};

struct limits {
  std::uint64_t body_bytes_max = 1U << 20U;
  std::uint64_t header_bytes_max = 16U << 10U;
  std::uint64_t connections_max = 10'000;
  millis request_time_max = 10'000;
  millis idle_time_max = 75'000;
  millis write_time_max = 30'000;
  millis wait_max = 60'000;
  std::uint64_t live_sagas_max = 4'000'000;
  std::uint64_t definitions_max = 10'000;
  std::uint64_t waiters_max = 100'000;
  std::uint64_t lists_max = 256;
  std::uint64_t event_streams_max = 64;
  std::uint64_t batches_max = 8;
  std::uint64_t batch_bytes_max = 64U << 20U;
  std::uint64_t log_reserve_bytes = 2U << 20U;
};

/// All that can be set, with its defaults. What each means, its unit and its bounds: `fields.cpp`, from which the
/// reference page is made.
struct settings {
  std::string listen = "127.0.0.1:7070";
  std::string port_file;  ///< empty: none
  std::string journal = "log:./sagad-data";
  std::uint64_t log_segment_bytes = 64U << 20U;
  millis history_retention = 2'592'000'000;    ///< 30 days
  millis start_key_retention = 2'592'000'000;  ///< 30 days; not shorter
  std::string archive;                         ///< a folder; empty: none
  std::string views;                           ///< a file; empty: `views.db` in the log's folder
  millis views_lag_max = 10'000;
  std::string definitions;     ///< a folder; empty: none
  std::string public_url;      ///< without a slash at its end; empty: none
  std::uint64_t reactors = 0;  ///< 0: by the number of cores
  millis drain = 10'000;
  millis lease = 5'000;  ///< of what is owned of a journal that several share
  config::limits limits;
  std::vector<config::token> tokens;  ///< empty: whoever reaches it may do everything
  std::vector<config::participant> participants;
  std::vector<definition_retention> retentions;  ///< longer than `history_retention`
  bool accept_loss = false;                      ///< of this start alone: a flag, never in a file
  bool restored = false;                         ///< of this start alone, too
  std::optional<std::string>
      backup;                  ///< the folder that is to be made, and nothing else is to be done: `sagad backup DIR`
  bool rebuild_views = false;  ///< nothing else is to be done: `sagad views rebuild`
  bool migrate = false;        ///< nothing else is to be done: `sagad migrate`
  bool dry_run = false;        ///< of that
  bool raise = false;          ///< of that, too
};

/// A limit of the whole process that reactors share out: each needs one of it at least.
struct shared_limit {
  std::string key;
  std::uint64_t value = 0;
};
std::vector<shared_limit> shared_limits(const settings& wanted);

/// How many reactors to run on a machine with so many cores (0: unknown), unless it is said: no more than each can have
/// a share of every limit.
std::size_t reactor_count(const settings& wanted, std::size_t cores);

/// The folder of a `log:` journal; else empty.
std::string log_directory(const settings& wanted);

/// Where the database is that keeps the journal; empty: none does.
std::string database_url(const settings& wanted);

/// The file of the views; `:memory:` with a `memory:` journal, and with a database when none is named.
std::string views_file(const settings& wanted);

/// What to tell at a start, a sentence each: what is open, what is lost at the end, what callers cannot have.
std::vector<std::string> notices(const settings& wanted);

/// `client`, `developer`, `operator`, `reader`.
std::string_view name(role of) noexcept;

}  // namespace sagad::config
