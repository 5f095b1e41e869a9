#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "journal/postgres/database.hpp"

namespace sagad::journal::postgres {

/// A few connections for whoever asks something now and then, made when they are needed. Once the database has not
/// answered for as long as reads are tried, whoever asks is told so at once, but for one a second who tries: those who
/// ask one after the other would else wait for each other's patience. Where it takes no more connections those that are
/// there go round. Thread-safe.
class pool {
 public:
  explicit pool(const options& settings) : settings_(settings) {}

  /// Runs it with a connection, again with others when one is lost, for as long as reads are tried. It must be such
  /// that doing it twice does no harm. Throws what the last try threw.
  template <typename Work>
  auto run(Work&& work) {
    const bool first_again = begin();
    const auto until = std::chrono::steady_clock::now() + settings_.read_patience;
    for (;;) {
      bool made = false;
      try {
        auto one = take();
        made = true;
        auto result = work(*one);
        give_back(std::move(one));
        it_answers();
        return result;
      } catch (const connection_lost& lost) {
        drop(made);
        if (first_again || std::chrono::steady_clock::now() >= until) {
          it_does_not(lost.what());
          throw;
        }
        pause();
      } catch (...) {
        // Nobody knows what it was left in.
        drop(made);
        it_answers();
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
      throw unreachable("the database does not answer: " + std::string(lost.what()));
    } catch (const statement_failed& failed) {
      if (failed.may_pass()) throw unreachable("the database cannot do it now: " + std::string(failed.what()));
      throw damaged("the database: " + std::string(failed.what()));
    } catch (const std::runtime_error& failed) {
      throw damaged("the database: " + std::string(failed.what()));
    }
  }

  /// Somebody else has had an answer from the database: it is not away any more. `anew`: over a connection that was
  /// just made; those that wait here may be of a server that hangs, or has another's place by now.
  void hear_of_an_answer(bool anew);

 private:
  /// Waits for one when all are in use. What it throws counts as one that is in use, too: `drop` follows.
  std::unique_ptr<connection> take();
  void give_back(std::unique_ptr<connection> one);
  /// It is of no use any more, or was not even made.
  void drop(bool made);
  void pause();
  /// Whether it has not answered of late, and this one is to try. Throws when others are.
  bool begin();
  void it_answers();
  void it_does_not(const std::string& why);

  const options& settings_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<connection>> idle_;
  std::size_t used_ = 0;
  std::string away_;  ///< why nobody was answered of late; empty: somebody was
  std::chrono::steady_clock::time_point tried_{};
};

}  // namespace sagad::journal::postgres
