#include "log_lives.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <random>

namespace sagad::journal::tests {
namespace {

/// What the dying process has told to be settled: saga number and seq, or a definition with number 0.
struct report {
  std::uint64_t number = 0;
  std::uint32_t seq = 0;
  std::uint32_t final = 0;
};

constexpr std::uint64_t sagas_of_a_life = 12;

std::string content(std::uint64_t number, std::uint32_t seq) {
  std::string bytes = std::to_string(number) + "/" + std::to_string(seq) + ":";
  bytes.resize(bytes.size() + (number * 31 + seq * 17) % 900, 'z');
  return bytes;
}

/// Appends random entries, and writes to `pipe` what was settled, until the process is killed or `rounds` are over.
class life {
 public:
  life(journal::store& store, std::uint64_t seed, std::uint64_t first_saga, int pipe)
      : store_(store), random_(seed), first_(first_saga), pipe_(pipe), positions_(store.opened().last_position) {}

  void run(int rounds) {
    lane own(store_);
    for (int round = 0; round < rounds; ++round) {
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
        if (seq == 1) next.key = &name.key;
        last = own.appender().append(next);
        batch.push_back({number, seq, final ? 1U : 0U});
        if (final) seq = 0xffffffffU;
      }
      if (batch.empty()) return;
      if (!own.commit(last, random_() % 3 != 0).empty()) ::_exit(3);
      if (round % 5 == 1) {
        store_.put_definition("sale", content(first_, static_cast<std::uint32_t>(round)));
        batch.push_back({});
      }
      const auto bytes = batch.size() * sizeof(report);
      if (::write(pipe_, batch.data(), bytes) != static_cast<ssize_t>(bytes)) ::_exit(4);
    }
  }

 private:
  journal::store& store_;
  std::mt19937_64 random_;
  std::uint64_t first_;
  int pipe_;
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
    life(store(), seed, first, ends[1]).run(rounds);
    if (last) last();
    ::kill(::getpid(), SIGKILL);
  }
  ::close(ends[1]);
  report told;
  while (::read(ends[0], &told, sizeof told) == static_cast<ssize_t>(sizeof told)) {
    if (told.number == 0) {
      ++told_.definitions;
    } else {
      told_.settled[told.number] = told.seq;
    }
    if (told.final != 0) told_.finished[told.number] = true;
    if (kill_after_ != 0 && --kill_after_ == 0) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

void log_lives::check() {
  reopen();
  if (HasFatalFailure()) return;
  std::map<std::uint64_t, std::uint32_t> seen;
  cursor at;
  for (cursor before{1}; before != at;) {
    before = at;
    at = store().scan(at, 64, [&](const stored_record& record) {
      const auto number = std::stoull(record.bytes.substr(0, record.bytes.find('/')));
      ASSERT_EQ(record.saga, saga(number, static_cast<partition_no>(number % 3)));
      ASSERT_EQ(record.seq, ++seen[number]);
      ASSERT_EQ(record.bytes, content(number, record.seq));
    });
  }
  for (const auto& [number, seq] : told_.settled) ASSERT_GE(seen[number], seq) << "saga " << number;
  std::uint64_t live = store().live().size();
  for (const auto& [number, seq] : seen) {
    const auto id = saga(number, static_cast<partition_no>(number % 3));
    const auto records = store().read(id);
    ASSERT_EQ(records.size(), seq) << "saga " << number;
    for (std::uint32_t index = 0; index < seq; ++index) ASSERT_EQ(records[index].seq, index + 1);
    const auto holder = store().find_key("key-" + std::to_string(number));
    ASSERT_TRUE(holder.has_value());
    ASSERT_EQ(holder->saga, id);
  }
  ASSERT_LE(live, seen.size() - told_.finished.size());
  for (const auto& one : store().live()) ASSERT_FALSE(store().read(one.saga).empty());
  ASSERT_GE(store().definitions().size(), told_.definitions);
  log.close();
}

}  // namespace sagad::journal::tests
