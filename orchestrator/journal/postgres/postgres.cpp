#include "journal/postgres/postgres.hpp"

#include <algorithm>
#include <utility>

#include "journal/entry_limits.hpp"
#include "journal/postgres/definitions.hpp"
#include "journal/postgres/lease.hpp"
#include "journal/postgres/migrations.hpp"
#include "journal/postgres/reader.hpp"
#include "journal/postgres/trimmer.hpp"
#include "journal/postgres/writer.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement find_meta{"meta", "SELECT value FROM sagad_meta WHERE name = $1"};
constexpr statement keep_meta{"keep_meta",
                              "INSERT INTO sagad_meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
constexpr statement find_tails{
    "tails",
    "SELECT p.id,"
    " greatest(p.freed_position, coalesce((SELECT max(r.position) FROM sagad_records r WHERE r.partition_id = p.id), "
    "0)),"
    " greatest(p.freed_time, coalesce((SELECT r.recorded FROM sagad_records r WHERE r.partition_id = p.id"
    "  ORDER BY r.position DESC LIMIT 1), 0))"
    " FROM sagad_partitions p ORDER BY p.id"};
constexpr statement find_end{"end", "SELECT place, octet_length(bytes) FROM sagad_records ORDER BY place DESC LIMIT 1"};
constexpr statement find_live{
    "live",
    "SELECT l.saga, (SELECT r.due FROM sagad_records r WHERE r.saga = l.saga ORDER BY r.seq DESC LIMIT 1)"
    " FROM sagad_live_sagas l"};

/// What an opening finds, once nobody else can write any more.
struct contents {
  opening found;
  std::uint64_t oldest = 0;
  std::uint64_t end = 0;
  std::vector<live_saga> live;
};

std::uint64_t number_of(connection& database, std::string_view name) {
  const auto found = database.run(find_meta, parameters().text(name));
  if (found.empty()) throw std::runtime_error("sagad_meta has no " + std::string(name));
  return std::stoull(std::string(found.bytes(0, 0)));
}

contents read_contents(connection& database) {
  contents all;
  all.found.identity = number_of(database, "identity");
  all.oldest = number_of(database, "oldest");
  all.found.last_position.resize(partitions);
  const auto tails = database.run(find_tails);
  for (int row = 0; row < tails.size(); ++row) {
    all.found.last_position.at(static_cast<std::size_t>(tails.integer(row, 0))) =
        static_cast<position>(tails.integer(row, 1));
    all.found.last_time = std::max(all.found.last_time, tails.integer(row, 2));
  }
  all.end = all.oldest;
  if (const auto last = database.run(find_end); !last.empty()) {
    all.end = std::max(all.end, static_cast<std::uint64_t>(last.integer(0, 0)) +
                                    extent(static_cast<std::uint64_t>(last.integer(0, 1))));
  }
  const auto live = database.run(find_live);
  for (int row = 0; row < live.size(); ++row) {
    all.live.push_back({live.saga(row, 0), live.is_null(row, 1) ? never : live.integer(row, 1)});
  }
  std::sort(all.live.begin(), all.live.end(), [](const live_saga& left, const live_saga& right) {
    return std::pair(left.due, left.saga) < std::pair(right.due, right.saga);
  });
  all.found.live_sagas = all.live.size();
  return all;
}

live_sagas ids_of(const std::vector<live_saga>& live) {
  live_sagas all;
  for (const auto& one : live) all.insert(one.saga);
  return all;
}

class lane final : public appender {
 public:
  lane(writer& to, std::function<void()> wake) : writer_(to), settled_(std::make_shared<settlement>(std::move(wake))) {}
  ~lane() override { settled_->close(); }
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  ticket append(const entry& entry) override {
    check_limits(entry);
    held_entry held{settled_, ++last_,    entry.saga, entry.position, entry.epoch, entry.seq, std::string(entry.bytes),
                    {},       entry.time, entry.due,  entry.final};
    if (entry.key != nullptr) {
      held.key = {std::string(entry.key->text), entry.key->request_bytes, entry.key->request_canonical};
    }
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
  postgres_store(const options& settings, std::unique_ptr<lease> ownership, contents found)
      : settings_(settings),
        lease_(std::move(ownership)),
        opened_(std::move(found.found)),
        live_(std::move(found.live)),
        pool_(settings_),
        reader_(pool_, settings_),
        trimmer_(settings_, pool_, *lease_, found.oldest),
        definitions_(pool_),
        writer_(settings_, *lease_, trimmer_.gone(), found.end, ids_of(live_)) {
    opened_.epoch = lease_->epoch();
    opened_.kept_for = settings_.retention;
  }

  bool owns() const override { return lease_->trusted(); }
  std::string kept_text(const std::string& name, const std::string& fresh) override {
    try {
      return pool_.run([&](connection& database) {
        database.run(keep_meta, parameters().text("text " + name).text(fresh));
        return std::string(database.run(find_meta, parameters().text("text " + name)).bytes(0, 0));
      });
    } catch (const std::runtime_error& failed) {
      throw damaged("the database: " + std::string(failed.what()));
    }
  }
  const opening& opened() const override { return opened_; }

  std::unique_ptr<appender> make_appender(std::function<void()> wake) override {
    return std::make_unique<lane>(writer_, std::move(wake));
  }

  std::vector<stored_record> read(const saga_id& saga) override { return reader_.read(saga); }
  bool has(const saga_id& saga) override { return reader_.gone_of({saga}).empty(); }
  std::vector<saga_id> gone_of(std::vector<saga_id> sagas) override { return reader_.gone_of(std::move(sagas)); }
  std::optional<key_holder> find_key(std::string_view key, millis now) override { return reader_.find_key(key, now); }
  std::vector<live_saga> live() override { return live_; }
  cursor oldest() const override { return {trimmer_.oldest()}; }
  cursor end() const override { return {writer_.end()}; }

  cursor scan(cursor from, std::size_t count, const std::function<void(const stored_record&)>& visit) override {
    const auto refuse_freed = [this](std::uint64_t place) {
      if (place < trimmer_.oldest()) throw trimmed(oldest());
    };
    refuse_freed(from.at);
    return {reader_.scan(from.at, writer_.end(), count, refuse_freed, visit)};
  }

  bool trim(millis now) override { return trimmer_.run(now, writer_.end()); }
  std::vector<saga_id> carried() override { return reader_.before(trimmer_.oldest()); }

  stored_definition put_definition(const std::string& definition_name, const std::string& canonical) override {
    return definitions_.put(definition_name, canonical);
  }
  bool retire_definition(const std::string& definition_name) override { return definitions_.retire(definition_name); }
  std::vector<stored_definition> definitions() override { return definitions_.all(); }

  journal::statistics measured() const override {
    journal::statistics result;
    writer_.measure(result);
    result.kept_bytes = writer_.end() - trimmer_.oldest();
    result.segments_freed = trimmer_.pieces();
    if (!result.full && !owns()) {
      const auto why = lease_->trouble();
      result.full = true;
      result.why_full = "its lease is over" + (why.empty() ? "" : ", the database does not answer: " + why);
    }
    return result;
  }

 private:
  options settings_;
  std::unique_ptr<lease> lease_;
  opening opened_;
  std::vector<live_saga> live_;
  pool pool_;
  reader reader_;
  trimmer trimmer_;
  postgres::definitions definitions_;
  writer writer_;  ///< last: it stops first
};

}  // namespace

std::variant<std::unique_ptr<store>, error> open(const options& settings) {
  // Tables are made, and all that is live is read, in a statement each: as long as that takes.
  auto patient = settings;
  patient.statement_timeout = std::max<std::chrono::milliseconds>(settings.statement_timeout, std::chrono::minutes(10));
  try {
    connection database(patient, "opening");
    if (auto why = migrations::prepare(database)) return error{*why};
    auto taken = lease::take(settings);
    if (const auto* by = std::get_if<lease::held>(&taken)) {
      return error{"the journal in " + database.where() + " is in use by " + by->by + ", until " + by->until, true};
    }
    // In statements that begin after the epoch was raised: nothing of an owner before can follow what they see.
    auto found = read_contents(database);
    return std::make_unique<postgres_store>(settings, std::move(std::get<0>(taken)), std::move(found));
  } catch (const connection_lost& failed) {
    return error{"the database cannot be opened as a journal: " + std::string(failed.what())};
  } catch (const statement_failed& failed) {
    return error{"the database refuses to be opened as a journal: " + std::string(failed.what())};
  } catch (const std::runtime_error& failed) {
    return error{failed.what()};
  }
}

}  // namespace sagad::journal::postgres
