#include "journal/postgres/postgres.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <optional>
#include <utility>

#include "journal/entry_limits.hpp"
#include "journal/postgres/contents.hpp"
#include "journal/postgres/database_clock.hpp"
#include "journal/postgres/definitions.hpp"
#include "journal/postgres/format_level.hpp"
#include "journal/postgres/inbox.hpp"
#include "journal/postgres/lease.hpp"
#include "journal/postgres/migrations.hpp"
#include "journal/postgres/nodes.hpp"
#include "journal/postgres/reader.hpp"
#include "journal/postgres/sharing.hpp"
#include "journal/postgres/trimmer.hpp"
#include "journal/postgres/writer.hpp"
#include "postgresql/advice.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement find_meta{"meta", "SELECT value FROM sagad_meta WHERE name = $1"};
constexpr statement keep_meta{"keep_meta",
                              "INSERT INTO sagad_meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING"};

/// What an opening finds. Partitions that are taken later are read anew.
struct contents {
  opening found;
  std::uint64_t oldest = 0;
  std::uint64_t end = 0;  ///< as far as is certain
  std::uint8_t format_level = 1;
};

std::vector<partition_no> all_partitions() {
  std::vector<partition_no> all(partitions);
  std::iota(all.begin(), all.end(), partition_no{0});
  return all;
}

contents read_contents(connection& database) {
  contents all;
  all.found.identity = number_of(database, "identity");
  all.oldest = number_of(database, "oldest");
  all.format_level = read_level(database);
  // Before it is looked who is there: whoever comes afterwards begins behind it.
  const auto end = first_place(database);
  for (const auto& one : read_tails(database, all_partitions())) {
    all.found.last_time = std::max(all.found.last_time, one.last_time);
    all.found.last_position.push_back(one.last_position);
  }
  const auto seen = look(database);
  all.end = std::max(all.oldest, seen.nodes.empty() && seen.strangers == 0 ? end : least_floor(seen));
  return all;
}

options for_journal(options settings, std::uint64_t identity) {
  settings.identity = identity;
  return settings;
}

class lane final : public appender {
 public:
  lane(writer& to, std::function<void()> wake) : writer_(to), settled_(std::make_shared<settlement>(std::move(wake))) {}
  ~lane() override {
    settled_->close();
    for (const auto& entry : collected_) writer_.forget(entry.saga.partition());
  }
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  ticket append(const entry& entry) override {
    check_limits(entry);
    held_entry held{settled_, ++last_,    entry.saga, entry.position, entry.epoch, entry.seq, std::string(entry.bytes),
                    {},       entry.time, entry.due,  entry.final};
    if (entry.key != nullptr) {
      held.key = {std::string(entry.key->text), entry.key->request_bytes, entry.key->request_canonical};
    }
    writer_.expect(entry.saga.partition());
    collected_.push_back(std::move(held));
    return last_;
  }

  // Never here: an answer from another machine is nothing to wait for on this thread.
  bool submit(bool) override {
    if (!collected_.empty()) writer_.submit(std::exchange(collected_, {}));
    return false;
  }

  ticket settled(std::vector<exception>& exceptions) override { return settled_->take(exceptions); }

 private:
  writer& writer_;
  std::shared_ptr<settlement> settled_;
  std::vector<held_entry> collected_;
  ticket last_ = 0;
};

class postgres_store final : public store {
 public:
  postgres_store(const options& settings, contents found)
      : settings_(for_journal(settings, found.found.identity)),
        lease_(settings_),
        opened_(std::move(found.found)),
        known_end_(found.end),
        format_level_(found.format_level),
        channel_("sagad_" + std::to_string(opened_.identity)),
        pool_(settings_),
        prompt_(settings_, asker::reactor),
        reader_(pool_, prompt_, settings_),
        trimmer_(settings_, pool_, lease_, found.oldest),
        definitions_(pool_, prompt_),
        inbox_(settings_, pool_, lease_, channel_),
        writer_(settings_, lease_, trimmer_.gone(), found.end, wake_) {
    opened_.kept_for = settings_.retention;
    learn_clock();
  }

