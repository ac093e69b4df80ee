#include "keys/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "fakes/temp_folder.h"
#include "fakes/vectors.h"

namespace bauta::keys {
namespace {

using testing::HasSubstr;

std::string Text(const crypto::SecretBytes& secret) {
  return {reinterpret_cast<const char*>(secret.bytes().data()), secret.size()};
}

// The master key 00..1f, and the recipients of the vectors.
constexpr char kMaterial[] =
    R"({"type":"raw","key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})";
constexpr char kVaultPk[] = "RwHQhIhFH1RaQJ+1iuPlhYHKQKw/fxFGmM1x3qxzygE=";
constexpr char kQuarantinePk[] = "eaYx7t4b+cmPEgMs3q3Q56B5OY/HhriMyEbsia+FpRo=";

std::string KeyText(const std::string& kid = "k1", const std::string& status = "ENABLED",
                    const std::string& kcv = "e8eb2e4c", const std::string& material = kMaterial) {
  return R"({"kid":")" + kid + R"(","status":")" + status + R"(","created":"2026-01-01","kcv":")" +
         kcv + R"(","material":)" + material + "}";
}
std::string RecipientText(const std::string& id, const std::string& purpose, const std::string& pk,
                          const std::string& status = "ENABLED") {
  return R"({"id":")" + id + R"(","purpose":")" + purpose + R"(","alg":"x25519-hpke","pk":")" + pk +
         R"(","status":")" + status + R"("})";
}
std::string RingText(const std::string& keys, const std::string& recipients,
                     const std::string& primary = "k1") {
  return R"({"v":1,"id":"login-events","primary":")" + primary + R"(","keys":[)" + keys +
         R"(],"recipients":[)" + recipients + "]}";
}
const std::string kRecipients =
    RecipientText("v1", "vault", kVaultPk) + "," + RecipientText("q1", "quarantine", kQuarantinePk);

Result<crypto::SecretBytes> SubKey(const KeyRing& ring, std::string_view purpose,
                                   std::string_view domain, std::string_view canon,
                                   std::size_t length) {
  return KeyRing::SubKeyOf(ring.primary(), purpose, domain, canon, length);
}

class KeyRingFile : public testing::Test {
 protected:
  Result<KeyRing> Load(const std::string& text) const {
    std::ofstream(path_) << text;
    EXPECT_EQ(chmod(path_.c_str(), 0600), 0);
    return KeyRing::Load(path_);
  }
  void ExpectRefused(const std::string& text, const std::string& why) const {
    const Result<KeyRing> ring = Load(text);
    ASSERT_FALSE(ring.ok()) << text;
    EXPECT_EQ(ring.error().code, ErrorCode::kConfig);
    EXPECT_THAT(ring.error().message, HasSubstr(path_));
    EXPECT_THAT(ring.error().message, HasSubstr(why));
    EXPECT_THAT(ring.error().message, testing::Not(HasSubstr("AAECAwQF")));
    EXPECT_FALSE(ring.error().hint.empty());
  }
  const TempFolder folder_;
  const std::string path_ = folder_.path() + "/keyring.json";
};

TEST_F(KeyRingFile, IsToldFromAnIdentity) {
  ExpectRefused(VectorNamed("scheme-identity-q1").Str("file_utf8"),
                "is an identity, not a key ring");
}

TEST_F(KeyRingFile, IsReadAsPrivacyShowsIt) {
  const Result<KeyRing> ring = Load(RingText(KeyText(), kRecipients));
  ASSERT_TRUE(ring.ok()) << ring.error().message;
  EXPECT_EQ(ring->id(), "login-events");
  EXPECT_EQ(ring->primary().kid, "k1");
  EXPECT_EQ(ring->primary().created, "2026-01-01");
  EXPECT_EQ(ring->primary().kcv, "e8eb2e4c");
  EXPECT_EQ(Text(ring->primary().prk), VectorNamed("scheme-keys-ip").Hex("prk_hex"));
  ASSERT_EQ(ring->recipients().size(), 2u);
  ASSERT_NE(ring->FindRecipient("q1", Purpose::kQuarantine), nullptr);
  EXPECT_EQ(ring->FindRecipient("q1", Purpose::kQuarantine)->pk[0], 0x79);
  EXPECT_EQ(ring->FindRecipient("q1", Purpose::kVault), nullptr);
  EXPECT_EQ(ring->FindRecipient("q2", Purpose::kQuarantine), nullptr);
}

