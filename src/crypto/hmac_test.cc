#include "crypto/hmac.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <thread>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

std::string Signed(const Hmac& hmac, std::string_view data) {
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
  const Hmac hmac(AsBytes(key));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Signed(hmac, message).substr(0, expected.size()), expected);
}

TEST(Hmac, ValuesDoNotDependOnThoseBefore) {
  const Hmac used(AsBytes("key"));
  Signed(used, "something else, and longer than a block of SHA-256 so that it has state to leak");
  const Hmac fresh(AsBytes("key"));
  EXPECT_EQ(Signed(used, "value"), Signed(fresh, "value"));
}

TEST(Hmac, TakesAnEmptyKey) {
  const Hmac hmac({});
  EXPECT_EQ(Signed(hmac, ""), AsText(HmacSha256({}, "")));
  EXPECT_NE(Signed(hmac, ""), AsText(HmacSha256(AsBytes("k"), "")));
}

std::string ByOpenssl(std::string_view key, std::string_view data) {
  std::array<unsigned char, 32> out;
  EXPECT_NE(::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), AsBytes(data).data(),
                   data.size(), out.data(), nullptr),
            nullptr);
  return std::string(AsText(out));
}

// Around every edge of a block: 55 bytes are the last that leave room for the padding.
TEST(Hmac, IsOpensslsForEveryLengthOfKeyAndValue) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) bytes.push_back(static_cast<char>(i * 7 + 1));
  const std::string_view all = bytes;
  for (const std::size_t key_size : {0u, 1u, 32u, 63u, 64u, 65u, 200u}) {
    const std::string_view key = all.substr(0, key_size);
    const Hmac hmac(AsBytes(key));
    for (std::size_t size = 0; size <= all.size(); ++size) {
      const std::string_view data = all.substr(0, size);
      ASSERT_EQ(Signed(hmac, data), ByOpenssl(key, data)) << key_size << ", " << size;
      ASSERT_EQ(AsText(HmacSha256(AsBytes(key), data)), ByOpenssl(key, data));
    }
  }
}

TEST(Hmac, GivesTheSameOnManyThreads) {
  const std::string expected(AsText(HmacSha256(AsBytes("key"), "value")));
  const Hmac hmac(AsBytes("key"));
  std::vector<std::jthread> threads;  // Joined before `expected` goes.
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) ASSERT_EQ(Signed(hmac, "value"), expected);
    });
  }
}

}  // namespace
}  // namespace bauta::crypto
