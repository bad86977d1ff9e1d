// A login record as it travels to the agent of a database host, and the record that it becomes there.
// Policies travel as their documents' text and are compiled by whoever reads them. Pure.
#pragma once

#include <boost/describe.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "login/verdict.h"

namespace countersign::login {

struct PolicyText {
    std::string name;
    std::string document;
    friend bool operator==(const PolicyText&, const PolicyText&) = default;
};
BOOST_DESCRIBE_STRUCT(PolicyText, (), (name, document))

using PolicyTexts = std::vector<PolicyText>;

struct RecordText {
    bool active = false;
    std::string date;         // of the signing key
    std::string region;       // of the signing key
    std::string signing_key;  // hex
    std::string session_digest;
    std::optional<Instant> expires;
    std::string arn;
    std::string account;
    std::map<std::string, std::vector<std::string>> context;
    std::optional<Instant> mfa_time;
    std::string session_name;
    std::string source_identity;
    PolicyTexts identity;
    std::optional<PolicyTexts> boundary;
    std::optional<PolicyTexts> session;
    std::optional<std::vector<PolicyTexts>> guardrails;
};
BOOST_DESCRIBE_STRUCT(RecordText, (),
                      (active, date, region, signing_key, session_digest, expires, arn, account, context,
                       mfa_time, session_name, source_identity, identity, boundary, session, guardrails))

RecordText text_of(const LoginRecord& record);

using Compile = std::function<Result<std::shared_ptr<const policy::Document>>(const std::string& text)>;

// Fault::invalid when a policy cannot be compiled or the key is none: there is no record then.
Result<LoginRecord> record_of(const RecordText& text, const Compile& compile);

}  // namespace countersign::login
