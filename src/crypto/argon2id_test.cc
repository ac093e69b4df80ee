#include "crypto/argon2id.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

class Argon2idVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, Argon2idVector, testing::ValuesIn(VectorsOf("argon2id-")),
                         TestName);
TEST_P(Argon2idVector, IsReproduced) {
  const Vector& v = GetParam();
  Argon2Salt salt;
  std::ranges::copy(v.Hex("salt_hex"), salt.begin());
  const Result<SecretBytes> key = Argon2id13(SecretBytes::CopyOf(v.Str("password_utf8")), salt,
                                             static_cast<std::uint64_t>(v.Int("opslimit")),
                                             static_cast<std::uint64_t>(v.Int("memlimit_bytes")));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(AsText(key->bytes()), v.Hex("out_hex"));
}

TEST(Argon2id, RefusesNumbersThatMakeNoSense) {
  EXPECT_FALSE(Argon2id13(SecretBytes::CopyOf("x"), Argon2Salt{}, 0, 8192).ok());
  EXPECT_FALSE(Argon2id13(SecretBytes::CopyOf("x"), Argon2Salt{}, 1, 100).ok());
}

}  // namespace
}  // namespace bauta::crypto
