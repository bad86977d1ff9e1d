#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace keys = model::keys;

namespace {

constexpr const char* allow_all =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

struct EntityKind {
    const char* name;   // as operations and parameters spell it
    const char* lower;  // as messages do
    std::size_t inline_size_max;
    int attached_max;
};

// The operations on one kind of entity, by the kind's name.
class EntityPolicies : public ApiTest, public ::testing::WithParamInterface<EntityKind> {
protected:
    EntityPolicies() {
        model::Role role;
        role.name = "Entity";
        role.path = "/";
        put_record(keys::role(account, "Entity"), role);
        done("CreateUser", {{"UserName", "Entity"}});
        done("CreateGroup", {{"GroupName", "Entity"}});
    }

    Parameters with(Parameters parameters, const std::string& entity = "entity") const {
        parameters[std::string(GetParam().name) + "Name"] = entity;
        return parameters;
    }
    std::string op(const std::string& verb, const std::string& rest = "Policy") const {
        return verb + GetParam().name + rest;
    }
    Parameters inline_policy(const std::string& name, const std::string& document) const {
        return with({{"PolicyName", name}, {"PolicyDocument", document}});
    }
    // A document of so many characters that count, and white space that does not.
    static std::string document_of(std::size_t size) {
        const std::string frame =
            R"({"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Deny","Action":"*","Resource":"*"}]})";
        std::string text = frame;
        text.insert(text.find("Sid\":\"") + 6, size - frame.size(), 'x');
        return text.insert(1, " \n\t\r ");
    }
    std::string unknown() const {
        return fmt::format("NoSuchEntity: The {} with name nobody cannot be found.", GetParam().lower);
    }
};

TEST_P(EntityPolicies, Inline) {
    done(op("Put"), inline_policy("p", allow_all));
    const Answer shown = done(op("Get"), with({{"PolicyName", "p"}}));
    EXPECT_EQ(shown.text("//" + op("", "Name")), "Entity");
    EXPECT_EQ(shown.text("//PolicyName"), "p");
    EXPECT_EQ(*formats::percent_decode(shown.text("//PolicyDocument")), std::string(allow_all));
    done(op("Put"), inline_policy("a", document_of(200)));
    EXPECT_EQ(listed(op("List", "Policies"), with({{"MaxItems", "1"}}), "//PolicyNames/member"),
              (std::vector<std::string>{"a", "p"}));
    done(op("Delete"), with({{"PolicyName", "p"}}));
    const std::string none =
        fmt::format("NoSuchEntity: The {} policy with name p cannot be found.", GetParam().lower);
    EXPECT_EQ(refused(op("Get"), with({{"PolicyName", "p"}})), none);
    EXPECT_EQ(refused(op("Delete"), with({{"PolicyName", "p"}})), none);
    EXPECT_EQ(refused(op("Put"), inline_policy("p", "{}")).substr(0, 23), "MalformedPolicyDocument");
}

TEST_P(EntityPolicies, InlineTogetherHaveALimit) {
    const std::size_t limit = GetParam().inline_size_max;
    done(op("Put"), inline_policy("half", document_of(limit / 2)));
    done(op("Put"), inline_policy("rest", document_of(limit - limit / 2)));
    EXPECT_EQ(refused(op("Put"), inline_policy("rest", document_of(limit - limit / 2 + 1))),
              fmt::format("LimitExceeded: Maximum policy size of {} bytes exceeded for {} Entity", limit,
                          GetParam().lower));
    done(op("Put"), inline_policy("half", document_of(limit / 2 - 1)));
}

TEST_P(EntityPolicies, Attached) {
    const std::string own =
        done("CreatePolicy", {{"PolicyName", "own"}, {"Path", "/x/"}, {"PolicyDocument", allow_all}})
            .text("//Arn");
    const std::string aws = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    for (const std::string& arn : {own, aws, aws}) done(op("Attach"), with({{"PolicyArn", arn}}));
    const std::string list = "ListAttached" + std::string(GetParam().name) + "Policies";
    const Answer all = done(list, with({}));
    EXPECT_EQ(all.texts("//PolicyArn"), (std::vector<std::string>{own, aws}));
    EXPECT_EQ(all.texts("//PolicyName"), (std::vector<std::string>{"own", "ReadOnlyAccess"}));
    EXPECT_EQ(done(list, with({{"PathPrefix", "/x/"}})).texts("//PolicyArn"),
              (std::vector<std::string>{own}));
    EXPECT_EQ(listed(list, with({{"MaxItems", "1"}}), "//PolicyArn").size(), 2U);
    EXPECT_EQ(done("GetPolicy", {{"PolicyArn", own}}).text("//AttachmentCount"), "1");
    done(op("Detach"), with({{"PolicyArn", own}}));
    EXPECT_EQ(refused(op("Detach"), with({{"PolicyArn", own}})),
              "NoSuchEntity: Policy " + own + " was not found.");
    EXPECT_EQ(done("GetPolicy", {{"PolicyArn", own}}).text("//AttachmentCount"), "0");
}

TEST_P(EntityPolicies, AttachedUpToAQuota) {
    const auto attach = [&](int number) {
        const std::string name = fmt::format("p{}", number);
        done("CreatePolicy", {{"PolicyName", name}, {"PolicyDocument", allow_all}});
        return call(op("Attach"), with({{"PolicyArn", "arn:aws:iam::123456789012:policy/" + name}})).error();
    };
    const int quota = GetParam().attached_max;
    for (int i = 0; i < quota; ++i) EXPECT_EQ(attach(i), ": ");
    EXPECT_EQ(attach(quota), fmt::format("LimitExceeded: Cannot exceed quota for PoliciesPer{}: {}",
                                         GetParam().name, quota));
}

TEST_P(EntityPolicies, RefusesWhatIsNotThere) {
    const std::string none = "arn:aws:iam::123456789012:policy/none";
    EXPECT_EQ(refused(op("Attach"), with({{"PolicyArn", none}})),
              "NoSuchEntity: Policy " + none + " does not exist or is not attachable.");
    EXPECT_EQ(
        refused(op("Attach"), with({{"PolicyArn", "arn:aws:iam::aws:policy/NoSuchThing"}})),
        "NoSuchEntity: Policy arn:aws:iam::aws:policy/NoSuchThing does not exist or is not attachable.");
    EXPECT_EQ(refused(op("Attach"), with({{"PolicyArn", "arn:aws:s3:::some-bucket/none"}})),
              "InvalidInput: ARN arn:aws:s3:::some-bucket/none is not valid.");
    for (const char* name : {"a-name-of-twenty-and-more", "arn:aws:iam:policy/none"})
        EXPECT_EQ(refused(op("Attach"), with({{"PolicyArn", name}})),
                  "ValidationError: Invalid ARN:  Could not be parsed!");
    const std::string aws = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    EXPECT_EQ(refused(op("Attach"), with({{"PolicyArn", aws}}, "nobody")), unknown());
    EXPECT_EQ(refused(op("List", "Policies"), with({}, "nobody")), unknown());
    EXPECT_EQ(refused(op("Get"), with({{"PolicyName", "p"}}, "nobody")), unknown());
}

// Whoever deletes a policy guards its record: one who attaches it at the same time has rewritten it.
TEST_P(EntityPolicies, AttachingWritesThePolicy) {
    const std::string own =
        done("CreatePolicy", {{"PolicyName", "own"}, {"PolicyDocument", allow_all}}).text("//Arn");
    const auto before = store_->get(keys::policy(account, "own"));
    done(op("Attach"), with({{"PolicyArn", own}}));
    const auto after = store_->get(keys::policy(account, "own"));
    ASSERT_TRUE(before && *before && after && *after);
    EXPECT_GT((*after)->modified, (*before)->modified);
    EXPECT_EQ(refused("DeletePolicy", {{"PolicyArn", own}}),
              "DeleteConflict: Cannot delete a policy attached to entities.");
}

// May attach one policy only.
TEST_P(EntityPolicies, APolicyMayNameThePolicyToAttach) {
    const std::string key = "AKIACALLERCALLERCALL";
    const std::string allowed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    done("CreateUser", {{"UserName", "caller"}});
    done("PutUserPolicy", {{"UserName", "caller"},
                           {"PolicyName", "only"},
                           {"PolicyDocument", fmt::format(R"({{"Version":"2012-10-17","Statement":{{
            "Effect":"Allow","Action":"iam:Attach*","Resource":"*",
            "Condition":{{"ArnEquals":{{"iam:PolicyARN":"{}"}}}}}}}})",
                                                          allowed)}});
    add_key(key, "caller");
    done(op("Attach"), with({{"PolicyArn", allowed}}), key);
    const std::string other = "arn:aws:iam::aws:policy/AdministratorAccess";
    EXPECT_EQ(call(op("Attach"), with({{"PolicyArn", other}}), key).status, 403);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EntityPolicies,
                         ::testing::Values(EntityKind{"User", "user", 2048, 10},
                                           EntityKind{"Group", "group", 5120, 10},
                                           EntityKind{"Role", "role", 10'240, 20}),
                         [](const auto& kind) { return std::string(kind.param.name); });

class ServiceRoles : public ApiTest {};

TEST_F(ServiceRoles, AreNotChanged) {
    model::Role role;
    role.name = "AWSServiceRoleForRDS";
    role.path = "/aws-service-role/rds.amazonaws.com/";
    role.linked_service = "rds.amazonaws.com";
    put_record(keys::role(account, role.name), role);
    const std::string sentence =
        "UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForRDS' - "
        "this "
        "role is only modifiable by AWS";
    EXPECT_EQ(refused("PutRolePolicy",
                      {{"RoleName", role.name}, {"PolicyName", "p"}, {"PolicyDocument", allow_all}}),
              sentence);
    EXPECT_EQ(refused("AttachRolePolicy",
                      {{"RoleName", role.name}, {"PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}}),
              sentence);
}

}  // namespace
}  // namespace countersign::iam
