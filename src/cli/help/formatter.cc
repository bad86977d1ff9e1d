#include "cli/help/formatter.h"

#include <CLI/CLI.hpp>

namespace countersign::cli {

namespace {

class HelpFormatter : public CLI::Formatter {
public:
    // CLI11 2.1 writes a default as --port UINT=80, 2.4 as --port UINT [80] with a blank behind it.
    std::string make_option_opts(const CLI::Option* option) const override {
        std::string text = CLI::Formatter::make_option_opts(option);
        const std::string value = option->get_default_str();
        const std::string in_brackets = " [" + value + "] ";
        const std::size_t place = value.empty() ? std::string::npos : text.rfind(in_brackets);
        if (place != std::string::npos) text.replace(place, in_brackets.size(), "=" + value);
        return text;
    }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() {
    return std::make_shared<HelpFormatter>();
}

}  // namespace countersign::cli
