#include "aws/profile.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using fakes::FakeEnvironment;
using Texts = FakeEnvironment::Texts;

TEST(Profile, ReadsTheServicesSection) {
  const Profile profile = LoadProfile(FakeEnvironment(
      {{"AWS_CONFIG_FILE", "/f"}},
      {{"/f",
        "[default]\nservices = local\n[services local]\nsqs =\n"
        "  endpoint_url = http://127.0.0.1:9\ns3 =\n  endpoint_url = http://s3\n"}}));
  ASSERT_EQ(profile.services.count("sqs.endpoint_url"), 1u);
  EXPECT_EQ(profile.services.at("sqs.endpoint_url"), "http://127.0.0.1:9");
}

TEST(Profile, NamesMayStandInQuotes) {
  const auto profiles = Profiles::Load(FakeEnvironment(
      {{"AWS_CONFIG_FILE", "/f"}},
      {{"/f", "[profile \"my team\"]\nregion = eu-west-1\n[sso-session  's']\nsso_region = r\n"}}));
  EXPECT_EQ(profiles.Get("my team").Get("region"), "eu-west-1");
  ASSERT_TRUE(profiles.SsoSession("s"));
  EXPECT_EQ(profiles.SsoSession("s")->at("sso_region"), "r");
  EXPECT_FALSE(profiles.SsoSession("t"));
}

}  // namespace
}  // namespace bauta::aws
