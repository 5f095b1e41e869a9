#include "participants/sdk/late_worker.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "compensations/barrier/sql_error.hpp"
#include "participants/sdk/effects.hpp"
#include "participants/sdk/http_client.hpp"
#include "participants/sdk/problem.hpp"
#include "participants/sdk/reception.hpp"

namespace sagad::participants {
namespace {

std::size_t left_of(std::size_t max, std::size_t taken) {
  return taken < max ? max - taken : 0;
}

}  // namespace

late_worker::late_worker(const service& what, database_thread& database, barrier::guard& guard, limits bounds,
                         barrier::guard::clock now_ms, database_thread::complaint complain)
    : service_(what),
      writer_(database),
      guard_(guard),
      bounds_(bounds),
      now_ms_(std::move(now_ms)),
      complain_(std::move(complain)) {}

late_worker::~late_worker() {
  stop();
}

void late_worker::start() {
  jobs_ = std::thread([this] { serve_jobs(); });
  letters_ = std::thread([this] { serve_letters(); });
}

void late_worker::wake() {
  wake(job_wakes_);
  wake(letter_wakes_);
}

void late_worker::wake(std::uint64_t& wakes) {
  {
    const std::lock_guard lock(mutex_);
    ++wakes;
  }
  woken_.notify_all();
}

void late_worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  if (jobs_.joinable()) jobs_.join();
  if (letters_.joinable()) letters_.join();
}

bool late_worker::rest(const std::uint64_t& wakes, std::uint64_t& seen, next_time due) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return stopping_ || wakes != seen; };
  // Never longer: another process of this participant may have left something in the database, and be gone.
  const std::int64_t wait_ms =
      due ? std::clamp<std::int64_t>(*due - now_ms_(), 0, bounds_.retry_delay_ms_max) : bounds_.retry_delay_ms_max;
  woken_.wait_for(lock, std::chrono::milliseconds(wait_ms), ready);
  seen = wakes;
  return !stopping_;
}

std::int64_t late_worker::delay_ms(std::int64_t tries) const {
  return std::min(bounds_.retry_delay_ms << std::min<std::int64_t>(tries, 20), bounds_.retry_delay_ms_max);
}

void late_worker::serve_jobs() {
  std::uint64_t seen = 0;
  next_time due = 0;
  while (rest(job_wakes_, seen, due)) {
    bool ran = false;
    const auto end = writer_.perform([this, &due, &ran](barrier::connection& db) {
      late_store store(db);
      const auto jobs = store.due_jobs(now_ms_(), bounds_.batch_max);
      for (const auto& job : jobs) run_job(db, job);
      ran = !jobs.empty();
      due = store.next_job_at_ms();
    });
    if (end != database_thread::verdict::committed) {
      due = now_ms_() + bounds_.retry_delay_ms;
    } else if (ran) {
      wake(letter_wakes_);
    }
  }
}

void late_worker::run_job(barrier::connection& db, const late_job& job) {
  late_store store(db);
  const auto route = std::find_if(service_.calls.begin(), service_.calls.end(),
                                  [&](const call_route& one) { return one.path == job.asked.path(); });
  try {
    if (route == service_.calls.end()) throw bad_input("nothing serves " + job.asked.target + " any more");
    transaction tx{.db = db, .of = job.of, .now_ms = now_ms_(), .late = true};
    const auto said = guard_.finish(job.of, [&] { return run_with_effect(route->run, tx, job.asked); });
    if (said) {
      settle_job(store, job, *said);
    } else {
      store.remove(job);
    }
  } catch (const barrier::transaction_lost&) {
    throw;
  } catch (const bad_input& error) {
    complain_(("late " + job.of.saga + "/" + job.of.step + ": " + error.what()).c_str());
    fail_job(store, job, true);
  } catch (const std::exception& error) {
    complain_(("late " + job.of.saga + "/" + job.of.step + ": " + error.what()).c_str());
    fail_job(store, job, job.tries + 1 >= bounds_.job_tries_max);
  }
}

void late_worker::settle_job(late_store& store, const late_job& job, const barrier::answer& said) {
  if (said.accepted) return store.postpone(job, now_ms_() + delay_ms(job.tries));
  store.remove(job);
  if (!job.callback.empty()) store.send(job.callback, barrier::name_of(said.what), said.body, now_ms_());
}

