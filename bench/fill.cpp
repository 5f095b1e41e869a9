// Makes a log that holds many finished sagas, in minutes where a load would take half an hour: copies those that it
// has, in turn, each under an id and a random key of its own and at the time of its writing. What is copied is what
// sagad wrote, record by record.
//
//   bench_fill --journal DIRECTORY --sagas 10000000

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>
#include <unordered_map>

#include "bench/arguments.hpp"
#include "bench/log_owner.hpp"
#include "records/codec.hpp"

namespace {

using namespace sagad;

constexpr std::size_t patterns_max = 1'000;
constexpr std::size_t sagas_a_commit = 1'000;
constexpr std::uint64_t sagas_to_tell = 1'000'000;
constexpr std::uint64_t index_behind_low = 1'000'000;
constexpr std::chrono::seconds room_patience{30};

/// A saga's records, oldest first; they point into the bytes.
struct pattern {
  std::vector<std::string> bytes;
  std::vector<engine::record> records;
};

bool is_final(const engine::record& record) {
  return std::any_of(record.events.begin(), record.events.end(),
                     [](const engine::event& one) { return one.what == engine::fact::finished; });
}

pattern decoded(std::vector<std::string> bytes) {
  pattern made{std::move(bytes), {}};
  for (const auto& one : made.bytes) {
    auto read = records::decode(one);
    if (const auto* const why = std::get_if<records::unreadable>(&read)) bench::arguments::fail(why->why);
    made.records.push_back(std::move(std::get<engine::record>(read)));
  }
  return made;
}

/// Finished sagas of the log, from its oldest on.
std::vector<pattern> find_patterns(journal::store& store) {
  std::unordered_map<saga_id, std::vector<std::string>, saga_id_hash> under_way;
  std::vector<pattern> found;
  for (auto at = store.oldest(); at < store.end() && found.size() < patterns_max;) {
    at = store.scan(at, 4096, [&](const journal::stored_record& one) {
      auto& bytes = under_way[one.saga];
      bytes.push_back(one.bytes);
      auto const read = records::decode(one.bytes);
      const auto* const record = std::get_if<engine::record>(&read);
      if (record == nullptr || !is_final(*record)) return;
      found.push_back(decoded(std::move(bytes)));
      under_way.erase(one.saga);
    });
  }
  if (found.empty()) bench::arguments::fail("the log has no finished saga to copy");
  return found;
}

class filler {
 public:
  explicit filler(journal::store& store) : store_(store), owner_(store), patterns_(find_patterns(store)) {}

  /// Copies so many, the next of the patterns each, in one commit. Returns how many were written.
  std::uint64_t copy(std::uint64_t count) {
    const auto now = journal::log::wall_clock();
    ids_.clear();
    for (std::uint64_t at = 0; at < count; ++at) {
      ids_.push_back(saga_id::make(now, static_cast<partition_no>(random_() % partitions), random_()));
    }
    std::size_t longest = 1;
    starts_.clear();
    // As they come from a reactor: other sagas' records lie between those of one.
    for (std::size_t step = 0; step < longest; ++step) {
      for (std::uint64_t at = 0; at < count; ++at) {
        const auto& like = patterns_[(next_ + at) % patterns_.size()];
        longest = std::max(longest, like.records.size());
        if (step < like.records.size()) append(ids_[at], like, step, now);
      }
    }
    next_ += count;
    // A start that is refused takes the rest of its saga with it.
    const auto& exceptions = owner_.commit();
    std::uint64_t refused = 0;
    for (const auto& one : exceptions) {
      if (one.result != journal::result::full && one.result != journal::result::refused) {
        bench::arguments::fail("an entry was not written: " + std::to_string(static_cast<int>(one.result)));
      }
      if (std::binary_search(starts_.begin(), starts_.end(), one.ticket)) ++refused;
    }
    if (refused < count) written_at_ = std::chrono::steady_clock::now();
    if (refused > 0) await_room();
    return count - refused;
  }

 private:
  void append(const saga_id& id, const pattern& like, std::size_t step, millis now) {
    auto record = like.records[step];
    const auto later = now - like.records[0].at;
    record.at += later;
    std::array<char, 33> key{};
    for (auto& event : record.events) {
      if (event.at != 0 && event.at != never && event.what != engine::fact::recovered) event.at += later;
      if (event.what != engine::fact::started) continue;
      std::snprintf(key.data(), key.size(), "%016llx%016llx", static_cast<unsigned long long>(random_()),
                    static_cast<unsigned long long>(random_()));
      event.text = key.data();
    }
    bytes_.clear();
    records::encode(record, bytes_, newest_record_format());
    const journal::start_key named{key.data(), {}, {}};
    const auto ticket =
        owner_.append(id, record.seq, bytes_, step == 0 ? &named : nullptr, is_final(record), record.at);
    if (step == 0) starts_.push_back(ticket);
  }

  /// The index is behind, or the next segment is not prepared yet.
  void await_room() {
    do {
      if (std::chrono::steady_clock::now() - written_at_ > room_patience) {
        bench::arguments::fail("the journal has had no room for 30 s");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    } while (store_.measured().index_behind > index_behind_low);
  }

  journal::store& store_;
  bench::log_owner owner_;
  std::vector<pattern> patterns_;
  std::mt19937_64 random_{std::random_device()()};
  std::vector<saga_id> ids_;
  std::vector<journal::ticket> starts_;
  std::string bytes_;
  std::uint64_t next_ = 0;
  std::chrono::steady_clock::time_point written_at_ = std::chrono::steady_clock::now();
};

}  // namespace

int main(int count, char** values) {
  bench::arguments const given(count, values);
  auto const wanted = static_cast<std::uint64_t>(given.number("sagas", 10'000'000));
  auto const store = bench::open_log(given.text("journal"));
  filler fill(*store);
  auto const begun = std::chrono::steady_clock::now();
  for (std::uint64_t written = 0; written < wanted;) {
    auto const before = written;
    written += fill.copy(std::min<std::uint64_t>(sagas_a_commit, wanted - written));
    if (written / sagas_to_tell != before / sagas_to_tell || written == wanted) {
      auto const took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
      std::printf("%llu sagas after %.1f s\n", static_cast<unsigned long long>(written), took);
      std::fflush(stdout);
    }
  }
}
