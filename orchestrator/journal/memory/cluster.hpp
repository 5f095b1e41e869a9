#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/record_format.hpp"
#include "journal/memory/store.hpp"
#include "journal/ownership.hpp"

namespace sagad::journal::memory {

class node_store;

struct cluster_options {
  std::size_t partitions = sagad::partitions;  ///< of which the first so many are dealt out
  millis lease_ms = 3000;
  millis margin_ms = 500;                              ///< so much before its end nobody trusts his lease
  millis again_ms = 1000;                              ///< after which a message that is not answered comes again
  std::uint8_t format_level = newest_record_format();  ///< in which records are written at first
  retention kept_for{};
  bool reads_tails_first = false;  ///< as one does that is wrong: before the epoch is raised
};

/// The journal in memory that several nodes share: the records, who has which partition until when, and what waits for
/// an owner. Stands for a database. Nothing happens in it by itself: each node does its part in `node_store::work`.
/// Thread-safe. Outlives its nodes.
class cluster {
 public:
  cluster(cluster_options options, std::function<millis()> time);
  ~cluster();
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  /// `reads_format`: the newest format of records that the node knows. It has to be the level's at least.
  std::unique_ptr<node_store> open(const std::string& name, std::uint8_t reads_format = newest_record_format());

  /// In which records are written.
  std::uint8_t format_level() const;
  /// To the newest format that all who are there read; each learns it in its next round.
  void raise_format_level();

  /// Who has the partition, and under which epoch; nobody: an empty name.
  struct holding {
    std::string owner;
    std::uint64_t epoch = 0;
  };
  holding holder_of(partition_no partition) const;

  /// The node's leases are over for everybody but itself: it believes in them as long as it would have.
  void expire(const std::string& name);
  /// The partition is to move: its owner is told so in its next round, and does not take it again for a lease's time.
  void move(partition_no partition);
  /// What is done by others between two statements of a take-over.
  void between_statements(std::function<void()> what) { between_ = std::move(what); }
  /// Sees what is posted before it is kept, on the thread that posts it.
  void when_posted(std::function<void(const std::vector<message>&)> see) { see_posted_ = std::move(see); }
  /// Whether a message comes to its owner in this round; it is asked again in the next.
  void deliver_when(std::function<bool(const message&)> chosen) { chosen_ = std::move(chosen); }

  /// Entries of clients that are dead, or that believe they failed, which may be written yet.
  std::size_t late() const { return whole_->late(); }
  /// Writes the oldest of them, if their epoch is still their partition's.
  void commit_late(std::size_t entries) { whole_->commit_late(entries); }
  /// None of them is written any more: who was to do it is gone.
  void forget_late() { whole_->forget_late(); }
  std::size_t messages() const;
  /// All that is settled, whoever wrote it.
  store& whole() noexcept { return *whole_; }

 private:
  friend class node_store;

  struct member;
  struct place {
    member* owner = nullptr;
    millis until = 0;
    member* not_for = nullptr;  ///< who is to let it move ...
    millis not_for_until = 0;   ///< ... and does not take it again before this
  };
  struct waiting_message {
    message what;
    std::string from;
    millis came_last = 0;  ///< to its owner; 0: never
    std::uint64_t to_epoch = 0;
  };

  /// What a round of a node's work has to tell.
  struct news {
    std::vector<partition_no> lost;
    std::vector<partition_no> wanted_back;
    std::vector<message> arrived;
    std::vector<message_answer> answered;
    bool definitions = false;
  };

  millis now() const { return time_(); }
  std::size_t share(const member& of) const;
  void renew(member& of, news& told);
  void balance(member& of, news& told);
  void deliver(member& to, news& told);
  void tell_definitions(member& of, news& told);
  std::vector<partition_no> free_for(const member& of) const;
  void raise(member& of, partition_no partition);

  cluster_options options_;
  std::function<millis()> time_;
  std::unique_ptr<store> whole_;
  mutable std::mutex mutex_;
  std::array<place, sagad::partitions> places_{};
  std::uint8_t format_level_;
  std::vector<std::unique_ptr<member>> members_;
  std::vector<waiting_message> inbox_;
  std::vector<message_answer> answers_;  ///< the oldest first, as long as this lives
  std::function<void()> between_;
  std::function<bool(const message&)> chosen_;
  std::function<void(const std::vector<message>&)> see_posted_;
};

/// One node's way to it. Dies with its process: `die`, or it is destroyed.
class node_store final : public shared_store {
 public:
  ~node_store() override;

  const opening& opened() const override { return own_.opened(); }
  std::uint8_t format_level() const noexcept override;
  std::unique_ptr<appender> make_appender(std::function<void()> wake) override { return own_.make_appender(wake); }
  std::vector<stored_record> read(const saga_id& saga) override { return own_.read(saga); }
  bool has(const saga_id& saga) override { return own_.has(saga); }
  std::optional<key_holder> find_key(std::string_view key, millis at) override { return own_.find_key(key, at); }
  std::vector<live_saga> live() override { return {}; }
  cursor oldest() const override { return own_.oldest(); }
  cursor scan(cursor from, std::size_t count, const std::function<void(const stored_record&)>& visit) override {
    return own_.scan(from, count, visit);
  }
  cursor end() const override { return own_.end(); }
  bool trim(millis at) override { return own_.trim(at); }
  std::vector<saga_id> carried() override { return own_.carried(); }
  stored_definition put_definition(const std::string& definition_name, const std::string& canonical) override {
    return own_.put_definition(definition_name, canonical);
  }
  bool retire_definition(const std::string& definition_name) override {
    return own_.retire_definition(definition_name);
  }
  std::vector<stored_definition> definitions() override { return own_.definitions(); }
  definition_news definitions_after(std::size_t known) override { return own_.definitions_after(known); }
  /// All are the same at once: what is learned by a round is that there are others.
  bool look_for_definitions() override {
    own_.must_answer();
    return true;
  }
  statistics measured() const override { return own_.measured(); }

  void join(ownership_listener& listener, const std::string& address) override;
  void leave() override;
  void give_back(partition_no partition, std::uint64_t epoch) override;
  bool owns(partition_no partition, std::uint64_t epoch) const noexcept override;
  /// The next round does.
  void look_at_leases() override { ++looks_wanted_; }
  void quit() override;
  std::vector<std::optional<refused_message>> post_all(const std::vector<message>& messages) override;
  std::optional<posted_message> find_posted(const saga_id& saga, const std::string& beginning) override;
  void answer(const message_answer& what) override;
  std::vector<node> nodes() override;
  std::string this_node() const override;
  millis now() const noexcept override { return all_.now(); }

  /// One round: renews its leases, learns what it has lost, gives back and takes what its share is, hears what has
  /// come. To be called well within a lease; who does not is as one that stands still.
  void work();
  /// The process is killed. Of what was submitted and not settled the oldest `unsettled` are written, and the next
  /// `late` may be yet.
  void die(std::size_t unsettled, std::size_t late);
  /// How often it was said that its leases are to be looked at.
  std::size_t looks_wanted() const noexcept { return looks_wanted_; }
  /// What holds and chooses how its entries settle.
  memory::store& entries() noexcept { return own_; }

 private:
  friend class cluster;
  node_store(cluster& all, cluster::member& self);

  cluster& all_;
  cluster::member& self_;
  memory::store own_;
  std::atomic<std::size_t> looks_wanted_ = 0;
};

}  // namespace sagad::journal::memory
