#include "aws/endpoint.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::FakeEnvironment;
using Texts = FakeEnvironment::Texts;

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
    const auto endpoint = Resolve(test.wishes, FakeEnvironment(test.variables, files));
    ASSERT_TRUE(endpoint.ok()) << test.url;
    EXPECT_EQ(endpoint->url, test.url);
    EXPECT_EQ(endpoint->region, test.region) << test.url;
    EXPECT_EQ(endpoint->aws, test.aws) << test.url;
  }
}

TEST(Endpoint, RefusesWhatItCannotUse) {
  for (const char* url : {"127.0.0.1:4566", "ftp://h", "http://", "http://u:p@h", "http://h?a=b"}) {
    const auto endpoint = Resolve({"q", "us-east-1", url}, FakeEnvironment({}));
    ASSERT_FALSE(endpoint.ok()) << url;
    EXPECT_EQ(endpoint.error().code, ErrorCode::kConfig);
  }
  EXPECT_EQ(Resolve({"q", {}, {}}, FakeEnvironment({})).error().code,
            ErrorCode::kConfig);  // No region.
}

TEST(Endpoint, SendsNothingInClearToAws) {
  const std::vector<Wishes> cases = {
      {"q", {}, "http://sqs.eu-west-1.amazonaws.com"},
      {"q", {}, "http://sqs.eu-west-1.amazonaws.com:80/"},
      {"http://sqs.eu-west-1.amazonaws.com/123456789012/q", {}, {}},
  };
  for (const Wishes& wishes : cases) {
    const auto endpoint = Resolve(wishes, FakeEnvironment({}));
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

struct Regional {
  Texts variables;
  std::string region, url;
};

TEST(Endpoint, KnowsTheNamesOfTheRegionsOwn) {
  const Texts fips = {{"AWS_USE_FIPS_ENDPOINT", "true"}};
  const Texts dual = {{"AWS_USE_DUALSTACK_ENDPOINT", "True"}};
  const Texts both = {{"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_USE_DUALSTACK_ENDPOINT", "true"}};
  // As botocore's endpoint rule set has them.
  const std::vector<Regional> cases = {
      {{}, "eu-west-1", "https://sqs.eu-west-1.amazonaws.com"},
      {fips, "us-east-1", "https://sqs-fips.us-east-1.amazonaws.com"},
      {dual, "us-east-1", "https://sqs.us-east-1.api.aws"},
      {both, "us-east-1", "https://sqs-fips.us-east-1.api.aws"},
      {{}, "cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn"},
      {dual, "cn-north-1", "https://sqs.cn-north-1.api.amazonwebservices.com.cn"},
      {{}, "eusc-de-east-1", "https://sqs.eusc-de-east-1.amazonaws.eu"},
      {dual, "eusc-de-east-1", "https://sqs.eusc-de-east-1.api.amazonwebservices.eu"},
      {{}, "us-gov-west-1", "https://sqs.us-gov-west-1.amazonaws.com"},
      {fips, "us-gov-west-1", "https://sqs.us-gov-west-1.amazonaws.com"},
      {both, "us-gov-west-1", "https://sqs-fips.us-gov-west-1.api.aws"},
      {{}, "us-iso-east-1", "https://sqs.us-iso-east-1.c2s.ic.gov"},
      {{}, "us-isob-east-1", "https://sqs.us-isob-east-1.sc2s.sgov.gov"},
      {{{"AWS_USE_FIPS_ENDPOINT", "false"}}, "ap-south-1", "https://sqs.ap-south-1.amazonaws.com"}};
  for (const Regional& test : cases) {
    const auto endpoint = Resolve({"q", test.region, {}}, FakeEnvironment(test.variables));
    ASSERT_TRUE(endpoint.ok()) << test.url;
    EXPECT_EQ(endpoint->url, test.url);
    EXPECT_EQ(endpoint->region, test.region);
    EXPECT_TRUE(endpoint->aws);
    EXPECT_EQ(RegionOfHost(HostOfUrl(endpoint->url)), test.region);
  }
}

TEST(Endpoint, AQueueUrlOfAwsMovesToTheKindThatIsAskedFor) {
  const FakeEnvironment fips({{"AWS_USE_FIPS_ENDPOINT", "true"}});
  EXPECT_EQ(Resolve({"https://sqs.us-east-2.amazonaws.com/123456789012/q", {}, {}}, fips)->url,
            "https://sqs-fips.us-east-2.amazonaws.com");
  const std::string vpc = "https://vpce-0a1-b2.sqs.us-west-2.vpce.amazonaws.com";
  EXPECT_EQ(Resolve({vpc + "/123456789012/q", {}, {}}, fips)->url, vpc);
}

TEST(Endpoint, NamedOnesHaveNoFipsOrDualStack) {
  for (const char* variable : {"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"}) {
    const FakeEnvironment asked({{variable, "true"}});
    const auto endpoint = Resolve({"q", "us-east-1", "http://127.0.0.1:1"}, asked);
    ASSERT_FALSE(endpoint.ok());
    EXPECT_EQ(endpoint.error().code, ErrorCode::kConfig);
    EXPECT_NE(endpoint.error().message.find(variable), std::string::npos);
  }
}

TEST(Endpoint, TheProfileHasItsSayToo) {
  const auto file = [](const std::string& lines) {
    return FakeEnvironment({{"AWS_CONFIG_FILE", "/f"}}, {{"/f", "[default]\n" + lines}});
  };
  const std::string named = "region = us-east-1\nendpoint_url = http://127.0.0.1:9\n";
  EXPECT_EQ(Resolve({"q", {}, {}}, file(named))->url, "http://127.0.0.1:9");
  EXPECT_EQ(Resolve({"q", {}, {}}, file(named + "ignore_configured_endpoint_urls = true\n"))->url,
            "https://sqs.us-east-1.amazonaws.com");
  EXPECT_EQ(Resolve({"q", {}, {}}, file("region = us-east-1\nuse_fips_endpoint = true\n"))->url,
            "https://sqs-fips.us-east-1.amazonaws.com");
}

TEST(Service, HasEndpointsOfItsOwn) {
  const Texts files = {{"/f",
                        "[default]\nservices = s\n[services s]\nsts =\n"
                        "  endpoint_url = http://127.0.0.1:8\n"}};
  struct Case {
    Texts variables;
    std::string url;
  };
  const std::vector<Case> cases = {
      {{}, "https://sts.eu-west-1.amazonaws.com"},
      {{{"AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:7"}}, "https://sts.eu-west-1.amazonaws.com"},
      {{{"AWS_ENDPOINT_URL", "http://127.0.0.1:7"}}, "http://127.0.0.1:7"},
      {{{"AWS_ENDPOINT_URL", "http://127.0.0.1:7"}, {"AWS_ENDPOINT_URL_STS", "http://[::1]:6/"}},
       "http://[::1]:6"},
      {{{"AWS_CONFIG_FILE", "/f"}}, "http://127.0.0.1:8"},
      {{{"AWS_USE_FIPS_ENDPOINT", "true"}}, "https://sts-fips.eu-west-1.amazonaws.com"}};
  for (const Case& test : cases) {
    const Environment environment = FakeEnvironment(test.variables, files);
    const auto endpoint =
        ResolveService(Service::kSts, "eu-west-1", environment, LoadProfile(environment));
    ASSERT_TRUE(endpoint.ok()) << test.url;
    EXPECT_EQ(endpoint->url, test.url);
    EXPECT_EQ(endpoint->region, "eu-west-1");
  }
}

TEST(Kms, LivesWhereItsKeyDoes) {
  const std::string arn = "arn:aws:kms:eu-west-1:111122223333:key/1";
  const Texts us = {{"AWS_REGION", "us-east-2"}};
  const struct {
    std::string key;
    Texts variables;
    const char *url, *region;
  } cases[] = {
      {arn, us, "https://kms.eu-west-1.amazonaws.com", "eu-west-1"},
      {"alias/tokens", us, "https://kms.us-east-2.amazonaws.com", "us-east-2"},
      {"arn:aws", us, "https://kms.us-east-2.amazonaws.com", "us-east-2"},
      {arn,
       {{"AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1"}, {"AWS_ENDPOINT_URL", "http://127.0.0.1:2"}},
       "http://127.0.0.1:1",
       "eu-west-1"},
      {"1", {{"AWS_ENDPOINT_URL", "http://127.0.0.1:2"}}, "http://127.0.0.1:2", "us-east-1"},
      {"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1",
       {{"AWS_USE_FIPS_ENDPOINT", "true"}},
       "https://kms-fips.us-gov-west-1.amazonaws.com",
       "us-gov-west-1"},
  };
  for (const auto& c : cases) {
    const Environment environment = FakeEnvironment(c.variables);
    const auto endpoint = ResolveKms(c.key, environment, LoadProfile(environment));
    ASSERT_TRUE(endpoint.ok()) << c.url;
    EXPECT_EQ(endpoint->url, c.url);
    EXPECT_EQ(endpoint->region, c.region);
  }
}

}  // namespace
}  // namespace bauta::aws
