#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "journal/postgres/alarm.hpp"
#include "journal/postgres/database_clock.hpp"
#include "journal/postgres/definitions.hpp"
#include "journal/postgres/events.hpp"
#include "journal/postgres/inbox.hpp"
#include "journal/postgres/lease.hpp"
#include "journal/postgres/nodes.hpp"
#include "journal/postgres/pool.hpp"
#include "journal/postgres/trimmer.hpp"
#include "journal/postgres/writer.hpp"

namespace sagad::journal::postgres {

/// A node's part in the sharing: a thread that looks, some times a second, who is there; takes what is free up to the
/// node's share, asks for what is above it, gives back what is settled, and looks into the inbox. All nodes do the same
/// with what they see, and none leads. What wakes it earlier is a hint: that there is a message, or a free partition.
class sharing {
 public:
  struct parts {
    const options& settings;
    lease& ownership;
    writer& to;
    trimmer& freeing;
    database_clock& clock;
    inbox& messages;
    postgres::definitions& definitions;
    pool& reads;
    pool& prompt_reads;
    alarm& wake;
    std::atomic<std::uint8_t>& format_level;  ///< as it was when it looked last
    std::string channel;
    std::uint64_t horizon;  ///< as it is known at least
  };

  sharing(const parts& with, ownership_listener& listener, std::string address);
  ~sharing() { stop(); }
  sharing(const sharing&) = delete;
  sharing& operator=(const sharing&) = delete;

  /// Begins the thread: it has joined when that has reached the database. Whoever is told may call at once. Once.
  void begin();
  /// Nothing is told or taken after that; what is held stays so. Before whoever is told is gone: he may still call.
  void stop();

  /// Any thread; neither waits for the database.
  void leave();
  void give_back(const held_partition& one);

  /// Of the places of all nodes: before it nothing will be written any more, and all is to be seen. Any thread.
  std::uint64_t horizon() const noexcept;
  std::string trouble() const;
  const std::string& address() const noexcept { return address_; }

 private:
  void run();
  void rest();
  bool is_for_us(const std::string& heard);
  void turn();
  void look_around();
  void enter_again();
  void learn_definitions(const standing_of_nodes& seen);
  void give_back_what_is_settled();
  void publish_floor(const standing_of_nodes& seen);
  void balance(const standing_of_nodes& seen);
  void take(std::size_t count);
  void refuse_changed_tables(const std::vector<held_partition>& taken);
  std::optional<connection> connect_to_read();
  void load_some();
  std::size_t load(connection& database, const std::vector<held_partition>& taken);
  std::vector<held_partition> loaded() const;
  void give_back_unloaded(std::size_t count);
  void ask_back(std::size_t count);
  void tell_of(const std::string& failed);
  void tell_of_another(const std::string& what);

  parts with_;
  const std::string address_;
  events events_;

  // The thread's own.
  std::optional<connection> connection_;
  std::optional<std::uint64_t> slot_;  ///< empty: it is not among the nodes
  std::uint64_t published_ = 0;        ///< the floor that was told
  bool told_leaving_ = false;
  std::int64_t told_changes_ = -1;                  ///< of definitions; below 0: nothing was told yet
  std::vector<held_partition> asked_back_;          ///< told as wanted back
  std::vector<held_partition> returned_;            ///< not used any more, to be freed in the database
  std::vector<held_partition> unloaded_;            ///< taken, and not told yet: what they have is still to be read
  std::size_t load_at_once_ = 4;                    ///< of those
  std::optional<connection> reading_;               ///< while there are some
  std::chrono::steady_clock::time_point looked_{};  ///< around, last
  bool told_of_another_ = false;                    ///< journal, which has this one's address
  bool hinted_ = false;                             ///< woken by somebody who has something to see

  mutable std::mutex mutex_;
  std::vector<held_partition> giving_back_;  ///< once its entries have settled
  bool leaving_ = false;
  bool ending_ = false;
  std::string trouble_;

  std::atomic<bool> look_now_ = false;
  std::atomic<bool> takes_no_more_ = false;  ///< it leaves or ends
  std::atomic<bool> alone_ = false;          ///< when it looked last there was no other node
  mutable std::atomic<std::uint64_t> horizon_;
  std::thread thread_;
};

}  // namespace sagad::journal::postgres
