#include "aws/credentials.h"

#include <gtest/gtest.h>

#include <vector>

#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::FakeEnvironment;
using Texts = FakeEnvironment::Texts;

const Endpoint kLocal{"http://127.0.0.1:4566", "us-east-1", false};
const Endpoint kAws{"https://sqs.us-east-1.amazonaws.com", "us-east-1", true};

Result<Provider> FindIn(const Endpoint& endpoint, const Environment& environment) {
  return FindProvider(endpoint, environment, Profiles::Load(environment));
}

Result<Credentials> Find(const Endpoint& endpoint, const Environment& environment) {
  const Provider provider = TRY(FindIn(endpoint, environment));
  Outside outside(environment);
  return provider.fetch(outside);
}

TEST(Credentials, EnvironmentComesFirst) {
  const auto found = Find(
      kAws, FakeEnvironment(
                {{"AWS_ACCESS_KEY_ID", "id"},
                 {"AWS_SECRET_ACCESS_KEY", "secret"},
                 {"AWS_SESSION_TOKEN", "token"},
                 {"AWS_PROFILE", "p"},
                 {"HOME", "/h"}},
                {{"/h/.aws/credentials", "[p]\naws_access_key_id=x\naws_secret_access_key=y\n"}}));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->access_key_id, "id");
  EXPECT_EQ(found->secret_access_key, "secret");
  EXPECT_EQ(found->session_token, "token");
}

TEST(Credentials, ReadsTheSharedFiles) {
  const Texts files = {
      {"/c",
       "# mine\r\n[default]\r\naws_access_key_id = d\r\naws_secret_access_key = ds\r\n"
       "[work]\naws_access_key_id=w ; a comment\naws_secret_access_key=a#b=c/+\n"
       "aws_session_token=t\n"},
      {"/f", "[profile conf]\naws_access_key_id=c\naws_secret_access_key=cs\n"}};
  const Texts paths = {{"AWS_SHARED_CREDENTIALS_FILE", "/c"}, {"AWS_CONFIG_FILE", "/f"}};
  struct Case {
    std::string profile, id, secret, token;
  };
  const std::vector<Case> cases = {
      {"", "d", "ds", ""}, {"work", "w", "a#b=c/+", "t"}, {"conf", "c", "cs", ""}};
  for (const Case& test : cases) {
    Texts variables = paths;
    variables["AWS_PROFILE"] = test.profile;
    const auto found = Find(kAws, FakeEnvironment(variables, files));
    ASSERT_TRUE(found.ok()) << test.profile;
    EXPECT_EQ(found->access_key_id, test.id);
    EXPECT_EQ(found->secret_access_key, test.secret);
    EXPECT_EQ(found->session_token, test.token);
  }
}

// Other tools write new keys into it while we run.
TEST(Credentials, TheSharedFileIsReadAnewEachTime) {
  const auto text = [](const std::string& id) {
    return "[default]\naws_access_key_id=" + id + "\naws_secret_access_key=s\n";
  };
  FakeEnvironment fake({{"AWS_SHARED_CREDENTIALS_FILE", "/c"}}, {{"/c", text("old")}});
  const auto provider = FindIn(kAws, fake);
  ASSERT_TRUE(provider.ok());
  Outside outside(fake);
  EXPECT_EQ(provider->fetch(outside)->access_key_id, "old");
  fake.SetFile("/c", text("new"));
  EXPECT_EQ(provider->fetch(outside)->access_key_id, "new");
}

TEST(Credentials, TestAndTestOnlyAwayFromAws) {
  const auto local = Find(kLocal, FakeEnvironment());
  ASSERT_TRUE(local.ok());
  EXPECT_EQ(local->access_key_id, "test");
  EXPECT_EQ(local->secret_access_key, "test");
  const auto aws = Find(kAws, FakeEnvironment({{"AWS_EC2_METADATA_DISABLED", "true"}}));
  ASSERT_FALSE(aws.ok());
  EXPECT_EQ(aws.error().code, ErrorCode::kConfig);
  EXPECT_NE(aws.error().message.find("AWS_EC2_METADATA_DISABLED"), std::string::npos);
}