class SubKeys : public KeyRingFile, public testing::WithParamInterface<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, SubKeys, testing::ValuesIn(VectorsOf("scheme-keys-")), TestName);
TEST_P(SubKeys, AreThoseOfTheScheme) {
  const Vector& v = GetParam();
  const Result<KeyRing> ring = Load(RingText(KeyText(), kRecipients));
  ASSERT_TRUE(ring.ok());
  if (v.Has("kcv_hex")) {
    EXPECT_EQ(Text(*SubKey(*ring, "kcv", "", "", 4)), v.Hex("kcv_hex"));
    EXPECT_EQ(Text(*SubKey(*ring, "ipcrypt-deterministic", "ip", "ip1", 16)),
              v.Hex("key_ipcrypt_deterministic_hex"));
    EXPECT_EQ(Text(*SubKey(*ring, "ipcrypt-pfx", "ip", "ip1", 32)), v.Hex("key_ipcrypt_pfx_hex"));
    return;
  }
  EXPECT_EQ(Text(*SubKey(*ring, "h1", v.Str("domain"), v.Str("canon"), 32)), v.Hex("key_h1_hex"));
  EXPECT_EQ(Text(*SubKey(*ring, "s1", v.Str("domain"), v.Str("canon"), 64)), v.Hex("key_s1_hex"));
}

TEST_F(KeyRingFile, MakesNoAmbiguousSubKey) {
  const Result<KeyRing> ring = Load(RingText(KeyText(), kRecipients));
  ASSERT_TRUE(ring.ok());
  const std::string_view nul("a\0b", 3);
  EXPECT_FALSE(SubKey(*ring, nul, "d", "c", 32).ok());
  EXPECT_FALSE(SubKey(*ring, "p", nul, "c", 32).ok());
  EXPECT_FALSE(SubKey(*ring, "p", "d", nul, 32).ok());
  EXPECT_FALSE(SubKey(*ring, "p", "d", "c", 0).ok());
  EXPECT_FALSE(SubKey(*ring, "p", "d", "c", 8161).ok());
}

TEST_F(KeyRingFile, KeepsOldKeysAndRecipients) {
  const std::string keys = KeyText("k1", "DESTROYED", "00000000", "null") + "," +
                           KeyText("k2", "DISABLED") + "," + KeyText("k3");
  const Result<KeyRing> ring =
      Load(RingText(keys, RecipientText("v0", "vault", kVaultPk, "DISABLED"), "k3"));
  ASSERT_TRUE(ring.ok()) << ring.error().message;
  ASSERT_EQ(ring->keys().size(), 3u);
  EXPECT_EQ(ring->keys()[0].status, KeyStatus::kDestroyed);
  EXPECT_EQ(ring->keys()[0].prk.size(), 0u);
  EXPECT_EQ(ring->keys()[1].status, KeyStatus::kDisabled);
  EXPECT_EQ(ring->keys()[1].prk.size(), 32u);
  EXPECT_EQ(ring->primary().kid, "k3");
  EXPECT_FALSE(ring->recipients()[0].enabled);
}

TEST_F(KeyRingFile, IsTheSameWhileNothingInItChanges) {
  const std::string vault = RecipientText("v1", "vault", kVaultPk);
  const KeyRing ring = Load(RingText(KeyText(), kRecipients)).value();
  EXPECT_TRUE(ring.IsSameAs(Load(RingText(KeyText(), kRecipients)).value()));
  const std::string others[] = {
      RingText(KeyText() + "," + KeyText("k2"), kRecipients),
      RingText(KeyText() + "," + KeyText("k2"), kRecipients, "k2"),
      RingText(KeyText() + "," + KeyText("k2", "DISABLED"), kRecipients),
      RingText(KeyText(), vault),
      RingText(KeyText(), RecipientText("v1", "vault", kVaultPk, "DISABLED")),
      RingText(KeyText(), RecipientText("v2", "vault", kVaultPk)),
  };
  for (const std::string& one : others) {
    for (const std::string& another : others) {
      EXPECT_EQ(Load(one).value().IsSameAs(Load(another).value()), one == another)
          << one << another;
    }
  }
}

