#pragma once

#include <array>
#include <boost/container/deque.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dispatch/caller.hpp"
#include "journal/ownership.hpp"
#include "runtime/alerts.hpp"
#include "runtime/callback_token.hpp"
#include "runtime/catalog.hpp"
#include "runtime/clock.hpp"
#include "runtime/counters.hpp"
#include "runtime/load_saga.hpp"
#include "runtime/loading_order.hpp"
#include "runtime/replay_guard.hpp"
#include "runtime/request.hpp"
#include "runtime/resident.hpp"
#include "runtime/timer_heap.hpp"

namespace sagad::runtime {

struct core_options {
  std::vector<partition_no> partitions;    ///< owned by this core from its begin on; none: each is to be taken
  std::uint64_t epoch = 0;                 ///< of those
  std::size_t number = 0;                  ///< this core's slot in the replay guard
  std::size_t live_sagas_max = 4'000'000;  ///< past it starts are refused
  std::size_t waiters_max = 100'000;       ///< requests waiting at once; past it 503
  std::string public_url;                  ///< what callbacks are told to call; no slash at the end
  millis poll_min_ms = 1000;
  millis poll_max_ms = 60'000;
  millis moment_ms = 16;  ///< in which starts share a partition; 0: those of a turn do
};

/// What a core lives in. All outlive it.
struct surroundings {
  journal::store& store;
  journal::appender& appender;  ///< this core's own
  dispatch::caller& caller;     ///< this core's own
  catalog& definitions;
  const clock& time;
  const callback_signer& signer;
  std::function<std::uint64_t()> random;  ///< for saga ids
  replay_guard* guard = nullptr;          ///< none: sagas are replayed without a note of it
  /// The store, where several nodes share it: asked before anything goes out that only an owner may say.
  journal::shared_store* shared = nullptr;
  /// Where they do: called once nothing of a partition that was to be handed over is left here.
  std::function<void(partition_no, std::uint64_t epoch)> given_back = {};
  /// Where they do: takes over who waits for a saga that another may have, and tells them later. False, and nothing is
  /// taken: as many as may already wait so.
  std::function<bool(moved_waiter&)> look_on = {};
  /// Loads live sagas as `load_some` does, beside this thread, and tells on it; not from within. Empty: they are loaded
  /// here, one by one.
  std::function<void(std::vector<saga_id>, unique_function<void(std::vector<loaded_or_not>)>)> load_beside = {};
};

/// The sagas of some partitions: the one door for their inputs, the gate, reconciliation, timers, waiters, admission,
/// recovery and the auditor. One thread; knows no socket and no thread itself, so that a simulator runs the very same
/// code.
///
/// Whoever drives it calls `end_turn` after each handful of inputs, `settle` when the appender woke, `on_time` at
/// `next_wake`.
class core {
 public:
  core(core_options options, surroundings around);
  ~core();
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  void start(start_request request, unique_function<void(start_result)> tell);
  /// Why no start is taken now, whatever it starts.
  std::optional<sagad::problem> why_no_start() const;
  void command(const saga_id& id, command_request request, unique_function<void(answer_result)> tell);
  void late_answer(const callback_target& target, late_request request, unique_function<void(late_result)> tell);
  void get(const saga_id& id, const look_request& request, unique_function<void(answer_result)> tell);
  /// Whether it is in memory: what is not may have ended, and then only its records know of it.
  bool holds(const saga_id& id) const { return residents_.contains(id); }

  void answered(dispatch::answer&& answer);
  void settle();
  void on_time();
  millis next_wake() const noexcept;
  /// Hands over what was appended. Returns whether it was committed on this thread.
  bool end_turn(bool nothing_else_ready);

  /// Takes the live sagas of its partitions, in the order in which they are to be loaded.
  void begin_recovery(std::vector<journal::live_saga> live);
  /// The partition is this core's from now on. Of its live sagas and those that are to be loaded already the one that
  /// is due earliest is the next.
  void take(journal::taken_partition taken);
  /// Nothing begins in the partition any more. Once nothing of it is open and everything appended is durable, or all is
  /// durable and it is `until`, its sagas leave memory, and it is given back.
  void hand_over(partition_no partition, millis until);
  /// Another has the partition: all of it is dropped at once.
  void lose(partition_no partition);
  /// Whether it is here that one asks for sagas of the partition, and not at another node or in the journal.
  bool serves(partition_no partition) const noexcept {
    return owned_[partition] && leaves_at_[partition] == 0 && trusted(partition);
  }

  /// Whether there is a partition here in which a saga can start.
  bool takes_starts() const noexcept { return !options_.partitions.empty(); }

  /// Goes on with up to `count`; true while there is more to do for it, and not only to wait for what is loaded beside
  /// this thread.
  bool recover_some(std::size_t count);
  bool recovering() const noexcept { return !loaded_.empty() || (!loading_ && !rests_ && !to_load_.empty()); }

