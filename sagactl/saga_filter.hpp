#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sagactl/exit_code.hpp"
#include "sagactl/session.hpp"

namespace CLI {
class App;
}

namespace sagad::sagactl {

/// Which sagas are meant, as it was typed. Empty members narrow nothing.
struct saga_filter {
  std::string state;
  std::string id;
  std::string definition;
  std::string since;
  std::string until;
  std::string step;
  std::string error;
  std::string key;
  std::string starter;
  std::string text;
  std::vector<std::string> labels;
};

/// `--state`, of which several may stand with commas between.
void add_states(CLI::App& command, saga_filter& filter, const std::string& option);

/// The states of sagas; lists take `unfinished`, too, for the first four.
std::vector<std::string> state_names();

/// What `--error` takes.
std::vector<std::string> error_names();

/// All its options but `--state` and `--step`, which commands name in ways of their own.
void add_filter(CLI::App& command, saga_filter& filter);

/// False: nothing can be between its times; that is said on `err`, with what to write.
bool times_in_order(session& with, const saga_filter& filter);

/// Times that count back from now are times of the clock from then on: the same again is the same later, too.
void fix_times(const session& with, saga_filter& filter);

/// As the server's lists take it: parameters with their values.
std::vector<std::pair<std::string, std::string>> parameters_of(const session& with, const saga_filter& filter);

/// For when nothing was found, how the command ends: where the filter names a definition that the server does not have,
/// that is said on `err`, and it is a mistake of the command line. Else `ended`, with a word about a step or a label
/// that no definition has.
exit_code end_of_nothing_found(session& with, const saga_filter& filter, exit_code ended);

}  // namespace sagad::sagactl
