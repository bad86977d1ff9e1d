// For tests and simulations: a client of the API that signs its requests, and what a store holds so that
// somebody may call.
#pragma once

#include <chrono>
#include <map>
#include <pugixml.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "formats/uri.h"
#include "http/message.h"
#include "model/aws_managed_policies.h"
#include "model/iam.h"
#include "model/keys.h"
#include "sigv4/sign.h"
#include "store/records.h"

namespace countersign::gateway::test {

inline constexpr const char* secret = "not-a-secret-at-all";

// Shows the time that the test says.
class SetClock : public Clock {
public:
    Instant now() const override { return time; }
    void advance(std::chrono::milliseconds by) { time += by; }
    Instant time{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
};

// The answer to one request.
struct Answer {
    int status = 0;
    pugi::xml_document document = {};
    std::map<std::string, std::string> headers = {};

    // The text of the first element that the XPath finds; of all of them.
    std::string text(const std::string& path) const {
        return document.select_node(path.c_str()).node().text().get();
    }
    std::vector<std::string> texts(const std::string& path) const {
        std::vector<std::string> all;
        for (const auto& found : document.select_nodes(path.c_str()))
            all.emplace_back(found.node().text().get());
        return all;
    }
    std::size_t count(const std::string& path) const { return document.select_nodes(path.c_str()).size(); }
    // "CODE: message"; ": " when the call did what was asked.
    std::string error() const { return text("//Error/Code") + ": " + text("//Error/Message"); }
};

// Throws where the body is no XML.
inline Answer answer_in(const http::Response& response) {
    Answer answer;
    answer.status = response.status;
    for (const auto& [name, value] : response.headers) answer.headers[name] = value;
    if (!answer.document.load_string(response.body.c_str())) throw std::runtime_error(response.body);
    return answer;
}

// Credentials; those of a long-term key have no session token.
struct Keys {
    std::string id;
    std::string secret = test::secret;
    std::string session_token = {};
};

using Parameters = std::map<std::string, std::string>;

// Which API is called, and where.
struct Endpoint {
    std::string service;  // its signing name
    std::string version;
    std::string region = "us-east-1";
};

inline http::Request unsigned_request(const Endpoint& endpoint, const std::string& action,
                                      const Parameters& parameters) {
    std::string body = "Action=" + action + "&Version=" + endpoint.version;
    for (const auto& [name, value] : parameters)
        body += '&' + formats::percent_encode(name) + '=' + formats::percent_encode(value);
    return {"POST", "/", {{"Host", "localhost"}}, body, ""};
}

inline void sign(http::Request& request, const Endpoint& endpoint, const Keys& keys, Instant now) {
    sigv4::sign(request, {keys.id, Secret(keys.secret), keys.session_token},
                {endpoint.region, endpoint.service}, now);
}

inline http::Request signed_request(const Endpoint& endpoint, const std::string& action,
                                    const Parameters& parameters, const Keys& keys, Instant now) {
    http::Request request = unsigned_request(endpoint, action, parameters);
    sign(request, endpoint, keys, now);
    return request;
}

// Throws where the store refuses.
template <class Record>
void put(store::Store& store, const std::string& key, const Record& record) {
    if (!store.commit({{}, {store::put(key, record)}})) throw std::runtime_error("refused: " + key);
}

// An account in which a guardrail allows everything.
inline void add_account(store::Store& store, const std::string& id) {
    model::Account account;
    account.id = id;
    put(store, model::keys::account_record(id), account);
    put(store, model::keys::guardrail(id, "FullAWSAccess"), model::unrestricted({}));
}

// An access key of a user, or of the root user ("").
struct KeyOwner {
    std::string account;
    std::string user;
};

// Its secret is `secret`.
inline void add_key(store::Store& store, const crypto::SealingKey& sealing, crypto::Random& random,
                    const std::string& id, const KeyOwner& owner) {
    const std::string key = model::keys::access_key(id);
    const model::AccessKey record{
        id, owner.account, owner.user, sealing.seal(Secret(secret), key, random), model::KeyStatus::Active,
        {}};
    const store::Write listed{model::keys::user_key(owner.account, owner.user, id), id};
    if (!store.commit({{}, {store::put(key, record), listed}})) throw std::runtime_error("refused: " + key);
}

}  // namespace countersign::gateway::test
