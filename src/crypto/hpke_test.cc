#include "crypto/hpke.h"

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

void ExpectExports(const HpkeContext& context, const Vector& v) {
  for (const Vector& e : v.List("exports")) {
    const auto length = static_cast<std::size_t>(e.Int("length"));
    EXPECT_EQ(AsText(context.Export(e.Hex("context_hex"), length).bytes()), e.Hex("out_hex"));
  }
}

class HpkeVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, HpkeVector, testing::ValuesIn(VectorsOf("rfc9180-")), TestName);
TEST_P(HpkeVector, IsReproducedByBothSides) {
  const Vector& v = GetParam();
  const auto aead = static_cast<std::uint16_t>(v.Int("aead_id"));
  const Result<HpkeSetup> sent =
      HpkeSendWith(SecretBytes::CopyOf(v.Hex("sk_e_hex")), PublicFrom(v.Hex("pk_r_hex")),
                   v.Hex("info_hex"), aead);
  ASSERT_TRUE(sent.ok());
  EXPECT_EQ(AsText(sent->enc), v.Hex("enc_hex"));
  ExpectExports(sent->context, v);
  const Result<HpkeContext> received =
      HpkeReceive(SecretBytes::CopyOf(v.Hex("sk_r_hex")), PublicFrom(v.Hex("enc_hex")),
                  v.Hex("info_hex"), aead);
  ASSERT_TRUE(received.ok());
  ExpectExports(*received, v);
}

TEST(Hpke, EverySetupIsFresh) {
  const X25519Public recipient = X25519PublicOf(RandomSecret(32));
  const Result<HpkeSetup> one = HpkeSend(recipient, "info");
  const Result<HpkeSetup> other = HpkeSend(recipient, "info");
  EXPECT_NE(one->enc, other->enc);
  EXPECT_NE(AsText(one->context.Export("dek", 32).bytes()),
            AsText(other->context.Export("dek", 32).bytes()));
}

TEST(Hpke, OtherInfoOrKeyGivesOtherSecrets) {
  const SecretBytes secret = RandomSecret(32);
  const Result<HpkeSetup> sent = HpkeSend(X25519PublicOf(secret), "info");
  const SecretBytes dek = sent->context.Export("dek", 32);
  EXPECT_EQ(AsText(HpkeReceive(secret, sent->enc, "info")->Export("dek", 32).bytes()),
            AsText(dek.bytes()));
  EXPECT_NE(AsText(HpkeReceive(secret, sent->enc, "other")->Export("dek", 32).bytes()),
            AsText(dek.bytes()));
  EXPECT_NE(AsText(HpkeReceive(RandomSecret(32), sent->enc, "info")->Export("dek", 32).bytes()),
            AsText(dek.bytes()));
}

TEST(Hpke, RefusesAnAllZeroSharedSecret) {
  EXPECT_FALSE(HpkeSend(X25519Public{}, "info").ok());
  EXPECT_FALSE(HpkeReceive(RandomSecret(32), X25519Public{}, "info").ok());
}

}  // namespace
}  // namespace bauta::crypto
