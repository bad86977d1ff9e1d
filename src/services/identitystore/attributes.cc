#include "services/identitystore/attributes.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "gateway/document_answer.h"
#include "gateway/protocol.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace {

// What the form of a request needs, and no attribute is.
constexpr const char* no_identity_store = "d-0000000000";
constexpr std::string_view store_member = "IdentityStoreId";

Result<formats::Parameters> parameters_of(const model::DirectoryUser& user) {
    formats::Parameters parameters = TRY(gateway::parameters_of_json(user.attributes));
    if (!user.user_name.empty()) parameters.emplace_back("UserName", user.user_name);
    if (!user.display_name.empty()) parameters.emplace_back("DisplayName", user.display_name);
    return parameters;
}

// Members of what a value holds begin with capitals as well, however the client wrote them.
std::string capitalised(std::string_view path) {
    std::string name;
    for (const std::string_view part : split(path, '.')) {
        if (!name.empty()) name += '.';
        const bool plain = part == "member" || part.empty();
        name += plain ? std::string(part)
                      : static_cast<char>(std::toupper(static_cast<unsigned char>(part.front()))) +
                            std::string(part.substr(1));
    }
    return name;
}

bool is_below(const std::string& name, const std::string& path) {
    return name == path || name.starts_with(path + '.');
}

void apply(const api::AttributeOperation& operation, formats::Parameters& parameters) {
    const std::string path = member_path(*operation.AttributePath);
    std::erase_if(parameters, [&](const auto& one) { return is_below(one.first, path); });
    if (!operation.AttributeValue) return;
    for (const auto& [name, value] : operation.AttributeValue->parameters)
        parameters.emplace_back(name.empty() ? path : path + '.' + capitalised(name), value);
}

// Names that AWS keeps for itself.
Result<void> check_user_name(const std::string& name) {
    if (name.empty()) return invalid("userName is a required attribute");
    const std::string small = lower(name);
    if (small == "administrator" || small == "awsadministrators")
        return invalid("The user name " + name + " is reserved");
    return {};
}

}  // namespace

std::string member_path(const std::string& attribute_path) {
    return capitalised(attribute_path);
}

Result<api::CreateUserRequest> read_attributes(formats::Parameters parameters) {
    parameters.emplace_back(store_member, no_identity_store);
    const gateway::QueryReader reader(std::move(parameters));
    auto request = TRY(api::read_CreateUserRequest(reader));
    if (const auto known = reader.refuse_unread(); !known)
        return invalid("The attribute path or value is not known: " + known.error().message);
    return request;
}

Result<void> check_attributes(const api::CreateUserRequest& attributes) {
    TRY(check_user_name(attributes.UserName.value_or("")));
    const bool named = attributes.Name && attributes.Name->FamilyName && attributes.Name->GivenName;
    if (!named) return invalid("name.familyName and name.givenName are required attributes");
    if (!attributes.DisplayName) return invalid("displayName is a required attribute");
    if (attributes.Emails && attributes.Emails->size() > 1)
        return invalid("A user has one email address at most");
    return {};
}

Result<void> check_group_name(const std::string& name) {
    const gateway::QueryReader reader(
        {{std::string(store_member), no_identity_store}, {"DisplayName", name}});
    TRY(api::read_CreateGroupRequest(reader));
    return {};
}

Result<api::CreateUserRequest> attributes_of(const model::DirectoryUser& user) {
    return read_attributes(TRY(parameters_of(user)));
}

void put_attributes(model::DirectoryUser& user, api::CreateUserRequest request) {
    user.user_name = request.UserName.value_or("");
    user.display_name = request.DisplayName.value_or("");
    request.UserName.reset();
    request.DisplayName.reset();
    request.IdentityStoreId.reset();
    gateway::JsonAnswer json;
    api::write_CreateUserRequest(json, request);
    user.attributes = std::move(json).finish();
}

Result<api::CreateUserRequest> changed(const model::DirectoryUser& user,
                                       const std::vector<api::AttributeOperation>& operations) {
    formats::Parameters parameters = TRY(parameters_of(user));
    for (const api::AttributeOperation& operation : operations) {
        if (member_path(*operation.AttributePath) == store_member)
            return invalid("IdentityStoreId is no attribute");
        apply(operation, parameters);
    }
    return read_attributes(std::move(parameters));
}

template <class Answer>
Result<Answer> shown(const model::DirectoryUser& user) {
    const api::CreateUserRequest attributes = TRY(attributes_of(user));
    Answer answer;
    answer.IdentityStoreId = identity_center::identity_store_of(user.id);
    answer.UserId = user.id;
    answer.UserArn = member_arn("user", user.id);
    answer.Revision = std::to_string(user.changes);
    answer.UserName = attributes.UserName;
    answer.Name = attributes.Name;
    answer.DisplayName = attributes.DisplayName;
    answer.NickName = attributes.NickName;
    answer.ProfileUrl = attributes.ProfileUrl;
    if (attributes.Emails) answer.Emails = *attributes.Emails;
    if (attributes.Addresses) answer.Addresses = *attributes.Addresses;
    if (attributes.PhoneNumbers) answer.PhoneNumbers = *attributes.PhoneNumbers;
    answer.UserType = attributes.UserType;
    answer.Title = attributes.Title;
    answer.PreferredLanguage = attributes.PreferredLanguage;
    answer.Locale = attributes.Locale;
    answer.Timezone = attributes.Timezone;
    if (attributes.Photos) answer.Photos = *attributes.Photos;
    answer.Website = attributes.Website;
    answer.Birthdate = attributes.Birthdate;
    if (attributes.Roles) answer.Roles = *attributes.Roles;
    answer.UserStatus = user.active ? "ENABLED" : "DISABLED";
    answer.CreatedAt = user.created;
    answer.UpdatedAt = user.updated;
    return answer;
}

template Result<api::User> shown<api::User>(const model::DirectoryUser& user);
template Result<api::DescribeUserResponse> shown<api::DescribeUserResponse>(const model::DirectoryUser& user);

}  // namespace countersign::identitystore
