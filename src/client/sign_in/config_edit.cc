#include "client/sign_in/config_edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace countersign::client {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// [profile  x] → "profile x"; empty for a line that begins no section.
std::string section_in(std::string_view line) {
    line = trimmed(line);
    const std::size_t end = line.find(']');
    if (!line.starts_with('[') || end == std::string_view::npos) return {};
    std::string name;
    for (const std::string_view word : split(trimmed(line.substr(1, end - 1)), ' '))
        if (!word.empty()) name.append(name.empty() ? "" : " ").append(word);
    return name;
}

// The name that a line sets; empty where it sets none, or is part of the one before.
std::string name_in(std::string_view line) {
    if (line.empty() || line.front() == ' ' || line.front() == '\t' || line.front() == '#' ||
        line.front() == ';')
        return {};
    const std::size_t equals = line.find('=');
    return equals == std::string_view::npos ? std::string() : lower(trimmed(line.substr(0, equals)));
}

bool is_plain(std::string_view text) {
    return std::ranges::none_of(text,
                                [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

}  // namespace

Result<std::string> with_settings(std::string_view text, std::string_view section, const Settings& settings) {
    bool plain = is_plain(section) && section.find(']') == std::string_view::npos;
    for (const auto& [name, value] : settings) plain = plain && is_plain(name) && is_plain(value);
    if (!plain)
        return Error{Fault::invalid,
                     "what the server or the command line says does not fit into AWS's configuration "
                     "file: it has a control character"};
    std::vector<std::string> lines = lines_of(text);
    auto begin =
        std::ranges::find_if(lines, [&](const std::string& line) { return section_in(line) == section; });
    if (begin == lines.end()) {
        if (!lines.empty() && !lines.back().empty()) lines.emplace_back();
        lines.push_back('[' + std::string(section) + ']');
        begin = lines.end() - 1;
    }
    auto end = std::find_if(begin + 1, lines.end(),
                            [](const std::string& line) { return !section_in(line).empty(); });
    std::vector<std::string> inside(begin + 1, end);
    std::erase_if(inside, [&](const std::string& line) {
        return std::ranges::any_of(settings, [&](const auto& one) { return one.first == name_in(line); });
    });
    while (!inside.empty() && trimmed(inside.back()).empty()) inside.pop_back();
    for (const auto& [name, value] : settings) inside.push_back(fmt::format("{} = {}", name, value));
    if (end != lines.end()) inside.emplace_back();
    const auto at = begin + 1 - lines.begin();
    lines.erase(begin + 1, end);
    lines.insert(lines.begin() + at, inside.begin(), inside.end());
    std::string written;
    for (const std::string& line : lines) written += line + '\n';
    return written;
}

}  // namespace countersign::client
