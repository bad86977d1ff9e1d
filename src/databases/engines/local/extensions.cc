#include "databases/engines/local/extensions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "databases/engines/local/allowed_extensions.h"
#include "databases/engines/local/extension_script.h"

namespace countersign::databases::local {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t installed_file_bytes_max = std::size_t{1} << 20;
constexpr std::string_view control_suffix = ".control";

using Files = std::map<std::string, std::string>;  // texts by name

std::string control_of(std::string_view extension) {
    return fmt::format("{}{}", extension, control_suffix);
}

// NAME--VERSION.sql and NAME--VERSION.control
bool is_part_of(std::string_view file, const AllowedExtension& extension) {
    return file.starts_with(extension.name) && file.substr(extension.name.size()).starts_with("--");
}

Result<Files> installed_files(const Path& from, const AllowedExtension& extension) {
    Files files;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(from, failure)) {
        const std::string name = entry.path().filename();
        if (name == control_of(extension.name) || is_part_of(name, extension))
            files[name] = TRY(read_file(entry.path(), installed_file_bytes_max));
    }
    return files;
}

bool is_script(std::string_view name) {
    return name.ends_with(".sql");
}

// A file of settings for one version alone would be read after ours.
bool is_fit(const Files& files, const AllowedExtension& extension) {
    return files.contains(control_of(extension.name)) && std::ranges::all_of(files, [&](const auto& file) {
               const auto& [name, text] = file;
               if (!is_script(name)) return name == control_of(extension.name);
               return executes_nothing(text) && (!makes_definers(text) || extension.definers_are_changed);
           });
}

// Of a row that says so, no script has more such functions than additions that change one.
bool changes_its_definers(const Files& files, const AllowedExtension& extension) {
    return std::ranges::all_of(files, [&](const auto& file) {
        if (!is_script(file.first) || !makes_definers(file.second)) return true;
        const auto changed =
            std::ranges::count_if(extension.additions, [&](const ExtensionAddition& addition) {
                return addition.script == file.first && addition.sql.ends_with("SECURITY INVOKER");
            });
        const auto made = definers_in(file.second);
        return made && *made <= static_cast<std::size_t>(changed);
    });
}

void add_to(Files& files, const AllowedExtension& extension, const Path& directory) {
    for (const ExtensionAddition& addition : extension.additions) {
        const auto script = files.find(std::string(addition.script));
        if (script != files.end()) script->second += fmt::format("\n{};\n", addition.sql);
    }
    files[control_of(extension.name)] +=
        fmt::format("\n# Written by Countersign; changes are lost.\ntrusted = true\ndirectory = '{}'\n",
                    directory.string());
}

Result<Files> desired_files(const Path& directory, const EngineVersion& version) {
    Files all;
    const Path from = installed_extensions(version);
    // It stands between quotes of a control file.
    if (from.empty() || directory.string().find_first_of("'\\\n") != std::string::npos) return all;
    for (const AllowedExtension& extension : allowed_extensions()) {
        Files files = TRY(installed_files(from, extension));
        if (!is_fit(files, extension) || !changes_its_definers(files, extension)) continue;
        add_to(files, extension, directory);
        all.merge(files);
    }
    return all;
}

std::set<std::string> names_in(const Path& directory) {
    std::set<std::string> names;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(directory, absent)) names.insert(entry.path().filename());
    return names;
}

Result<void> open_directory(const Path& directory) {
    TRY(make_directory(directory));
    std::error_code failure;
    for (const Path& one : {directory.parent_path(), directory})
        fs::permissions(one, fs::perms(0755), failure);
    return {};
}

bool is_trusted(const Path& control) {
    const Result<std::string> text = read_file(control, installed_file_bytes_max);
    if (!text) return false;
    return std::ranges::any_of(split(*text, '\n'), [](std::string_view line) {
        std::string small = lower(line.substr(0, line.find('#')));
        std::erase(small, ' ');
        return trimmed(small) == "trusted=true";
    });
}

}  // namespace

Path extensions_directory(const Path& preload, const EngineVersion& version) {
    if (preload.empty()) return {};
    return preload.parent_path() / "extensions" / std::to_string(version.major);
}

// Debian's place, and those of a tree of its own.
Path installed_extensions(const EngineVersion& version) {
    std::error_code absent;
    const Path bin = fs::canonical(version.bin, absent);
    const Path own = bin.parent_path() / "share";
    const Path shared = bin.parent_path().parent_path().parent_path().parent_path() / "share/postgresql" /
                        std::to_string(version.major);
    for (const Path& share : {shared, own / "postgresql", own})
        if (file_exists(share / "extension" / "plpgsql.control")) return share / "extension";
    return {};
}

Result<void> prepare_extensions(const Path& directory, const EngineVersion& version) {
    const Files files = TRY(desired_files(directory, version));
    TRY(open_directory(directory));
    for (const auto& [name, text] : files) {
        const Result<std::string> old = read_file(directory / name, installed_file_bytes_max * 2);
        if (!old || *old != text) TRY(replace_file(directory / name, text, Durability::none, readable_file));
    }
    std::error_code failure;
    for (const std::string& name : names_in(directory))
        if (!files.contains(name)) fs::remove(directory / name, failure);
    return {};
}

std::vector<std::string> extension_names(const Path& preload, const EngineVersion& version) {
    if (preload.empty()) return {};
    std::set<std::string> names;
    for (const Path& place : {extensions_directory(preload, version), installed_extensions(version)})
        for (const std::string& name : names_in(place))
            if (name.ends_with(control_suffix) && is_trusted(place / name))
                names.insert(name.substr(0, name.size() - control_suffix.size()));
    return {names.begin(), names.end()};
}

}  // namespace countersign::databases::local
