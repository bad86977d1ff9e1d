#include "agent/sessions/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>

#include "formats/record.h"

namespace countersign::agent {

namespace {

struct Line {
    std::optional<LiveSession> begun;
    std::string ended;  // login id
};
BOOST_DESCRIBE_STRUCT(Line, (), (begun, ended))

Error file_error(const std::filesystem::path& path) {
    return Error{Fault::unavailable, "cannot write " + path.string() + ": " + std::strerror(errno)};
}

std::string text_of(const LiveSession& session) {
    return formats::to_record(Line{session, ""}) + '\n';
}

}  // namespace

std::vector<LiveSession> SessionsFile::load() const {
    std::map<std::string, LiveSession> live;
    std::ifstream in(path_, std::ios::binary);
    for (std::string text; !path_.empty() && std::getline(in, text);) {
        Result<Line> line = formats::from_record<Line>(text);
        if (!line) continue;
        live.erase(line->ended);
        if (!line->begun) continue;
        std::string id = line->begun->login.login_id;
        live.insert_or_assign(std::move(id), *std::move(line->begun));
    }
    std::vector<LiveSession> sessions;
    sessions.reserve(live.size());
    for (auto& [id, session] : live) sessions.push_back(std::move(session));
    return sessions;
}

Result<void> SessionsFile::rewrite(const std::vector<const LiveSession*>& live) {
    if (path_.empty()) return {};
    std::string text;
    for (const LiveSession* session : live) text += text_of(*session);
    const std::filesystem::path next = path_.string() + ".new";
    Descriptor file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    if (!file) return file_error(next);
    if (::write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::rename(next.c_str(), path_.c_str()) != 0)
        return file_error(next);
    file_ = std::move(file);
    bytes_ = text.size();
    lines_ = live.size();
    return {};
}

Result<void> SessionsFile::append_begun(const LiveSession& session) {
    return path_.empty() ? Result<void>() : append(text_of(session));
}

Result<void> SessionsFile::append_ended(const std::string& login_id) {
    return path_.empty() ? Result<void>() : append(formats::to_record(Line{std::nullopt, login_id}) + '\n');
}

Result<void> SessionsFile::append(const std::string& line) {
    if (!file_) return Error{Fault::unavailable, path_.string() + " is not open"};
    if (::write(file_.number(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        const Error error = file_error(path_);
        // Half a line would spoil the next one.
        if (::ftruncate(file_.number(), static_cast<off_t>(bytes_)) != 0) file_ = Descriptor();
        return error;
    }
    bytes_ += line.size();
    ++lines_;
    return {};
}

}  // namespace countersign::agent
