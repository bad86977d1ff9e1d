// What programs wait for: that a person looks at a page and agrees. Kept in memory, bounded, for ten minutes;
// a program that asks after a restart begins anew. Safe to call from any thread.
// Source: RFC 8628 (device authorization), RFC 7636 (PKCE); IAM Identity Center OIDC API Reference.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "crypto/random.h"
#include "identity_center/sessions.h"

namespace countersign::identity_center {

inline constexpr auto device_life = std::chrono::minutes(10);
inline constexpr auto code_life = std::chrono::minutes(1);
inline constexpr auto poll_interval =
    std::chrono::seconds(1);  // what programs are told; half of it is let pass

// A program that waits, as the page shows it.
struct WaitingDevice {
    Client client;
    std::string identity_store;  // whose people may answer
    std::string address;         // where it asked from
    Instant begun;
};

struct DeviceCodes {
    std::string device_code;
    std::string user_code;  // ABCD-EFGH
};

// What a code was given for.
struct CodeGrant {
    Client client;
    std::string redirect_uri;
    std::string challenge;  // of PKCE, S256
    Person person;
    Instant begun;
};

enum class DeviceAnswer { pending, too_soon, denied, approved, unknown };

struct Polled {
    DeviceAnswer answer = DeviceAnswer::unknown;
    std::optional<Client> client;  // of one that is approved
    std::optional<Person> person;
};

// A code as it is shown, however it was typed: ABCD-EFGH; empty where it is none.
std::string shown_user_code(const std::string& typed);

class Grants {
public:
    explicit Grants(crypto::Random& random) : random_(random) {}

    // Fault::throttled: too many wait, in all or from this address.
    Result<DeviceCodes> start_device(WaitingDevice waiting);
    // By the code that the person reads, in either case, with or without its dash.
    std::optional<WaitingDevice> find_device(const std::string& user_code, Instant now);
    // False: it is not there any more, or was answered.
    bool approve(const std::string& user_code, const Person& person, Instant now);
    bool deny(const std::string& user_code, Instant now);
    // One that is approved or denied is told so once.
    Polled poll(const std::string& device_code, const std::string& client_id, Instant now);

    Result<std::string> new_code(CodeGrant grant);
    // Nothing where the code is not there, was used, or is another client's or redirection's, or the verifier
    // is not its challenge's. Whatever it is, the code is used then.
    std::optional<CodeGrant> take_code(const std::string& code, const std::string& client_id,
                                       const std::string& redirect_uri, const std::string& verifier,
                                       Instant now);

private:
    struct Device {
        WaitingDevice waiting;
        std::string device_code;
        DeviceAnswer answer = DeviceAnswer::pending;
        Person person = {};
        Instant polled = {};
    };

    void forget_old(Instant now) REQUIRES(mutex_);
    void drop_oldest_of_greatest(const std::map<std::string, std::size_t>& held) REQUIRES(mutex_);
    Device* find(const std::string& user_code, Instant now) REQUIRES(mutex_);
    bool settle(const std::string& user_code, DeviceAnswer answer, const Person& person, Instant now);

    crypto::Random& random_;
    Mutex mutex_;
    std::map<std::string, Device> devices_ GUARDED_BY(mutex_);         // by user code, without its dash
    std::map<std::string, std::string> by_digest_ GUARDED_BY(mutex_);  // SHA-256 of device code to user code
    std::map<std::string, CodeGrant> codes_ GUARDED_BY(mutex_);        // by SHA-256 of the code
};

}  // namespace countersign::identity_center
