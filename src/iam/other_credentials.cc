// Credentials that this server does not issue: users and accounts have none of them, and the lists say so,
// for clients that look for what is left of a user before they delete it.
#include "iam/nouns.h"
#include "iam/rows.h"

namespace countersign::iam {

using gateway::Call;

namespace {

// None, of a user that must exist; the root user has none either.
template <class Answer, class Input>
Result<Answer> none_of_user(const Surroundings& around, const Call& call, const Input& input) {
    const std::string user = TRY(user_meant(call, input.UserName));
    if (!user.empty()) TRY(find_user(around.store, call.account(), user));
    Answer answer;
    answer.IsTruncated = false;
    return answer;
}

Result<api::ListServiceSpecificCredentialsResponse> list_service_specific_credentials(
    const Surroundings& around, const Call& call, const api::ListServiceSpecificCredentialsRequest& input) {
    api::ListServiceSpecificCredentialsResponse answer;
    answer.IsTruncated = false;
    if (input.AllUsers.value_or(false)) return answer;
    return none_of_user<api::ListServiceSpecificCredentialsResponse>(around, call, input);
}

Result<api::ListServerCertificatesResponse> list_server_certificates(
    const Surroundings&, const Call&, const api::ListServerCertificatesRequest&) {
    api::ListServerCertificatesResponse answer;
    answer.IsTruncated = false;
    return answer;
}

std::vector<std::string> all_certificates(const Call& call, const api::ListServerCertificatesRequest& input) {
    return below_account(call, "server-certificate", input.PathPrefix.value_or("/"), "");
}

}  // namespace

Rows other_credential_operations(const Surroundings& around) {
    namespace ops = api::ops;
    return {
        on_user<ops::ListSSHPublicKeys>(
            around, none_of_user<api::ListSSHPublicKeysResponse, api::ListSSHPublicKeysRequest>),
        row<ops::ListServerCertificates>(around, all_certificates, list_server_certificates),
        on_user<ops::ListServiceSpecificCredentials>(around, list_service_specific_credentials),
        on_user<ops::ListSigningCertificates>(
            around, none_of_user<api::ListSigningCertificatesResponse, api::ListSigningCertificatesRequest>),
    };
}

}  // namespace countersign::iam
