// What a runtime does where several nodes share the journal.
#include <algorithm>
#include <utility>

#include "runtime/forwarded.hpp"
#include "runtime/runtime.hpp"

namespace sagad::runtime {
namespace {

constexpr std::chrono::milliseconds look_again_min(20);
constexpr std::chrono::milliseconds look_again_max(500);

}  // namespace

/// Somebody who waits for the end of a saga that is another node's: its records are looked at again and again.
struct runtime::onlooker {
  onlooker(const saga_id& watched, look_request how, unique_function<void(answer_result)> listener,
           boost::asio::io_context& context)
      : id(watched), request(std::move(how)), tell(std::move(listener)), timer(context) {}

  saga_id id;
  look_request request;
  unique_function<void(answer_result)> tell;
  boost::asio::steady_timer timer;
  std::chrono::milliseconds pause = look_again_min;
  std::chrono::steady_clock::time_point until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(request.wait_ms);
};

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

void runtime::hand_on(journal::message what, unique_function<void(forwarded_answer)> tell) {
  auto& home = *reactors_[forwarding_home];
  home.on([this, what = std::move(what), tell = std::move(tell)]() mutable {
    forwarding_->hand_on(std::move(what), std::move(tell));
  });
}

// On the reactor that would own it. Told there.
void runtime::get_elsewhere(reactor& owner, const saga_id& id, look_request request,
                            unique_function<void(answer_result)> tell) {
  if (request.wait_ms > 0 && onlookers_.fetch_add(1) >= onlookers_max) {
    // As one waiter too many of an owner: told at once where it is.
    --onlookers_;
    request.wait_ms = 0;
  }
  look_on(std::make_shared<onlooker>(id, std::move(request), std::move(tell), owner.context()));
}

void runtime::look_on(const std::shared_ptr<onlooker>& who) {
  beside<saga_answer>(
      reads_, who->id.partition() % reactors_.size(),
      [this, id = who->id, whose = who->request.whose] {
        return read_state(parts_.store, parts_.definitions, id, whose);
      },
      [this, who](std::variant<saga_answer, problem> read) {
        const auto* seen = std::get_if<saga_answer>(&read);
        const auto now = std::chrono::steady_clock::now();
        const bool gone = who->request.client_gone && *who->request.client_gone;
        if (seen == nullptr || seen->final || who->request.wait_ms == 0 || now >= who->until || gone || draining_) {
          if (who->request.wait_ms > 0) --onlookers_;
          if (seen == nullptr) return who->tell(std::get<problem>(std::move(read)));
          return who->tell(std::get<saga_answer>(std::move(read)));
        }
        who->timer.expires_at(std::min(now + who->pause, who->until));
        who->pause = std::min(who->pause * 2, look_again_max);
        who->timer.async_wait([this, who](const boost::system::error_code& cancelled) {
          if (!cancelled) look_on(who);
        });
      });
}

}  // namespace sagad::runtime
