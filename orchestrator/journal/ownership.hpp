#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"

/// What a journal adds that several nodes share: partitions come and go one by one while nodes do, and what reaches a
/// node for a saga of another one is handed on by the journal. The ideas are those of a lock service's leases with
/// fencing (Gray and Cheriton's leases; Chubby's sequencers): the epoch fences appends, the lease alone says when calls
/// must stop.
namespace sagad::journal {

/// How a node is named where people are told which one is meant.
inline std::string node_in_words(const std::string& name, const std::string& address) {
  return address.empty() ? name : name + ", at " + address;
}

/// A partition that has come to this node: its epoch was raised first, and all the rest was read after that.
struct taken_partition {
  partition_no partition = 0;
  std::uint64_t epoch = 0;  ///< that its entries name from now on
  journal::position last_position = 0;
  millis last_time = 0;         ///< the newest record's time; 0: none
  std::vector<live_saga> live;  ///< the earliest due first
};

/// Something that came to any node and is the business of a partition's owner: a command or a late answer. It is
/// handed to the owner at least once; that it is done once is up to the record, which carries `id`.
struct message {
  std::string id;  ///< the same one again is the same message
  saga_id saga;
  std::string bytes;  ///< opaque here
};

/// What the owner made of a message, for the node that asked.
struct message_answer {
  std::string id;
  std::string bytes;  ///< opaque here
};

/// Why a message was not kept.
struct refused_message {
  bool too_large = false;  ///< else there are too many: later
  std::string why;
};

/// A message that is kept.
struct posted_message {
  std::optional<std::string> answer;  ///< nothing: there is none yet
};

/// A node as the journal knows it; for people and for balancing.
struct node {
  std::string name;     ///< of this process alone
  std::string address;  ///< where its API is reached; empty: not told
  std::vector<partition_no> owns;
  millis silent_for = 0;  ///< since it was last heard of, by the journal's clock
  bool leaving = false;
  std::uint8_t reads_format = 0;  ///< the newest format of records that it reads; 0: not told
};

/// Told of what becomes of partitions and messages, on one thread of the store, in order. Must not wait for anything
/// and not throw.
class ownership_listener {
 public:
  virtual ~ownership_listener() = default;
  /// It is this node's from now on.
  virtual void taken(taken_partition partition) = 0;
  /// It is to move to another node: nothing begins in it any more; once nothing of it is open, or that has lasted too
  /// long, `shared_store::give_back` is called.
  virtual void wanted_back(partition_no partition) = 0;
  /// Another has it: all of it is dropped at once. Not told of what was given back.
  virtual void lost(partition_no partition) = 0;
  /// For a saga of a partition that this node owns.
  virtual void arrived(message message) = 0;
  /// To a message that was posted here.
  virtual void answered(message_answer answer) = 0;
  /// Somebody has put or retired definitions, this node or another: `store::definitions_after` tells what. Once at the
  /// beginning in any case, and at most a round of the journal's after it was done; several changes may be told as one.
  virtual void definitions_changed() {}
};

/// A journal that several nodes share. `live()` is empty and `opened().epoch` is 0: each partition brings its own, and
/// its last position, too, for the one at the opening may be another node's and move on. `end` and `scan` go as far as
/// all nodes have come, so that nothing is passed over that another is still writing: what has just settled is shown a
/// little later. A cursor means the same on every node. Each node trims what it owns. Definitions are everybody's: what
/// one puts or retires holds for all. Of two who put the same at once one has put it, and of two who put different ones
/// each has a version of its own. Who puts or retires does it to what is there, and not to what he knows. What a record
/// names was there before it, so that `look_for_definitions` finds it.
class shared_store : public store {
 public:
  /// From now on this node asks for its share of the partitions, and says that it is there under `address`. Once.
  virtual void join(ownership_listener& listener, const std::string& address) = 0;
  /// From now on it asks for none, and each that it has is told as `wanted_back`.
  virtual void leave() = 0;
  /// Nothing of it is under way any more: another may have it at once. Entries of it that are still to be settled
  /// settle first. By its epoch: one that was lost and has come back under another is not meant. Does not wait.
  virtual void give_back(partition_no partition, std::uint64_t epoch) = 0;
  /// Once it has returned nothing is told any more, so that the listener may go, and nothing is taken; what this node
  /// still has others can have when the store is destroyed. Not from within what is told. Doing it twice is harmless.
  virtual void quit() = 0;

  /// Whether no other node can have had the partition since it came here under this epoch. Asked before each call to a
  /// participant; a few instructions, any thread. What is not trusted may still be this node's: it is asked again a
  /// little later. By its epoch, because a partition may be lost and come back before its listener has acted on either:
  /// what was decided under the old epoch must not go out under the trust in the new one.
  virtual bool owns(partition_no partition, std::uint64_t epoch) const noexcept = 0;
  /// There is a sign that another node has some of what this one believes to have: that is looked at at once, and what
  /// is another's is told as `lost`. Said often it is done now and then. Any thread; does not wait.
  virtual void look_at_leases() = 0;

  /// Keeps messages durably for whoever owns their sagas' partitions, all at once: many cost hardly more than one. Says
  /// of each why it was not kept, or nothing. Throws std::runtime_error when none was, or that is not known. Waits
  /// until they are durable: not for a thread that has something else to do.
  virtual std::vector<std::optional<refused_message>> post_all(const std::vector<message>& messages) = 0;
  /// What has become of the saga's newest message whose id begins so, whichever node posted it; nothing: none was
  /// posted, or that is so long ago that its answer is not kept. Waits. Throws std::runtime_error.
  virtual std::optional<posted_message> find_posted(const saga_id& saga, const std::string& beginning) = 0;
  /// The owner has done what a message asks, and the record of it is durable: the message goes, and whoever posted it
  /// is told. Doing it twice is harmless. Does not wait: should it be lost, the message comes again.
  virtual void answer(const message_answer& answer) = 0;

  /// Waits for the answer. Throws std::runtime_error.
  virtual std::vector<node> nodes() = 0;
  /// This one of them, for people: its name and its address. Once it has joined.
  virtual std::string this_node() const = 0;

  /// The journal's clock: what it was when it was last asked, moved on by CLOCK_BOOTTIME. Never goes back.
  virtual millis now() const noexcept = 0;
};

}  // namespace sagad::journal
