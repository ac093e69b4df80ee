#include "keys/wrapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "base/bytes.h"
#include "base/text.h"
#include "fakes/temp_folder.h"
#include "keys/edit.h"
#include "keys/generate.h"
#include "keys/identity.h"
#include "keys/key_ring.h"

namespace bauta::keys {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kTokens[] = "arn:aws:kms:eu-west-1:111122223333:key/tokens";
constexpr char kDesk[] = "arn:aws:kms:eu-west-1:111122223333:key/desk";

// As KMS behaves, with blobs that say nothing.
class FakeKms {
 public:
  MakeWrapped Wrap(const std::string& arn) {
    return [this, arn](const WrapContext& context) -> Result<WrappedKey> {
      const std::string blob = "blob \"" + std::to_string(made_.size()) + "\"";
      crypto::SecretBytes key = crypto::RandomSecret(32);
      made_[blob] = {std::string(AsText(key.bytes())), arn, context};
      return WrappedKey{std::move(key), {arn, blob, context}};
    };
  }
  Unwrap Open() {
    return [this](const Wrapping& wrapping) -> Result<crypto::SecretBytes> {
      ++asked;
      if (away) return Retryable("KMS is away");
      const Made& made = made_.at(wrapping.blob);
      if (made.arn != wrapping.key_id || made.context != wrapping.context) {
        return ConfigError("KMS says no", "ask its owner");
      }
      return crypto::SecretBytes::CopyOf(made.key.substr(0, size));
    };
  }
  std::vector<std::string> Plaintexts() const {
    std::vector<std::string> all;
    for (const auto& [blob, made] : made_) all.push_back(made.key);
    return all;
  }

  int asked = 0;
  bool away = false;
  std::size_t size = 32;

 private:
  struct Made {
    std::string key, arn;
    WrapContext context;
  };
  std::map<std::string, Made> made_;
};

std::string Content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<crypto::SecretBytes> NeverAsked() {
  ADD_FAILURE() << "asked for a passphrase";
  return crypto::SecretBytes();
}

class WrappedKeys : public testing::Test {
 protected:
  WrappedKeys() {
    GenerateOptions options;
    options.wrap_key = kms_.Wrap(kTokens);
    options.wrap_identities = kms_.Wrap(kDesk);
    EXPECT_TRUE(Generate(folder_.path(), options).ok());
  }
  std::string File(const char* name) const { return folder_.path() + "/" + name; }
  Result<KeyRing> Load() { return KeyRing::Load(ring_, false, kms_.Open()); }
  Result<crypto::SecretBytes> OpenVault() {
    return OpenIdentity(File(kVaultIdentityFile), Purpose::kVault, NeverAsked, nullptr,
                        kms_.Open());
  }
  // Writes the file with that change, which must be one.
  void Change(const std::string& path, const std::string& from, const std::string& to) const {
    std::string text = Content(path);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(path) << text.replace(at, from.size(), to);
  }

