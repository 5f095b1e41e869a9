#include "process.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "api/service.hpp"
#include "base/limit_share.hpp"
#include "base/record_format.hpp"
#include "config/descriptors.hpp"
#include "config/port_file.hpp"
#include "dispatch/dispatcher.hpp"
#include "http/server.hpp"
#include "journal/ownership.hpp"
#include "open_journal.hpp"
#include "runtime/archive.hpp"
#include "runtime/callback_keys.hpp"
#include "runtime/kept_longer.hpp"
#include "runtime/runtime.hpp"
#include "runtime/trim_job.hpp"
#include "telemetry/log.hpp"
#include "tell_opening.hpp"
#include "views/views.hpp"

namespace sagad {
namespace {

std::vector<dispatch::participant_settings> participants_of(const config::settings& settings) {
  std::vector<dispatch::participant_settings> result;
  for (const auto& configured : settings.participants) result.push_back(configured.called);
  return result;
}

definition::surroundings surroundings_of(const config::settings& settings) {
  definition::surroundings around;
  for (const auto& one : settings.participants) {
    around.participants.push_back({one.called.name, one.called.path_prefixes});
  }
  around.public_url = !settings.public_url.empty();
  return around;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw cannot_begin("definition " + path.string() + " cannot be read");
  return text.str();
}

std::vector<std::filesystem::path> definition_files(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".yaml" || extension == ".yml" || extension == ".json")) {
      files.push_back(entry.path());
    }
  }
  if (error) throw cannot_begin("the definitions' folder " + folder + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_of(const std::filesystem::path& file, const std::vector<definition::mistake>& mistakes) {
  std::string all;
  for (const auto& one : mistakes) {
    all += "\n  " + file.string() + ":" + std::to_string(one.line) + ":" + std::to_string(one.column) + ": " + one.text;
  }
  return all;
}

definition::definition_ptr read_new_definition(const std::filesystem::path& file,
                                               const definition::surroundings& around) {
  auto loaded = definition::load(read_file(file), around);
  if (const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&loaded)) {
    throw cannot_begin("the definitions have mistakes:" + text_of(file, *mistakes));
  }
  auto compiled = std::get<definition::definition_ptr>(std::move(loaded));
  if (compiled->name.empty()) {
    throw cannot_begin(file.string() + ": a definition in a folder needs its name: `saga: ...`");
  }
  return compiled;
}

// What would end a first start must not leave a journal behind.
void check_before_first_start(const config::settings& settings) {
  refuse_other_folder(settings);
  const auto directory = config::log_directory(settings);
  if (directory.empty() || std::filesystem::exists(directory)) return;
  if (!settings.definitions.empty()) {
    for (const auto& file : definition_files(settings.definitions))
      read_new_definition(file, surroundings_of(settings));
  }
  http::listener::check(settings.listen);
}

// An empty journal takes the folder; later a difference is a warning, so that a rollout changes no running business by
// surprise. A first start that was cut off may have left a part of the folder: what a journal lacks in which no saga
// has begun is taken, too.
void take_definitions(const std::string& folder, const definition::surroundings& around, bool any_saga,
                      runtime::catalog& definitions) {
  if (folder.empty()) return;
  const bool empty = definitions.empty();
  for (const auto& file : definition_files(folder)) {
    if (empty) {
      definitions.put(read_new_definition(file, around), false);
      continue;
    }
    auto loaded = definition::load(read_file(file), around);
    if (const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&loaded)) {
      log::warn("a file in the definitions' folder has mistakes, what the journal holds stays:" +
                text_of(file, *mistakes));
      continue;
    }
    const auto& compiled = std::get<definition::definition_ptr>(loaded);
    if (compiled->name.empty()) {
      throw cannot_begin(file.string() + ": a definition in a folder needs its name: `saga: ...`");
    }
    const auto [version, is_new] = definitions.would_be(*compiled);
    if (!is_new) continue;
    if (version != 1) {
      log::warn(file.string() + " differs from what the journal holds as the newest `" + compiled->name +
                "`: `sagactl definitions apply` makes it a new version");
    } else if (any_saga) {
      log::warn(file.string() + " is not taken, as sagas have begun without it: `sagactl definitions apply` adds `" +
                compiled->name + "`");
    } else {
      definitions.put(compiled, false);
    }
  }
}

std::size_t reactors_of(const config::settings& settings) {
  return config::reactor_count(settings, std::thread::hardware_concurrency());
}

config::fitted fit(const config::settings& wanted) {
  auto fitted = config::fit_connections(wanted, reactors_of(wanted), config::raise_descriptor_limit());
  if (const auto* why = std::get_if<std::string>(&fitted)) throw cannot_begin(*why);
  auto& told = std::get<config::fitted>(fitted);
  if (!told.notice.empty()) log::warn(told.notice);
  return std::move(told);
}

