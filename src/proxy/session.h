// One connection of a client, from its first byte to its last.
#pragma once

#include <map>
#include <string>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/mutex.h"
#include "proxy/upstream.h"

namespace countersign::proxy {

// Where tokens come from. Safe to call from any thread; may block for as long as credentials and servers
// take.
class LoginMaker {
public:
    virtual ~LoginMaker() = default;
    // With a token that no other call has had.
    virtual Result<ServerLogin> make() = 0;
    // A login failed: what is known is to be found anew.
    virtual void forget() = 0;
};

// Which server each session of this proxy is at, by the key that cancels its queries. Safe to call from any
// thread.
class CancelKeys {
public:
    void add(const std::string& key, const ServerAddress& address);
    void remove(const std::string& key);
    std::optional<ServerAddress> find(const std::string& key) const;

private:
    mutable Mutex mutex_;
    std::map<std::string, ServerAddress> by_key_ GUARDED_BY(mutex_);
};

struct SessionDeps {
    std::string user;  // the one who is let in
    LoginMaker& logins;
    CancelKeys& cancel_keys;
    const Log& log;
    int stopping = -1;  // readable: it is to end
};

// Returns when the connection is over. The socket must not block, and be one of a peer that was checked.
void serve_client(const Descriptor& client, const SessionDeps& deps);

// Tells a client why it is not served, and waits a moment for it to have heard.
void refuse_client(const Descriptor& client, const Refusal& refusal);

}  // namespace countersign::proxy
