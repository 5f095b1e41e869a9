#include "rebuild_views.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "http/client.hpp"
#include "json/json.hpp"
#include "open_journal.hpp"
#include "runtime/catalog.hpp"
#include "runtime/clock.hpp"
#include "telemetry/log.hpp"
#include "views/claim.hpp"
#include "views/keeper.hpp"

namespace sagad {
namespace {

/// One answer of a sagad that runs.
struct told {
  int status = 0;  ///< 0: nobody answered
  std::string body;
};

/// Asks the sagad at the configured address.
class running_sagad final : public http::exchange_sink {
 public:
  explicit running_sagad(const config::settings& settings) {
    auto address = settings.listen;
    if (address.ends_with(":0")) {
      std::string port;
      if (std::ifstream(settings.port_file) >> port) address.replace(address.size() - 1, 1, port);
    }
    // Whoever listens everywhere is reached here.
    if (address.starts_with("0.0.0.0:")) address.replace(0, 7, "127.0.0.1");
    if (address.starts_with("[::]:")) address.replace(0, 4, "[::1]");
    url_ = "http://" + address;
    if (const char* token = std::getenv("SAGAD_TOKEN"); token != nullptr) {
      headers_ = "Authorization: Bearer " + std::string(token) + "\r\n";
    }
  }

  const std::string& url() const noexcept { return url_; }

  told ask(std::string_view method, std::string_view target) {
    auto address = http::parse_endpoint(url_);
    if (!std::holds_alternative<http::endpoint_address>(address)) return {};
    boost::asio::io_context context;
    answer_ = {};
    http::client client(context, std::get<http::endpoint_address>(std::move(address)), {}, *this);
    http::outgoing what;
    what.method = method;
    what.target = target;
    what.more_headers = headers_;
    ended_ = false;
    client.begin(1, what);
    while (!ended_ && context.run_one() != 0) {
    }
    return answer_;
  }

  void ended(const http::incoming& what) override {
    ended_ = true;
    if (what.how == http::exchange_end::answered) answer_ = {what.status, std::string(what.body)};
  }

 private:
  std::string url_;
  std::string headers_;
  told answer_;
  bool ended_ = false;
};

std::optional<std::uint64_t> number_in(const std::string& body, const std::string& member) {
  if (json::check(body)) return std::nullopt;
  const std::string path[] = {member};
  const auto raw = std::string(json::slice(body, path));
  if (raw.empty() || raw.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoull(raw);
}

int done(std::uint64_t sagas) {
  std::printf("the views were built anew, with %llu saga%s\n", static_cast<unsigned long long>(sagas),
              sagas == 1 ? "" : "s");
  return 0;
}

std::string nobody_answers(const config::settings& settings, const std::string& url) {
  if (url.ends_with(":0")) {
    return ", which listens on any free port (--listen " + settings.listen +
           "): give its --port-file, or --listen with the port that it got, so that it can be asked";
  }
  return ", and nobody answers at " + url + ": give the --config or --listen of that process, so that it can be asked";
}

// Asks until the views that were built anew have taken their place, or nobody is at work on them for a while: then the
// process was restarted meanwhile. `taken` says who has the journal, or the views.
int rebuild_there(const config::settings& settings, const std::string& taken) {
  constexpr std::chrono::milliseconds between_looks{100};
  constexpr int idle_looks_max = 100;
  running_sagad there(settings);
  const auto begun = there.ask("POST", "/v1/views/rebuild");
  if (begun.status == 0) {
    log::error(taken + nobody_answers(settings, there.url()));
    return 1;
  }
  const auto wanted = number_in(begun.body, "done_when_rebuilt");
  if (begun.status == 401 || begun.status == 403) {
    log::error("the sagad at " + there.url() +
               " is asked to do it, and wants a token with the role operator: set the "
               "variable SAGAD_TOKEN to one");
    return 1;
  }
  if (begun.status != 202 || !wanted) {
    log::error(there.url() + " answered " + std::to_string(begun.status) + ": " + begun.body);
    return 1;
  }
  for (int idle = 0; idle < idle_looks_max; ++idle) {
    const auto now = there.ask("GET", "/v1/views");
    if (now.body.find("\"rebuilding\":true") != std::string::npos) idle = 0;
    if (number_in(now.body, "rebuilt").value_or(0) >= *wanted) return done(number_in(now.body, "sagas").value_or(0));
    std::this_thread::sleep_for(between_looks);
  }
  log::error(there.url() + " does not say that it is done: where it was restarted it goes on by itself");
  return 1;
}

int rebuild_here(const config::settings& settings, journal::store& store) {
  const runtime::catalog definitions(store);
  const runtime::journal_clock time(store.opened().last_time);
  views::keeper_options options;
  options.path = config::views_file(settings);
  options.accept_loss = settings.accept_loss;
  views::keeper keeper(
      options, store, [&definitions](const digest& content) { return definitions.find(content); },
      [&time] { return time.now(); });
  if (const auto why_not = keeper.begin_rebuild()) log::error("views rebuild: " + why_not->detail);
  while (keeper.step()) {
  }
  if (keeper.rebuilding()) {
    log::error("the views could not be built anew: the line above says why");
    return 1;
  }
  return done(keeper.rows());
}

bool has_a_journal(const std::string& directory) {
  std::error_code none;
  const std::filesystem::directory_iterator all(directory, none);
  return std::any_of(begin(all), end(all),
                     [](const auto& entry) { return entry.path().filename().string().starts_with("segment-"); });
}

}  // namespace

int rebuild_views(const config::settings& settings) {
  // Those in memory nobody but their process has.
  if (config::views_file(settings) == ":memory:") {
    return rebuild_there(settings,
                         "views rebuild: they are in memory, where each start of sagad builds them anew: there is "
                         "nothing to do but in a process that runs");
  }
  const auto directory = config::log_directory(settings);
  if (!directory.empty() && !has_a_journal(directory)) {
    log::error("views rebuild: there is no journal in " + directory +
               ": name the one that is meant with --journal or --config");
    return 1;
  }
  try {
    return rebuild_here(settings, *open_journal(settings));
  } catch (const in_use& taken) {
    return rebuild_there(settings, taken.what());
  } catch (const views::in_use& taken) {
    return rebuild_there(settings, taken.what());
  } catch (const std::exception& error) {
    log::error(error.what());
    return 1;
  }
}

}  // namespace sagad
