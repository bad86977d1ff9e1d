#include <string>
#include <string_view>

#include "formats/uri.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

constexpr const char* elsewhere = "210987654321";

std::string trust_in(const std::string& principals) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":)" + principals +
           R"(},"Action":"sts:AssumeRole"}]})";
}

std::string decoded(const std::string& document) {
    const auto text = formats::percent_decode(document);
    return text ? *text : std::string();
}

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

class TrustPolicies : public ApiTest {
protected:
    TrustPolicies() {
        model::Account other;
        other.id = elsewhere;
        put_record(model::keys::account_record(elsewhere), other);
        make_user("ada");
        make_role("app", trust_in(quoted(account)));
    }

    static std::string arn(const std::string& resource) {
        return std::string("arn:aws:iam::") + account + ':' + resource;
    }
    std::string make_user(const std::string& name) {
        return done("CreateUser", {{"UserName", name}}).text("//UserId");
    }
    std::string make_role(const std::string& name, const std::string& trust) {
        return done("CreateRole", {{"RoleName", name}, {"AssumeRolePolicyDocument", trust}}).text("//RoleId");
    }
    std::string make_again(const std::string& kind, const std::string& name) {
        done("Delete" + kind, {{kind + "Name", name}});
        return kind == "User" ? make_user(name) : make_role(name, trust_in(quoted(account)));
    }
    void save(const std::string& role, const std::string& trust) {
        done("UpdateAssumeRolePolicy", {{"RoleName", role}, {"PolicyDocument", trust}});
    }
    std::string shown(const std::string& role) {
        return decoded(done("GetRole", {{"RoleName", role}}).text("//AssumeRolePolicyDocument"));
    }
    std::string kept(const std::string& role) {
        return record<model::Role>(model::keys::role(account, role))->trust_policy;
    }
    std::string id_of_user(const std::string& name) {
        return record<model::User>(model::keys::user(account, name))->id;
    }
    std::string id_of_role(const std::string& name) {
        return record<model::Role>(model::keys::role(account, name))->id;
    }
};

TEST_F(TrustPolicies, AreKeptWithIdsAndShownAsTheyWereGiven) {
    const std::string session = std::string("arn:aws:sts::") + account + ":assumed-role/app/worker-1";
    const std::string given = R"({
  "Version" : "2012-10-17",
  "Statement": [ {"Effect":"Allow", "Principal": {"AWS" : [ ")" +
                              arn("user/ada") + R"(", ")" + arn("role/app") + R"(",
      ")" + session + R"(", "*", "123456789012", "arn:aws:iam::123456789012:root",
      "arn:aws:sts::123456789012:federated-user/x", "arn:aws:iam::999999999999:user/ada" ],
      "Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
      "Condition": {"ArnEquals": {"aws:PrincipalArn": ")" +
                              arn("user/ada") + R"("}}} ] })";
    make_role("r", given);
    EXPECT_EQ(shown("r"), given);
    const std::string stored = kept("r");
    EXPECT_NE(stored.find(quoted(id_of_user("ada"))), stored.npos);
    EXPECT_NE(stored.find(quoted(id_of_role("app"))), stored.npos);
    EXPECT_NE(stored.find(quoted(id_of_role("app") + ":worker-1")), stored.npos);
    EXPECT_NE(stored.find(R"("aws:PrincipalArn": "arn:aws:iam::123456789012:user/ada")"), stored.npos);
    EXPECT_EQ(stored.find(R"([ "arn:)"), stored.npos);
    EXPECT_EQ(stored.find(session), stored.npos);
}

