#include "participants/sdk/database_thread.hpp"

#include <future>
#include <utility>

#include "compensations/barrier/savepoint.hpp"
#include "compensations/barrier/sql_error.hpp"

namespace sagad::participants {

database_thread::database_thread(std::unique_ptr<barrier::connection> db, limits bounds, complaint complain,
                                 last_word give_up)
    : db_(std::move(db)),
      bounds_(bounds),
      complain_(std::move(complain)),
      give_up_(std::move(give_up)),
      thread_([this] { serve(); }) {}

database_thread::~database_thread() {
  stop();
}

bool database_thread::post(task what) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= bounds_.queue_max) return false;
    queue_.push_back({std::move(what), std::chrono::steady_clock::now()});
  }
  wake_.notify_one();
  return true;
}

database_thread::verdict database_thread::perform(std::function<void(barrier::connection&)> work) {
  std::promise<verdict> end;
  auto result = end.get_future();
  if (!post({std::move(work), [&end](verdict what) { end.set_value(what); }})) return verdict::failed;
  return result.get();
}

void database_thread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void database_thread::serve() {
  std::vector<entry> batch;
  for (;;) {
    batch.clear();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) break;
      while (!queue_.empty() && batch.size() < bounds_.batch_max) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    run_batch(batch);
  }
  db_.reset();
}

void database_thread::run_batch(std::vector<entry>& batch) {
  std::vector<verdict> ends;
  try {
    ends = run_in_transaction(batch);
  } catch (const barrier::database_away& error) {
    note_away(error.what());
    ends.assign(batch.size(), verdict::away);
  } catch (const barrier::commit_unknown& error) {
    complain_(error.what());
    ends.assign(batch.size(), verdict::unknown);
  } catch (const std::exception& error) {
    db_->rollback();
    complain_(error.what());
    ends.assign(batch.size(), verdict::failed);
  }
  if (!db_->damage().empty()) {
    db_->rollback();
    give_up_(db_->damage());
    ends.assign(batch.size(), verdict::failed);
  }
  for (std::size_t i = 0; i < ends.size(); ++i) batch[i].what.settled(ends[i]);
  put_back(batch, ends.size());
}

/// One end for each task that had its turn. What is thrown is the end of all.
std::vector<database_thread::verdict> database_thread::run_in_transaction(std::vector<entry>& batch) {
  if (!db_->begin()) return std::vector<verdict>(batch.size(), verdict::busy);
  note_away(nullptr);
  std::vector<verdict> ends = run_tasks(batch);
  // A task may have caught what the disk said.
  if (db_->in_transaction() && db_->damage().empty()) db_->commit();
  return ends;
}

std::vector<database_thread::verdict> database_thread::run_tasks(std::vector<entry>& batch) {
  const auto begun = std::chrono::steady_clock::now();
  const auto oldest = begun - bounds_.wait_max;
  std::vector<verdict> ends;
  ends.reserve(batch.size());
  for (auto& one : batch) {
    if (!ends.empty() && std::chrono::steady_clock::now() - begun >= bounds_.turn_max) break;
    ends.push_back(one.since < oldest ? verdict::busy : run_one(one.what));
  }
  return ends;
}

void database_thread::put_back(std::vector<entry>& batch, std::size_t from) {
  const std::lock_guard lock(mutex_);
  while (batch.size() > from) {
    queue_.push_front(std::move(batch.back()));
    batch.pop_back();
  }
}

void database_thread::note_away(const char* why) {
  const bool is_away = why != nullptr;
  if (is_away == away_) return;
  away_ = is_away;
  complain_(is_away ? why : "the database answers again");
}

database_thread::verdict database_thread::run_one(task& what) {
  barrier::savepoint part(*db_);
  try {
    what.work(*db_);
    part.keep();
    return verdict::committed;
  } catch (const barrier::transaction_lost&) {
    throw;
  } catch (const std::exception& error) {
    complain_(error.what());
    part.take_back();
    return verdict::failed;
  }
}

}  // namespace sagad::participants
