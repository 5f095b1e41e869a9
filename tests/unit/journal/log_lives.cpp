#include "log_lives.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <random>

namespace sagad::journal::tests {
namespace {

/// What the dying process has told to be settled: saga number and seq, or a definition with number 0; and, before it
/// does so, that it will end a saga.
struct report {
  enum class kind : std::uint32_t { settled, ended, will_end };

  std::uint64_t number = 0;
  std::uint32_t seq = 0;
  kind what = kind::settled;
  millis time = 0;
};

constexpr std::uint64_t sagas_of_a_life = 12;

std::string content(std::uint64_t number, std::uint32_t seq) {
  std::string bytes = std::to_string(number) + "/" + std::to_string(seq) + ":";
  const std::size_t more = (number * 31 + seq * 17) % 900;
  // Batches that are packed, and such as are not.
  return bytes + (number % 4 == 0 ? std::string(more, 'z') : incompressible(more, number * 1'000 + seq));
}

/// Appends random entries, and writes to `pipe` what was settled, until the process is killed or `rounds` are over.
/// Each round is a millisecond, after which the journal may be trimmed.
class life {
 public:
  life(journal::store& store, std::uint64_t seed, std::uint64_t first_saga, int pipe, bool trims)
      : store_(store),
        random_(seed),
        first_(first_saga),
        pipe_(pipe),
        trims_(trims),
        time_(store.opened().last_time),
        positions_(store.opened().last_position) {}

  void run(int rounds) {
    lane own(store_);
    for (int round = 0; round < rounds; ++round) {
      ++time_;
      std::vector<report> batch;
      ticket last = 0;
      for (auto count = 1 + random_() % 8; count != 0; --count) {
        const auto number = first_ + random_() % sagas_of_a_life;
        auto& seq = seqs_[number];
        if (seq == 0xffffffffU) continue;
        const bool final = ++seq > 3 && random_() % 8 == 0;
        const auto bytes = content(number, seq);
        const named_start name("key-" + std::to_string(number), bytes, bytes);
        entry next;
        next.saga = saga(number, static_cast<partition_no>(number % 3));
        next.seq = seq;
        next.position = ++positions_[number % 3];
        next.epoch = store_.opened().epoch;
        next.bytes = bytes;
        next.final = final;
        next.time = time_;
        if (seq == 1) next.key = &name.key;
        last = own.appender().append(next);
        batch.push_back({number, seq, final ? report::kind::ended : report::kind::settled, time_});
        if (final) tell({{number, seq, report::kind::will_end, time_}});
        if (final) seq = 0xffffffffU;
      }
      if (batch.empty()) return;
      if (!own.commit(last, random_() % 3 != 0).empty()) ::_exit(3);
      if (round % 5 == 1) {
        store_.put_definition("sale", content(first_, static_cast<std::uint32_t>(round)));
        batch.push_back({0, 0, report::kind::settled, time_});
      }
      tell(batch);
      if (trims_) store_.trim(time_);
    }
  }

 private:
  void tell(const std::vector<report>& reports) const {
    const auto bytes = reports.size() * sizeof(report);
    if (::write(pipe_, reports.data(), bytes) != static_cast<ssize_t>(bytes)) ::_exit(4);
  }

  journal::store& store_;
  std::mt19937_64 random_;
  std::uint64_t first_;
  int pipe_;
  bool trims_;
  millis time_;
  std::vector<position> positions_;
  std::map<std::uint64_t, std::uint32_t> seqs_;
};

}  // namespace

void log_lives::SetUp() {
  log.settings().segment_bytes = 64U << 10U;
  log.settings().checkpoint_bytes = 8U << 10U;
  log.settings().reserve_bytes = 64U << 10U;
  log.settings().index_batch = 40;
  log.close();
}

int log_lives::live_and_die(std::uint64_t seed, int rounds, const std::function<void()>& prepare,
                            const std::function<void()>& last) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const auto first = 1 + lives_++ * sagas_of_a_life;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    prepare();
    if (!log.open().empty()) ::_exit(2);
    life(store(), seed, first, ends[1], trims_).run(rounds);
    if (last) last();
    ::kill(::getpid(), SIGKILL);
  }
  ::close(ends[1]);
  report told;
  while (::read(ends[0], &told, sizeof told) == static_cast<ssize_t>(sizeof told)) {
    if (told.what == report::kind::will_end) {
      told_.ends[told.number] = told.time;
      continue;
    }
    if (told.number == 0) {
      ++told_.definitions;
    } else {
      told_.settled[told.number] = told.seq;
    }
    if (told.what == report::kind::ended) ++told_.ended;
    told_.time = told.time;
    if (kill_after_ != 0 && --kill_after_ == 0) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

void log_lives::check_scan(std::map<std::uint64_t, std::uint32_t>& seen) {
  cursor at = store().oldest();
  const bool whole = at == cursor{};
  for (cursor before{UINT64_MAX}; before != at;) {
    before = at;
    at = store().scan(at, 64, [&](const stored_record& record) {
      const auto number = std::stoull(record.bytes.substr(0, record.bytes.find('/')));
      ASSERT_EQ(record.saga, saga(number, static_cast<partition_no>(number % 3)));
      auto& last = seen[number];
      ASSERT_TRUE(record.seq == last + 1 || (last == 0 && !whole)) << "saga " << number << " record " << record.seq;
      last = record.seq;
      ASSERT_EQ(record.bytes, content(number, record.seq));
    });
  }
}

// A saga that may have ended may be gone with its history, and then with its key; else it is there whole.
void log_lives::check_saga(std::uint64_t number, std::uint32_t settled, std::uint32_t seen) {
  const auto id = saga(number, static_cast<partition_no>(number % 3));
  const auto records = store().read(id);
  const auto holder = store().find_key("key-" + std::to_string(number), told_.time);
  const auto may_lack = [&](millis kept_for) {
    const auto ends = told_.ends.find(number);
    return ends != told_.ends.end() && is_over(ends->second, kept_for, told_.time);
  };
  if (records.empty()) {
    ASSERT_TRUE(may_lack(log.settings().retention.history)) << "saga " << number;
  } else {
    ASSERT_GE(records.size(), settled) << "saga " << number;
    ASSERT_GE(records.size(), seen) << "saga " << number;
    for (std::uint32_t at = 0; at < records.size(); ++at) {
      ASSERT_EQ(records[at].seq, at + 1);
      ASSERT_EQ(records[at].bytes, content(number, at + 1));
    }
  }
  if (holder) {
    ASSERT_EQ(holder->saga, id);
    ASSERT_EQ(holder->request_bytes, digest_of(content(number, 1)));
  } else {
    ASSERT_TRUE(may_lack(log.settings().retention.keys)) << "saga " << number;
  }
}

void log_lives::check() {
  reopen();
  if (HasFatalFailure()) return;
  std::map<std::uint64_t, std::uint32_t> seen;
  check_scan(seen);
  auto all = told_.settled;
  for (const auto& [number, seq] : seen) all.try_emplace(number, 0);
  for (const auto& one : store().live()) {
    const auto records = store().read(one.saga);
    ASSERT_FALSE(records.empty());
    all.try_emplace(std::stoull(records.front().bytes.substr(0, records.front().bytes.find('/'))), 0);
  }
  for (const auto& [number, settled] : all) {
    check_saga(number, settled, seen[number]);
    if (HasFatalFailure()) return;
  }
  ASSERT_LE(store().live().size(), all.size() - told_.ended);
  ASSERT_GE(store().definitions().size(), told_.definitions);
  log.close();
}

}  // namespace sagad::journal::tests
