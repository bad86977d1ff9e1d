// The credential report: every user of the account and the state of its credentials, as CSV. Only the time at
// which one was asked for is kept; its lines are written when it is fetched.
// Source: IAM User Guide, "Generate credential reports for your AWS account".
#include <algorithm>

#include "base/text.h"
#include "formats/csv.h"
#include "formats/iso_time.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/iam/accounts.h"
#include "services/iam/change.h"
#include "services/iam/operation_registry.h"
#include "services/iam/passwords.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr auto report_lifetime = std::chrono::hours(4);
constexpr std::string_view header =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated";

using Fields = std::vector<std::string>;

const std::string not_applicable = "N/A";
const std::string not_supported = "not_supported";

std::string report_text(Instant time) {
    std::string text = formats::second_time(time);
    text.pop_back();
    return text + "+00:00";
}

std::string report_text(bool flag) {
    return flag ? "true" : "false";
}

// Names of users may hold commas, and begin as formulas do.
std::string line_of(const Fields& fields) {
    std::string line = "\n";
    for (const std::string& field : fields) {
        if (line.size() > 1) line += ',';
        line += formats::csv_field(field);
    }
    return line;
}

// What the lines are made of: by the user's lower-case name, empty for the root user.
struct Credentials {
    std::map<std::string, std::vector<model::AccessKey>> keys;  // the oldest first
    std::map<std::string, bool> mfa;
};

Result<Credentials> credentials_of(store::Store& store, const std::string& account) {
    Credentials found;
    for (auto& key : TRY(store::load_all<model::AccessKey>(store, keys::access_keys())))
        if (key.record.account == account) found.keys[lower(key.record.user)].push_back(key.record);
    for (auto& [user, of_user] : found.keys)
        std::ranges::stable_sort(of_user, {}, &model::AccessKey::created);
    for (const auto& device : TRY(store::load_all<model::MfaDevice>(store, keys::mfa_devices(account))))
        if (device.record.enabled) found.mfa[lower(device.record.user)] = true;
    return found;
}

Result<void> put_key(const Call& call, const model::AccessKey* key, Fields& fields) {
    if (key == nullptr) {
        fields.insert(fields.end(),
                      {"false", not_applicable, not_applicable, not_applicable, not_applicable});
        return {};
    }
    const auto use = TRY(call.access.last_used().find(key->id));
    fields.push_back(report_text(key->status == model::KeyStatus::Active));
    fields.push_back(report_text(key->created));
    fields.push_back(use ? report_text(use->time) : not_applicable);
    fields.push_back(use ? use->region : not_applicable);
    fields.push_back(use ? use->service : not_applicable);
    return {};
}

Result<void> put_certificates(store::Store& store, const Call& call, const std::string& user,
                              Fields& fields) {
    constexpr std::size_t shown_certificates = 2;
    auto certificates = TRY(
        store::load_all<model::SigningCertificate>(store, keys::signing_certificates(call.account(), user)));
    std::ranges::stable_sort(certificates, {}, [](const auto& stored) { return stored.record.uploaded; });
    for (std::size_t i = 0; i < shown_certificates; ++i) {
        const bool there = i < certificates.size();
        fields.push_back(report_text(there && certificates[i].record.status == model::KeyStatus::Active));
        fields.push_back(there ? report_text(certificates[i].record.uploaded) : not_applicable);
    }
    return {};
}

// The columns behind the password's.
Result<void> put_credentials(const Deps& deps, const Call& call, const std::string& user, Credentials& found,
                             Fields& fields) {
    constexpr std::size_t shown_keys = 2;
    fields.push_back(report_text(found.mfa[user]));
    const std::vector<model::AccessKey>& of_user = found.keys[user];
    for (std::size_t i = 0; i < shown_keys; ++i)
        TRY(put_key(call, i < of_user.size() ? &of_user[i] : nullptr, fields));
    return put_certificates(deps.store, call, user, fields);
}

void put_password(const model::User& user, const std::optional<model::PasswordPolicy>& policy,
                  Fields& fields) {
    fields.push_back(report_text(user.login_profile.has_value()));
    fields.push_back(user.login_profile ? "no_information" : not_applicable);
    fields.push_back(user.login_profile ? report_text(user.login_profile->changed) : not_applicable);
    const auto expiry =
        user.login_profile ? password_expiry(*user.login_profile, policy) : std::optional<Instant>();
    fields.push_back(expiry ? report_text(*expiry) : not_applicable);
}

Result<std::string> report(const Deps& deps, const Call& call, const model::Account& account) {
    Credentials found = TRY(credentials_of(deps.store, call.account()));
    std::string text(header);
    Fields root{"<root_account>",
                model::iam_arn(call.account(), "root"),
                report_text(account.created),
                not_supported,
                "no_information",
                not_supported,
                not_supported};
    TRY(put_credentials(deps, call, "", found, root));
    text += line_of(root);
    for (const auto& user : TRY(store::load_all<model::User>(deps.store, keys::users(call.account())))) {
        Fields fields{user.record.name, user_arn(call.account(), user.record),
                      report_text(user.record.created)};
        put_password(user.record, account.password_policy, fields);
        TRY(put_credentials(deps, call, lower(user.record.name), found, fields));
        text += line_of(fields);
    }
    return text;
}

Result<api::GenerateCredentialReportResponse> generate(const Deps& deps, const Call& call, const Nothing&) {
    bool fresh = false;
    const auto note = [&](model::Account& account, store::Transaction&) -> Result<void> {
        fresh = account.credential_report && call.now < *account.credential_report + report_lifetime;
        if (!fresh) account.credential_report = call.now;
        return {};
    };
    TRY(change_record<find_account>(deps, call, call.account(), note));
    api::GenerateCredentialReportResponse answer;
    answer.State = fresh ? "COMPLETE" : "STARTED";
    if (!fresh) answer.Description = "No report exists. Starting a new report generation task";
    return answer;
}

Result<api::GetCredentialReportResponse> get_report(const Deps& deps, const Call& call, const Nothing&) {
    const auto stored = TRY(find_account(deps.store, call.account(), call.account()));
    const std::optional<Instant>& asked = stored.record.credential_report;
    if (!asked)
        return Error{Fault::not_found, "No report exists. Call GenerateCredentialReport first.",
                     "ReportNotPresent"};
    if (call.now >= *asked + report_lifetime)
        return Error{Fault::not_found, "The credential report has expired. Call GenerateCredentialReport.",
                     "ReportExpired"};
    api::GetCredentialReportResponse answer;
    answer.Content = TRY(report(deps, call, stored.record));
    answer.ReportFormat = "text/csv";
    answer.GeneratedTime = asked;
    return answer;
}

}  // namespace

Rows credential_report_operations(const Deps& deps) {
    return {
        on_all_resources<api::ops::GenerateCredentialReport>(deps, generate),
        on_all_resources<api::ops::GetCredentialReport>(deps, get_report),
    };
}

}  // namespace countersign::iam