TEST_F(KeyRingFile, IsRefusedWhenItIsNotWholeOrNotRight) {
  const std::string good = KeyText();
  ExpectRefused("", "not a JSON object");
  ExpectRefused("[]", "not a JSON object");
  ExpectRefused("{}", "needs v, id, primary and keys");
  ExpectRefused(RingText(good, kRecipients).substr(0, 200), "");
  ExpectRefused(RingText(good, kRecipients) + " {}", "goes on after");
  ExpectRefused(RingText(good, kRecipients) + "x", "");
  ExpectRefused(R"({"v":2})", "v must be 1");
  ExpectRefused(R"({"v":"1"})", "v is not a whole number");
  ExpectRefused(R"({"v":1,"v":1})", "v stands there twice");
  ExpectRefused(R"({"v":1,"vv":1})", "vv is an unknown key");
  ExpectRefused(R"({"v":1,"id":"a\u0000b"})", "id must be");
  ExpectRefused(RingText(good, kRecipients, "k2"), "primary names no key");
  ExpectRefused(RingText("", kRecipients), "primary names no key");
}

TEST_F(KeyRingFile, IsRefusedForABadKey) {
  const struct {
    std::string key;
    const char* why;
  } cases[] = {
      {KeyText("K1"), "keys[0].kid must be"},
      {KeyText("k1", "enabled"), "keys[0].status must be one of"},
      {KeyText("k1", "DISABLED"), "primary names a key not ENABLED"},
      {KeyText("k1", "DESTROYED"), "still has its material"},
      {KeyText("k1", "ENABLED", "e8eb2e4d"), "its kcv e8eb2e4d"},
      {KeyText("k1", "ENABLED", "E8EB2E4C"), "its kcv"},
      {KeyText("k1", "ENABLED", "e8eb2e4c", "null"), "has no material"},
      {KeyText("k1", "ENABLED", "e8eb2e4c", "{}"), "needs type and key"},
      {KeyText("k1", "ENABLED", "e8eb2e4c", R"({"type":"vault","key":"AAEC"})"), "\"aws-kms\" are"},
      {KeyText("k1", "ENABLED", "e8eb2e4c", R"({"type":"raw","key":"AAEC"})"), "32 bytes"},
      {KeyText("k1", "ENABLED", "e8eb2e4c", R"({"type":"raw","key":"AAE"})"), "base64"},
      {KeyText("k1", "ENABLED", "e8eb2e4c", R"({"type":"raw","key":12})"), "not a string"},
      {KeyText("k1", "ENABLED", "e8eb2e4c", R"({"type":"raw","key":"AAEC","x":1})"), "unknown key"},
      {KeyText() + "," + KeyText(), "repeats the kid k1"},
      {R"({"kid":"k1"})", "keys[0] needs kid, status"},
      {"7", "keys[0] is not an object"},
  };
  for (const auto& c : cases) ExpectRefused(RingText(c.key, kRecipients), c.why);
}

TEST_F(KeyRingFile, IsRefusedForABadRecipient) {
  const struct {
    std::string recipients;
    const char* why;
  } cases[] = {
      {RecipientText("v1", "vault", kVaultPk) + "," + RecipientText("q1", "quarantine", kVaultPk),
       "public key of v1, which has another purpose"},
      {RecipientText("v1", "vault", kVaultPk) + "," + RecipientText("v1", "vault", kQuarantinePk),
       "repeats the id v1"},
      {RecipientText("v 1", "vault", kVaultPk), "recipients[0].id must be"},
      {RecipientText("v1", "audit", kVaultPk), "recipients[0].purpose must be"},
      {RecipientText("v1", "vault", "AAEC"), "has 3 bytes, not 32"},
      {RecipientText("v1", "vault", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), "no usable"},
      {R"({"id":"v1"})", "recipients[0] needs id"},
  };
  for (const auto& c : cases) ExpectRefused(RingText(KeyText(), c.recipients), c.why);
}

TEST_F(KeyRingFile, IsRefusedWithLooseMode) {
  ASSERT_TRUE(Load(RingText(KeyText(), kRecipients)).ok());
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_THAT(KeyRing::Load(path_).error().message, HasSubstr("mode 0640"));
}

}  // namespace
}  // namespace bauta::keys