  ~postgres_store() override { postgres_store::quit(); }
  postgres_store(const postgres_store&) = delete;
  postgres_store& operator=(const postgres_store&) = delete;

  void join(ownership_listener& listener, const std::string& address) override {
    if (sharing_) throw std::logic_error("journal: joined twice");
    sharing_.emplace(sharing::parts{settings_, lease_, writer_, trimmer_, clock_, inbox_, definitions_, pool_, prompt_,
                                    wake_, format_level_, channel_, known_end_},
                     listener, address);
    joined_.store(&*sharing_, std::memory_order_release);
    sharing_->begin();
  }
  void leave() override {
    if (auto* joined = sharing_of_this()) joined->leave();
  }
  void give_back(partition_no partition, std::uint64_t epoch) override {
    if (auto* joined = sharing_of_this()) joined->give_back({partition, epoch});
  }
  // In this order: whoever sees a later tenure's trust sees its epoch, too.
  bool owns(partition_no partition, std::uint64_t epoch) const noexcept override {
    return lease_.trusted(partition) && lease_.epoch(partition) == epoch;
  }
  void look_at_leases() override { lease_.look_now(); }
  void quit() override {
    if (auto* joined = sharing_of_this()) joined->stop();
  }
  std::vector<std::optional<refused_message>> post_all(const std::vector<message>& messages) override {
    return inbox_.post_all(messages);
  }
  std::optional<posted_message> find_posted(const saga_id& saga, const std::string& beginning) override {
    return inbox_.find(saga, beginning);
  }
  void answer(const message_answer& answer) override {
    inbox_.answer(answer);
    wake_.ring();
  }
  std::vector<node> nodes() override {
    return pool_.ask([](connection& database) { return all_nodes(database); });
  }
  std::string this_node() const override {
    const auto* joined = sharing_of_this();
    return node_in_words(lease_.owner(), joined == nullptr ? std::string() : joined->address());
  }
  millis now() const noexcept override { return clock_.now(); }

  std::string kept_text(const std::string& name, const std::string& fresh) override {
    try {
      return pool_.run([&](connection& database) {
        database.run(keep_meta, parameters().text("text " + name).text(fresh));
        return std::string(database.run(find_meta, parameters().text("text " + name)).bytes(0, 0));
      });
    } catch (const connection_lost& failed) {
      throw damaged("the database: " + std::string(failed.what()) + advice_on(failed));
    } catch (const statement_failed& failed) {
      throw damaged("the database: " + std::string(failed.what()) + advice_on(failed));
    } catch (const std::runtime_error& failed) {
      throw damaged("the database: " + std::string(failed.what()));
    }
  }
  const opening& opened() const override { return opened_; }
  std::uint8_t format_level() const noexcept override { return format_level_.load(std::memory_order_relaxed); }

  std::unique_ptr<appender> make_appender(std::function<void()> wake) override {
    return std::make_unique<lane>(writer_, std::move(wake));
  }

  std::vector<stored_record> read(const saga_id& saga) override { return reader_.read(saga); }
  std::vector<std::vector<stored_record>> read_many(std::span<const saga_id> sagas) override {
    return reader_.read_many(sagas);
  }
  std::vector<stored_record> read_promptly(const saga_id& saga) override { return reader_.read_promptly(saga); }
  bool has(const saga_id& saga) override { return reader_.gone_of({saga}).empty(); }
  std::vector<saga_id> gone_of(std::vector<saga_id> sagas) override { return reader_.gone_of(std::move(sagas)); }
  std::optional<key_holder> find_key(std::string_view key, millis now) override { return reader_.find_key(key, now); }
  std::vector<live_saga> live() override { return {}; }
  cursor oldest() const override { return {trimmer_.oldest()}; }
  cursor end() const override { return {end_of_all()}; }

