#include "access/session.h"
#include "model/access_key_id.h"
#include "services/sts/api_fixture.h"

namespace countersign::sts {

constexpr const char* by_account = R"("AWS":"123456789012")";

class AssumeRole : public ApiTest {
protected:
    AssumeRole() { add_role("dev", trust(by_account, R"("sts:AssumeRole")"), allow(R"("iam:*","sts:*")")); }
    const Keys jane_ = add_user("JANE", allow(R"("sts:AssumeRole")"));

    static std::string refusal(const std::string& arn, const std::string& role,
                               const std::string& action = "sts:AssumeRole") {
        return "AccessDenied: User: " + arn + " is not authorized to perform: " + action +
               " on resource: " + role;
    }
    static std::string user(const std::string& name) { return "arn:aws:iam::123456789012:user/" + name; }
};

TEST_F(AssumeRole, GivesCredentialsOfTheRole) {
    const Answer answer = assume(jane_, "dev");
    const Keys keys = keys_in(answer);
    EXPECT_EQ(answer.text("//AssumedRoleUser/Arn"), "arn:aws:sts::123456789012:assumed-role/dev/session");
    EXPECT_EQ(answer.text("//AssumedRoleUser/AssumedRoleId"), "AROAdev:session");
    EXPECT_EQ(seconds_in(answer), 3600);
    EXPECT_FALSE(answer.document.select_node("//PackedPolicySize"));
    EXPECT_EQ(model::account_of_key_id(keys.id), account);

    const Answer identity = call(keys, "GetCallerIdentity");
    EXPECT_EQ(identity.text("//Arn"), "arn:aws:sts::123456789012:assumed-role/dev/session");
    EXPECT_EQ(identity.text("//UserId"), "AROAdev:session");
    EXPECT_EQ(identity.text("//Account"), account);
    EXPECT_EQ(call_iam(keys, "GetUser").status, 200);
}

TEST_F(AssumeRole, NeedsTheCallersRightAndTheRolesTrust) {
    const Keys bob = add_user("BOB", "");
    EXPECT_EQ(assume(bob, "dev").error(), refusal(user("BOB"), role_arn("dev")));

    add_role("closed", trust(R"("AWS":"210987654321")", R"("sts:AssumeRole")"), "");
    EXPECT_EQ(assume(jane_, "closed").error(), refusal(user("JANE"), role_arn("closed")));
    // Whom the trust policy names needs no right of its own within the account.
    add_role("bobs", trust(R"("AWS":"AIDABOB")", R"("sts:AssumeRole")"), "");
    EXPECT_EQ(assume(bob, "bobs").status, 200);
}

TEST_F(AssumeRole, TellsNothingOfRolesThatAreNotThere) {
    for (const std::string role : {"none", "path/dev"}) {
        const Answer answer = assume(jane_, role);
        EXPECT_EQ(answer.status, 403);
        EXPECT_EQ(answer.error(), refusal(user("JANE"), role_arn(role)));
        EXPECT_EQ(answer.headers.count("x-countersign-encoded-authorization-message"), 1U);
    }
    EXPECT_EQ(assume(jane_, "x", {{"RoleArn", "arn:aws:iam::123456789012:user/JANE"}}).status, 403);
}

TEST_F(AssumeRole, TakesArnsAloneFromWhomeverAsks) {
    const Keys nobody = add_user("NOBODY", "");
    for (const char* arn :
         {"no-arn-and-twenty-long", "arn::sts:::role/long-enough", "arn:aws::::role/long-enough",
          "arn:aws:::role/long-enough", "arn:aws:iam::1234567890:"})
        EXPECT_EQ(call(nobody, "AssumeRole", {{"RoleArn", arn}, {"RoleSessionName", "s1"}}).error(),
                  "ValidationError: " + std::string(arn) + " is invalid");
}

TEST_F(AssumeRole, AcrossAccountsBothSidesMustAllow) {
    add_role("theirs", trust(by_account, R"("sts:AssumeRole")"), allow(R"("sts:*")"), other_account);
    const std::string arn = role_arn("theirs", other_account);
    const Answer answer = assume(jane_, "", {{"RoleArn", arn}});
    EXPECT_EQ(call(keys_in(answer), "GetCallerIdentity").text("//Account"), other_account);

    add_role("named", trust(R"("AWS":"AIDABOB")", R"("sts:AssumeRole")"), "", other_account);
    const Keys bob = add_user("BOB", "");
    const Answer refused = assume(bob, "", {{"RoleArn", role_arn("named", other_account)}});
    EXPECT_EQ(refused.status, 403);
    // What the other account's policies say stays there.
    EXPECT_EQ(refused.headers.count("x-countersign-encoded-authorization-message"), 0U);
}

TEST_F(AssumeRole, IsForWhomTheTrustMeantAndNotForTheNextOfThatName) {
    const std::string right = R"("sts:AssumeRole")";
    const model::Role app = add_role("app", trust(by_account, right), allow(right));
    add_role("users", trust(R"("AWS":"AIDAJANE")", right), "");
    add_role("roles", trust(R"("AWS":"AROAapp")", right), "");
    add_role("sessions", trust(R"("AWS":"AROAapp:session")", right), "");
    const Keys session = keys_in(assume(jane_, "app"));
    const Keys other = keys_in(assume(jane_, "app", {{"RoleSessionName", "other"}}));
    EXPECT_EQ(assume(jane_, "users").status, 200);
    EXPECT_EQ(assume(keys_in(call(jane_, "GetSessionToken")), "users").status, 200);
    EXPECT_EQ(assume(session, "users").status, 403);
    EXPECT_EQ(assume(session, "roles").status, 200);
    EXPECT_EQ(assume(other, "roles").status, 200);
    EXPECT_EQ(assume(session, "sessions").status, 200);
    EXPECT_EQ(assume(other, "sessions").status, 403);

    model::User next;
    next.name = "JANE";
    next.path = "/";
    next.id = "AIDANEXT";
    next.inline_policies["only"] = policy_of(allow(right));
    put_record(model::keys::user(account, "JANE"), next);
    EXPECT_EQ(assume(jane_, "users").error(), refusal(user("JANE"), role_arn("users")));
    model::Role again = app;
    again.id = "AROANEXT";
    put_record(model::keys::role(account, "app"), again);
    const Keys next_session = keys_in(assume(jane_, "app"));
    EXPECT_EQ(assume(next_session, "roles").status, 403);
    EXPECT_EQ(assume(next_session, "sessions").status, 403);
}

TEST_F(AssumeRole, IsForNobodyWhomTheTrustNamesByArnAlone) {
    const std::string right = R"("sts:AssumeRole")";
    const auto role = [&](const std::string& name, const std::string& arn) {
        add_role(name, trust(R"("AWS":")" + arn + '"', right), "");
    };
    role("users", user("JANE"));
    role("roles", role_arn("dev"));
    role("sessions", "arn:aws:sts::123456789012:assumed-role/dev/session");
    EXPECT_EQ(assume(jane_, "users").status, 403);
    const Keys session = keys_in(assume(jane_, "dev"));
    EXPECT_EQ(assume(session, "roles").status, 403);
    EXPECT_EQ(assume(session, "sessions").status, 403);
}

TEST_F(AssumeRole, RootMayNot) {
    EXPECT_EQ(assume(root, "dev").error(), "AccessDenied: Roles may not be assumed by root accounts.");
    const Keys session = keys_in(call(root, "GetSessionToken"));
    EXPECT_EQ(assume(session, "dev").error(), "AccessDenied: Roles may not be assumed by root accounts.");
}

TEST_F(AssumeRole, ConditionsOfTheTrustSeeTheRequest) {
    const auto role = [&](const std::string& name, const std::string& condition) {
        add_role(name, trust(by_account, R"("sts:AssumeRole","sts:SetSourceIdentity")", condition), "");
    };
    role("external", R"({"StringEquals":{"sts:ExternalId":"secret-42"}})");
    EXPECT_EQ(assume(jane_, "external").status, 403);
    EXPECT_EQ(assume(jane_, "external", {{"ExternalId", "other"}}).status, 403);
    EXPECT_EQ(assume(jane_, "external", {{"ExternalId", "secret-42"}}).status, 200);

    role("named", R"({"StringEquals":{"sts:RoleSessionName":"${aws:username}"}})");
    EXPECT_EQ(assume(jane_, "named").status, 403);
    EXPECT_EQ(assume(jane_, "named", {{"RoleSessionName", "JANE"}}).status, 200);

    role("mfa", R"({"Bool":{"aws:MultiFactorAuthPresent":"true"}})");
    EXPECT_EQ(assume(jane_, "mfa").status, 403);
}

TEST_F(AssumeRole, SourceIdentityNeedsItsOwnRight) {
    const Answer refused = assume(jane_, "dev", {{"SourceIdentity", "jane"}});
    EXPECT_EQ(refused.error(), refusal(user("JANE"), role_arn("dev"), "sts:SetSourceIdentity"));
    const Keys ann = add_user("ANN", allow(R"("sts:*")"));
    // The trust policy must consent too, within one account as well.
    EXPECT_EQ(assume(ann, "dev", {{"SourceIdentity", "ann"}}).status, 403);
    add_role("traced", trust(by_account, R"("sts:AssumeRole","sts:SetSourceIdentity")"), "");
    const Answer answer = assume(ann, "traced", {{"SourceIdentity", "ann"}});
    EXPECT_EQ(answer.text("//AssumeRoleResult/SourceIdentity"), "ann");
    const auto opened = access::open_session(keys_in(answer).session_token, keys_in(answer).id, sealing_);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->session.source_identity, "ann");
}

TEST_F(AssumeRole, TagsNeedTheirOwnRight) {
    const Parameters tag = {{"Tags.member.1.Key", "Team"}, {"Tags.member.1.Value", "db"}};
    EXPECT_EQ(assume(jane_, "dev", tag).error(), refusal(user("JANE"), role_arn("dev"), "sts:TagSession"));
    const Keys ann = add_user("ANN", allow(R"("sts:*")"));
    EXPECT_EQ(assume(ann, "dev", tag).status, 403);
    add_role("tagged",
             trust(by_account, R"("sts:AssumeRole","sts:TagSession")",
                   R"({"StringEquals":{"aws:RequestTag/team":"db"},
                       "ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}})"),
             R"({"Effect":"Allow","Action":"sts:GetAccessKeyInfo","Resource":"*",
                 "Condition":{"StringEquals":{"aws:PrincipalTag/team":"db"}}})");
    const Keys keys = keys_in(assume(ann, "tagged", tag));
    EXPECT_EQ(call(keys, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).text("//Account"), account);
    EXPECT_EQ(assume(ann, "tagged").status, 403);

