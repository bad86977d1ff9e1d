#include "services/admin/federation_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "federation/saml.h"
#include "policy/explanation_json.h"
#include "policy/sentence.h"
#include "policy/why.h"

namespace countersign::admin {

namespace json = formats::json;
using FederationCheck = federation::Check;

namespace {

constexpr std::string_view role_attribute = "https://aws.amazon.com/SAML/Attributes/Role";

std::string said(std::string_view claim) {
    return claim.empty() ? "nothing" : "'" + printable(claim, 255) + "'";
}

std::string all_said(const std::vector<std::string>& claims) {
    std::vector<std::string> shown;
    shown.reserve(claims.size());
    for (const std::string& claim : claims) shown.push_back(said(claim));
    return shown.empty() ? "nothing" : joined(shown, ", ");
}

// A text that a shell takes as it stands; else a word for it.
std::string word_or(std::string_view text, std::string_view otherwise) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/._@=+,-";
    const bool fits = !text.empty() && text.find_first_not_of(plain) == std::string_view::npos;
    return std::string(fits ? text : otherwise);
}

std::string expected_audience(const Told& told) {
    if (told.kind == VouchedBy::saml)
        return fmt::format("{} or a region's own", federation::aws_saml_recipient);
    return all_said(told.found.client_ids);
}

std::string session_words(const access::Session& session) {
    std::string words = fmt::format("a session '{}'", printable(session.name));
    std::vector<std::string> tags;
    for (const model::Tag& tag : session.tags)
        tags.push_back(printable(tag.Key) + '=' + printable(tag.Value));
    if (!tags.empty()) words += " with the tags " + joined(tags, ", ");
    if (!session.source_identity.empty()) words += " for " + printable(session.source_identity);
    return words;
}

// The right that was refused; none where the refusal has another reason.
const AskedRight* refused_right(const Told& told) {
    const auto refused = std::ranges::find_if(told.rights, [](const AskedRight& right) {
        return std::ranges::none_of(right.explanation.kinds, [](const policy::KindTrail& trail) {
            return trail.effect == policy::Effect::allowed;
        });
    });
    return refused == told.rights.end() ? nullptr : &*refused;
}

std::string policy_words(const Told& told) {
    const AskedRight* const refused = refused_right(told);
    if (refused != nullptr) return policy::why(refused->explanation, refused->request);
    if (told.refusal != nullptr)
        return "it would admit a caller of whom AWS said nothing, and so asks for nobody";
    return policy::why(told.rights.front().explanation, told.rights.front().request);
}

std::string passed_words(FederationCheck check, const Told& told) {
    const Claimed& claimed = told.claimed;
    switch (check) {
        case FederationCheck::form:
            return printable(claimed.form);
        case FederationCheck::provider:
            return fmt::format("{} is registered", told.found.provider_arn);
        case FederationCheck::keys:
            return told.kind == VouchedBy::saml ? "its metadata is valid" : "it publishes its keys";
        case FederationCheck::signature:
            return told.kind == VouchedBy::aws ? "AWS says who signed it"
                                               : "signed by the provider, and not altered since";
        case FederationCheck::issuer:
            return "issued by " + said(claimed.issuer);
        case FederationCheck::subject:
            return "about " + said(claimed.subject);
        case FederationCheck::audience:
            return "meant for " + all_said(claimed.audiences);
        case FederationCheck::expiry:
            return "valid until " + printable(claimed.expires);
        case FederationCheck::session:
            return session_words(told.found.session);
        case FederationCheck::role:
            return fmt::format("there is {}", printable(told.role_arn));
        case FederationCheck::policy:
            return policy_words(told);
        case FederationCheck::limits:
            return fmt::format("a session of {} s", told.found.duration.count());
    }
    return {};
}

std::string failed_words(FederationCheck check, const Told& told) {
    std::string why = printable(told.refusal->message);
    const Claimed& claimed = told.claimed;
    switch (check) {
        case FederationCheck::form:
            return fmt::format("{}: {}", printable(claimed.form), why);
        case FederationCheck::audience:
            return fmt::format("{}: it is meant for {}, and expected is {}", why, all_said(claimed.audiences),
                               expected_audience(told));
        case FederationCheck::issuer:
            return fmt::format("{}: it was issued by {}", why, said(claimed.issuer));
        case FederationCheck::expiry:
            return claimed.expires.empty()
                       ? why
                       : fmt::format("{}: valid until {}", why, printable(claimed.expires));
        case FederationCheck::role:
            if (told.found.wanted.arn.empty())
                return fmt::format("the assertion does not offer {} with {}", printable(told.role_arn),
                                   told.found.provider_arn);
            return fmt::format("there is no {} whose trust policy can be read", printable(told.role_arn));
        case FederationCheck::policy:
            return policy_words(told);
        default:
            return why;
    }
}

std::string hint_on_form(const Told& told) {
    const std::string_view token = told.token;
    if (token.starts_with('<'))
        return "encode it as base64: what is sent is the field SAMLResponse, as the browser posts it";
    if (token.find('%') != std::string_view::npos)
        return "undo the percent-encoding of the form that it was taken from";
    if (told.kind == VouchedBy::saml)
        return "take the field SAMLResponse as the browser posts it, whole and not encrypted";
    return "take the ID token, three parts with dots between them, and not the access token";
}

std::string hint_on_provider(const Told& told) {
    if (told.kind == VouchedBy::saml && told.claimed.shown.empty()) return hint_on_form(told);
    if (told.kind == VouchedBy::saml)
        return "name the provider with --provider, or register it: aws iam create-saml-provider";
    if (told.kind == VouchedBy::aws)
        return "aws iam create-open-id-connect-provider --url https://sts.amazonaws.com --client-id-list "
               "NAME-OF-THIS-SERVER";
    const std::string audience = told.claimed.audiences.empty() ? "" : told.claimed.audiences.front();
    return fmt::format(
        "register it in the role's account, letter by letter as the token has it: aws iam "
        "create-open-id-connect-provider --url {} --client-id-list {}",
        word_or(told.claimed.issuer, "ISSUER"), word_or(audience, "AUDIENCE"));
}

std::string hint_on_audience(const Told& told) {
    if (told.kind == VouchedBy::saml)
        return fmt::format("let the provider send Recipient {} and Audience {}",
                           federation::aws_saml_recipient, federation::aws_saml_audience);
    const std::string audience = told.claimed.audiences.empty() ? "" : told.claimed.audiences.front();
    return fmt::format(
        "ask the provider for a token with another audience, or: aws iam "
        "add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {} --client-id {}",
        told.found.provider_arn, word_or(audience, "AUDIENCE"));
}

std::string hint_on_role(const Told& told) {
    if (told.found.wanted.arn.empty())
        return fmt::format("let the provider send {},{} in the attribute {}", printable(told.role_arn),
                           told.found.provider_arn, role_attribute);
    return "name another role, or make it: aws iam create-role";
}

std::string hint_on_policy(const Told& told) {
    const AskedRight* const refused = refused_right(told);
    if (refused == nullptr)
        return "ask in the trust policy for sts.amazonaws.com:sub, :arn, :account or :userid";
    const policy::Explanation& explanation = refused->explanation;
    if (explanation.decision.by())
        return "change or remove the statement that denies it: an explicit deny wins over every allow";
    const policy::Place near = policy::closest(explanation, refused->request);
    if (near.statement != nullptr && near.statement->outcome == policy::Outcome::condition_failed)
        return fmt::format("meet the condition on {}, or change it in {}",
                           printable(near.statement->failed.front().key), policy::words_for(near));
    return fmt::format("allow {} in the role's trust policy for the Principal {{\"Federated\": \"{}\"}}",
                       refused->request.action, told.found.provider_arn);
}

std::string hint_on_signature(const Told& told) {
    if (told.kind == VouchedBy::aws) return "sign another: countersign credentials --from-aws --explain";
    if (told.kind == VouchedBy::saml)
        return "register the provider's metadata of today, and let it sign with SHA-256: aws iam "
               "update-saml-provider";
    return "get a new token, and take all of it: it was altered or cut, or its key is no longer published";
}

std::string hint_on_keys(const Told& told) {
    if (told.kind == VouchedBy::saml)
        return fmt::format(
            "aws iam update-saml-provider --saml-provider-arn {} --saml-metadata-document file://…",
            told.found.provider_arn);
    return fmt::format("see that the server reaches {}/.well-known/openid-configuration",
                       word_or(told.claimed.issuer, "ISSUER"));
}

}  // namespace