  cursor scan(cursor from, std::size_t count, const std::function<void(const stored_record&)>& visit) override {
    if (from.at < trimmer_.oldest()) throw trimmed(oldest());
    return {reader_.scan(from.at, end_of_all(), count, visit)};
  }

  bool trim(millis now) override { return trimmer_.run(now, writer_.end()); }
  std::vector<saga_id> carried() override { return reader_.before(trimmer_.oldest()); }

  stored_definition put_definition(const std::string& definition_name, const std::string& canonical) override {
    return definitions_.put(definition_name, canonical);
  }
  bool retire_definition(const std::string& definition_name) override { return definitions_.retire(definition_name); }
  std::vector<stored_definition> definitions() override { return definitions_.all(); }
  definition_news definitions_after(std::size_t known) override { return definitions_.after(known); }
  bool look_for_definitions() override {
    definitions_.look();
    return true;
  }

  journal::statistics measured() const override {
    journal::statistics result;
    writer_.measure(result);
    result.kept_bytes = std::max(writer_.end(), trimmer_.oldest()) - trimmer_.oldest();
    result.segments_freed = trimmer_.pieces();
    result.freeing_ns = trimmer_.nanoseconds();
    if (!result.full) tell_of_lease(result);
    return result;
  }

 private:
  // Whoever had to give up all of his sagas has no lease that could be over: what keeps him from others is told.
  void tell_of_lease(journal::statistics& of) const {
    auto why = lease_.trouble();
    const auto* joined = sharing_of_this();
    if (why.empty() && joined != nullptr) why = joined->trouble();
    if (lease_.is_over()) {
      of.full = true;
      of.why_full = "its lease is over" + (why.empty() ? "" : ", " + why);
    } else if (!why.empty() && lease_.held().empty()) {
      of.full = true;
      of.why_full = "this node has no share of the sagas, " + why;
    }
  }

  // Null before `join`, which whoever reads meanwhile need not wait for.
  sharing* sharing_of_this() const noexcept { return joined_.load(std::memory_order_acquire); }

  std::uint64_t end_of_all() const noexcept {
    if (const auto* joined = sharing_of_this()) return joined->horizon();
    return known_end_;
  }
  void learn_clock() {
    pool_.run([this](connection& database) {
      const auto sent = boottime();
      clock_.learn(sent, look(database).clock, boottime());
      return true;
    });
  }

  options settings_;
  lease lease_;
  opening opened_;
  std::uint64_t known_end_;
  std::atomic<std::uint8_t> format_level_;
  std::string channel_;
  alarm wake_;
  database_clock clock_;
  pool pool_;
  pool prompt_;
  reader reader_;
  trimmer trimmer_;
  postgres::definitions definitions_;
  inbox inbox_;
  writer writer_;  ///< before what it writes with: it stops earlier
  std::atomic<sharing*> joined_ = nullptr;
  std::optional<sharing> sharing_;  ///< last: it stops first
};

}  // namespace

std::variant<std::unique_ptr<store>, error> open(const options& settings) {
  // Tables are made, and all that is live is read, in a statement each: as long as that takes.
  auto patient = settings;
  patient.statement_timeout = std::max<std::chrono::milliseconds>(settings.statement_timeout, std::chrono::minutes(10));
  try {
    connection database(login_of(patient, "opening"));
    if (auto why = migrations::prepare(database, migrations::all(), settings.reads_format)) return error{*why};
    if (auto why = level_refusal(database, settings.reads_format)) return error{*why};
    return std::make_unique<postgres_store>(settings, read_contents(database));
  } catch (const connection_lost& failed) {
    return error{"the database cannot be opened as a journal: " + std::string(failed.what()) + advice_on(failed)};
  } catch (const statement_failed& failed) {
    return error{"the database refuses to be opened as a journal: " + std::string(failed.what()) + advice_on(failed)};
  } catch (const std::runtime_error& failed) {
    return error{failed.what()};
  }
}

}  // namespace sagad::journal::postgres
