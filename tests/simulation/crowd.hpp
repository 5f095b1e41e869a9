#pragma once

#include <deque>
#include <optional>
#include <string>

#include "tests/simulation/nodes.hpp"

namespace sagad::simulation {

/// The clients and operators: who starts sagas, asks for them, repeats what was not answered, and commands.
class crowd {
 public:
  crowd(world& in, nodes& coordinators, inspector& eyes) : world_(in), nodes_(coordinators), inspector_(eyes) {}

  /// Starts a saga of this definition soon.
  void want(const std::string& definition_name);
  /// From now on nobody commands; what is paused is resumed, and who has a key goes on asking for his saga.
  void calm_down();
  bool all_answered() const noexcept;
  std::size_t size() const noexcept { return clients_.size(); }

 private:
  struct client {
    std::string definition_name;
    std::string input;
    std::string key;  ///< empty: none
    std::optional<saga_id> id;
    bool acknowledged = false;
    bool gave_up = false;
    bool will_retry = false;
    bool saw_the_end = false;  ///< was told of its saga's outcome
    bool lost_one = false;     ///< an answer to its start did not arrive
    std::string last_command;
    bool last_command_done = false;
  };

  void start(client& one);
  void turned_away(client& one, node& at, const runtime::start_request& request, const problem& why);
  void started(client& one, const std::string& input, const runtime::start_result& result);
  runtime::gone_flag draw_leaving(millis wait_ms);
  bool lost_on_its_way(const char* what);
  void learn(client& one, const saga_id& id);
  void retry_later(client& one);
  void look(client& one);
  void look_later(client& one);
  void command(client& one);
  void give(client& one, runtime::command_request order);
  std::optional<std::uint32_t> first_result() const;
  std::optional<std::uint32_t> told_by_now(const saga_id& saga) const;
  runtime::command_request draw_command(client& one);
  void resume_all();

  world& world_;
  nodes& nodes_;
  inspector& inspector_;
  std::deque<client> clients_;
  std::size_t commands_ = 0;
  bool calm_ = false;
};

}  // namespace sagad::simulation