void late_worker::fail_job(late_store& store, const late_job& job, bool for_good) {
  if (!for_good) return store.postpone(job, now_ms_() + delay_ms(job.tries));
  // Whoever asks again must find no accepted row, or it would wait for an answer that never comes.
  const bool awaited = guard_.abandon(job.of);
  store.remove(job);
  if (awaited && !job.callback.empty()) {
    store.send(job.callback, barrier::name_of(barrier::outcome::failed),
               problem_text("failed", "the accepted work failed", 500, "Ask again, or undo the step."), now_ms_());
  }
}

void late_worker::serve_letters() {
  std::uint64_t seen = 0;
  next_time due = 0;
  while (rest(letter_wakes_, seen, due)) {
    if (!exchange_letters(due)) due = now_ms_() + bounds_.retry_delay_ms;
  }
  // Those under way are waited for: what was heard need not be sent again.
  {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [this] { return heard_.size() == under_way_.size(); });
  }
  const auto heard = take_heard();
  writer_.perform([this, &heard](barrier::connection& db) {
    late_store store(db);
    for (const auto& one : heard) settle_letter(store, one.letter, one.status);
  });
}

bool late_worker::exchange_letters(next_time& due) {
  const auto heard = take_heard();
  std::vector<late_letter> letters;
  const std::size_t room = left_of(bounds_.letters_under_way_max, under_way_.size());
  const auto end = writer_.perform([this, &heard, &letters, &due, room](barrier::connection& db) {
    late_store store(db);
    for (const auto& one : heard) settle_letter(store, one.letter, one.status);
    const std::int64_t now = now_ms_();
    letters = store.due_letters(now, room,
                                {.room =
                                     [this](const std::string& place) {
                                       const auto known = of_a_place_.find(place);
                                       const std::size_t sent = known == of_a_place_.end() ? 0 : known->second;
                                       return left_of(bounds_.letters_to_one_place_max, sent);
                                     },
                                 .under_way = [this](std::int64_t seq) { return under_way_.contains(seq); },
                                 .count = under_way_.size()});
    due = store.next_letter_after_ms(now);
  });
  if (end != database_thread::verdict::committed) return false;
  for (const auto& one : letters) send(one);
  return true;
}

void late_worker::send(const late_letter& letter) {
  under_way_.insert(letter.seq);
  ++of_a_place_[place_of(letter.url)];
  post({letter.url, {{"Saga-Outcome", letter.outcome}}, letter.body}, bounds_.letter_timeout,
       [this, letter](int status) {
         // Told within the lock: once the last one is counted, this may be gone.
         const std::lock_guard lock(mutex_);
         heard_.push_back({letter, status});
         ++letter_wakes_;
         woken_.notify_all();
       });
}

std::vector<late_worker::heard_letter> late_worker::take_heard() {
  std::vector<heard_letter> heard;
  {
    const std::lock_guard lock(mutex_);
    heard.swap(heard_);
  }
  for (const auto& one : heard) {
    under_way_.erase(one.letter.seq);
    const auto place = of_a_place_.find(place_of(one.letter.url));
    if (--place->second == 0) of_a_place_.erase(place);
  }
  return heard;
}

void late_worker::settle_letter(late_store& store, late_letter letter, int status) {
  const std::int64_t now = now_ms_();
  const reception heard = reception_of(status);
  if (heard == reception::over) return store.delivered(letter);
  if (heard == reception::refused) {
    if (!letter.refused_at_ms) letter.refused_at_ms = now;
    if (now - *letter.refused_at_ms >= bounds_.letter_refused_ms_max) {
      complain_(("the late answer " + letter.outcome + " to " + letter.url + " is given up: it was answered " +
                 std::to_string(status) + " for " + std::to_string(bounds_.letter_refused_ms_max / 60'000) +
                 " minutes. The coordinator will ask again by itself; look at its public URL.")
                    .c_str());
      return store.give_up(letter, status, now);
    }
  } else {
    letter.refused_at_ms = std::nullopt;
  }
  store.postpone(letter, now + delay_ms(letter.tries));
}

}  // namespace sagad::participants
