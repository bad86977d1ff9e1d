// Where clients of this machine come in: a loopback address, or a socket in a directory. Nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/result.h"

namespace countersign::proxy {

// A socket that listens; one of a directory is removed at the end.
class Listener {
public:
    Listener(Descriptor socket, Path file, std::string name)
        : socket_(std::move(socket)), file_(std::move(file)), name_(std::move(name)) {}
    ~Listener();
    Listener(Listener&& other) noexcept
        : socket_(std::move(other.socket_)),
          file_(std::exchange(other.file_, {})),
          name_(std::move(other.name_)) {}
    Listener& operator=(Listener&&) = delete;

    int number() const { return socket_.number(); }
    const std::string& name() const { return name_; }  // 127.0.0.1:5433, [::1]:5433, or the file

private:
    Descriptor socket_;
    Path file_;
    std::string name_;
};

// HOST:PORT, [::1]:PORT, or DIR[:PORT], an absolute path in which the socket has the name that libpq expects.
// localhost is both addresses. Port 0 is one that is free. Fault::denied for every address that is not
// loopback, and for a directory in which others could put another socket. Before there are threads: the umask
// is set meanwhile.
Result<std::vector<Listener>> listen_at(const std::string& where);

}  // namespace countersign::proxy
