// AssumeRoleWithWebIdentity by an identity of AWS: a signed GetCallerIdentity request stands for the caller.
#include "federation/caller_identity.h"

#include <utility>

#include "federation/errors.h"
#include "model/keys.h"
#include "services/sts/federated.h"
#include "services/sts/operations.h"
#include "store/records.h"

namespace countersign::sts {

namespace {

Error used_already() {
    return federation::invalid_token("The request has been used already; sign another");
}

Result<federation::CallerIdentity> ask(const Deps& deps, const federation::CallerIdentityProof& proof) {
    const Result<http::Response> answer =
        deps.aws.ask(proof.host, federation::caller_identity_request(proof));
    if (!answer)
        return federation::provider_unreachable("AWS's STS cannot be asked at " + proof.host + ": " +
                                                answer.error().message);
    return federation::read_caller_identity(*answer);
}

// Nothing where the call waits for an answer elsewhere, and is made again by a thread that may ask itself.
std::optional<Error> come_back_from_outside(const Deps& deps, const Call& call, const std::string& account) {
    if (call.awaited == nullptr || !deps.aws.outside) return std::nullopt;
    auto outside = [run = deps.aws.outside, account](std::function<void()> then) {
        return run("sts of aws " + account, std::move(then));  // a share of its own: anybody may ask
    };
    return gateway::come_back(call, std::move(outside),
                              federation::provider_unreachable("AWS's STS has not answered yet"));
}

policy::Context keys_of(const federation::CallerIdentity& identity, const std::string& audience) {
    const std::string prefix = std::string(federation::aws_identity_provider) + ':';
    return {{prefix + "sub", {identity.subject}},
            {prefix + "aud", {audience}},
            {prefix + "arn", {identity.arn}},
            {prefix + "account", {identity.account}},
            {prefix + "userid", {identity.user_id}}};
}

}  // namespace

Result<VouchedIdentity> identity_of_aws(const Deps& deps, const Call& call,
                                        const RegisteredOidcProvider& provider, const std::string& role_arn,
                                        const std::string& token) {
    const federation::CallerIdentityProof proof = TRY(federation::parse_caller_identity_token(token));
    const std::vector<std::string>& servers = provider.record.client_ids;
    TRY(federation::check_proof(proof,
                                {{servers.begin(), servers.end()}, role_arn, deps.aws.hosts, call.now}));
    const std::string key = model::keys::caller_identity_proof(proof.date, federation::digest_of(proof));
    if (TRY(deps.store.get(key))) return used_already();
    if (!deps.aws.ask) return federation::provider_unreachable("This server asks no STS of AWS");
    if (auto later = come_back_from_outside(deps, call, provider.account)) return *std::move(later);
    const federation::CallerIdentity identity = TRY(ask(deps, proof));
    const model::CallerIdentityClaim claim{provider.account};
    return VouchedIdentity{identity.subject,
                           proof.server,
                           keys_of(identity, proof.server),
                           {},
                           store::Transaction{{store::absent(key)}, {store::put(key, claim)}}};
}

Result<void> claim(store::Store& store, const VouchedIdentity& identity) {
    if (!identity.claim) return {};
    const auto committed = store.commit(*identity.claim);
    if (committed) return {};
    return committed.error().fault == Fault::conflict ? used_already() : committed.error();
}

}  // namespace countersign::sts