// botocore's order, told by where each would come from.
TEST(Credentials, TheOrderIsBotocores) {
  const std::string config =
      "[default]\n"
      "[profile all]\nrole_arn = arn:r\nsource_profile = keys\n"
      "sso_account_id = 123456789012\nsso_role_name = r\nsso_start_url = u\nsso_region = "
      "eu-west-1\n"
      "credential_process = p\naws_access_key_id = c\naws_secret_access_key = s\n"
      "[profile keys]\naws_access_key_id = c\naws_secret_access_key = s\n"
      "[profile web]\nrole_arn = arn:r\nweb_identity_token_file = /t\nsource_profile = keys\n"
      "credential_process = p\n"
      "[profile sso]\nsso_account_id = 123456789012\nsso_role_name = r\nsso_start_url = u\n"
      "sso_region = eu-west-1\ncredential_process = p\n"
      "[profile mixed]\ncredential_process = p\n"
      "[profile process]\ncredential_process = p\naws_access_key_id = c\n"
      "aws_secret_access_key = s\n";
  const Texts files = {{"/f", config},
                       {"/c", "[mixed]\naws_access_key_id = m\naws_secret_access_key = s\n"}};
  const Texts base = {{"AWS_SHARED_CREDENTIALS_FILE", "/c"}, {"AWS_CONFIG_FILE", "/f"}};
  const Texts keys = {{"AWS_ACCESS_KEY_ID", "id"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  const Texts web = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}, {"AWS_ROLE_ARN", "arn:e"}};
  const Texts container = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}};
  struct Case {
    std::string profile;
    std::vector<Texts> more;
    Endpoint endpoint;
    std::string source;
  };
  const std::vector<Case> cases = {
      {"all", {keys, web, container}, kAws, "environment variables"},
      {"all", {web, container}, kAws, "role arn:r of profile 'all', by shared config file"},
      {"", {web, container}, kAws, "web identity, role arn:e, token file /token"},
      {"sso", {web}, kAws, "web identity, role arn:e"},
      {"web", {container}, kAws, "web identity, role arn:r, token file /t"},
      {"sso", {container}, kAws, "SSO, profile 'sso', account 123456789012, role r"},
      {"mixed", {container}, kAws, "shared credentials file, profile 'mixed'"},
      {"process", {container}, kAws, "credential_process of AWS profile 'process'"},
      {"keys", {container}, kAws, "shared config file, profile 'keys'"},
      {"", {container}, kLocal, "the container's credentials endpoint at 169.254.170.2"},
      {"", {}, kAws, "EC2 instance metadata at http://169.254.169.254"},
      {"", {}, kLocal, "none found: test/test"}};
  for (const Case& test : cases) {
    Texts variables = base;
    if (!test.profile.empty()) variables["AWS_PROFILE"] = test.profile;
    for (const Texts& more : test.more) variables.insert(more.begin(), more.end());
    const auto provider = FindIn(test.endpoint, FakeEnvironment(variables, files));
    ASSERT_TRUE(provider.ok()) << test.source << ": " << provider.error().message;
    EXPECT_TRUE(provider->source.starts_with(test.source)) << provider->source;
  }
}

