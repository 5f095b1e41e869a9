#include "sagactl/saga_argument.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <ostream>

#include "base/percent.hpp"
#include "base/saga_id.hpp"
#include "sagactl/reply.hpp"

namespace sagad::sagactl {
namespace {

// Lists follow the journal by about 100 ms, and a saga is asked for right after its start.
constexpr int looks_max = 5;
constexpr std::chrono::milliseconds looks_again_after{100};

reply look_for_key(session& with, const std::string& key) {
  for (int looks = 1;; ++looks) {
    auto answer = ask(with, "/v1/sagas?limit=2&key=" + percent_encoded(key), "sagas");
    if (!answer.good() || answer.view()["sagas"].size() != 0 || looks == looks_max) return answer;
    with.pause(looks_again_after);
  }
}

}  // namespace

CLI::Option* add_saga(CLI::App& command, std::string& saga) {
  return command.add_option("saga", saga, "Its id, or the key that it was started with");
}

meant_saga find_saga(session& with, const std::string& given) {
  if (saga_id::parse(given)) {
    with.saga = given;
    return {given, exit_code::ok};
  }
  const auto answer = look_for_key(with, given);
  if (!answer.good()) return {std::nullopt, report(with, answer)};
  const auto view = answer.view();
  const auto sagas = view["sagas"];
  if (sagas.size() == 1) {
    with.saga = sagas.at(0).text("id");
    return {with.saga, exit_code::ok};
  }
  if (sagas.size() == 0) {
    with.err << "sagactl: no saga was started with the key " << printable(given)
             << "\n  next: `sagactl list` shows the newest sagas with their keys; an id has 26 characters\n";
    return {std::nullopt, exit_code::refused};
  }
  with.err << "sagactl: more than one saga has the key " << printable(given) << ":\n";
  for (std::size_t at = 0; at < sagas.size(); ++at) {
    with.err << "  " << sagas.at(at).text("id") << "  " << sagas.at(at).text("definition") << ", "
             << sagas.at(at).text("state") << '\n';
  }
  with.err << "  next: say which with its id\n";
  return {std::nullopt, exit_code::refused};
}

}  // namespace sagad::sagactl