std::string_view words_for(VouchedBy kind) {
    constexpr std::array<std::string_view, 3> words = {"OpenID Connect", "SAML", "AWS"};
    return words[static_cast<std::size_t>(kind)];
}

std::string detail_of(FederationCheck check, const Told& told) {
    const bool failed = told.refusal != nullptr && told.found.progress.at() == check;
    return failed ? failed_words(check, told) : passed_words(check, told);
}

std::string hint_of(const Told& told) {
    if (told.refusal == nullptr) return {};
    switch (told.found.progress.at()) {
        case FederationCheck::form:
            return hint_on_form(told);
        case FederationCheck::provider:
            return hint_on_provider(told);
        case FederationCheck::keys:
            return hint_on_keys(told);
        case FederationCheck::signature:
            return hint_on_signature(told);
        case FederationCheck::audience:
            return hint_on_audience(told);
        case FederationCheck::expiry:
            return "get a new one and use it at once; if it is new, set the clock of whoever made it";
        case FederationCheck::role:
            return hint_on_role(told);
        case FederationCheck::policy:
            return hint_on_policy(told);
        case FederationCheck::issuer:
            return "compare it with what is registered, letter by letter";
        case FederationCheck::subject:
        case FederationCheck::session:
        case FederationCheck::limits:
            break;
    }
    return "let the provider send it otherwise: docs/federation.md says what is checked";
}

json::array trail_of(const std::vector<AskedRight>& rights) {
    json::array trail;
    const auto add = [](json::array& all, const std::vector<policy::ConditionTrail>& conditions, bool holds) {
        for (const policy::ConditionTrail& condition : conditions)
            all.push_back({{"holds", holds}, {"words", policy::condition_words(condition)}});
    };
    for (const AskedRight& right : rights) {
        json::array statements;
        for (const policy::KindTrail& kind : right.explanation.kinds)
            for (const policy::PolicyTrail& document : kind.policies)
                for (const policy::StatementTrail& statement : document.statements) {
                    if (statement.outcome == policy::Outcome::action_differs) continue;
                    json::array conditions;
                    add(conditions, statement.held, true);
                    add(conditions, statement.failed, false);
                    statements.push_back({{"statement", policy::words_for({&kind, &document, &statement})},
                                          {"effect", statement.allows ? "Allow" : "Deny"},
                                          {"outcome", policy::name_of(statement.outcome)},
                                          {"conditions", std::move(conditions)}});
                }
        trail.push_back({{"action", right.request.action}, {"statements", std::move(statements)}});
    }
    return trail;
}

}  // namespace countersign::admin
