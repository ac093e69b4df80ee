#include "keys/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "fakes/temp_folder.h"
#include "fakes/vectors.h"

namespace bauta::keys {
namespace {

using testing::HasSubstr;

std::string Text(const crypto::SecretBytes& secret) {
  return {reinterpret_cast<const char*>(secret.bytes().data()), secret.size()};
}

AskPassphrase Typing(const std::string& passphrase) {
  return [passphrase]() -> Result<crypto::SecretBytes> {
    return crypto::SecretBytes::CopyOf(passphrase);
  };
}

Result<crypto::SecretBytes> NeverAsked() {
  ADD_FAILURE() << "asked for a passphrase";
  return crypto::SecretBytes();
}

class IdentityFile : public testing::TestWithParam<Vector> {
 protected:
  std::string Made(const std::string& text) const {
    std::ofstream(path_) << text;
    EXPECT_EQ(chmod(path_.c_str(), 0600), 0);
    return path_;
  }
  static AskPassphrase PassphraseOf(const Vector& v) {
    return v.IsNull("passphrase") ? NeverAsked : Typing(v.Str("passphrase"));
  }
  static Purpose PurposeOf(const std::string& text) {
    return text.find(R"("purpose":"vault")") == std::string::npos ? Purpose::kQuarantine
                                                                  : Purpose::kVault;
  }
  void ExpectRefused(const std::string& text, const std::string& why) const {
    const Result<crypto::SecretBytes> secret =
        OpenIdentity(Made(text), Purpose::kQuarantine, NeverAsked);
    ASSERT_FALSE(secret.ok()) << text;
    EXPECT_EQ(secret.error().code, ErrorCode::kConfig);
    EXPECT_THAT(secret.error().message, HasSubstr(path_));
    EXPECT_THAT(secret.error().message, HasSubstr(why));
    EXPECT_FALSE(secret.error().hint.empty());
  }
  const TempFolder folder_;
  const std::string path_ = folder_.path() + "/identity.json";
};

using GoodIdentity = IdentityFile;
INSTANTIATE_TEST_SUITE_P(Known, GoodIdentity,
                         testing::ValuesIn(VectorsOf("scheme-identity-", "scheme-identity-bad-")),
                         TestName);
TEST_P(GoodIdentity, IsOpened) {
  const Vector& v = GetParam();
  const std::string text = v.Str("file_utf8");
  std::string id;
  const Result<crypto::SecretBytes> secret =
      OpenIdentity(Made(text), PurposeOf(text), PassphraseOf(v), &id);
  ASSERT_TRUE(secret.ok()) << secret.error().message;
  EXPECT_EQ(Text(*secret), v.Hex("sk_hex"));
  EXPECT_EQ(id, PurposeOf(text) == Purpose::kVault ? "v1" : "q1");
}

using BadIdentity = IdentityFile;
INSTANTIATE_TEST_SUITE_P(Known, BadIdentity, testing::ValuesIn(VectorsOf("scheme-identity-bad-")),
                         TestName);
TEST_P(BadIdentity, IsRefused) {
  const std::string text = GetParam().Json("file");
  bool asked = false;
  const AskPassphrase ask = [&] {
    asked = true;
    return PassphraseOf(GetParam())();
  };
  const Result<crypto::SecretBytes> secret = OpenIdentity(Made(text), PurposeOf(text), ask);
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().code, ErrorCode::kConfig);
  // A cost out of bounds is refused before any work.
  const bool cost_is_wrong = GetParam().id().find("-mem-") != std::string::npos;
  EXPECT_FALSE(cost_is_wrong && asked);
}

const std::string kGood = VectorNamed("scheme-identity-q1").Str("file_utf8");

std::string Changed(std::string_view from, std::string_view to) {
  std::string text = kGood;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(IdentityFile, IsRefusedWhenItIsNotWholeOrNotRight) {
  const struct {
    std::string text;
    const char* why;
  } cases[] = {
      {"", "not a JSON object"},
      {"{}", "needs v, id, purpose"},
      {Changed(R"("v":1)", R"("v":2)"), "v must be 1"},
      {Changed(R"("alg":"x25519")", R"("alg":"x448")"), "alg must be"},
      {Changed(R"("kdf":null)", R"("kdf":null,"kdf":null)"), "kdf stands there twice"},
      {Changed(R"("kdf":null)", R"("other":null)"), "other is an unknown key"},
      {Changed(R"("kdf":null,)", ""), "needs v, id, purpose"},
      {Changed(R"(,"sk":)", R"(,"nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX","sk":)"), "needs sk"},
      {Changed(R"("kdf":null)", R"("kdf":{"alg":"scrypt"})"), "argon2id13 and aws-kms"},
      {Changed(R"("kdf":null)", R"("kdf":{"alg":"argon2id13","ops":3,"mem":67108864})"),
       "needs alg"},
      {Changed(R"("purpose":"quarantine")", R"("purpose":"vault")"), "is for the vault"},
  };
  for (const auto& c : cases) ExpectRefused(c.text, c.why);
}

TEST_F(IdentityFile, IsToldFromAKeyRing) {
  ExpectRefused(R"({"v":1,"id":"logins","primary":"k1","keys":[{"kid":"k1","status":"ENABLED",)"
                R"("created":"2026-01-01","kcv":"e8eb2e4c","material":{"type":"raw",)"
                R"("key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}],"recipients":[]})",
                "is a key ring, not an identity");
}

TEST_F(IdentityFile, PassesOnWhyNoPassphraseCame) {
  const std::string text = VectorNamed("scheme-identity-v1").Str("file_utf8");
  const AskPassphrase ask = []() -> Result<crypto::SecretBytes> {
    return ConfigError("nobody to ask", "use --passphrase-file");
  };
  const Result<crypto::SecretBytes> secret = OpenIdentity(Made(text), Purpose::kVault, ask);
  ASSERT_FALSE(secret.ok());
  EXPECT_THAT(secret.error().message, HasSubstr("nobody to ask"));
  EXPECT_EQ(secret.error().hint, "use --passphrase-file");
}

TEST_F(IdentityFile, IsWrittenAsItIsRead) {
  const crypto::SecretBytes secret = crypto::RandomSecret(32);
  const crypto::SecretBytes passphrase = crypto::SecretBytes::CopyOf("a passphrase");
  const PassphraseCost cheap{1, 64ull << 20};
  const Result<std::string> sealed =
      IdentityText("q7", Purpose::kQuarantine, secret, &passphrase, cheap);
  const Result<std::string> clear = IdentityText("q7", Purpose::kQuarantine, secret, nullptr);
  ASSERT_TRUE(sealed.ok() && clear.ok());
  std::string id;
  EXPECT_EQ(Text(*OpenIdentity(Made(*sealed), Purpose::kQuarantine, Typing("a passphrase"), &id)),
            Text(secret));
  EXPECT_EQ(id, "q7");
  EXPECT_FALSE(OpenIdentity(Made(*sealed), Purpose::kQuarantine, Typing("another")).ok());
  EXPECT_EQ(Text(*OpenIdentity(Made(*clear), Purpose::kQuarantine, NeverAsked)), Text(secret));
}

}  // namespace
}  // namespace bauta::keys
