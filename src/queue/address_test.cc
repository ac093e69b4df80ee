#include "queue/address.h"

#include <gtest/gtest.h>

namespace bauta::queue {
namespace {

TEST(AddressTest, AQueueIsWhereItsUrlSays) {
  const struct {
    const char *url, *account, *region, *name;
  } cases[] = {
      {"logins", "", "", "logins"},
      {"/logins", "", "", "logins"},
      {"/000000000000/logins.fifo", "000000000000", "", "logins.fifo"},
      {"/000000000000/logins/?Action=x", "000000000000", "", "logins"},
      {"/123/logins", "", "", "logins"},
      {"http://localhost:4566/000000000000/logins", "000000000000", "", "logins"},
      {"http://localhost:4566/queue/logins", "", "", "logins"},
      {"http://localhost/queue/eu-west-1/123456789012/a", "123456789012", "eu-west-1", "a"},
      {"http://localhost/queue/nowhere/123456789012/a", "123456789012", "", "a"},
      {"http://localhost/other/eu-west-1/123456789012/a", "123456789012", "", "a"},
      {"https://sqs.us-gov-west-1.amazonaws.com/123456789012/a", "123456789012", "us-gov-west-1",
       "a"},
      {"http://sqs.eu-west-1.localhost:4566/123456789012/a", "123456789012", "eu-west-1", "a"},
      {"https://eu-west-1.queue.amazonaws.com/123456789012/a", "123456789012", "eu-west-1", "a"},
      {"https://queue.amazonaws.com/123456789012/a", "123456789012", "", "a"},
      {"https://sqs.example.com/123456789012/a", "123456789012", "", "a"},
      {"https://sqs/123456789012/a", "123456789012", "", "a"},
      {"", "", "", ""},
      {"///", "", "", ""},
      {"http://", "", "", "http:"},
  };
  for (const auto& c : cases) {
    const QueueAddress found = ParseQueueUrl(c.url);
    EXPECT_EQ(found.account, c.account) << c.url;
    EXPECT_EQ(found.region, c.region) << c.url;
    EXPECT_EQ(found.name, c.name) << c.url;
  }
}

TEST(AddressTest, TheScopeIsInTheHeaderOrThePresignedUrl) {
  const struct {
    const char *authorization, *target, *key_id, *region;
  } cases[] = {
      {"AWS4-HMAC-SHA256 Credential=test/20261121/eu-west-1/sqs/aws4_request, SignedHeaders=host",
       "/", "test", "eu-west-1"},
      {"", "/?X-Amz-Credential=111111111111%2F20261121%2Feu-west-1%2Fsqs%2Faws4_request&b=c",
       "111111111111", "eu-west-1"},
      {"Credential=test", "/", "test", ""},
      {"Credential=", "/", "", ""},
      {"", "/", "", ""},
      {"Bearer x", "/?Credential", "", ""},
  };
  for (const auto& c : cases) {
    const Scope found = ParseScope(c.authorization, c.target);
    EXPECT_EQ(found.key_id, c.key_id) << c.authorization << c.target;
    EXPECT_EQ(found.region, c.region) << c.authorization << c.target;
  }
}

}  // namespace
}  // namespace bauta::queue
