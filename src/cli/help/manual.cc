#include "cli/help/manual.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/text.h"
#include "cli/output.h"

namespace countersign::cli {

namespace {

namespace fs = std::filesystem;

// groff_char(7): a plain hyphen is set as a typographic one, and cannot be searched for or pasted.
std::string roff(std::string_view text) {
    std::string escaped;
    bool line_begins = true;
    for (const char letter : text) {
        if (line_begins && (letter == '.' || letter == '\'')) escaped += "\\&";
        if (letter == '\\')
            escaped += "\\e";
        else if (letter == '-')
            escaped += "\\-";
        else
            escaped += letter;
        line_begins = letter == '\n';
    }
    return escaped;
}

std::string page_name(const std::vector<std::string>& words) {
    return words.empty() ? "countersign" : "countersign-" + joined(words, "-");
}

std::string command_line(const CommandHelp& command) {
    return command.words.empty() ? "countersign" : "countersign " + joined(command.words, " ");
}

std::string synopsis(const CommandHelp& command) {
    std::string text = fmt::format(".B {}\n", roff(command_line(command)));
    if (!command.options.empty()) text += "[\\fIOPTION\\fR]...\n";
    for (const OptionHelp& option : command.options)
        if (option.positional) text += fmt::format("[\\fI{}\\fR]\n", roff(option.names.front()));
    if (!command.commands.empty()) text += "\\fICOMMAND\\fR\n";
    return text;
}

std::string option_entry(const OptionHelp& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.names)
        names.push_back(fmt::format("\\f{}{}\\fR", option.positional ? 'I' : 'B', roff(name)));
    std::string text = ".TP\n" + joined(names, ", ");
    if (!option.choices.empty())
        text += " \\fI" + roff(joined(option.choices, "|")) + "\\fR";
    else if (!option.operand.empty() && !option.positional)
        text += " \\fI" + roff(option.operand) + "\\fR";
    text += "\n" + roff(option.description) + "\n";
    if (!option.default_value.empty()) text += ".br\nDefault: " + roff(option.default_value) + "\n";
    return text;
}

constexpr const char* files_and_environment = R"(.SH ENVIRONMENT
.TP
.B COUNTERSIGN_DATA_DIR
stands for \fB\-\-data\-dir\fR in every command.
.TP
.BR AWS_ENDPOINT_URL ", " AWS_PROFILE ", " AWS_ACCESS_KEY_ID " and the others of the AWS CLI"
where a server of another host is asked, and with whose credentials.
.TP
.B NO_COLOR
set to anything, no colours on terminals either.
.SH FILES
.TP
.I /var/lib/countersign
the data directory of root;
.I $XDG_DATA_HOME/countersign
of everybody else.
)";

std::string see_also(const CommandHelp& command) {
    std::vector<std::string> pages;
    if (!command.words.empty()) {
        const std::vector<std::string> above(command.words.begin(), command.words.end() - 1);
        pages.push_back(page_name(above));
    }
    for (const CommandHelp& nested : command.commands) pages.push_back(page_name(nested.words));
    std::string text = ".SH SEE ALSO\n";
    for (const std::string& page : pages)
        text += fmt::format(".BR {} (1){}\n", roff(page), &page == &pages.back() ? "" : " ,");
    return text;
}

const CommandHelp* find(const CommandHelp& help, const std::vector<std::string>& words) {
    for (const CommandHelp* command : commands_of(help))
        if (command->words == words) return command;
    return nullptr;
}

Result<void> write_all(const CommandHelp& help, const fs::path& directory) {
    std::error_code failed;
    fs::create_directories(directory, failed);
    for (const CommandHelp* command : commands_of(help)) {
        const fs::path file = directory / (page_name(command->words) + ".1");
        std::ofstream page(file, std::ios::trunc);
        page << manual_page(*command);
        if (!page.flush()) return Error{Fault::unavailable, "cannot write " + file.string()};
    }
    return {};
}

struct ManualArgs {
    std::vector<std::string> command;
    std::string directory;
};

Result<void> show(const CommandHelp& help, const ManualArgs& words) {
    if (!words.directory.empty()) return write_all(help, words.directory);
    const CommandHelp* command = find(help, words.command);
    if (command == nullptr)
        return Error{Fault::not_found, fmt::format("there is no command {}; see countersign --help",
                                                   joined(words.command, " "))};
    print_lines(manual_page(*command));
    return {};
}

}  // namespace

std::string manual_page(const CommandHelp& command) {
    const std::string name = page_name(command.words);
    std::string text =
        fmt::format(".TH {} 1 \"\" \"Countersign {}\" \"Countersign\"\n", roff(name), COUNTERSIGN_VERSION);
    text += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(command.description));
    text += ".SH SYNOPSIS\n" + synopsis(command);
    if (!command.footer.empty()) text += ".SH DESCRIPTION\n" + roff(command.footer) + "\n";
    if (!command.commands.empty()) text += ".SH COMMANDS\n";
    for (const CommandHelp& nested : command.commands)
        text += fmt::format(".TP\n.B {}\n{}\n", roff(nested.words.back()), roff(nested.description));
    text += ".SH OPTIONS\n";
    for (const OptionHelp& option : command.options) text += option_entry(option);
    text += ".SH EXIT STATUS\n0: done. 1: refused or failed. 2: a wrong command line.\n";
    if (command.words.empty()) text += files_and_environment;
    return text + see_also(command);
}

void add_man(CLI::App& app, CommandLine& line) {
    auto words = std::make_shared<ManualArgs>();
    CLI::App& command = *app.add_subcommand("man", "prints the manual page of a command");
    command.add_option("command", words->command, "the command; none: countersign itself");
    command.add_option("--directory", words->directory,
                       "writes all pages there instead, as in ~/.local/share/man/man1");
    command.footer("To read one: countersign man token | man -l -");
    on_chosen(command, line, [&app, words] { return show(help_of(app), *words); });
}

}  // namespace countersign::cli
