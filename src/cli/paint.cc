#include "cli/paint.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace countersign::cli {

namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool has_colours() {
    const std::string_view terminal = variable("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR").empty() && !terminal.empty() &&
           terminal != "dumb";
}

// ECMA-48, SGR.
int code_of(Paint paint) {
    switch (paint) {
        case Paint::good:
            return 32;
        case Paint::bad:
            return 31;
        case Paint::warning:
            return 33;
        case Paint::faint:
            break;
    }
    return 2;
}

}  // namespace

std::string painted(std::string_view text, Paint paint) {
    static const bool coloured = has_colours();
    return coloured ? fmt::format("\x1b[{}m{}\x1b[0m", code_of(paint), text) : std::string(text);
}

}  // namespace countersign::cli
