#include "crypto/argon2id.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

TEST(Argon2id, GivesTheKnownAnswer) {
  const Vector v = VectorNamed("argon2id-1");
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
