#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace sagad::sagactl {

/// The words of the command that was reached, without options: `sagactl definitions retire`.
std::string words_of(const CLI::App& app);

/// Says what is wrong with a command line that could not be read, and what to type instead: the command or option that
/// was most likely meant, everything that is missing. `app` is what the reading of `arguments` ended in with
/// `error`.
void tell_mistake(std::ostream& err, const CLI::App& app, const std::vector<std::string>& arguments,
                  const CLI::ParseError& error);

}  // namespace sagad::sagactl