api::access access_of(const config::settings& settings) {
  std::vector<api::token> tokens;
  for (const auto& one : settings.tokens) {
    api::token token;
    token.name = one.name;
    token.sha256 = one.sha256;
    for (auto held : one.roles) {
      // Both enumerations name the four roles in the same order.
      token.roles |= 1U << static_cast<unsigned>(held);
    }
    token.definitions = one.definitions;
    tokens.push_back(std::move(token));
  }
  return api::access(std::move(tokens));
}

// Histories of a journal in memory go with the process.
std::shared_ptr<runtime::archive> make_archive(const config::settings& settings) {
  if (settings.archive.empty() || config::log_directory(settings).empty()) return nullptr;
  try {
    return std::make_shared<runtime::archive>(settings.archive);
  } catch (const std::system_error& error) {
    throw cannot_begin(error.what());
  }
}

std::unique_ptr<runtime::kept_longer> make_kept_longer(const config::settings& settings) {
  if (settings.retentions.empty()) return nullptr;
  std::map<std::string, millis> by_name;
  for (const auto& one : settings.retentions) by_name[one.definition] = one.history;
  return std::make_unique<runtime::kept_longer>(std::move(by_name));
}

// What it says is told at once: a start that fails later is followed by one that has nothing to say.
std::unique_ptr<journal::store> open_and_tell(const config::settings& settings, trimming_parts trimming) {
  try {
    auto opened = open_journal(settings, std::move(trimming));
    tell_opening(opened->opened(), config::log_directory(settings));
    return opened;
  } catch (const in_use& taken) {
    throw cannot_begin(std::string(taken.what()) + ": end that one first, or name another folder with --journal");
  }
}

/// Null: this process has the journal alone.
journal::shared_store* shared(journal::store& journal) {
  return dynamic_cast<journal::shared_store*>(&journal);
}

std::unique_ptr<runtime::clock> clock_of(journal::store& journal) {
  if (const auto* all = shared(journal)) return std::make_unique<runtime::shared_clock>(*all);
  return std::make_unique<runtime::journal_clock>(journal.opened().last_time);
}

/// All rooms of one process, in the order in which they lean on each other.
class coordinator {
 public:
  explicit coordinator(const config::settings& settings)
      : settings_(settings),
        archive_(make_archive(settings)),
        kept_longer_(make_kept_longer(settings)),
        store_(open_and_tell(settings, trimming_parts())),
        definitions_(*store_, settings.limits.definitions_max),
        time_(clock_of(*store_)),
        trimming_(*store_, *time_, between_trims),
        signer_(keys()),
        guard_(make_guard()),
        roles_(access_of(settings)),
        participants_(participants_of(settings)),
        views_(
            views_options(), *store_, [this](const digest& content) { return definitions_.find(content); },
            [this] { return time_->now(); }),
        events_(
            *store_, definitions_,
            [this](std::size_t number, unique_function<void()> task) { runtime_.at(number).on(std::move(task)); },
            event_limits()),
        runtime_(runtime_options(), {*store_, definitions_, *time_, signer_, guard_.get(), shared(*store_)},
                 [this](auto& context, auto sink) { return make_caller(context, std::move(sink)); }),
        jobs_({}, api::at_home(runtime_, views_)),
        job_desk_(jobs_, runtime_),
        nodes_([this] { return nodes(); }),
        parts_{runtime_,
               views_,
               events_,
               job_desk_,
               nodes_,
               roles_,
               surroundings_of(settings),
               settings.limits.wait_max,
               [this](std::size_t reactor) { return dispatch::participant_views{dispatchers_[reactor]->snapshot()}; },
               [this](std::size_t reactor) { return servers_[reactor]->counts(); },
               settings.views_lag_max,
               batch_limits()} {
    for (const auto& notice : config::notices(settings)) log::info(notice);
    const auto find_definition = [this](const digest& content) { return definitions_.find(content); };
    if (archive_) archive_->know(find_definition);
    if (kept_longer_) kept_longer_->know(find_definition);
    take_definitions(settings.definitions, parts_.around, store_->opened().last_time != 0, definitions_);
    listen();
  }

  /// The reactors' threads end before anything that they use.
  ~coordinator() { runtime_.stop(); }
  coordinator(const coordinator&) = delete;
  coordinator& operator=(const coordinator&) = delete;

