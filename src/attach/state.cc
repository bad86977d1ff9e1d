#include "attach/state.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/files.h"
#include "client/data_dir.h"
#include "formats/record.h"

namespace countersign::attach {

namespace {

namespace fs = std::filesystem;

Result<void> make_private(const fs::path& directory) {
    std::error_code error;
    fs::create_directories(directory, error);
    if (!error) fs::permissions(directory, fs::perms::owner_all, error);
    if (!error) return {};
    return Error{Fault::denied, "cannot make " + directory.string() + ": " + error.message()};
}

}  // namespace

Result<std::vector<AttachState>> StateDir::all() const {
    std::vector<AttachState> states;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(root_, absent)) {
        const fs::path file = entry.path() / "state.json";
        if (!fs::exists(file, absent)) continue;
        const std::string text = TRY(read_file(file));
        AttachState state = TRY(formats::from_record<AttachState>(text));
        states.push_back(std::move(state));
    }
    std::ranges::sort(states, {}, &AttachState::name);
    return states;
}

Result<std::optional<AttachState>> StateDir::find(const std::string& name, const std::string& region) const {
    for (AttachState& state : TRY(all()))
        if (state.name == name && (region.empty() || state.region == region)) return std::optional(state);
    return std::optional<AttachState>();
}

Result<void> StateDir::save(const AttachState& state) const {
    TRY(make_private(of(state.resource_id)));
    return replace_file(of(state.resource_id) / "state.json", formats::to_record(state));
}

Result<void> StateDir::forget(const std::string& resource_id) const {
    std::error_code error;
    fs::remove_all(of(resource_id), error);
    std::error_code others;
    fs::remove(root_, others);  // with the last one
    if (!error) return {};
    return Error{Fault::denied, "cannot remove " + of(resource_id).string() + ": " + error.message()};
}

Result<void> StateDir::keep(const std::string& resource_id, const std::string& file,
                            const std::string& text) const {
    const fs::path place = of(resource_id) / file;
    std::error_code absent;
    if (fs::exists(place, absent)) return {};
    TRY(make_private(of(resource_id)));
    return replace_file(place, text);
}

Result<std::string> StateDir::kept(const std::string& resource_id, const std::string& file) const {
    return read_file(of(resource_id) / file);
}

fs::path default_state_dir() {
    constexpr const char* name = "countersign-attach";
    if (::geteuid() == 0) return fs::path("/var/lib") / name;
    if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
        return fs::path(state) / name;
    const char* home = std::getenv("HOME");
    return fs::path(home != nullptr && *home == '/' ? home : "/tmp") / ".local" / "state" / name;
}

}  // namespace countersign::attach
