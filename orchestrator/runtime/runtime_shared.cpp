// What a runtime does where several nodes share the journal.
#include <algorithm>
#include <utility>

#include "http/steady_clock.hpp"
#include "runtime/forwarded.hpp"
#include "runtime/onlooking.hpp"
#include "runtime/runtime.hpp"

namespace sagad::runtime {

/// Somebody who asks for a saga that is another node's, and may wait for its end: its records are looked at again and
/// again.
struct runtime::onlooker {
  onlooker(const saga_id& watched, look_request how, unique_function<void(answer_result)> listener,
           boost::asio::io_context& context)
      : id(watched),
        request(std::move(how)),
        tell(std::move(listener)),
        timer(context),
        looks(http::steady_now_ms() + request.wait_ms, request.client_gone) {}

  saga_id id;
  look_request request;
  unique_function<void(answer_result)> tell;
  boost::asio::steady_timer timer;
  bool has_place = true;  ///< of `onlookers_max`; who only looks once for himself needs none
  onlooking looks;
};

reactor::helpers runtime::helpers_of(std::size_t number) {
  return {[this](moved_waiter& moved) { return take_over(moved); },
          [this, number](std::vector<saga_id> ids, unique_function<void(std::vector<loaded_or_not>)> tell) {
            load_beside(number, std::move(ids), std::move(tell));
          }};
}

void runtime::load_beside(std::size_t number, std::vector<saga_id> ids,
                          unique_function<void(std::vector<loaded_or_not>)> tell) {
  using loaded = std::vector<loaded_or_not>;
  beside<loaded>(
      *loads_, number, [this, ids = std::move(ids)] { return load_some(parts_.store, parts_.definitions, ids); },
      [tell = std::move(tell)](std::variant<loaded, problem> found) mutable {
        auto* why_not = std::get_if<problem>(&found);
        tell(why_not != nullptr ? loaded{std::move(*why_not)} : std::get<loaded>(std::move(found)));
      });
}

void runtime::join(const std::string& address) {
  if (parts_.shared != nullptr) parts_.shared->join(*this, address);
}

void runtime::taken(journal::taken_partition partition) {
  auto& to = *reactors_[partition.partition % reactors_.size()];
  to.on([this, &to, partition = std::move(partition)]() mutable {
    to.sagas().take(std::move(partition));
    std::call_once(share_came_, [this] { first_share_.set_value(); });
  });
}

bool runtime::await_share(std::chrono::milliseconds bound) {
  return parts_.shared == nullptr || first_share_.get_future().wait_for(bound) == std::future_status::ready;
}

void runtime::wanted_back(partition_no partition) {
  auto& of = *reactors_[partition % reactors_.size()];
  of.on([this, &of, partition] { of.sagas().hand_over(partition, parts_.time.now() + hand_over_max_); });
}

void runtime::lost(partition_no partition) {
  auto& of = *reactors_[partition % reactors_.size()];
  of.on([&of, partition] { of.sagas().lose(partition); });
}

void runtime::arrived(journal::message message) {
  auto& to = of(message.saga);
  to.on([this, &to, message = std::move(message)] {
    if (const auto question = question_in(message)) {
      if (!to.sagas().serves(message.saga.partition())) return;  // it comes to who has the partition now
      return answer_question_(*question, [this, id = message.id](std::string answer) {
        parts_.shared->answer({id, std::move(answer)});
      });
    }
    carry_out(to.sagas(), parts_.signer, message, [this, id = message.id](std::optional<std::string> answer) {
      if (answer) parts_.shared->answer({id, std::move(*answer)});
    });
  });
}

void runtime::answered(journal::message_answer answer) {
  forwarding_->answered(std::move(answer));
}

bool runtime::is_elsewhere(reactor& owner, const saga_id& id) const noexcept {
  return parts_.shared != nullptr && !owner.sagas().serves(id.partition());
}

void runtime::hand_on(journal::message what, if_repeated how, unique_function<void(forwarded_answer)> tell) {
  auto& home = *reactors_[forwarding_home];
  home.on([this, what = std::move(what), how, tell = std::move(tell)]() mutable {
    forwarding_->hand_on(std::move(what), how, std::move(tell));
  });
}

bool runtime::may_look_on() noexcept {
  if (onlookers_.fetch_add(1) < onlookers_max) return true;
  --onlookers_;
  return false;
}

// On the reactor that would own it. Told there.
void runtime::get_elsewhere(reactor& owner, const saga_id& id, look_request request,
                            unique_function<void(answer_result)> tell) {
  const bool has_place = request.wait_ms > 0 && may_look_on();
  if (!has_place) request.wait_ms = 0;  // one waiter too many is told at once where it is
  auto who = std::make_shared<onlooker>(id, std::move(request), std::move(tell), owner.context());
  who->has_place = has_place;
  looking_on_[id.partition() % reactors_.size()].all.insert(who);
  look_on(who);
}

// On the reactor that has owned it: from within its core, which is at work. He was found to be one who may see it.
bool runtime::take_over(moved_waiter& moved) {
  if (!may_look_on()) return false;
  auto tell = [id = moved.id, tell = std::move(moved.tell)](answer_result seen) mutable {
    if (auto* why = std::get_if<problem>(&seen)) return tell(failed_start{std::move(*why), id});
    tell(std::get<saga_answer>(std::move(seen)));
  };
  auto who = std::make_shared<onlooker>(moved.id, look_request{moved.patience_ms, std::nullopt, moved.client_gone},
                                        std::move(tell), of(moved.id).context());
  looking_on_[moved.id.partition() % reactors_.size()].all.insert(who);
  look_again(who);
  return true;
}

void runtime::look_on(const std::shared_ptr<onlooker>& who) {
  beside<saga_answer>(
      reads_, who->id.partition() % reactors_.size(),
      [this, id = who->id, whose = who->request.whose] {
        return read_state(parts_.store, parts_.definitions, id, whose);
      },
      [this, who](answer_result seen) { saw(who, std::move(seen)); });
}

void runtime::look_again(const std::shared_ptr<onlooker>& who) {
  who->timer.expires_after(std::chrono::milliseconds(who->looks.next_pause(http::steady_now_ms())));
  who->timer.async_wait([this, who](const boost::system::error_code&) { look_on(who); });
}

void runtime::saw(const std::shared_ptr<onlooker>& who, answer_result seen) {
  auto& here = looking_on_[who->id.partition() % reactors_.size()];
  if (!here.impatient && who->looks.goes_on(seen, http::steady_now_ms())) return look_again(who);
  here.all.erase(who);
  if (who->has_place) --onlookers_;
  who->tell(std::move(seen));
  if (here.none_left && here.all.empty()) std::exchange(here.none_left, nullptr)->set_value();
}

// At the end of a drain: they are told where their sagas are.
void runtime::tell_onlookers(std::size_t at, std::shared_ptr<std::promise<void>> none_left) {
  auto& here = looking_on_[at];
  here.impatient = true;
  if (here.all.empty()) return none_left->set_value();
  here.none_left = std::move(none_left);
  for (const auto& who : here.all) who->timer.cancel();
}

}  // namespace sagad::runtime
