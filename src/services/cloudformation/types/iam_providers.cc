// AWS::IAM::OIDCProvider and SAMLProvider. Their ARNs follow from their names.
#include "model/arn.h"
#include "services/cloudformation/types/parts.h"
#include "services/cloudformation/types/table.h"

namespace countersign::cloudformation {

namespace {

constexpr std::string_view oidc_member = "OpenIDConnectProviderArn";
constexpr std::string_view saml_member = "SAMLProviderArn";
constexpr std::string_view https = "https://";

Result<Settled> its_arn(const Job& job) {
    return Settled{true, {{"Arn", job.physical}}};
}

std::string oidc_arn(const Job& job) {
    const std::string url = text_in(job.properties, "Url");
    return model::iam_arn(job.api.account(),
                          "oidc-provider/" + (url.starts_with(https) ? url.substr(https.size()) : url));
}

std::string saml_arn(const Job& job) {
    return model::iam_arn(job.api.account(), "saml-provider/" + job.name);
}

Result<Made> create_oidc(const Job& job) {
    json::object members;
    copy(job.properties, {"Url", "ThumbprintList", "Tags"}, members);
    if (const json::value* ids = job.properties.if_contains("ClientIdList")) members["ClientIDList"] = *ids;
    TRY(unless_made(job, job.api.call(iam, "CreateOpenIDConnectProvider", std::move(members))));
    return Made{oidc_arn(job)};
}

Result<void> update_oidc(const Job& job) {
    const Owner owner{iam, oidc_member, job.physical};
    TRY(sync_items(job, owner,
                   {"ClientIdList", "ClientID", "AddClientIDToOpenIDConnectProvider",
                    "RemoveClientIDFromOpenIDConnectProvider"}));
    if (changed(job, "ThumbprintList") && job.properties.contains("ThumbprintList")) {
        json::object members{{oidc_member, job.physical}};
        copy(job.properties, {"ThumbprintList"}, members);
        TRY(job.api.call(iam, "UpdateOpenIDConnectProviderThumbprint", std::move(members)));
    }
    return sync_tags(job, owner, "TagOpenIDConnectProvider", "UntagOpenIDConnectProvider");
}

Type oidc_type() {
    Type type;
    type.name = "AWS::IAM::OIDCProvider";
    type.properties = {{"ClientIdList", Shape::texts},
                       {"Tags", Shape::tags, in_place, false, tag_members},
                       {"ThumbprintList", Shape::texts},
                       {"Url", Shape::text, replacement, true}};
    type.attributes = {"Arn"};
    type.exists = [](const Job& job) {
        return is_there(job.api.call(iam, "GetOpenIDConnectProvider", {{oidc_member, oidc_arn(job)}}));
    };
    type.create = create_oidc;
    type.settle = its_arn;
    type.update = update_oidc;
    type.remove = [](const Job& job) -> Result<void> {
        return unless_missing(
            job.api.call(iam, "DeleteOpenIDConnectProvider", {{oidc_member, job.physical}}));
    };
    return type;
}

Result<Made> create_saml(const Job& job) {
    json::object members{{"Name", job.name},
                         {"SAMLMetadataDocument", text_in(job.properties, "SamlMetadataDocument")}};
    copy(job.properties, {"Tags"}, members);
    TRY(unless_made(job, job.api.call(iam, "CreateSAMLProvider", std::move(members))));
    return Made{saml_arn(job)};
}

Result<void> update_saml(const Job& job) {
    if (changed(job, "SamlMetadataDocument"))
        TRY(job.api.call(iam, "UpdateSAMLProvider",
                         {{saml_member, job.physical},
                          {"SAMLMetadataDocument", text_in(job.properties, "SamlMetadataDocument")}}));
    return sync_tags(job, {iam, saml_member, job.physical}, "TagSAMLProvider", "UntagSAMLProvider");
}

Type saml_type() {
    Type type;
    type.name = "AWS::IAM::SAMLProvider";
    type.properties = {{"Name", Shape::text, replacement},
                       {"SamlMetadataDocument", Shape::text, in_place, true},
                       {"Tags", Shape::tags, in_place, false, tag_members}};
    type.attributes = {"Arn"};
    type.name_property = "Name";
    type.name_max = 128;
    type.exists = [](const Job& job) {
        return is_there(job.api.call(iam, "GetSAMLProvider", {{saml_member, saml_arn(job)}}));
    };
    type.create = create_saml;
    type.settle = its_arn;
    type.update = update_saml;
    type.remove = [](const Job& job) -> Result<void> {
        return unless_missing(job.api.call(iam, "DeleteSAMLProvider", {{saml_member, job.physical}}));
    };
    return type;
}

}  // namespace

std::vector<Type> provider_types() {
    return {oidc_type(), saml_type()};
}

}  // namespace countersign::cloudformation
