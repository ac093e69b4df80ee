#include "cli/samples.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <regex>

namespace bauta::cli {
namespace {

constexpr char kWrongType[] = R"({"foo":"oops_wrong_msg_type","bar":"123"})";

std::vector<std::string> Logins(std::size_t n, std::uint64_t seed) {
  std::vector<std::string> all = SampleLogins(n, seed);
  std::erase(all, kWrongType);
  return all;
}

TEST(SampleLogins, AreTheSameForTheSameSeed) {
  EXPECT_EQ(SampleLogins(50, 7), SampleLogins(50, 7));
  EXPECT_NE(SampleLogins(50, 7), SampleLogins(50, 8));
}

TEST(SampleLogins, HoldExactlyOneOfAWrongType) {
  for (const std::size_t n : {1u, 2u, 100u, 1000u}) {
    const std::vector<std::string> all = SampleLogins(n, n);
    EXPECT_EQ(all.size(), n);
    EXPECT_EQ(std::count(all.begin(), all.end(), kWrongType), 1) << n;
  }
  EXPECT_TRUE(SampleLogins(0, 1).empty());
}

TEST(SampleLogins, HaveTheShapeOfTheExercise) {
  const std::map<std::string, std::regex> shapes = {
      {"user_id",
       std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")},
      {"app_version", std::regex(R"(\d\.\d{1,2}(\.\d)?)")},
      {"device_type", std::regex("android|ios")},
      {"ip",
       std::regex(R"((192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}|2001:db8::0:[0-9a-f]{1,4})")},
      {"device_id", std::regex(R"(\d{3}-\d{2}-\d{4})")}};
  simdjson::dom::parser parser;
  for (const std::string& body : Logins(1000, 1)) {
    const simdjson::dom::object login = parser.parse(body);
    EXPECT_EQ(login.size(), 6u);
    for (const auto& [field, shape] : shapes)
      EXPECT_TRUE(std::regex_match(std::string(std::string_view(login[field])), shape)) << body;
  }
}

// More than 65,536 addresses do not fit into the last group of an IPv6 address.
TEST(SampleLogins, HaveAddressesHoweverManyTheyAre) {
  simdjson::dom::parser parser;
  for (const std::string& body : Logins(100'000, 1)) {
    const std::string ip(std::string_view(parser.parse(body)["ip"]));
    in6_addr address;
    const int family = ip.find(':') == std::string::npos ? AF_INET : AF_INET6;
    ASSERT_EQ(inet_pton(family, ip.c_str(), &address), 1) << ip;
  }
}

TEST(SampleLogins, LackTheLocaleInAboutAThird) {
  simdjson::dom::parser parser;
  const std::vector<std::string> logins = Logins(3000, 1);
  const auto nulls = std::count_if(logins.begin(), logins.end(), [&](const std::string& body) {
    return parser.parse(body)["locale"].is_null();
  });
  EXPECT_NEAR(static_cast<double>(nulls), 1000, 100);
}

TEST(SampleLogins, RepeatDevicesAndAddresses) {
  simdjson::dom::parser parser;
  for (const char* field : {"ip", "device_id"}) {
    std::map<std::string, int> counts;
    for (const std::string& body : Logins(200, 3))
      ++counts[std::string(std::string_view(parser.parse(body)[field]))];
    int most = 0;
    for (const auto& [value, count] : counts) most = std::max(most, count);
    EXPECT_GE(most, 5) << field;
    EXPECT_LT(most, 40) << field;
    EXPECT_GT(counts.size(), 80u) << field;
  }
}

}  // namespace
}  // namespace bauta::cli
