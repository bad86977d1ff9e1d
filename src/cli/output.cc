#include "cli/output.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <utility>

namespace countersign::cli {

namespace {

constexpr std::size_t cell_bytes_max = 255;

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

Shown Composer::painted(const Shown& text, Paint paint) {
    static const bool coloured = has_colours();
    return coloured ? made(fmt::format("\x1b[{}m{}\x1b[0m", code_of(paint), text.text())) : text;
}

Shown cell(std::string_view text) {
    if (text.empty()) return Shown("-");
    const std::string shown = printable(text, cell_bytes_max);
    if (shown.find_first_of(" \"") == std::string::npos) return Shown(shown);
    std::string quoted = "\"";
    for (const char c : shown) quoted.append(c == '"' ? 2 : 1, c);
    return Shown(quoted + '"');
}

void print(const Shown& shown) {
    std::cout << shown.text();
}

void print_line(const Shown& shown) {
    std::cout << shown.text() << '\n';
}

void print_lines(std::string_view text) {
    print(Composer::lines(text));
}

void print_json(const formats::json::value& value) {
    print_json_text(formats::json::serialize(value));
}

void print_json_text(std::string_view text) {
    print_line(Composer::json(text));
}

bool flush_output() {
    return static_cast<bool>(std::cout.flush());
}

void complain(std::string_view message) {
    std::string_view before = "countersign: ";
    for (const std::string_view line : split(trimmed(message), '\n'))
        std::cerr << std::exchange(before, "    ") << printable(line) << '\n';
}

void note_line(const Shown& shown) {
    std::cerr << shown.text() << '\n';
}

void show_progress(const Shown& shown, bool is_last) {
    std::cerr << '\r' << shown.text() << (is_last ? "\n" : "") << std::flush;
}

}  // namespace countersign::cli