    Parameters twice = tag;
    twice["Tags.member.2.Key"] = "team";
    twice["Tags.member.2.Value"] = "web";
    EXPECT_EQ(assume(ann, "tagged", twice).error(),
              "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case "
              "insensitive.");
    EXPECT_EQ(assume(ann, "tagged", {{"Tags.member.1.Key", "aws:x"}, {"Tags.member.1.Value", "y"}}).status,
              400);
    EXPECT_EQ(assume(ann, "tagged", {{"TransitiveTagKeys.member.1", "Team"}}).status, 400);
}

TEST_F(AssumeRole, ChainsHandOnWhatIsTransitive) {
    const std::string all = R"("sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity")";
    add_role("first", trust(by_account, all), allow(R"("sts:*")"));
    add_role("second", trust(by_account, all), allow(R"("sts:*")"));
    const Keys ann = add_user("ANN", allow(R"("sts:*")"));
    const Keys first = keys_in(assume(ann, "first",
                                      {{"Tags.member.1.Key", "Team"},
                                       {"Tags.member.1.Value", "db"},
                                       {"Tags.member.2.Key", "Stage"},
                                       {"Tags.member.2.Value", "test"},
                                       {"TransitiveTagKeys.member.1", "Team"},
                                       {"SourceIdentity", "ann"}}));
    const Answer answer = assume(first, "second");
    const auto second = access::open_session(keys_in(answer).session_token, keys_in(answer).id, sealing_);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->session.tags, (std::vector<model::Tag>{{"Team", "db"}}));
    EXPECT_EQ(second->session.transitive_tags, std::vector<std::string>{"Team"});
    EXPECT_EQ(second->session.source_identity, "ann");

    EXPECT_EQ(assume(first, "second", {{"SourceIdentity", "bob"}}).status, 403);
    EXPECT_EQ(assume(first, "second", {{"SourceIdentity", "ann"}}).status, 200);
    EXPECT_EQ(
        assume(first, "second", {{"Tags.member.1.Key", "team"}, {"Tags.member.1.Value", "x"}}).error(),
        "InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts "
        "with a transitive tag key from the calling session.");
    // The next role must consent to what is handed on.
    const Answer refused = assume(first, "dev");
    EXPECT_EQ(refused.error(), refusal("arn:aws:sts::123456789012:assumed-role/first/session",
                                       role_arn("dev"), "sts:TagSession"));
}

