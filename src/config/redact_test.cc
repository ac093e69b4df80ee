#include "config/redact.h"

#include <gtest/gtest.h>

namespace bauta::config {
namespace {

TEST(RedactUrl, HidesPasswordsAndKeepsTheRest) {
  const std::pair<const char*, const char*> cases[] = {
      {"postgresql:///postgres", "postgresql:///postgres"},
      {"postgresql://me@h/d", "postgresql://me@h/d"},
      {"postgresql://h:5432/d", "postgresql://h:5432/d"},
      {"postgresql://me:pw@h:5432/d", "postgresql://me:***@h:5432/d"},
      {"postgresql://me:p@w@h/d", "postgresql://me:***@h/d"},
      {"postgresql://me:p/w@h/d", "postgresql://me:***@h/d"},
      {"postgresql://h/d?user=me&password=pw", "postgresql://h/d?user=me&password=***"},
      {"host=h user=me", "host=h user=me"},
      {"host=h password=pw", "host=h password=***"},
      {"host=h PassWord = 'p w' user=me", "host=h PassWord =***"},
      {"me:pw@h", "***"},
  };
  for (const auto& [url, expected] : cases) EXPECT_EQ(RedactUrl(url), expected) << url;
}

TEST(MayHoldSecret, SuspectsAddressesWithUsersAndTellingKeys) {
  for (const char* line :
       {"url: x", "  \"url\" : x", "{postgres: {url: host=h}}", "# old_url=postgresql:///d",
        "u: ${DATABASE_URL:-d}", "endpoint: https://me:pw@h", "passwd: x", "x: my-secret",
        "token: x", "dsn: x", "ip: {mask: legacy-sha256, suffix: x}"}) {
    EXPECT_TRUE(MayHoldSecret(line)) << line;
  }
  for (const char* line :
       {"queue: login-queue                  # name or URL", "endpoint: http://127.0.0.1:4566",
        "{sqs: {queue: q, endpoint: \"http://127.0.0.1:9\"}}", "masked_ip: {from: /ip}"}) {
    EXPECT_FALSE(MayHoldSecret(line)) << line;
  }
}

}  // namespace
}  // namespace bauta::config
