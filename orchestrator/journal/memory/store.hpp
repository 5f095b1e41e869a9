#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "journal/ownership.hpp"

/// A journal that lives in memory, for tests and the simulator: the contract's behaviour without files or threads, and
/// switches for what a disk or a database would do to it.
namespace sagad::journal::memory {

/// What becomes of an entry that a test has chosen.
struct verdict {
  journal::result result = journal::result::durable;
  bool written = false;  ///< with `unknown`: it is in the journal all the same
  std::string why = {};  ///< with `refused`
  bool late = false;     ///< with `unknown`, where several share it: it comes there when `cluster::commit_late` says so
};

/// Asked for each entry when it is settled; empty: what the contract says.
using chooser = std::function<std::optional<verdict>(const entry&)>;

/// Deterministic: `submit` settles on the calling thread and wakes, unless settlement is held. Thread-safe.
/// An entry that is made `unknown` freezes its partition: later ones of it are unknown too, and not written, until the
/// entry at that position was appended again. One that is made `not_owner` loses the partition for good.
/// Entries of another epoch than their partition's settle as `not_owner`. Entries of a saga whose start was refused are
/// refused with it. Appenders must not outlive their store.
class store final : public journal::store {
 public:
  explicit store(retention kept_for = {});
  ~store() override;

  const opening& opened() const override;
  std::unique_ptr<appender> make_appender(std::function<void()> wake) override;
  std::vector<stored_record> read(const saga_id& saga) override;
  bool has(const saga_id& saga) override;
  std::optional<key_holder> find_key(std::string_view key, millis now) override;
  std::vector<live_saga> live() override;
  cursor oldest() const override;
  cursor scan(cursor from, std::size_t count, const std::function<void(const stored_record&)>& visit) override;
  cursor end() const override;
  /// Frees all that it may at once: up to the first record of a saga that ended too late.
  bool trim(millis now) override;
  std::vector<saga_id> carried() override;
  stored_definition put_definition(const std::string& definition_name, const std::string& canonical) override;
  bool retire_definition(const std::string& definition_name) override;
  std::vector<stored_definition> definitions() override;
  definition_news definitions_after(std::size_t known) override;
  journal::statistics measured() const override;

  /// From now on what is submitted waits, in the order of submission over all appenders.
  void hold();
  /// Settles the oldest `entries` that wait, and goes on holding.
  void release(std::size_t entries);
  /// Settles all that wait, and stops holding.
  void release_all();
  /// Entries that are submitted and not settled.
  std::size_t held() const;

  /// The next time that this entry is settled, once.
  void inject(const saga_id& saga, std::uint32_t seq, verdict outcome);
  /// For every entry that was not injected.
  void choose(chooser choose);
  /// Starts are refused as `full`.
  void refuse_starts(bool refuse);
  /// Whoever reads a saga's records is told that they are damaged.
  void fail_reads(bool fail);
  /// ... or that nobody answers now, as by a database that is away; and who asks for others' definitions, too.
  void be_away(bool away);
  /// The same, and each question finds out for itself; empty: it is there.
  void be_away_when(std::function<bool()> away);
  /// The partition is another node's from now on: its entries settle as `not_owner`.
  void lose(partition_no partition);

  /// The process dies: returns the journal as the next process opens it, with what was settled and the oldest
  /// `unsettled` of what was submitted. Nothing that is submitted here afterwards is ever settled.
  std::unique_ptr<store> crash(std::size_t unsettled = 0);

 private:
  class lane;
  struct held_entry;
  struct kept_record;
  struct kept_saga;
  struct kept_key;
  struct refusal;
  struct contents;
  using waiting = std::deque<held_entry>;
  friend class cluster;
  friend class node_store;

  /// What the stores of several nodes have in common.
  struct shared {
    std::shared_ptr<contents> kept;
    std::shared_ptr<std::mutex> mutex;
  };

  store(std::shared_ptr<contents> kept, retention kept_for);
  store(const shared& with, retention kept_for);
  void die(std::size_t unsettled, std::size_t late);
  std::size_t late() const;
  void commit_late(std::size_t entries);
  void forget_late();
  taken_partition tail_of(partition_no partition);
  void settle_of(partition_no partition);
  void must_answer() const;
  std::uint64_t definition_changes() const;
  std::optional<key_holder> holder_at(std::string_view key, millis now) const;
  void submit(std::vector<held_entry>& entries);
  void settle(std::size_t entries, std::unique_lock<std::mutex>& lock);
  exception decide(const held_entry& entry);
  exception place(const held_entry& entry);
  bool refused_with_its_start(const held_entry& entry, exception& outcome) const;
  std::optional<verdict> chosen(const entry& entry);
  void write(const held_entry& entry);

  std::shared_ptr<std::mutex> mutex_;
  retention retention_;
  std::shared_ptr<contents> kept_;
  opening opened_;
  std::vector<live_saga> live_;
  std::unique_ptr<waiting> waiting_;
  bool holding_ = false;
  bool dead_ = false;
  bool refuse_starts_ = false;
  bool fail_reads_ = false;
  std::function<bool()> away_;
  std::set<partition_no> lost_;
  std::map<partition_no, position> frozen_;
  std::map<std::pair<saga_id, std::uint32_t>, verdict> injected_;
  chooser choose_;
  std::unordered_map<saga_id, exception, saga_id_hash> refused_;
  journal::statistics measured_;
};

}  // namespace sagad::journal::memory
