#pragma once

#include <iosfwd>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace sagad::sagactl {

/// Says what is wrong with a command line that could not be read, and what to type instead: the command or option that
/// was most likely meant, everything that is missing. `app` is what the reading ended in with `error`.
void tell_mistake(std::ostream& err, const CLI::App& app, const CLI::ParseError& error);

}  // namespace sagad::sagactl
