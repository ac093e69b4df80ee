#include "sealing/vault_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/hpke.h"
#include "fakes/vectors.h"
#include "sealing/vault_format.h"

namespace bauta::sealing {
namespace {

crypto::SecretBytes IdentityOf(const Vector& v) {
  return crypto::SecretBytes::CopyOf(v.Hex("recipient_sk_hex"));
}

Result<OpenedOriginal> OpenVector(const Vector& v) {
  const crypto::SecretBytes identity = IdentityOf(v);
  const std::string domain = v.Str("domain"), token = v.Str("token");
  return VaultOpener(identity).Open({domain, token}, v.Hex("record_hex"));
}

class GoodVaultRecord : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, GoodVaultRecord,
                         testing::ValuesIn(VectorsOf("scheme-vault-", "scheme-vault-bad-")),
                         TestName);
TEST_P(GoodVaultRecord, IsOpened) {
  const Result<OpenedOriginal> opened = OpenVector(GetParam());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(opened->canon, GetParam().Str("canon"));
  EXPECT_EQ(opened->value, GetParam().Str("value"));
}

TEST_P(GoodVaultRecord, IsSealedToTheSameBytes) {
  const Vector& v = GetParam();
  crypto::X25519Public recipient;
  std::ranges::copy(v.Hex("recipient_pk_hex"), recipient.begin());
  const Result<crypto::HpkeSetup> setup = crypto::HpkeSendWith(
      crypto::SecretBytes::CopyOf(v.Hex("ephemeral_sk_hex")), recipient, v.Str("info"));
  ASSERT_TRUE(setup.ok());
  const crypto::SecretBytes dek = setup->context.Export("dek", 32);
  EXPECT_EQ(AsText(dek.bytes()), v.Hex("dek_hex"));
  const std::string domain = v.Str("domain"), token = v.Str("token");
  EXPECT_EQ(SealOriginal(dek, setup->enc, std::stoull(v.Str("counter")), {domain, token},
                         v.Str("canon"), v.Str("value")),
            v.Hex("record_hex"));
}

// Also one of another purpose: its info is the quarantine's.
class BadVaultRecord : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, BadVaultRecord, testing::ValuesIn(VectorsOf("scheme-vault-bad-")),
                         TestName);
TEST_P(BadVaultRecord, IsRefused) {
  const Vector& v = GetParam();
  if (v.Str("info") != kVaultInfo) {
    const std::string record = v.Hex("record_hex");
    const crypto::SecretBytes dek =
        crypto::HpkeReceive(IdentityOf(v), SplitRecord(record)->enc, v.Str("info"))
            .value()
            .Export("dek", 32);
    const std::string domain = v.Str("domain"), token = v.Str("token");
    EXPECT_FALSE(OpenOriginal(dek, *SplitRecord(record), {domain, token}));
    return;
  }
  const Result<OpenedOriginal> opened = OpenVector(v);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kRejected);
}

class VaultRecord : public testing::Test {
 protected:
  const crypto::SecretBytes identity_ = crypto::RandomSecret(32);
  VaultSealer sealer_ = VaultSealer::Make(crypto::X25519PublicOf(identity_)).value();

  std::string Sealed(std::string_view value) {
    return sealer_.Seal(Original(0, "h1:k1:abc", "ip", "ip1", value));
  }
};

TEST_F(VaultRecord, ComesBackWhereItBelongsAndNowhereElse) {
  const std::string record = Sealed("192.0.2.1");
  VaultOpener opener(identity_);
  const Result<OpenedOriginal> opened = opener.Open({"ip", "h1:k1:abc"}, record);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->canon, "ip1");
  EXPECT_EQ(opened->value, "192.0.2.1");
  EXPECT_FALSE(opener.Open({"ip", "h1:k1:abd"}, record).ok());
  EXPECT_FALSE(opener.Open({"device_id", "h1:k1:abc"}, record).ok());
  const crypto::SecretBytes other = crypto::RandomSecret(32);
  EXPECT_FALSE(VaultOpener(other).Open({"ip", "h1:k1:abc"}, record).ok());
  EXPECT_EQ(record.find("192.0.2.1"), std::string::npos);
}

// In the order of their tokens the records of a big vault change setups all the time.
TEST_F(VaultRecord, OpensThoseOfManySetupsInAnyOrder) {
  std::vector<std::string> records;
  for (int i = 0; i < 1030; ++i) {
    VaultSealer sealer = VaultSealer::Make(crypto::X25519PublicOf(identity_)).value();
    records.push_back(sealer.Seal(Original(0, "h1:k1:abc", "ip", "ip1", std::to_string(i))));
  }
  VaultOpener opener(identity_);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1030; ++i) {
      const Result<OpenedOriginal> opened =
          opener.Open({"ip", "h1:k1:abc"}, records[static_cast<std::size_t>(i)]);
      ASSERT_TRUE(opened.ok());
      ASSERT_EQ(opened->value, std::to_string(i));
    }
  }
}

TEST_F(VaultRecord, IsRefusedWhenAnyByteIsFlippedOrItIsCut) {
  std::string record = Sealed("192.0.2.1");
  VaultOpener opener(identity_);
  for (std::size_t i = 0; i < record.size(); ++i) {
    EXPECT_FALSE(opener.Open({"ip", "h1:k1:abc"}, std::string_view(record).substr(0, i)).ok());
    record[i] = static_cast<char>(record[i] ^ 1);
    EXPECT_FALSE(opener.Open({"ip", "h1:k1:abc"}, record).ok());
    record[i] = static_cast<char>(record[i] ^ 1);
  }
}

TEST_F(VaultRecord, HidesTheFamilyOfAnAddress) {
  EXPECT_EQ(Sealed("192.0.2.1").size(), 185u);
  EXPECT_EQ(Sealed("2001:0db8:0000:0000:0000:0000:0000:0001").size(), 185u);
}

TEST_F(VaultRecord, UsesNoCounterAndNoSetupTwice) {
  std::set<std::string> heads;  // enc and counter
  VaultSealer other = VaultSealer::Make(crypto::X25519PublicOf(identity_)).value();
  for (int i = 0; i < 100; ++i) {
    heads.insert(Sealed("192.0.2.1").substr(0, 41));
    heads.insert(other.Seal(Original(0, "t", "d", "ip1", "192.0.2.1")).substr(0, 41));
  }
  EXPECT_EQ(heads.size(), 200u);
}

TEST(VaultSealer, RefusesARecipientThatIsNoKey) { EXPECT_FALSE(VaultSealer::Make({}).ok()); }

}  // namespace
}  // namespace bauta::sealing