  /// From now on nothing begins: starts are refused, no call goes out.
  void drain();
  /// From now on nobody waits for an end: whoever does is told where it is, once that is durable.
  void tell_where_it_is();
  /// No exchange is open, everything appended is durable, and what can be given back has been.
  bool quiet() const noexcept;

  /// Looks at some of the sagas, in turn; one without a wake-up is counted and looked at again. The gauges by state are
  /// those of its last whole round.
  void audit(std::size_t buckets);
  /// Looks at as many of them as are due when it was last called so long ago: a round takes a second, or longer where
  /// there are tens of thousands.
  void audit_since(millis passed);

  counters counted() const;
  std::size_t calls_open() const noexcept { return calls_open_; }

 private:
  friend struct core_probe;  // tests compare what is in memory with what is durable, and take wake-ups away

  /// In blocks of 64: std::deque takes memory anew for every second of what is queued here.
  template <typename Entry>
  using queue =
      boost::container::deque<Entry, void, boost::container::deque_options_t<boost::container::block_size<64>>>;

  struct kept_key {
    std::string text;
    digest request_bytes;
    digest request_canonical;
  };
  /// What a record means for people: told no sooner than its clients are.
  struct news {
    bool started = false;
    bool turned_back = false;
    bool commanded = false;
    bool answered_late = false;
    bool contradicted = false;
    bool refused = false;  ///< it was not written: nothing of it is told
    std::vector<std::string> alerts;
  };
  struct gate_entry {
    journal::ticket ticket;
    resident* of;
    std::string bytes;
    news told;  ///< counted and logged once it is durable
    journal::position position;
    std::uint32_t seq;
    millis time;
    millis due;
    bool final;
    std::unique_ptr<kept_key> key;       ///< of a start that has one: should it have to be appended again
    engine::rendered_requests requests;  ///< of what it releases
  };
  struct call_slot {
    std::uint32_t generation = 0;
    resident* of = nullptr;
  };

  /// Somebody who is told once no function of the core is at work: whoever is told may come right back with the next
  /// input.
  struct telling {
    unique_function<void(start_result)> tell;
    start_result what;
  };

  // core.cpp: the door and the gate
  loaded_or_not load(const saga_id& id);
  /// `loaded`: it was loaded already.
  resident* find_or_load(const saga_id& id, sagad::problem& why_not, loaded_or_not* loaded = nullptr);
  resident* find_for(const saga_id& id, const only_of& whose, sagad::problem& why_not);
  std::optional<partition_no> partition_for_start();
  resident& make_resident(const saga_id& id);
  resident& keep_unread(const saga_id& id);
  replay_guard::standing standing_of(const saga_id& id) const noexcept;
  /// It is loaded later, apart from the others.
  bool is_put_off(const saga_id& id) const noexcept;
  /// Which calls count as open exchanges.
  enum class counting : std::uint8_t {
    all,   ///< those that are held, too: they may be sent at any moment
    sent,  ///< those of which a byte may have been written, for a person: with when they time out
  };
  /// `failed`: of this operation nothing but what was sent counts.
  engine::moment moment_for(const resident& of, counting calls,
                            std::optional<engine::operation_id> failed = std::nullopt) const;
  engine::decision submit(resident& of, const engine::input& given, const journal::start_key* key = nullptr);
  journal::ticket enter(resident& of, engine::record& record, const engine::input& given,
                        const journal::start_key* key);
  static news news_of(const resident& of, const engine::record& record, const engine::input& given);
  void tell_news(const news& told);
  void quarantine(resident& of, const std::string& why);
  bool durable(const resident& of) const noexcept { return of.newest <= settled_; }
  bool frozen(const resident& of) const noexcept { return frozen_count_ != 0 && frozen_[of.saga.id.partition()]; }
  void passed(resident& of, engine::rendered_requests&& requests);
  void refuse_entry(const journal::exception& exception);
  void append_again(gate_entry& entry);
  void thaw_when_durable(journal::ticket upto);
  void look_again(const saga_id& id);
  bool lacks_wake_up(resident& of);
  void look_for_overdue(resident& of);
  void erase(resident& of);

  // core_recovery.cpp: what is live, until it is in memory
  void load_later(const std::vector<journal::live_saga>& live);
  bool stays(partition_no partition) const noexcept { return owned_[partition] && leaves_at_[partition] == 0; }
  bool goes_on_later(const journal::live_saga& one);
  void load_next();
  void load_ahead();
  void were_loaded(const std::vector<saga_id>& wanted, std::vector<loaded_or_not> found);
  void take_loaded();
  void go_on_with(const journal::live_saga& one, loaded_or_not* loaded);
  void rest_from_loading();
  void load_again();
  std::size_t to_load() const noexcept { return to_load_.size() + loading_ahead_.size(); }
  void forget_what_is_to_load();

  // core_partitions.cpp: what comes and goes while other nodes do
  bool trusted(partition_no partition) const noexcept {
    return around_.shared == nullptr || around_.shared->owns(partition, epochs_[partition]);
  }
  enum class dropped_as : std::uint8_t { lost, handed_over };
  void drop_partition(partition_no partition, dropped_as how);
  void tell_of_moves();
  void tell_of_doubt();
  bool still_busy(partition_no partition, bool in_time) const;
  void give_back_what_is_quiet();

