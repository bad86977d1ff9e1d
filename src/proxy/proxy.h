// Lets the programs of one user into a database as one of its users: each connection is opened with a token
// of its own, and then only moved.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/log.h"
#include "proxy/listener.h"
#include "proxy/session.h"

namespace countersign::proxy {

class Proxy {
public:
    // SIGPIPE must be ignored.
    Proxy(std::vector<Listener> listeners, std::string user, LoginMaker& logins, const Log& log);
    ~Proxy();

    // Serves until the descriptor is readable; every session has ended when it returns.
    void run(int ending);

private:
    class Connection;

    void accept_from(const Listener& listener);
    void reap();

    const std::vector<Listener> listeners_;
    const Log& log_;
    const Descriptor stopping_;
    CancelKeys cancel_keys_;
    const SessionDeps deps_;
    std::list<std::unique_ptr<Connection>> connections_;
};

}  // namespace countersign::proxy
