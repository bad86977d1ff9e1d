#include "cli/user_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace countersign::cli {

namespace {

constexpr std::array<const char*, 14> settings{"AWS_ENDPOINT_URL",
                                               "AWS_ENDPOINT_URL_STS",
                                               "AWS_CA_BUNDLE",
                                               "AWS_PROFILE",
                                               "AWS_REGION",
                                               "AWS_DEFAULT_REGION",
                                               "AWS_CONFIG_FILE",
                                               "AWS_SHARED_CREDENTIALS_FILE",
                                               "AWS_ROLE_ARN",
                                               "AWS_ROLE_SESSION_NAME",
                                               "AWS_WEB_IDENTITY_TOKEN_FILE",
                                               "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                               "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                               "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"};

Result<void> check_line(const std::string& text) {
    if (std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; })) return {};
    return Error{Fault::invalid, "names and settings in a unit are one line each"};
}

// '%' begins a specifier.
std::string specifiers_doubled(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '%') result += '%';
        result += c;
    }
    return result;
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : specifiers_doubled(text)) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

// In a command line, '$' begins a variable, too.
std::string argument(const std::string& text) {
    std::string result;
    for (const char c : quoted(text)) {
        if (c == '$') result += '$';
        result += c;
    }
    return result;
}

}  // namespace

std::string own_program() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

Result<std::string> text_of(const UserUnit& unit, const std::string& program,
                            const client::Environment& environment) {
    TRY(check_line(unit.description));
    std::string command = quoted(program);  // variables are not replaced there
    for (const std::string& word : unit.arguments) {
        TRY(check_line(word));
        command += ' ' + argument(word);
    }
    std::string variables;
    for (const char* name : settings) {
        const std::string value = client::value_of(environment, name);
        TRY(check_line(value));
        if (!value.empty()) variables += "Environment=" + quoted(fmt::format("{}={}", name, value)) + '\n';
    }
    return fmt::format(
        "[Unit]\nDescription={}\nDocumentation=man:{}(1)\n\n"
        "[Service]\nType=notify\nExecStart={}\n{}"
        "Restart=always\nRestartSec=30\nUMask=0077\nNoNewPrivileges=yes\nLimitCORE=0\n\n"
        "[Install]\nWantedBy=default.target\n",
        specifiers_doubled(unit.description), unit.manual, command, variables);
}

}  // namespace countersign::cli
