#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "journal/postgres/database.hpp"

namespace sagad::journal::postgres {

/// Who asks a pool.
enum class asker : std::uint8_t {
  patient,  ///< a thread that may wait: a statement is answered, or given up, as on any connection
  reactor   ///< one that others wait for: it waits no longer than `prompt_patience`, whatever for
};

/// A few connections for whoever asks something now and then. A thread makes them when they are wanted: a reactor waits
/// for no name server and no server for longer than for an answer. Once the database has not answered for as long as
/// reads are tried it is away: whoever asks is told so at once, until that thread, which tries once a second, can make
/// one. Where it takes no more connections those that are there go round. Thread-safe.
class pool {
 public:
  explicit pool(const options& settings, asker who = asker::patient);
  ~pool();
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  /// Runs it with a connection, again with others when one is lost, for as long as reads are tried. It must be such
  /// that doing it twice does no harm. Throws what the last try threw.
  template <typename Work>
  auto run(Work&& work) {
    const auto until = std::chrono::steady_clock::now() + patience_;
    for (;;) {
      auto one = take(until);
      try {
        auto result = work(*one);
        give_back(std::move(one));
        return result;
      } catch (const connection_lost& lost) {
        one.reset();
        if (!drop_lost(until, lost.what())) throw;
      } catch (...) {
        // Nobody knows what it was left in. But it is an answer.
        one.reset();
        drop();
        throw;
      }
    }
  }

  /// The same for those whom the journal's own errors are told: throws `unreachable` where nothing is known to be
  /// damaged and it may be done later, else `damaged`.
  template <typename Work>
  auto ask(Work&& work) {
    try {
      return run(std::forward<Work>(work));
    } catch (const connection_lost& lost) {
      throw unreachable(in_the_way(lost));
    } catch (const statement_failed& failed) {
      if (failed.may_pass()) throw unreachable("the database cannot do it now: " + std::string(failed.what()));
      throw damaged("the database: " + std::string(failed.what()));
    } catch (const std::runtime_error& failed) {
      throw damaged("the database: " + std::string(failed.what()));
    }
  }

  /// Somebody else has had an answer from the database: where it is away here, it is tried again now. `anew`: over a
  /// connection that was just made; those that wait here may be of a server that hangs, or has another's place by now.
  void hear_of_an_answer(bool anew);

 private:
  using time = std::chrono::steady_clock::time_point;

  std::unique_ptr<connection> take(time until);
  void await_one(std::unique_lock<std::mutex>& lock, time until);
  [[noreturn]] void tell_of_none(std::uint64_t heard);
  void give_back(std::unique_ptr<connection> one);
  void drop();
  /// Whether there is time for another try.
  bool drop_lost(time until, const std::string& why);
  void heard_of_it() noexcept;  ///< under the lock
  void make_what_is_wanted();
  bool wants_one() const noexcept;  ///< under the lock
  connection make();

  const options& settings_;
  const asker who_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<connection>> idle_;
  std::size_t used_ = 0;
  std::size_t waiting_ = 0;     ///< for one
  std::uint64_t answers_ = 0;   ///< that somebody has had
  bool making_ = false;         ///< one is being made
  std::string not_made_;        ///< why one could not be made; empty: nobody has tried since somebody was answered
  std::exception_ptr refused_;  ///< the database does not let anybody in, and says so: for the next who asks
  std::string away_;            ///< why nobody was answered of late; empty: somebody was
  bool now_ = false;            ///< it is tried without a pause
  std::atomic<bool> ends_ = false;
  std::thread thread_;  ///< last: it begins when all else is there
};

}  // namespace sagad::journal::postgres