TEST(Credentials, RefusalsSayWhatIsWrongAndNoSecret) {
  struct Case {
    Texts variables;
    std::string config, says;
  };
  const std::string keys = "[profile k]\naws_access_key_id=i\naws_secret_access_key=hush\n";
  const std::string role = "[profile p]\nrole_arn = arn:r\n";
  const std::vector<Case> cases = {
      {{{"AWS_PROFILE", "nope"}}, "", "'nope'"},
      {{{"AWS_ACCESS_KEY_ID", "AKIDX"}}, "", "without its secret"},
      {{{"AWS_ACCESS_KEY_ID", "AK\nID"}, {"AWS_SECRET_ACCESS_KEY", "hush"}}, "", "white space"},
      {{}, "[profile p]\nlogin_session = s\n", "login_session"},
      {{}, "[profile p]\nsso_account_id = 1\nsso_role_name = r\n", "no sso_start_url"},
      {{}, "[profile p]\nsso_account_id = 1\nsso_session = s\n", "no [sso-session s]"},
      {{},
       "[profile p]\nsso_account_id = 1\nsso_role_name = r\nsso_session = s\nsso_region = a\n"
       "[sso-session s]\nsso_start_url = u\nsso_region = b\n",
       "sso_region is not that of its sso_session"},
      {{}, "[profile p]\ncredential_process = 'a\n", "a quote does not end"},
      {{}, role, "neither source_profile and"},
      {{}, role + "source_profile = k\ncredential_source = Environment\n" + keys, "both"},
      {{}, role + "source_profile = gone\n", "'gone' is in neither"},
      {{}, role + "source_profile = k\nmfa_serial = m\n" + keys, "MFA"},
      {{}, role + "source_profile = k\nduration_seconds = 899\n" + keys, "duration_seconds"},
      {{}, role + "source_profile = k\nduration_seconds = 1h\n" + keys, "duration_seconds"},
      {{}, role + "source_profile = k\nrole_session_name = a b\n" + keys, "role_session_name"},
      {{}, role + "source_profile = e\n[profile e]\nregion = r\n", "'e' has no keys"},
      {{}, role + "source_profile = p\n", "in a circle: p -> p"},
      {{},
       role + "source_profile = q\n[profile q]\nrole_arn = arn:q\nsource_profile = p\n",
       "in a circle: p -> q -> p"},
      {{}, role + "credential_source = Environment\n", "AWS_ACCESS_KEY_ID is not set"},
      {{}, role + "credential_source = EcsContainer\n", "RELATIVE_URI is not set"},
      {{{"AWS_EC2_METADATA_DISABLED", "true"}},
       role + "credential_source = Ec2InstanceMetadata\n",
       "AWS_EC2_METADATA_DISABLED"},
      {{}, role + "credential_source = Moon\n", "none that is known"},
      {{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}, "", "no role"},
      {{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"},
        {"AWS_ROLE_ARN", "r"},
        {"AWS_ROLE_SESSION_NAME", "x"}},
       "",
       "session name"},
      {{{"AWS_ENDPOINT_URL_STS", "sts:1"}}, role + "source_profile = k\n" + keys, "STS endpoint"},
      {{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x"}}, "", "over http://"}};
  for (const Case& test : cases) {
    Texts variables = {{"AWS_CONFIG_FILE", "/f"}};
    if (!test.config.empty()) variables["AWS_PROFILE"] = "p";
    variables.insert(test.variables.begin(), test.variables.end());
    const auto found = FindIn(kLocal, FakeEnvironment(variables, {{"/f", test.config}}));
    ASSERT_FALSE(found.ok()) << test.says;
    EXPECT_EQ(found.error().code, ErrorCode::kConfig);
    EXPECT_NE(found.error().message.find(test.says), std::string::npos) << found.error().message;
    EXPECT_EQ(found.error().message.find("hush"), std::string::npos);
  }
}

// A pod whose token cannot be read must not act as its node.
TEST(Credentials, AWebIdentityThatFailsIsNotReplacedByTheMachines) {
  const auto found =
      Find(kAws, FakeEnvironment({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/gone"},
                                  {"AWS_ROLE_ARN", "arn:r"},
                                  {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}));
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, ErrorCode::kConfig);
  EXPECT_NE(found.error().message.find("cannot read the token file /gone"), std::string::npos);
}

}  // namespace
}  // namespace bauta::aws
