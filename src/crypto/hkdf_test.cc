#include "crypto/hkdf.h"

#include <gtest/gtest.h>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

class HkdfVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, HkdfVector, testing::ValuesIn(VectorsOf("rfc5869-")), TestName);
TEST_P(HkdfVector, IsReproduced) {
  const Vector& v = GetParam();
  const SecretBytes prk = HkdfExtract(v.Hex("salt_hex"), SecretBytes::CopyOf(v.Hex("ikm_hex")));
  EXPECT_EQ(AsText(prk.bytes()), v.Hex("prk_hex"));
  const auto length = static_cast<std::size_t>(v.Int("length"));
  EXPECT_EQ(AsText(HkdfExpand(prk, v.Hex("info_hex"), length).bytes()), v.Hex("okm_hex"));
}

}  // namespace
}  // namespace bauta::crypto