  // core_calls.cpp: what should be going on, and what is
  /// `requests`: such as were rendered for what may be wanted now.
  void reconcile(resident& of, engine::rendered_requests&& requests = {});
  void part(resident& of);
  void withdraw_unwanted(resident& of, const engine::work& work);
  void begin_wanted(resident& of, const engine::work& work, engine::rendered_requests& requests);
  void begin_call(resident& of, const engine::attempt_id& attempt, engine::rendered_requests& requests);
  void begin_poll(resident& of, const engine::attempt_id& attempt);
  std::function<bool()> asked_for(const resident& of) const;
  std::string call_headers(const engine::saga& saga, const engine::attempt_id& attempt, bool has_body) const;
  std::uint64_t take_tag(resident& of);
  void free_tag(std::uint64_t tag);
  void withdraw_held(resident& of);
  void take_answer(resident& of, const under_way& ended, dispatch::answer& answer);
  void plan_poll(resident& of, const engine::attempt_id& attempt, std::optional<millis> retry_after_ms);
  millis next_poll(const resident& of) const noexcept;
  void tell_oddity(engine::judged seen, const resident& of, const under_way& ended, const dispatch::answer& answer);

  // core_waiters.cpp
  /// How long somebody waits for a saga's end.
  struct patience {
    millis until = 0;  ///< 0: only until what they rest on is durable
    gone_flag client_gone;
  };
  void wait(resident& of, journal::ticket ticket, patience how, unique_function<void(start_result)> tell);
  template <typename Result>
  void refuse_once_durable(resident& of, sagad::problem why, unique_function<void(Result)> tell);
  void let_go_of_the_gone(resident& of);
  void tell_waiters(resident& of);
  void tell_all(resident& of, const start_result& what);
  void let_look_on(resident& of, dropped_as how);
  bool looks_on(waiter& who, millis patience_ms);
  saga_answer answer_about(const resident& of) const;
  start_result answer_or_not(const resident& of) const;
  void give_up_waiting(millis due);
  void tell_now();
  std::string take_buffer();
  void give_back(std::string buffer);

  core_options options_;
  surroundings around_;
  std::unordered_map<saga_id, resident, saga_id_hash> residents_;
  std::array<journal::position, partitions> positions_{};
  std::array<std::uint64_t, partitions> epochs_{};  ///< of those that are owned
  std::array<millis, partitions> newest_{};         ///< no record is dated before this
  std::array<bool, partitions> owned_{};
  std::array<millis, partitions>
      leaves_at_{};  ///< of those that are handed over: when nobody waits for answers; else 0
  std::size_t leaving_ = 0;
  std::vector<partition_no> lost_now_;  ///< in this turn
  std::vector<partition_no> given_back_now_;
  millis doubt_told_at_ = 0;
  millis next_leaving_at_ = never;  ///< the earliest of `leaves_at_`
  /// Those that were lost while records of them were in the gate: gone with the last of these.
  std::unordered_map<const resident*, std::unordered_map<saga_id, resident, saga_id_hash>::node_type> departed_;
  std::array<bool, partitions> frozen_{};
  std::size_t frozen_count_ = 0;
  std::vector<dispatch::answer> frozen_answers_;
  std::size_t next_partition_ = 0;
  millis partition_since_ = 0;  ///< starts have gone there
  queue<gate_entry> gate_;
  journal::ticket settled_ = 0;
  journal::ticket appended_ = 0;
  bool unsubmitted_ = false;
  timer_heap<resident> timers_;
  timer_heap<waiter> patience_;
  std::size_t waiting_ = 0;
  queue<telling> told_;
  bool telling_now_ = false;
  std::vector<call_slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t calls_open_ = 0;
  loading_order to_load_;
  /// Those that are loaded beside this thread, or have been and wait to go on; and when they are due. None was in
  /// memory when it was asked for. Once somebody else has loaded one, or its partition was lost, what was loaded so may
  /// be past: it is not here any more.
  std::unordered_map<saga_id, millis, saga_id_hash> loading_ahead_;
  std::deque<std::pair<journal::live_saga, loaded_or_not>> loaded_;
  bool loading_ = false;                    ///< some are being loaded beside this thread
  bool rests_ = false;                      ///< the journal is away: nothing is loaded before `read_again_at_`
  std::vector<journal::live_saga> unread_;  ///< live ones that could not be read: they are tried again
  millis read_again_at_ = never;
  millis suspects_from_ = never;  ///< those in whose replay the process has died are put off until then
  bool recovering_ = false;       ///< a live saga is being loaded
  bool draining_ = false;
  bool impatient_ = false;
  std::size_t audit_bucket_ = 0;
  counters round_;  // the gauges of the auditor's round under way
  std::vector<journal::exception> exceptions_;
  std::vector<std::string> buffers_;  ///< for records on their way to the journal; they keep their room
  counters counters_;
  alerts alerts_;
};

}  // namespace sagad::runtime
