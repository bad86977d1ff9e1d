// How --help looks: the same with every version of CLI11.
#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}

namespace countersign::cli {

std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace countersign::cli
