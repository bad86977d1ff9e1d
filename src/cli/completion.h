// Shell completion made from the commands and options themselves.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace countersign::cli {

// `shell` is bash, zsh or fish.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace countersign::cli
