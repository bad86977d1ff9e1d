#include "agent/sessions/process_title.h"

#include <fstream>

#include "base/text.h"

namespace countersign::agent {

std::string database_in_title(std::string_view title, std::string_view user) {
    constexpr std::string_view before = "postgres: ";
    constexpr std::string_view after = " authentication";
    title = trimmed(title);
    if (!title.starts_with(before) || !title.ends_with(after)) return {};
    title.remove_suffix(after.size());
    title.remove_prefix(before.size() - 1);  // keeps the blank before the user or the cluster's name
    const std::size_t host = title.rfind(' ');
    const std::string words = ' ' + std::string(user) + ' ';
    const std::size_t name = title.find(words);
    if (host == std::string_view::npos || name == std::string_view::npos) return {};
    const std::size_t begin = name + words.size();
    return begin < host ? std::string(title.substr(begin, host - begin)) : std::string();
}

std::string title_of(int pid) {
    constexpr std::size_t title_bytes_max = 1024;
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    std::string title(title_bytes_max, '\0');
    file.read(title.data(), static_cast<std::streamsize>(title.size()));
    title.resize(static_cast<std::size_t>(file.gcount()));
    return title.substr(0, title.find('\0'));
}

}  // namespace countersign::agent
