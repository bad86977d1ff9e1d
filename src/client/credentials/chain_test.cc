#include "client/credentials/chain.h"

#include <gmock/gmock.h>

#include "client/credentials/cache.h"
#include "client/credentials/credentials_fixture.h"
#include "client/credentials/documents.h"

namespace countersign::client {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* keys_of_two =
    "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key=s1\n"
    "[other]\naws_access_key_id=ASIAOTHER\naws_secret_access_key=s2\naws_session_token=t==\n";

TEST_F(CredentialsTest, TakesTheDefaultProfile) {
    write_credentials(keys_of_two);
    EXPECT_EQ(key_of(), "AKIADEFAULT");
    EXPECT_EQ(source_of(), "shared-credentials-file");
    EXPECT_EQ(find("other")->credentials.session_token, "t==");
}

TEST_F(CredentialsTest, TheEnvironmentIsFirstButNotBeforeANamedProfile) {
    write_credentials(keys_of_two);
    values_["AWS_ACCESS_KEY_ID"] = "AKIAENV";
    values_["AWS_SECRET_ACCESS_KEY"] = "s";
    values_["AWS_PROFILE"] = "other";
    EXPECT_EQ(key_of(), "AKIAENV");
    EXPECT_EQ(key_of("other"), "ASIAOTHER");
}

TEST_F(CredentialsTest, TheEnvironmentsKeysHaveATokenAndAnEnd) {
    values_ = {{"AWS_ACCESS_KEY_ID", "ASIAENV"},
               {"AWS_SECRET_ACCESS_KEY", "s"},
               {"AWS_SESSION_TOKEN", "newer"},
               {"AWS_SECURITY_TOKEN", "older"},
               {"AWS_CREDENTIAL_EXPIRATION", "2999-01-01T00:00:00Z"}};
    EXPECT_EQ(find()->credentials.session_token, "older");
    EXPECT_TRUE(find()->expiration.has_value());
    values_["AWS_CREDENTIAL_EXPIRATION"] = "2020-01-01T00:00:00Z";
    EXPECT_THAT(key_of(), StartsWith("the credentials in the environment expired at 2020-01-01T00:00:00Z;"));
    values_["AWS_CREDENTIAL_EXPIRATION"] = "soon";
    EXPECT_THAT(key_of(), StartsWith("AWS_CREDENTIAL_EXPIRATION is not a time"));
}

TEST_F(CredentialsTest, HalfOfAKeyPairIsAnError) {
    values_["AWS_ACCESS_KEY_ID"] = "AKIAENV";
    EXPECT_EQ(key_of(), "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY");
    write_credentials("[half]\naws_access_key_id = AKIAHALF\n");
    write_config("[profile quarter]\naws_access_key_id = AKIAQUARTER\n");
    EXPECT_EQ(key_of("half"),
              "Partial credentials found in shared-credentials-file, missing: aws_secret_access_key");
    EXPECT_EQ(key_of("quarter"), "Partial credentials found in config-file, missing: aws_secret_access_key");
}

TEST_F(CredentialsTest, AProfileThatIsNowhereIsNamed) {
    write_credentials(keys_of_two);
    values_["AWS_PROFILE"] = "missing";
    EXPECT_EQ(key_of(), "The config profile (missing) could not be found");
    EXPECT_FALSE(found_nowhere(find().error()));
}

TEST_F(CredentialsTest, WhenThereAreNoneEverySourceSaysWhy) {
    const auto found = find();
    ASSERT_FALSE(found);
    EXPECT_TRUE(found_nowhere(found.error()));
    EXPECT_THAT(found.error().message, StartsWith("Unable to locate credentials."));
    for (const char* line :
         {"\nenv: AWS_ACCESS_KEY_ID is not set", "\nassume-role: ", "\nsso: ", "\ncustom-process: ",
          "\nassume-role-with-web-identity: neither AWS_WEB_IDENTITY_TOKEN_FILE",
          "\nshared-credentials-file: there is no ", "\nconfig-file: there is no ",
          "\ncontainer-role: neither ", "\niam-role: AWS_EC2_METADATA_DISABLED is true"})
        EXPECT_THAT(found.error().message, HasSubstr(line));
}

TEST_F(CredentialsTest, AProgramOfAProfileIsRun) {
    write_config(
        "[profile p]\ncredential_process = sh -c \"echo "
        "'{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKIAPROCESS\\\","
        "\\\"SecretAccessKey\\\":\\\"s\\\"}'; echo noise >&2\"\n"
        "[profile f]\ncredential_process = sh -c 'echo no card >&2; exit 3'\n"
        "[profile silent]\ncredential_process = false\n"
        "[profile none]\ncredential_process = /no/such/program x\n"
        "[profile open]\ncredential_process = sh -c 'x\n"
        "[profile old]\ncredential_process = echo "
        "'{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cr\","
        "\"Expiration\":\"2020-01-01T00:00:00Z\"}'\n");
    EXPECT_EQ(key_of("p"), "AKIAPROCESS");
    EXPECT_EQ(source_of("p"), "custom-process");
    EXPECT_EQ(key_of("f"), "Error when retrieving credentials from custom-process: no card");
    EXPECT_EQ(key_of("silent"),
              "Error when retrieving credentials from custom-process: false failed with status 1");
    EXPECT_THAT(key_of("none"), HasSubstr("cannot start /no/such/program: "));
    EXPECT_THAT(key_of("open"), HasSubstr("a quote that is not closed"));
    EXPECT_THAT(key_of("old"), HasSubstr("have expired already"));
}

TEST_F(CredentialsTest, AProgramThatAsksForItsOwnProfileIsRefused) {
    write_config("[profile p]\ncredential_process = echo {}\n");
    for (const char* running : {"p", "p\nq", "q\np"}) {
        values_["COUNTERSIGN_CREDENTIAL_PROCESS_OF"] = running;
        EXPECT_THAT(key_of("p"), HasSubstr("asks for the credentials of that profile"));
    }
    values_["COUNTERSIGN_CREDENTIAL_PROCESS_OF"] = "q";
    EXPECT_THAT(key_of("p"), HasSubstr("Unsupported version"));
}

TEST_F(CredentialsTest, RolesNeedASourceThatExistsAndEnds) {
    write_config(
        "[profile neither]\nrole_arn = r\n"
        "[profile both]\nrole_arn = r\nsource_profile = x\ncredential_source = Environment\n"
        "[profile lost]\nrole_arn = r\nsource_profile = gone\n"
        "[profile wrong]\nrole_arn = r\ncredential_source = Moon\n"
        "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n"
        "[profile self]\nrole_arn = r\nsource_profile = self\n"
        "[profile empty]\nregion = x\n[profile bare]\nrole_arn = r\nsource_profile = empty\n"
        "[profile unset]\nrole_arn = r\ncredential_source = Environment\n");
    EXPECT_EQ(key_of("neither"),
              "Partial credentials found in assume-role, missing: source_profile or credential_source");
    EXPECT_EQ(key_of("both"), "The profile \"both\" contains both source_profile and credential_source.");
    EXPECT_EQ(key_of("lost"),
              "The source_profile \"gone\" referenced in the profile \"lost\" does not exist.");
    EXPECT_EQ(key_of("wrong"),
              "The credential source \"Moon\" referenced in profile \"wrong\" is not valid.");
    EXPECT_EQ(key_of("a"),
              "Infinite loop in credential configuration detected. Attempting to load from profile a "
              "which has already been visited. Visited profiles: ['a', 'b']");
    EXPECT_THAT(key_of("self"), StartsWith("Infinite loop in credential configuration detected."));
    EXPECT_EQ(key_of("bare"), "The source profile \"empty\" must have credentials.");
    EXPECT_EQ(key_of("unset"),
              "Error when retrieving credentials from Environment: No credentials found in "
              "credential_source referenced in profile unset (AWS_ACCESS_KEY_ID is not set)");
}

TEST_F(CredentialsTest, NothingIsSentWhereNoAddressIsSet) {
    write_config(
        "[profile self]\nrole_arn = r\nsource_profile = self\naws_access_key_id = A\naws_secret_access_key = "
        "s\n"
        "[profile web]\nrole_arn = r\nweb_identity_token_file = " +
        (home_ / "token").string() +
        "\n[profile lost]\nrole_arn = r\nweb_identity_token_file = /no/token\n"
        "[profile roleless]\nweb_identity_token_file = /no/token\n"
        "[profile ignoring]\nrole_arn = r\nsource_profile = self\nendpoint_url = http://127.0.0.1:1\n"
        "ignore_configured_endpoint_urls = true\n");
    write("token", "x");
    for (const char* profile : {"self", "web", "ignoring"})
        EXPECT_THAT(key_of(profile), StartsWith("no address of STS is known: set AWS_ENDPOINT_URL"));
    EXPECT_THAT(key_of("lost"), HasSubstr("/no/token"));
    EXPECT_THAT(key_of("roleless"), HasSubstr("set AWS_ROLE_ARN, or role_arn in the profile"));
}

TEST_F(CredentialsTest, AKeptSessionIsUsedUntilShortlyBeforeItsEnd) {
    write_config(
        "[default]\nrole_arn = arn:r\nsource_profile = default\naws_access_key_id = A\naws_secret_access_key "
        "= s\n");
    const FileCache cache(home_ / ".aws" / "cli" / "cache");
    const std::string key = role_cache_key({{"RoleArn", "arn:r"}});
    FoundCredentials session{{"ASIAKEPT", Secret("s"), "t"}, SystemClock().now() + std::chrono::hours(1)};
    keep_session(cache, key, session);
    EXPECT_EQ(key_of(), "ASIAKEPT");
    EXPECT_EQ(source_of(), "assume-role");
    session.expiration = SystemClock().now() + std::chrono::minutes(14);
    keep_session(cache, key, session);
    EXPECT_THAT(key_of(), StartsWith("no address of STS is known"));
}

TEST_F(CredentialsTest, SignInsAreReadAndTheirRefusalsSayWhatToDo) {
    const std::string sign_in = "sso_account_id = 1\nsso_role_name = r\n";
    write_config("[profile old]\nsso_start_url = https://s\nsso_region = x\n" + sign_in +
                 "[profile new]\nsso_session = s\n" + sign_in +
                 "[sso-session s]\nsso_start_url = https://s\nsso_region = x\n" +
                 "[profile half]\nsso_role_name = r\n[profile gone]\nsso_session = g\n" + sign_in +
                 "[profile torn]\nsso_session = s\nsso_region = y\n" + sign_in);
    EXPECT_EQ(
        key_of("old"),
        "Error loading SSO Token: Token for https://s does not exist; run: aws sso login --profile old");
    EXPECT_EQ(key_of("new"),
              "Error loading SSO Token: Token for s does not exist; run: aws sso login --profile new");
    EXPECT_EQ(key_of("half"),
              "The profile \"half\" is configured to use SSO but is missing required configuration: "
              "sso_account_id, sso_start_url, sso_region");
    EXPECT_EQ(key_of("gone"), "The specified sso-session does not exist: \"g\"");
    EXPECT_EQ(key_of("torn"),
              "The value for sso_region is inconsistent between profile (y) and sso-session (x).");
    const FileCache cache(home_ / ".aws" / "sso" / "cache");
    const std::string ended = R"({"accessToken": "secret", "expiresAt": "2020-01-01T00:00:00Z"})";
    ASSERT_TRUE(cache.write(sso_token_cache_key("s"), ended));
    ASSERT_TRUE(cache.write(sso_token_cache_key("https://s"), ended));
    EXPECT_THAT(key_of("new"),
                StartsWith("Error when retrieving token from sso: Token has expired and refresh failed;"));
    EXPECT_THAT(key_of("old"), StartsWith("The SSO session associated with this profile has expired"));
    ASSERT_TRUE(cache.write(sso_token_cache_key("s"), "{}"));
    EXPECT_EQ(key_of("new"),
              "Error loading SSO Token: Token for s is invalid; run: aws sso login --profile new");
}

TEST_F(CredentialsTest, AContainersAddressIsOneOfTheMachine) {
    const auto said_of = [this](const char* url) {
        values_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
        return key_of();
    };
    for (const char* url :
         {"http://example.com/x", "http://127.0.0.1.example.com/x", "http://localhost@example.com/",
          "http://169.254.169.254/x", "http://[fd00:ec2::254]/", "ftp://example.com/"})
        EXPECT_THAT(said_of(url), HasSubstr("Unsupported host '")) << url;
    values_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "@example.com/x";
    EXPECT_THAT(key_of(), HasSubstr("does not begin with /"));
    values_.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    values_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/no/token";
    EXPECT_THAT(said_of("http://127.0.0.1:1/x"), HasSubstr("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "));
}

TEST_F(CredentialsTest, AReportHoldsNoSecret) {
    write_credentials(keys_of_two);
    const SearchReport report = explain_search({environment(), "other"});
    ASSERT_EQ(report.sources.back().source, "shared-credentials-file");
    EXPECT_EQ(report.sources.back().outcome, SourceOutcome::used);
    EXPECT_THAT(report.sources.back().detail, StartsWith("****THER, profile other in "));
}

}  // namespace
}  // namespace countersign::client