TEST_F(AssumeRole, LastsAsLongAsTheRoleAllows) {
    EXPECT_EQ(seconds_in(assume(jane_, "dev", {{"DurationSeconds", "900"}})), 900);
    EXPECT_EQ(assume(jane_, "dev", {{"DurationSeconds", "899"}}).status, 400);
    EXPECT_EQ(assume(jane_, "dev", {{"DurationSeconds", "3601"}}).error(),
              "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this "
              "role.");
    model::Role role = add_role("long", trust(by_account, R"("sts:AssumeRole")"), "");
    role.max_session_duration = 43'200;
    put_record(model::keys::role(account, "long"), role);
    EXPECT_EQ(seconds_in(assume(jane_, "long", {{"DurationSeconds", "43200"}})), 43'200);
    EXPECT_EQ(seconds_in(assume(jane_, "long")), 3600);
    const Keys chained = keys_in(assume(jane_, "dev"));
    EXPECT_EQ(assume(chained, "long", {{"DurationSeconds", "3601"}}).error(),
              "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles "
              "assumed by role chaining.");
    EXPECT_EQ(seconds_in(assume(chained, "long", {{"DurationSeconds", "3600"}})), 3600);
}

TEST_F(AssumeRole, SessionPoliciesOnlyNarrow) {
    const Keys narrowed =
        keys_in(assume(jane_, "dev", {{"Policy", policy_of(allow(R"("sts:GetAccessKeyInfo","rds:*")"))}}));
    EXPECT_EQ(call(narrowed, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).status, 200);
    const Answer refused = call(narrowed, "DecodeAuthorizationMessage", {{"EncodedMessage", "x"}});
    EXPECT_EQ(refused.error(),
              "AccessDenied: User: arn:aws:sts::123456789012:assumed-role/dev/session is not authorized to "
              "perform: sts:DecodeAuthorizationMessage on resource: * because no session policy allows the "
              "sts:DecodeAuthorizationMessage action");

    const Keys managed = keys_in(
        assume(jane_, "dev", {{"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AdministratorAccess"}}));
    EXPECT_EQ(call(managed, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).status, 200);
    EXPECT_EQ(
        assume(jane_, "dev", {{"PolicyArns.member.1.arn", "arn:aws:iam::123456789012:policy/none"}}).error(),
        "ValidationError: Policy arn:aws:iam::123456789012:policy/none does not exist or is not "
        "attachable.");
    EXPECT_EQ(assume(jane_, "dev", {{"Policy", "{}"}}).text("//Code"), "MalformedPolicyDocument");
}

TEST_F(AssumeRole, SessionPoliciesNeedNoVersion) {
    const std::string bare = R"({"Statement":[)" + allow(R"("sts:GetAccessKeyInfo")") + "]}";
    const Keys narrowed = keys_in(assume(jane_, "dev", {{"Policy", bare}}));
    EXPECT_EQ(call(narrowed, "GetAccessKeyInfo", {{"AccessKeyId", root.id}}).status, 200);
    EXPECT_EQ(call(narrowed, "DecodeAuthorizationMessage", {{"EncodedMessage", "x"}}).text("//Code"),
              "AccessDenied");
    const std::string first = R"({"Version":"2008-10-17","Statement":[)" + allow(R"("s3:*")") + "]}";
    EXPECT_EQ(assume(jane_, "dev", {{"Policy", first}}).status, 200);
    EXPECT_EQ(assume(jane_, "dev", {{"Policy", R"({"Statement":[{"Effect":"Allow"}]})"}}).text("//Code"),
              "MalformedPolicyDocument");
}

TEST_F(AssumeRole, PackedPoliciesHaveALimit) {
    const std::string padded = policy_of(allow(R"("sts:*")")) + std::string(2048, ' ');
    const Answer answer = assume(jane_, "dev", {{"Policy", padded.substr(0, 2048)}});
    EXPECT_EQ(answer.text("//PackedPolicySize"), "50");
    EXPECT_EQ(assume(jane_, "dev", {{"Policy", padded.substr(0, 2049)}}).status, 400);
    EXPECT_EQ(assume(jane_, "dev", {{"Policy", policy_of(allow(R"("s3:*")"))}}).text("//PackedPolicySize"),
              "3");

    const Keys ann = add_user("ANN", allow(R"("sts:*")"));
    add_role("tagged", trust(by_account, R"("sts:AssumeRole","sts:TagSession")"), "");
    Parameters tags;
    for (int i = 1; i <= 50; ++i) {
        tags["Tags.member." + std::to_string(i) + ".Key"] = "key" + std::to_string(i);
        tags["Tags.member." + std::to_string(i) + ".Value"] = std::string(256, 'v');
    }
    EXPECT_EQ(assume(ann, "tagged", tags).error(),
              "PackedPolicyTooLarge: Packed size of session tags consumes 319% of allotted space.");
}

TEST_F(AssumeRole, AContextIsOfIdentityCenter) {
    const std::string provider = "ProvidedContexts.member.1.ProviderArn";
    const std::string ours = "arn:aws:iam::aws:contextProvider/IdentityCenter";
    const auto code_for = [&](const Parameters& given) { return assume(jane_, "dev", given).text("//Code"); };
    EXPECT_EQ(code_for({{provider, ours}}), "InvalidParameterValue");
    EXPECT_EQ(code_for({{provider, "arn:aws:iam::aws:contextProvider/Other"}}), "ValidationError");
    EXPECT_EQ(code_for({{"ProvidedContexts.member.1", "x"}}), "ValidationError");
    EXPECT_EQ(code_for({{"ProvidedContexts", ""}}), "ValidationError");
}

TEST_F(AssumeRole, ATextInAStructuresPlaceIsRefused) {
    EXPECT_EQ(
        assume(jane_, "dev", {{"PolicyArns.member.1", "arn:aws:iam::aws:policy/ReadOnlyAccess"}}).status,
        400);
}

}  // namespace countersign::sts
