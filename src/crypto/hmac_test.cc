#include "crypto/hmac.h"

#include <gtest/gtest.h>

#include <thread>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

std::string Signed(Hmac& hmac, std::string_view data) {
  std::array<unsigned char, 32> out;
  hmac.Sign(data, out.data());
  return std::string(AsText(out));
}

class HmacVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, HmacVector, testing::ValuesIn(VectorsOf("rfc4231-")), TestName);
TEST_P(HmacVector, IsReproducedByBothPaths) {
  const std::string key = GetParam().Hex("key_hex");
  const std::string message = GetParam().Hex("msg_hex");
  const std::string expected = GetParam().Hex("out_hex");
  EXPECT_EQ(AsText(HmacSha256(AsBytes(key), message)).substr(0, expected.size()), expected);
  Hmac hmac = Hmac::Make(AsBytes(key)).value();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Signed(hmac, message).substr(0, expected.size()), expected);
}

TEST(Hmac, ValuesDoNotDependOnThoseBefore) {
  Hmac used = Hmac::Make(AsBytes("key")).value();
  Signed(used, "something else, and longer than a block of SHA-256 so that it has state to leak");
  Hmac fresh = Hmac::Make(AsBytes("key")).value();
  EXPECT_EQ(Signed(used, "value"), Signed(fresh, "value"));
}

TEST(Hmac, TakesAnEmptyKey) {
  Hmac hmac = Hmac::Make({}).value();
  EXPECT_EQ(Signed(hmac, ""), AsText(HmacSha256({}, "")));
  EXPECT_NE(Signed(hmac, ""), AsText(HmacSha256(AsBytes("k"), "")));
}

TEST(Hmac, GivesTheSameOnManyThreads) {
  const std::string expected(AsText(HmacSha256(AsBytes("key"), "value")));
  std::vector<std::jthread> threads;  // Joined before `expected` goes.
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      Hmac hmac = Hmac::Make(AsBytes("key")).value();
      for (int i = 0; i < 1000; ++i) ASSERT_EQ(Signed(hmac, "value"), expected);
    });
  }
}

}  // namespace
}  // namespace bauta::crypto
