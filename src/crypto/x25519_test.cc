#include "crypto/x25519.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

X25519Public PublicFrom(std::string_view bytes) {
  X25519Public key;
  std::ranges::copy(bytes, key.begin());
  return key;
}

class X25519Vector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, X25519Vector, testing::ValuesIn(VectorsOf("rfc7748-")), TestName);
TEST_P(X25519Vector, IsReproduced) {
  const Vector& v = GetParam();
  const Result<SecretBytes> shared =
      X25519(SecretBytes::CopyOf(v.Hex("scalar_hex")), PublicFrom(v.Hex("u_hex")));
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(AsText(shared->bytes()), v.Hex("out_hex"));
}

TEST(X25519, BothSidesAgree) {
  const SecretBytes a = RandomSecret(32);
  const SecretBytes b = RandomSecret(32);
  EXPECT_EQ(AsText(X25519(a, X25519PublicOf(b))->bytes()),
            AsText(X25519(b, X25519PublicOf(a))->bytes()));
}

TEST(X25519, RefusesPointsOfLowOrder) {
  for (const bool is_one : {false, true}) {
    X25519Public low{};
    low[0] = is_one ? 1 : 0;
    const Result<SecretBytes> shared = X25519(RandomSecret(32), low);
    ASSERT_FALSE(shared.ok());
    EXPECT_EQ(shared.error().code, ErrorCode::kRejected);
  }
}

}  // namespace
}  // namespace bauta::crypto
