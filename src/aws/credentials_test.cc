#include "aws/credentials.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace bauta::aws {
namespace {

using Texts = std::map<std::string, std::string>;

Environment Fake(Texts variables, Texts files = {}) {
  const auto find = [](const Texts& in, const std::string& key) -> std::optional<std::string> {
    const auto at = in.find(key);
    if (at == in.end() || at->second.empty()) return std::nullopt;
    return at->second;
  };
  return {[=](const std::string& name) { return find(variables, name); },
          [=](const std::string& path) { return find(files, path); }};
}

Result<Endpoint> Resolve(const Wishes& wishes, const Environment& environment) {
  return ResolveEndpoint(wishes, environment, LoadProfile(environment));
}

TEST(Endpoint, TakesTheFirstThatIsSet) {
  const Texts files = {
      {"/h/.aws/config", "[default]\nregion = eu-west-3\nendpoint_url = http://profile:1\n"}};
  struct Case {
    Wishes wishes;
    Texts variables;
    std::string url, region;
    bool aws;
  };
  const std::string queue_url = "https://sqs.ap-south-1.amazonaws.com/123456789012/q";
  const std::vector<Case> cases = {
      {{"q", {}, "http://config:1"},
       {{"AWS_ENDPOINT_URL_SQS", "http://sqs:1"}},
       "http://config:1",
       "us-east-1",
       false},
      {{"q", {}, {}},
       {{"AWS_ENDPOINT_URL_SQS", "http://sqs:1/"}, {"AWS_ENDPOINT_URL", "http://a:1"}},
       "http://sqs:1",
       "us-east-1",
       false},
      {{"q", {}, {}},
       {{"AWS_ENDPOINT_URL", "http://a:1"}, {"AWS_REGION", "eu-west-1"}},
       "http://a:1",
       "eu-west-1",
       false},
      {{"q", {}, {}}, {{"HOME", "/h"}}, "http://profile:1", "eu-west-3", false},
      {{"q", {}, {}},
       {{"HOME", "/h"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}},
       "https://sqs.eu-west-3.amazonaws.com",
       "eu-west-3",
       true},
      {{"q", "eu-west-2", {}},
       {{"AWS_REGION", "eu-west-1"}},
       "https://sqs.eu-west-2.amazonaws.com",
       "eu-west-2",
       true},
      {{"q", {}, {}},
       {{"AWS_DEFAULT_REGION", "cn-north-1"}},
       "https://sqs.cn-north-1.amazonaws.com.cn",
       "cn-north-1",
       true},
      {{queue_url, {}, {}},
       {{"AWS_REGION", "eu-west-1"}},
       "https://sqs.ap-south-1.amazonaws.com",
       "ap-south-1",
       true},
      {{queue_url, {}, "http://127.0.0.1:4566"}, {}, "http://127.0.0.1:4566", "us-east-1", false},
      {{"http://127.0.0.1:4566/000000000000/q", {}, {}},
       {},
       "http://127.0.0.1:4566",
       "us-east-1",
       false},
  };
  for (const Case& test : cases) {
    const auto endpoint = Resolve(test.wishes, Fake(test.variables, files));
    ASSERT_TRUE(endpoint.ok()) << test.url;
    EXPECT_EQ(endpoint->url, test.url);
    EXPECT_EQ(endpoint->region, test.region) << test.url;
    EXPECT_EQ(endpoint->aws, test.aws) << test.url;
  }
}

TEST(Endpoint, RefusesWhatItCannotUse) {
  for (const char* url : {"127.0.0.1:4566", "ftp://h", "http://", "http://u:p@h", "http://h?a=b"}) {
    const auto endpoint = Resolve({"q", "us-east-1", url}, Fake({}));
    ASSERT_FALSE(endpoint.ok()) << url;
    EXPECT_EQ(endpoint.error().code, ErrorCode::kConfig);
  }
  EXPECT_EQ(Resolve({"q", {}, {}}, Fake({})).error().code, ErrorCode::kConfig);  // No region.
}

TEST(Endpoint, SendsNothingInClearToAws) {
  const std::vector<Wishes> cases = {
      {"q", {}, "http://sqs.eu-west-1.amazonaws.com"},
      {"q", {}, "http://sqs.eu-west-1.amazonaws.com:80/"},
      {"http://sqs.eu-west-1.amazonaws.com/123456789012/q", {}, {}},
  };
  for (const Wishes& wishes : cases) {
    const auto endpoint = Resolve(wishes, Fake({}));
    ASSERT_FALSE(endpoint.ok());
    EXPECT_EQ(endpoint.error().code, ErrorCode::kConfig);
    EXPECT_NE(endpoint.error().hint.find("https://sqs.eu-west-1.amazonaws.com"), std::string::npos);
  }
}

TEST(Endpoint, ReadsTheRegionFromTheHost) {
  const std::map<std::string, std::optional<std::string>> cases = {
      {"sqs.eu-west-1.amazonaws.com", "eu-west-1"},
      {"sqs-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
      {"eu-central-1.queue.amazonaws.com", "eu-central-1"},
      {"queue.amazonaws.com", "us-east-1"},
      {"vpce-0a1-b2.sqs.us-west-2.vpce.amazonaws.com", "us-west-2"},
      {"sqs.us-east-2.api.aws", "us-east-2"},
      {"localhost:4566", std::nullopt},
      {"sqs.eu-west-1.example.com", std::nullopt}};
  for (const auto& [host, region] : cases) EXPECT_EQ(RegionOfHost(host), region) << host;
}

const Endpoint kLocal{"http://127.0.0.1:4566", "us-east-1", false};
const Endpoint kAws{"https://sqs.us-east-1.amazonaws.com", "us-east-1", true};

Result<Credentials> Find(const Endpoint& endpoint, const Environment& environment) {
  return ResolveCredentials(endpoint, environment, LoadProfile(environment));
}

TEST(Credentials, EnvironmentComesFirst) {
  const auto found = Find(kAws, Fake({{"AWS_ACCESS_KEY_ID", "id"},
                                      {"AWS_SECRET_ACCESS_KEY", "secret"},
                                      {"AWS_SESSION_TOKEN", "token"},
                                      {"HOME", "/h"}},
                                     {{"/h/.aws/credentials",
                                       "[default]\naws_access_key_id=x\n"
                                       "aws_secret_access_key=y\n"}}));
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
    const auto found = Find(kAws, Fake(variables, files));
    ASSERT_TRUE(found.ok()) << test.profile;
    EXPECT_EQ(found->access_key_id, test.id);
    EXPECT_EQ(found->secret_access_key, test.secret);
    EXPECT_EQ(found->session_token, test.token);
  }
}

TEST(Credentials, TestAndTestOnlyAwayFromAws) {
  const auto local = Find(kLocal, Fake({}));
  ASSERT_TRUE(local.ok());
  EXPECT_EQ(local->access_key_id, "test");
  EXPECT_EQ(local->secret_access_key, "test");
  EXPECT_EQ(Find(kAws, Fake({})).error().code, ErrorCode::kConfig);
}

TEST(Credentials, RefusalsSayWhatIsWrongAndNoSecret) {
  const Texts sso = {{"/f", "[profile p]\nsso_session=s\n"}};
  struct Case {
    Texts variables, files;
    std::string says;
  };
  const std::vector<Case> cases = {
      {{{"AWS_PROFILE", "nope"}}, {}, "'nope'"},
      {{{"AWS_PROFILE", "p"}, {"AWS_CONFIG_FILE", "/f"}}, sso, "sso_session"},
      {{{"AWS_ACCESS_KEY_ID", "AKIDX"}}, {}, "without its secret"},
      {{{"AWS_ACCESS_KEY_ID", "AK\nID"}, {"AWS_SECRET_ACCESS_KEY", "hush"}}, {}, "white space"}};
  for (const Case& test : cases) {
    const auto found = Find(kLocal, Fake(test.variables, test.files));
    ASSERT_FALSE(found.ok()) << test.says;
    EXPECT_EQ(found.error().code, ErrorCode::kConfig);
    EXPECT_NE(found.error().message.find(test.says), std::string::npos) << found.error().message;
    EXPECT_EQ(found.error().message.find("hush"), std::string::npos);
  }
}

TEST(Profile, ReadsTheServicesSection) {
  const Profile profile = LoadProfile(
      Fake({{"AWS_CONFIG_FILE", "/f"}},
           {{"/f",
             "[default]\nservices = local\n[services local]\nsqs =\n"
             "  endpoint_url = http://127.0.0.1:9\ns3 =\n  endpoint_url = http://s3\n"}}));
  ASSERT_EQ(profile.sqs.count("endpoint_url"), 1u);
  EXPECT_EQ(profile.sqs.at("endpoint_url"), "http://127.0.0.1:9");
}

}  // namespace
}  // namespace bauta::aws
