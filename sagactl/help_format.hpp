#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}

namespace sagad::sagactl {

/// How `--help` looks: arguments in capitals and before the options, what an option takes in words, commands in groups.
std::shared_ptr<CLI::FormatterBase> help_format();

}  // namespace sagad::sagactl