  FakeKms kms_;
  const TempFolder folder_;
  const std::string ring_ = folder_.path() + "/keyring.json";
};

TEST_F(WrappedKeys, AreUnwrappedOnceEach) {
  const Result<KeyRing> ring = Load();
  ASSERT_TRUE(ring.ok()) << ring.error().message;
  EXPECT_EQ(kms_.asked, 1);
  EXPECT_TRUE(KeyRing::SubKeyOf(ring->primary(), "h1", "ip", "ip1", 32).ok());
  EXPECT_EQ(ring->primary().wrapping->key_id, kTokens);
  EXPECT_EQ(ring->primary().wrapping->context, (WrapContext{{"keyring", "bauta"}, {"kid", "k1"}}));
  EXPECT_EQ(kms_.asked, 1);
  EXPECT_TRUE(OpenVault().ok());
  EXPECT_EQ(kms_.asked, 2);
}

TEST_F(WrappedKeys, StandInNoFile) {
  for (const char* name : {"keyring.json", kVaultIdentityFile, kQuarantineIdentityFile}) {
    const std::string text = Content(File(name));
    EXPECT_THAT(text, HasSubstr("aws-kms"));
    EXPECT_THAT(text, Not(HasSubstr("\"sk\"")));
    for (const std::string& plain : kms_.Plaintexts()) {
      EXPECT_THAT(text, Not(HasSubstr(Base64Encode(plain))));
    }
  }
}

TEST_F(WrappedKeys, AreLeftWrappedOnRequest) {
  const Result<KeyRing> ring = KeyRing::LoadWrapped(ring_);
  ASSERT_TRUE(ring.ok());
  EXPECT_EQ(kms_.asked, 0);
  EXPECT_EQ(ring->primary().kcv, Load()->primary().kcv);
  EXPECT_EQ(KeyRing::SubKeyOf(ring->primary(), "h1", "ip", "ip1", 32).error().code,
            ErrorCode::kFatal);
}

TEST_F(WrappedKeys, AreRefusedWithoutKms) {
  const Result<KeyRing> ring = KeyRing::Load(ring_);
  ASSERT_FALSE(ring.ok());
  EXPECT_THAT(ring.error().message, HasSubstr("key k1: is wrapped by AWS KMS"));
}

TEST_F(WrappedKeys, PassOnWhatKmsSays) {
  kms_.away = true;
  EXPECT_EQ(Load().error().code, ErrorCode::kRetryable);
  EXPECT_THAT(Load().error().message, HasSubstr(ring_ + ": key k1: KMS is away"));
  EXPECT_EQ(OpenVault().error().code, ErrorCode::kRetryable);
  kms_.away = false;
  Change(ring_, kTokens, kDesk);
  Change(File(kVaultIdentityFile), kDesk, kTokens);
  EXPECT_EQ(Load().error().hint, "ask its owner");
  EXPECT_EQ(Load().error().code, ErrorCode::kConfig);
  EXPECT_THAT(OpenVault().error().message, HasSubstr("identity-v1.json: KMS says no"));
}

TEST_F(WrappedKeys, AreRefusedIfTheyAreOthers) {
  kms_.size = 31;
  EXPECT_THAT(Load().error().message, HasSubstr("no key of 32 bytes"));
  EXPECT_THAT(OpenVault().error().message, HasSubstr("no key of 32 bytes"));
  kms_.size = 32;
  const std::string kcv = Load()->primary().kcv;
  Change(ring_, kcv, kcv == "00000000" ? "00000001" : "00000000");
  EXPECT_THAT(Load().error().message, HasSubstr("key k1 is not the key that its kcv 0000000"));
  const std::string vault = Content(File(kVaultIdentityFile));
  const std::size_t nonce = vault.find("\"nonce\":\"") + 9;
  Change(File(kVaultIdentityFile), vault.substr(nonce, 4),
         vault.substr(nonce, 4) == "AAAA" ? "AAAB" : "AAAA");
  EXPECT_THAT(OpenVault().error().message, HasSubstr("the file was changed"));
}

TEST_F(WrappedKeys, AreRefusedBeforeKmsIsAskedWhereTheirFileIsWrong) {
  const std::string ring = Content(ring_), vault = Content(File(kVaultIdentityFile));
  const struct {
    const char *from, *to, *says;
  } rings[] = {
      {R"("kid":"k1"})", R"("kid":"k2"})",
       R"(must have the context {"keyring":"bauta","kid":"k1"})"},
      {R"("id":"bauta")", R"("id":"other")", R"(the context {"keyring":"other","kid":"k1"})"},
      {R"(,"kid":"k1"}})", R"(,"kid":"k1","x":"y"}})", "must have the context"},
      {R"("ciphertext_blob":)", R"("blob":)", "material.blob is an unknown key"},
      {R"("ciphertext_blob":")", R"("ciphertext_blob":"*)", "is not padded base64"},
      {R"("key_id":"arn)", R"("key_id":"\"arn)", "is no ARN or id"},
      {R"("type":"aws-kms")", R"("type":"aws-kms","key":"AAEC")", "has a key beside"},
      {R"("type":"aws-kms")", R"("type":"raw","key":"AAEC")", "is raw, and has"},
      {R"("kcv":")", R"("kcv":"\")", "not 8 digits of hex"},
  };
  for (const auto& c : rings) {
    std::ofstream(ring_) << ring;
    Change(ring_, c.from, c.to);
    EXPECT_THAT(Load().error().message, HasSubstr(c.says));
  }
  const struct {
    const char *from, *to, *says;
  } identities[] = {
      {R"("identity":"v1")", R"("identity":"q1")", R"(must have the context {"identity":"v1"})"},
      {R"("id":"v1")", R"("id":"v2")", R"(must have the context {"identity":"v2"})"},
      {R"("alg":"aws-kms")", R"("alg":"aws-kms","ops":3)", "beside aws-kms"},
      {R"("alg":"aws-kms")", R"("alg":"argon2id13")", "needs alg, ops, mem and salt"},
  };
  for (const auto& c : identities) {
    std::ofstream(File(kVaultIdentityFile)) << vault;
    Change(File(kVaultIdentityFile), c.from, c.to);
    EXPECT_THAT(OpenVault().error().message, HasSubstr(c.says));
  }
  EXPECT_EQ(kms_.asked, 0);
}

TEST(WrappedByOneKey, TokenKeyAndIdentitiesAreNot) {
  FakeKms kms;
  const TempFolder folder;
  GenerateOptions options;
  options.wrap_key = kms.Wrap(kTokens);
  options.wrap_identities = kms.Wrap("arn:aws:kms:us-east-1:111122223333:key/tokens");
  const Result<> made = Generate(folder.path(), options);
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message, HasSubstr("wraps token key k1 already"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(WrappedKeys, StayWrappedWhenTheRingChanges) {
  KeyRingEdit edit = KeyRingEdit::Open(ring_).value();
  EXPECT_EQ(edit.AddKey({}, kms_.Wrap(kTokens)).value(), "k2");
  EXPECT_EQ(edit.AddKey().value(), "k3");  // In clear.
  EXPECT_FALSE(edit.AddRecipient(Purpose::kVault, {}, nullptr, {}, kms_.Wrap(kTokens)).ok());
  const auto recipient = edit.AddRecipient(Purpose::kVault, {}, nullptr, {}, kms_.Wrap(kDesk));
  EXPECT_THAT(recipient.value().identity, HasSubstr(R"("context":{"identity":"v2"})"));
  ASSERT_TRUE(edit.MakePrimary("k2").ok());
  ASSERT_TRUE(edit.Disable("k1").ok());
  ASSERT_TRUE(edit.Save().ok());
  EXPECT_EQ(kms_.asked, 0);
  const Result<KeyRing> ring = Load();
  ASSERT_TRUE(ring.ok()) << ring.error().message;
  EXPECT_EQ(kms_.asked, 2);
  EXPECT_TRUE(ring->keys()[0].wrapping && ring->keys()[1].wrapping && !ring->keys()[2].wrapping);

  KeyRingEdit again = KeyRingEdit::Open(ring_).value();
  ASSERT_TRUE(again.Destroy("k1").ok() && again.Save().ok());
  EXPECT_THAT(Content(ring_), HasSubstr(R"("material":null)"));
  EXPECT_TRUE(Load().ok());
}

}  // namespace
}  // namespace bauta::keys
