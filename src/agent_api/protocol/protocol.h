// What an agent and its control plane say to each other: JSON bodies of POST requests over mutually
// authenticated TLS. Every path but enrolment needs the certificate that enrolment gave.
//
//     /v1/enrol    EnrolRequest   → Certified     shows no certificate; the token's secret is used up
//     /v1/renew    RenewRequest   → Certified
//     /v1/record   RecordRequest  → RecordAnswer  what is known of an access key
//     /v1/watch    WatchRequest   → WatchAnswer   at once when there is news, else later or after watch_hold
//     /v1/servers  ServersRequest → ServersAnswer the servers of this agent
//     /v1/logins   LoginsRequest  → {}            lines of the audit, in order
//     /v1/idle-users
//                  IdleUsersRequest → IdleUsersAnswer   whom of a server's users no policy lets in
//
// An answer that is not 200 is a Refusal. Missing members have their initial values, so that either side may
// be of an earlier version.
#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/sessions/end.h"
#include "audit/entry.h"
#include "databases/server_view.h"
#include "login/record_text.h"

namespace countersign::agent_api {

// Names one record of the control plane's store, or a list of them, without telling which: a keyed hash.
using KeyTag = std::int64_t;

inline constexpr std::size_t lines_max = 500;                 // of one LoginsRequest
inline constexpr std::size_t lines_bytes_max = 512UL * 1024;  // of one LoginsRequest
inline constexpr std::size_t idle_users_max = 20;             // of one IdleUsersRequest
inline constexpr auto watch_hold = std::chrono::seconds(25);  // the longest wait for news

struct EnrolRequest {
    std::string secret;
    std::string name;     // wished; the token may say another
    std::string request;  // PKCS #10, PEM
};
BOOST_DESCRIBE_STRUCT(EnrolRequest, (), (secret, name, request))

struct RenewRequest {
    std::string request;
};
BOOST_DESCRIBE_STRUCT(RenewRequest, (), (request))

struct Certified {
    std::string name;
    std::string certificate;  // PEM
};
BOOST_DESCRIBE_STRUCT(Certified, (), (name, certificate))

struct RecordRequest {
    std::string access_key_id;
    std::string session_token;
    std::string date;
    std::string region;
};
BOOST_DESCRIBE_STRUCT(RecordRequest, (), (access_key_id, session_token, date, region))

struct RecordAnswer {
    std::optional<login::RecordText> record;  // none: there is no such key
    std::vector<KeyTag> marks;                // what the answer was made of
};
BOOST_DESCRIBE_STRUCT(RecordAnswer, (), (record, marks))

// `epoch` and `revision` are those of the last answer; empty and 0 at the beginning.
struct WatchRequest {
    std::string epoch;
    std::int64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(WatchRequest, (), (epoch, revision))

struct WatchAnswer {
    std::string epoch;
    std::int64_t revision = 0;
    bool everything = false;                      // what changed cannot be told: hold nothing from before
    std::vector<KeyTag> marks;                    // what changed
    std::vector<agent::SessionEnd> session_ends;  // orders given since; all there are when `everything`
};
BOOST_DESCRIBE_STRUCT(WatchAnswer, (), (epoch, revision, everything, marks, session_ends))

struct EndpointText {
    std::string host;
    std::uint16_t port = 0;
};
BOOST_DESCRIBE_STRUCT(EndpointText, (), (host, port))

// databases::ServerView
struct ServerText {
    std::string resource_id;
    std::string account;
    std::string region;
    std::string kind;  // cluster | instance | pooler
    std::string identifier;
    std::vector<EndpointText> endpoints;
    bool iam_enabled = false;
    std::vector<model::Tag> tags;
    std::string master_username;
    std::string data_directory;
    std::uint32_t owner = 0;
    std::string agent_socket;
    std::string socket_directory;
    std::uint16_t socket_port = 0;
};
BOOST_DESCRIBE_STRUCT(ServerText, (),
                      (resource_id, account, region, kind, identifier, endpoints, iam_enabled, tags,
                       master_username, data_directory, owner, agent_socket, socket_directory, socket_port))

struct ServersRequest {
    std::string run_directory;  // where this agent's sockets are
};
BOOST_DESCRIBE_STRUCT(ServersRequest, (), (run_directory))

struct ServersAnswer {
    std::vector<ServerText> servers;
    std::vector<KeyTag> marks;  // of when to ask again
};
BOOST_DESCRIBE_STRUCT(ServersAnswer, (), (servers, marks))

struct LoginsRequest {
    std::vector<audit::LoginEntry> lines;
};
BOOST_DESCRIBE_STRUCT(LoginsRequest, (), (lines))

struct IdleUsersRequest {
    std::string resource_id;
    std::vector<std::string> users;
};
BOOST_DESCRIBE_STRUCT(IdleUsersRequest, (), (resource_id, users))

struct IdleUsersAnswer {
    std::vector<std::string> users;  // of those asked for
};
BOOST_DESCRIBE_STRUCT(IdleUsersAnswer, (), (users))

// Codes: removed (the agent, or its certificate, is no longer good), refused, invalid, busy, failed.
struct Refusal {
    std::string code;
    std::string message;  // a sentence for a person
};
BOOST_DESCRIBE_STRUCT(Refusal, (), (code, message))

ServerText text_of(const databases::ServerView& server);
databases::ServerView view_of(const ServerText& text);

}  // namespace countersign::agent_api