TEST_F(TrustPolicies, ShowTheIdOfWhoWasDeleted) {
    const std::string user = id_of_user("ada");
    const std::string role = id_of_role("app");
    const std::string session = std::string("arn:aws:sts::") + account + ":assumed-role/app/s";
    const std::string given =
        trust_in("[" + quoted(arn("user/ada")) + "," + quoted(arn("role/app")) + "," + quoted(session) + "]");
    make_role("r", given);
    make_again("User", "ada");
    make_again("Role", "app");
    const std::string orphaned =
        trust_in("[" + quoted(user) + "," + quoted(role) + "," + quoted(role + ":s") + "]");
    EXPECT_EQ(shown("r"), orphaned);
    const std::string in_lists = "//member[RoleName='r']/AssumeRolePolicyDocument";
    EXPECT_EQ(decoded(done("ListRoles").text(in_lists)), orphaned);
    EXPECT_EQ(decoded(done("GetAccountAuthorizationDetails").text(in_lists)), orphaned);
    EXPECT_EQ(refused("UpdateAssumeRolePolicy", {{"RoleName", "r"}, {"PolicyDocument", orphaned}}),
              "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":" + quoted(user));
    save("r", given);
    EXPECT_EQ(shown("r"), given);
    EXPECT_NE(kept("r").find(id_of_user("ada")), std::string::npos);
    EXPECT_NE(kept("r").find(id_of_role("app") + ":s"), std::string::npos);
}

TEST_F(TrustPolicies, FollowAUserThatIsRenamed) {
    make_role("r", trust_in(quoted(arn("user/ada"))));
    const std::string stored = kept("r");
    done("UpdateUser", {{"UserName", "ada"}, {"NewUserName", "Lovelace"}, {"NewPath", "/maths/"}});
    make_user("ada");
    EXPECT_EQ(shown("r"), trust_in(quoted(arn("user/maths/Lovelace"))));
    EXPECT_EQ(kept("r"), stored);
    done("UpdateUser", {{"UserName", "Lovelace"}, {"NewPath", "/"}});
    EXPECT_EQ(shown("r"), trust_in(quoted(arn("user/Lovelace"))));
    done("DeleteUser", {{"UserName", "Lovelace"}});
    EXPECT_EQ(shown("r"), stored);
}

TEST_F(TrustPolicies, TakeIdsOfTheirOwnAccountAlone) {
    const std::string user = id_of_user("ada");
    make_role("r", trust_in(quoted(user)));
    EXPECT_EQ(shown("r"), trust_in(quoted(arn("user/ada"))));
    save("r", trust_in(quoted(id_of_role("app") + ":s")));
    EXPECT_EQ(shown("r"), trust_in(R"("arn:aws:sts::123456789012:assumed-role/app/s")"));

    model::User stranger;
    stranger.name = "eve";
    stranger.path = "/";
    stranger.id = "AIDAEVE";
    put_record(model::keys::user(elsewhere, "eve"), stranger);
    put_record(model::keys::named_principal("AIDAEVE"), model::NamedPrincipal{elsewhere, "eve", ""});
    for (const std::string id : {"AIDAEVE", "AIDANOBODY", "AROANOBODY:s"})
        EXPECT_EQ(
            refused("UpdateAssumeRolePolicy", {{"RoleName", "r"}, {"PolicyDocument", trust_in(quoted(id))}}),
            "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":" + quoted(id));
    const std::string by_arn = trust_in(R"("arn:aws:iam::210987654321:user/eve")");
    save("r", by_arn);
    EXPECT_EQ(kept("r"), trust_in(R"("AIDAEVE")"));
    EXPECT_EQ(shown("r"), by_arn);
}

TEST_F(TrustPolicies, TakeNoUserForAService) {
    for (const std::string type : {"Service", "Federated", "CanonicalUser"}) {
        std::string trust = trust_in(quoted(arn("user/ada")));
        trust.replace(trust.find("AWS"), 3, type);
        EXPECT_EQ(refused("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", trust}}),
                  "MalformedPolicyDocument: Invalid principal in policy: " + quoted(type) + ':' +
                      quoted(arn("user/ada")));
    }
}

TEST_F(TrustPolicies, AreSimulatedAsTheyAreShown) {
    make_role("r", trust_in(quoted(arn("user/ada"))));
    const auto decision = [&](const std::string& caller) {
        std::string policy = shown("r");
        policy.replace(policy.find("sts:AssumeRole"), 14, "s3:GetObject");
        return done("SimulateCustomPolicy",
                    {{"PolicyInputList.member.1", R"({"Version":"2012-10-17","Statement":[]})"},
                     {"ActionNames.member.1", "s3:GetObject"},
                     {"ResourcePolicy", policy},
                     {"CallerArn", caller}})
            .text("//EvalDecision");
    };
    const auto decision_of_user = [&] {
        std::string policy = shown("r");
        policy.replace(policy.find("sts:AssumeRole"), 14, "s3:GetObject");
        return done("SimulatePrincipalPolicy", {{"PolicySourceArn", arn("user/ada")},
                                                {"CallerArn", arn("user/ada")},
                                                {"ActionNames.member.1", "s3:GetObject"},
                                                {"ResourcePolicy", policy}})
            .text("//EvalDecision");
    };
    EXPECT_EQ(decision(arn("user/ada")), "allowed");
    EXPECT_EQ(decision(arn("user/bob")), "implicitDeny");
    EXPECT_EQ(decision_of_user(), "allowed");
    make_again("User", "ada");
    EXPECT_EQ(decision(arn("user/ada")), "implicitDeny");
    EXPECT_EQ(decision_of_user(), "implicitDeny");
    save("r", trust_in(quoted(arn("user/ada"))));
    EXPECT_EQ(decision(arn("user/ada")), "allowed");
    EXPECT_EQ(decision_of_user(), "allowed");
}

}  // namespace

}  // namespace countersign::iam
