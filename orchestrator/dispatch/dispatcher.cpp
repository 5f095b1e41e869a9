#include "dispatch/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "base/limit_share.hpp"
#include "dispatch/machinery.hpp"
#include "dispatch/path_guard.hpp"
#include "http/steady_clock.hpp"

namespace sagad::dispatch {
namespace {

constexpr std::size_t ended_a_turn = 512;
constexpr std::size_t told_a_turn = 128;
constexpr std::size_t ended_flights_max = 256;
constexpr std::string_view no_free_slot = "no free slot";
constexpr std::string_view connecting = "connecting";

millis wall_clock() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

bool whole_lines(std::string_view headers) noexcept {
  return headers.empty() || (headers.ends_with("\r\n") && !headers.starts_with("\r\n") &&
                             headers.find("\r\n\r\n") == std::string_view::npos);
}

// The newest failure says more than that there were too many.
std::string why_open(const participant& at) {
  return "circuit open: " + at.last_failure;
}

}  // namespace

dispatcher::machinery::machinery(boost::asio::io_context& reactor, const std::vector<participant_settings>& from,
                                 dispatcher_options options, std::function<void(answer&&)> sink)
    : reactor_(reactor),
      options_(std::move(options)),
      sink_(std::move(sink)),
      deadlines_(reactor, [this](millis now) { return sweep(now); }) {
  if (!options_.clock) options_.clock = wall_clock;
  // Each call that begins looks at those in its bucket: of the thousands that a silent participant keeps waiting few.
  constexpr float flights_a_bucket = 0.25F;
  flights_.max_load_factor(flights_a_bucket);
  std::string wrong;
  for (auto const& one : from) {
    for (auto const& mistake : mistakes_in(one)) wrong += (wrong.empty() ? "" : "\n") + mistake;
    if (!names_.emplace(one.name, static_cast<participant_no>(names_.size())).second) {
      wrong += (wrong.empty() ? "" : "\n") + ("participant " + one.name + " is there twice");
    }
    if (one.max_in_flight < options_.reactors) {
      wrong += (wrong.empty() ? "" : "\n") +
               ("participant " + one.name + ": max_in_flight is " + std::to_string(one.max_in_flight) + " for " +
                std::to_string(options_.reactors) + " reactors");
    }
  }
  if (!wrong.empty()) throw std::invalid_argument(wrong);
  auto const mine = [this](std::uint32_t whole) {
    return static_cast<std::uint32_t>(share_of(whole, options_.reactors, options_.reactor));
  };
  for (auto const& one : from) {
    slow_start const pace(mine(one.max_in_flight), std::max(1U, mine(slow_start::first_limit)));
    participants_.push_back(std::make_unique<participant>(reactor, one, pace, *this));
  }
}

std::optional<participant_no> dispatcher::machinery::find(std::string_view name) const {
  auto const found = names_.find(name);
  if (found == names_.end()) return std::nullopt;
  return found->second;
}

void dispatcher::machinery::begin(call&& request) {
  auto const tag = request.tag;
  if (request.participant >= participants_.size()) return refuse(tag, "no such participant");
  auto& at = *participants_[request.participant];
  if (!is_within(request.target, at.settings.path_prefixes)) {
    return refuse(tag, request.target + " is outside the paths that may be called at " + at.settings.name);
  }
  if (!whole_lines(request.headers)) return refuse(tag, "its headers are not whole lines");
  auto& one = add_flight(tag);
  one.request = std::move(request);
  millis const now = http::steady_now_ms();
  one.held_since = now;
  // What waits in the queues waits for the circuit, too, while that is open: who is urgent passes it.
  bool const urgent = one.request.urgent && at.circuit.state() == circuit_state::open;
  if (urgent || at.lanes.may_start(one.request.lane, at.pace.limit())) {
    auto const permit = urgent ? at.circuit.ask_urgently(now) : at.circuit.ask(now);
    if (permit != circuit::permit::none) return start(one, permit == circuit::permit::probe, now);
  }
  hold(one, now);
}

flight& dispatcher::machinery::add_flight(std::uint64_t tag) {
  bool fresh = false;
  auto which = flights_.end();
  if (ended_flights_.empty()) {
    std::tie(which, fresh) = flights_.try_emplace(tag);
  } else {
    auto node = std::move(ended_flights_.back());
    ended_flights_.pop_back();
    node.key() = tag;
    const auto added = flights_.insert(std::move(node));
    which = added.position;
    fresh = added.inserted;
  }
  if (!fresh) throw std::logic_error("dispatch: a call with this tag is under way");
  return which->second;
}

void dispatcher::machinery::end_flight(flights::iterator which) {
  auto node = flights_.extract(which);
  if (ended_flights_.size() == ended_flights_max) return;
  node.mapped() = {};
  ended_flights_.push_back(std::move(node));
}

void dispatcher::machinery::refuse(std::uint64_t tag, std::string why, bool withheld) {
  answer out;
  out.tag = tag;
  out.how = ending::not_sent;
  out.withheld = withheld;
  out.detail = std::move(why);
  refused_at_[tag] = refused_.insert(refused_.end(), std::move(out));
  tell_refused_soon();
}

void dispatcher::machinery::tell_refused_soon() {
  if (refused_.empty() || std::exchange(telling_, true)) return;
  boost::asio::post(reactor_, [self = shared_from_this()] { self->tell_refused(); });
}

void dispatcher::machinery::tell_refused() {
  telling_ = false;
  for (std::size_t told = 0; told < told_a_turn && !refused_.empty() && !stopped_; ++told) {
    auto one = std::move(refused_.front());
    refused_at_.erase(one.tag);
    refused_.pop_front();
    sink_(std::move(one));
  }
  tell_refused_soon();
}

void dispatcher::machinery::hold(flight& one, millis now) {
  auto& at = of(one);
  one.at = flight::stage::held;
  one.waits_at = at.lanes.wait(one.request.lane, one.request.tag);
  if (one.request.hold_ms_max != never) {
    one.expires_at = at.expiries.emplace(later(now, one.request.hold_ms_max), one.request.tag);
  }
  want_wakeup(at);
}

/// Takes a held call out of the queue and the expiries.
void dispatcher::machinery::release(flight& one) {
  auto& at = of(one);
  at.lanes.leave(one.request.lane, one.waits_at);
  if (one.expires_at) at.expiries.erase(*std::exchange(one.expires_at, std::nullopt));
}

void dispatcher::machinery::start(flight& one, bool probe, millis now) {
  if (!one.request.may_go_now()) {
    auto const tag = one.request.tag;
    if (probe) of(one).circuit.probe_withdrawn();
    end_flight(flights_.find(tag));
    return refuse(tag, {}, true);
  }
  one.at = flight::stage::begun;
  one.probe = probe;
  one.tried = 0;
  of(one).lanes.started(one.request.lane);
  ++begun_;
  send(one, now);
}

/// To the next endpoint; false when all were tried.
bool dispatcher::machinery::send(flight& one, millis now) {
  auto& at = of(one);
  auto const chosen = at.endpoints.pick(now, one.tried);
  if (!chosen) return false;
  one.endpoint = *chosen;
  one.tried |= balancer::endpoint_set{1} << *chosen;
  at.endpoints.started(*chosen);
  auto const& request = one.request;
  at.clients[*chosen]->begin(request.tag, {request.method, request.target, request.headers, at.settings.credentials,
                                           request.body, request.timeout_ms});
  return true;
}

void dispatcher::machinery::pump(participant& at, millis now) {
  while (auto const in = at.lanes.next(at.pace.limit())) {
    auto const permit = at.circuit.ask(now);
    if (permit == circuit::permit::none) break;
    auto& one = flights_.at(at.lanes.first(*in));
    release(one);
    start(one, permit == circuit::permit::probe, now);
  }
  if (!at.lanes.nobody_waits()) return want_wakeup(at);
  at.expired.clear();
  at.ending = 0;
}

void dispatcher::machinery::want_wakeup(const participant& at) {
  if (!at.expiries.empty()) deadlines_.want(at.expiries.begin()->first);
  if (at.circuit.probe_at() != never) deadlines_.want(at.circuit.probe_at());
}

millis dispatcher::machinery::sweep(millis now) {
  for (auto const& at : participants_) {
    if (at->lanes.nobody_waits()) continue;
    pump(*at, now);
    expire(*at, now);
  }
  return never;  // pump and expire have said what they want
}

void dispatcher::machinery::expire(participant& at, millis now) {
  for (std::size_t ended = 0; ended < ended_a_turn; ++ended) {
    if (at.expiries.empty() || at.expiries.begin()->first > now) break;
    auto& one = flights_.at(at.expiries.begin()->second);
    at.expiries.erase(at.expiries.begin());
    one.expires_at.reset();
    expired(at, one, now);
  }
  want_wakeup(at);
}

/// A hold has lasted long enough: the call is offered as the circuit's probe, or shares the fate of the one under way.
void dispatcher::machinery::expired(participant& at, flight& one, millis now) {
  if (at.circuit.state() == circuit_state::closed) {
    return end_held(one, "held for " + std::to_string(now - one.held_since) + " ms: " + std::string(no_free_slot));
  }
  if (at.circuit.ask_early(now) == circuit::permit::probe) {
    release(one);
    return start(one, true, now);
  }
  if (at.circuit.state() == circuit_state::half_open) {
    one.expired = true;
    at.expired.push_back(one.request.tag);
    return;
  }
  end_held(one, "not asked for " + std::to_string(now - one.held_since) + " ms: " + why_open(at));
}

void dispatcher::machinery::end_expired(participant& at) {
  for (std::size_t ended = 0; ended < ended_a_turn && at.ending != 0; ++ended) {
    auto const which = flights_.find(at.expired.front());
    at.expired.pop_front();
    --at.ending;
    if (which == flights_.end()) continue;
    auto& one = which->second;
    if (one.at == flight::stage::held && one.expired) end_held(one, why_open(at));
  }
  if (at.ending == 0) return;
  boost::asio::post(reactor_, [self = shared_from_this(), &at] {
    if (!self->stopped_) self->end_expired(at);
  });
}

void dispatcher::machinery::end_held(flight& one, std::string why) {
  auto const tag = one.request.tag;
  auto& at = of(one);
  ++at.not_sent;
  release(one);
  end_flight(flights_.find(tag));
  refuse(tag, at.settings.name + ": " + std::move(why));
}

bool dispatcher::machinery::withdraw(std::uint64_t tag) {
  if (auto const told = refused_at_.find(tag); told != refused_at_.end()) {
    refused_.erase(told->second);
    refused_at_.erase(told);
    return true;
  }
  auto const which = flights_.find(tag);
  if (which == flights_.end()) return false;
  auto& one = which->second;
  auto& at = of(one);
  if (one.at == flight::stage::held) {
    release(one);
    end_flight(which);
    return true;
  }
  if (!at.clients[one.endpoint]->withdraw(tag)) return false;
  at.endpoints.ended(one.endpoint);
  take_back(which);
  return true;
}

/// One that was begun and of which no byte was written leaves no trace.
void dispatcher::machinery::take_back(flights::iterator which) {
  auto& one = which->second;
  auto& at = of(one);
  at.lanes.ended(one.request.lane);
  --begun_;
  if (one.probe) at.circuit.probe_withdrawn();
  end_flight(which);
  pump(at, http::steady_now_ms());
}

bool dispatcher::machinery::may_write(std::uint64_t tag) {
  auto const which = flights_.find(tag);
  return which == flights_.end() || which->second.request.may_go_now();
}

millis dispatcher::machinery::as_journal_time(millis steady) const {
  return journal_now() - (http::steady_now_ms() - steady);
}

standing dispatcher::machinery::look(std::uint64_t tag) const {
  auto const which = flights_.find(tag);
  if (which == flights_.end()) return {};
  auto const& one = which->second;
  auto const& at = *participants_[one.request.participant];
  standing out;
  if (one.at == flight::stage::begun) {
    if (auto const opened = at.clients[one.endpoint]->opened_at(tag)) {
      out.stage = standing::stage::open;
      out.since = as_journal_time(*opened);
      out.times_out = later(out.since, one.request.timeout_ms);
      return out;
    }
    out.why = connecting;
  } else {
    const bool is_open = at.circuit.state() != circuit_state::closed;
    out.why = is_open ? why_open(at) : std::string(no_free_slot);
    if (const auto probe = at.circuit.probe_at(); is_open && probe != never) out.until = as_journal_time(probe);
  }
  out.stage = standing::stage::held;
  out.since = as_journal_time(one.held_since);
  return out;
}

void dispatcher::machinery::start_slowly() {
  for (auto const& at : participants_) at->pace.begin();
}

std::vector<participant_view> dispatcher::machinery::snapshot() const {
  std::vector<participant_view> out;
  out.reserve(participants_.size());
  millis const now = http::steady_now_ms();
  for (auto const& at : participants_) {
    auto& view = out.emplace_back(at->view(now));
    if (view.circuit_since != 0) view.circuit_since = as_journal_time(view.circuit_since);
    for (std::size_t in = 0; in < lanes::count; ++in) {
      if (view.waiting[in] == 0) continue;
      auto const& oldest = flights_.at(at->lanes.first(static_cast<lane>(in)));
      view.waiting_since = std::min(view.waiting_since, as_journal_time(oldest.held_since));
    }
  }
  return out;
}

void dispatcher::machinery::stop() {
  stopped_ = true;
  deadlines_.stop();
  participants_.clear();
}

dispatcher::dispatcher(boost::asio::io_context& reactor, const std::vector<participant_settings>& participants,
                       dispatcher_options options, std::function<void(answer&&)> sink)
    : machinery_(std::make_shared<machinery>(reactor, participants, std::move(options), std::move(sink))) {}

dispatcher::~dispatcher() {
  machinery_->stop();
}

std::optional<participant_no> dispatcher::find(std::string_view participant) const {
  return machinery_->find(participant);
}
void dispatcher::begin(call request) {
  machinery_->begin(std::move(request));
}
bool dispatcher::withdraw(std::uint64_t tag) {
  return machinery_->withdraw(tag);
}
standing dispatcher::look(std::uint64_t tag) const {
  return machinery_->look(tag);
}
void dispatcher::start_slowly() {
  machinery_->start_slowly();
}
std::size_t dispatcher::open() const noexcept {
  return machinery_->open();
}
std::vector<participant_view> dispatcher::snapshot() const {
  return machinery_->snapshot();
}

}  // namespace sagad::dispatch