  void begin() {
    const auto live = store_->opened().live_sagas;
    views_.begin();
    events_.begin();
    runtime_.begin();
    trimming_.begin();
    runtime_.join(address());
    if (!runtime_.await_share(share_patience)) {
      log::warn(
          "this node has no share of the sagas yet: it comes when others have handed theirs over, or their lease "
          "is over; until then it starts none");
    }
    log::info("listening on port " + std::to_string(listener_->port()) + ", " + std::to_string(live) +
              " unfinished sagas to go on with");
    log::flush();  // who waits for the file may look what was told
    config::write_port_file(settings_.port_file, listener_->port());
  }

  bool drain() {
    runtime_.announce_drain();  // whoever has read the line finds it not ready
    log::info("draining: no new work begins, open exchanges finish; a second signal ends at once");
    listener_->stop();
    const bool drained = runtime_.drain(settings_.drain);
    trimming_.stop();  // behind it: a piece under way may wait for a database, and the others for this node's sagas
    views_.stop();
    events_.stop();
    std::vector<std::future<void>> closed;
    for (std::size_t number = 0; number < servers_.size(); ++number) {
      auto done = std::make_shared<std::promise<void>>();
      closed.push_back(done->get_future());
      runtime_.at(number).on([this, number, done] {
        servers_[number]->drain();
        done->set_value();
      });
    }
    const auto last = std::chrono::steady_clock::now() + runtime::runtime::last_words;
    for (auto& one : closed) one.wait_until(last);
    runtime_.stop();
    return drained;
  }

 private:
  static constexpr std::chrono::seconds between_trims{5};
  static constexpr std::chrono::seconds share_patience{10};  // the lease of a node that was killed, and a while

  sagad::trimming_parts trimming_parts() {
    sagad::trimming_parts parts;
    parts.archive = archive_;
    if (kept_longer_) parts.history_of = [this](std::string_view start) { return kept_longer_->history_of(start); };
    return parts;
  }

  std::vector<std::string> keys() const {
    const auto directory = config::log_directory(settings_);
    if (const auto shared = shared_text(*store_, "callback_keys", runtime::fresh_callback_key_line())) {
      return runtime::callback_keys_of(*shared, "in sagad_meta");
    }
    if (directory.empty()) return runtime::fresh_callback_keys();
    const auto file = directory + "/callback.keys";
    if (store_->opened().last_time != 0 && !std::filesystem::exists(file)) {
      log::warn(file +
                " is missing and is made anew: late answers to addresses that were given out before are refused; "
                "to take them, end sagad and put the file back from a backup");
    }
    return runtime::callback_keys_in(file);
  }

  std::unique_ptr<runtime::replay_guard> make_guard() const {
    const auto directory = config::log_directory(settings_);
    return directory.empty() ? nullptr : std::make_unique<runtime::replay_guard>(directory + "/replaying");
  }

  // Where it listens, with the port that it was given.
  std::string address() const {
    return settings_.listen.substr(0, settings_.listen.rfind(':') + 1) + std::to_string(listener_->port());
  }

  // A journal that is not shared this process has alone.
  api::node_list::nodes nodes() const {
    if (auto* all = shared(*store_)) return all->nodes();
    journal::node alone{
        "sagad, process " + std::to_string(::getpid()), address(), {}, 0, false, newest_record_format()};
    for (std::size_t one = 0; one < partitions; ++one) alone.owns.push_back(static_cast<partition_no>(one));
    return {std::move(alone)};
  }

  views::views_options views_options() const {
    views::views_options options;
    options.keeper.path = config::views_file(settings_);
    options.keeper.accept_loss = settings_.accept_loss;
    options.queries_max = settings_.limits.lists_max;
    return options;
  }

  api::event_feed_limits event_limits() const {
    api::event_feed_limits limits;
    limits.streams_max = settings_.limits.event_streams_max;
    return limits;
  }

  api::batch_limits batch_limits() const {
    api::batch_limits limits;
    limits.batches_max = settings_.limits.batches_max;
    limits.bytes_max = settings_.limits.batch_bytes_max;
    limits.item_bytes_max = settings_.limits.body_bytes_max;
    return limits;
  }

  runtime::runtime_options runtime_options() const {
    runtime::runtime_options options;
    options.reactors = reactors_of(settings_);
    options.core.live_sagas_max = settings_.limits.live_sagas_max;
    options.core.waiters_max = settings_.limits.waiters_max;
    options.core.public_url = settings_.public_url;
    options.hand_over_max = settings_.drain;
    return options;
  }

  std::unique_ptr<dispatch::caller> make_caller(boost::asio::io_context& context,
                                                std::function<void(dispatch::answer&&)> sink) {
    dispatch::dispatcher_options options;
    options.reactors = static_cast<std::uint32_t>(reactors_of(settings_));
    options.reactor = static_cast<std::uint32_t>(dispatchers_.size());
    options.clock = [this] { return time_->now(); };
    auto made = std::make_unique<dispatch::dispatcher>(context, participants_, options, std::move(sink));
    dispatchers_.push_back(made.get());
    return made;
  }

