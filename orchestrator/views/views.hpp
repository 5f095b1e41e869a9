#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "base/problem.hpp"
#include "base/unique_function.hpp"
#include "views/keeper.hpp"

namespace sagad::views {

struct views_options {
  keeper_options keeper;
  std::int64_t write_every_ms = 100;  ///< what happened meanwhile is one transaction
  std::size_t queries_max = 256;      ///< waiting at once; a further one is refused
  std::int64_t after_ms_max = 5000;   ///< how long a query waits for its place
};

/// How the views stand.
struct standing {
  millis as_of = 0;  ///< what was durable then is in them; 0: nothing yet
  std::uint64_t sagas = 0;
  std::uint64_t rebuilt = 0;  ///< since the process began
  bool rebuilding = false;
};

using find_result = std::variant<page, problem>;

/// The query side: one thread of low priority that follows the journal and answers. Everything here may be called on
/// any thread and waits for nothing; answers are told on the views' thread, refusals at once.
class views {
 public:
  /// Throws as keeper does.
  views(views_options options, journal::store& store, definition_source definitions, std::function<millis()> now);
  ~views();
  views(const views&) = delete;
  views& operator=(const views&) = delete;

  void begin();
  /// Whoever waits is told so; nothing is answered any more.
  void stop();

  void find(query wanted, unique_function<void(find_result)> tell);
  /// How many unfinished sagas each has.
  using in_flight_result = std::variant<std::vector<std::uint64_t>, problem>;
  void in_flight(std::vector<definition_version> of, unique_function<void(in_flight_result)> tell);
  /// Builds them anew beside the live ones. Told is what `standing::rebuilt` of this process is once they have taken
  /// their place; from then on a crash does not undo that they are built.
  using rebuild_result = std::variant<std::uint64_t, problem>;
  void rebuild(unique_function<void(rebuild_result)> tell);

  sagad::views::standing measured() const noexcept;
  /// What keeps them from going on, for people; empty: nothing.
  std::string in_the_way() const;

 private:
  struct asked {
    std::optional<place> after;
    std::int64_t until_ms = 0;
    unique_function<void(std::variant<keeper*, problem>)> tell;
  };

  void ask(asked one);
  void run();
  bool take_asked();
  void answer_what_can_be();
  void publish();

  views_options options_;
  std::function<millis()> now_;
  keeper keeper_;
  std::vector<asked> waiting_;  ///< the thread's own

  mutable std::mutex guard_;
  std::condition_variable woken_;
  std::vector<asked> asked_;
  std::size_t open_ = 0;  ///< asked and not answered
  bool stopping_ = true;
  std::string in_the_way_;

  std::atomic<millis> as_of_{0};
  std::atomic<std::uint64_t> sagas_{0};
  std::atomic<std::uint64_t> rebuilt_{0};
  std::atomic<bool> rebuilding_{false};
  std::thread thread_;
};

}  // namespace sagad::views