  void listen() {
    http::server_limits limits;
    limits.body_bytes_max = settings_.limits.body_bytes_max;
    limits.header_bytes_max = settings_.limits.header_bytes_max;
    limits.request_ms_max = settings_.limits.request_time_max;
    limits.idle_ms_max = settings_.limits.idle_time_max;
    limits.write_ms_max = settings_.limits.write_time_max;
    std::vector<http::listener::target> targets;
    for (std::size_t number = 0; number < runtime_.reactors(); ++number) {
      auto& context = runtime_.at(number).context();
      limits.connections_max = share_of(settings_.limits.connections_max, runtime_.reactors(), number);
      limits.unread_bytes_max = share_of(http::server_limits().unread_bytes_max, runtime_.reactors(), number);
      auto& service = *services_.emplace_back(std::make_unique<api::service>(parts_, number));
      auto& server = *servers_.emplace_back(std::make_unique<http::server>(
          context, limits,
          [&service](const http::request& request, http::reply reply) { service.handle(request, std::move(reply)); },
          http::piecewise{[&service](auto method, auto target) { return service.piecewise_bytes_max(method, target); },
                          [&service](const http::request& request, http::reply reply) {
                            return service.begin_batch(request, std::move(reply));
                          }}));
      targets.push_back({&context, &server});
    }
    listener_ = std::make_unique<http::listener>(runtime_.at(0).context(), settings_.listen, std::move(targets));
  }

  const config::settings& settings_;
  std::shared_ptr<runtime::archive> archive_;
  std::unique_ptr<runtime::kept_longer> kept_longer_;  ///< null: nothing is
  std::unique_ptr<journal::store> store_;
  runtime::catalog definitions_;
  std::unique_ptr<runtime::clock> time_;
  runtime::trim_job trimming_;
  runtime::callback_signer signer_;
  std::unique_ptr<runtime::replay_guard> guard_;
  api::access roles_;
  std::vector<dispatch::participant_settings> participants_;
  std::vector<dispatch::dispatcher*> dispatchers_;
  views::views views_;
  api::event_feed events_;
  runtime::runtime runtime_;
  api::command_jobs jobs_;
  api::job_desk job_desk_;
  api::node_list nodes_;
  api::service_parts parts_;
  std::vector<std::unique_ptr<api::service>> services_;
  std::vector<std::unique_ptr<http::server>> servers_;
  std::unique_ptr<http::listener> listener_;
};

// What was said last is what one looks for when a process is gone.
void tell_before_terminating() {
  static const auto before = std::get_terminate();
  std::set_terminate([] {
    log::flush();
    before();
  });
}

/// The signals that end the process: the first one is waited for, a second one ends it at once, whatever it is doing.
/// Everything that was acknowledged is in the journal.
class ending_signals {
 public:
  ending_signals() : set_(context_, SIGTERM, SIGINT) {
    // A terminal that is closed, unless whoever began this process wants it to outlive that (`nohup`).
    if (!is_ignored(SIGHUP)) set_.add(SIGHUP);
    set_.async_wait([this](const boost::system::error_code&, int) {
      first_.set_value();
      set_.async_wait([](const boost::system::error_code&, int) {
        log::flush();
        std::_Exit(130);
      });
    });
    thread_ = std::thread([this] { context_.run(); });
  }
  ~ending_signals() {
    context_.stop();
    thread_.join();
  }
  ending_signals(const ending_signals&) = delete;
  ending_signals& operator=(const ending_signals&) = delete;

  void wait_for_first() { first_.get_future().wait(); }

 private:
  static bool is_ignored(int signal) noexcept {
    struct sigaction now {};
    return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
  }

  boost::asio::io_context context_;
  boost::asio::signal_set set_;
  std::promise<void> first_;
  std::thread thread_;
};

}  // namespace

int run_coordinator(const config::settings& wanted) {
  // Who reads standard error, or a client, may go at any time: writing to him fails, and that is all.
  // A file that may not grow is a full disk.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  tell_before_terminating();
  try {
    const auto fitted = fit(wanted);
    const auto& settings = fitted.settings;
    check_before_first_start(settings);
    ending_signals signals;  // before all rooms, so that it goes after them: also their ends can be cut short
    coordinator whole(settings);
    whole.begin();
    signals.wait_for_first();
    const bool drained = whole.drain();
    const bool kept = settings.journal != "memory:";
    log::info(!kept     ? "drained; the journal was in memory and is gone"
              : drained ? "drained; all is in the journal"
                        : "exchanges were still open when the bound passed: they are asked again at the next start");
    return 0;
  } catch (const std::exception& error) {
    log::error(error.what());
    return 1;
  }
}

}  // namespace sagad
