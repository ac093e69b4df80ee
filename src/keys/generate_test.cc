#include "keys/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "crypto/x25519.h"
#include "fakes/temp_folder.h"

namespace bauta::keys {
namespace {

using testing::HasSubstr;

Result<crypto::SecretBytes> NeverAsked() {
  ADD_FAILURE() << "asked for a passphrase";
  return crypto::SecretBytes();
}

TEST(Generate, MakesARingWhoseIdentitiesFit) {
  const TempFolder folder;
  const std::string inner = folder.path() + "/new";  // Made by it.
  ASSERT_TRUE(Generate(inner, {}).ok());
  const Result<KeyRing> ring = KeyRing::Load(inner + "/keyring.json");
  ASSERT_TRUE(ring.ok()) << ring.error().message;
  EXPECT_EQ(ring->primary().kid, "k1");
  const struct {
    const char *file, *id;
    Purpose purpose;
  } identities[] = {{kVaultIdentityFile, "v1", Purpose::kVault},
                    {kQuarantineIdentityFile, "q1", Purpose::kQuarantine}};
  for (const auto& i : identities) {
    const Result<crypto::SecretBytes> secret =
        OpenIdentity(inner + "/" + i.file, i.purpose, NeverAsked);
    ASSERT_TRUE(secret.ok()) << secret.error().message;
    const Recipient* const recipient = ring->FindRecipient(i.id, i.purpose);
    ASSERT_NE(recipient, nullptr);
    EXPECT_TRUE(recipient->enabled);
    EXPECT_EQ(recipient->pk, crypto::X25519PublicOf(*secret));
  }
}

TEST(Generate, MakesOtherKeysEveryTime) {
  const TempFolder a, b;
  ASSERT_TRUE(Generate(a.path(), {}).ok() && Generate(b.path(), {}).ok());
  const Result<KeyRing> one = KeyRing::Load(a.path() + "/keyring.json");
  const Result<KeyRing> other = KeyRing::Load(b.path() + "/keyring.json");
  EXPECT_NE(one->primary().kcv, other->primary().kcv);
  EXPECT_NE(one->recipients()[0].pk, other->recipients()[0].pk);
  EXPECT_NE(one->recipients()[0].pk, one->recipients()[1].pk);
}

TEST(Generate, ProtectsIdentitiesByThePassphrase) {
  const TempFolder folder;
  GenerateOptions options;
  options.passphrase = crypto::SecretBytes::CopyOf("a passphrase");
  options.cost = {1, 64ull << 20};
  ASSERT_TRUE(Generate(folder.path(), options).ok());
  const std::string path = folder.path() + "/" + kQuarantineIdentityFile;
  const auto typing = [](const char* text) {
    return [text]() -> Result<crypto::SecretBytes> { return crypto::SecretBytes::CopyOf(text); };
  };
  EXPECT_TRUE(OpenIdentity(path, Purpose::kQuarantine, typing("a passphrase")).ok());
  EXPECT_FALSE(OpenIdentity(path, Purpose::kQuarantine, typing("a passphrasE")).ok());
  std::ifstream in(path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_THAT(text, testing::Not(HasSubstr("\"sk\"")));
}

TEST(Generate, NeverOverwrites) {
  for (const char* name : {kKeyRingFile, kVaultIdentityFile, kQuarantineIdentityFile}) {
    const TempFolder folder;
    std::ofstream(folder.path() + "/" + name) << "old";
    const Result<> generated = Generate(folder.path(), {});
    ASSERT_FALSE(generated.ok());
    EXPECT_EQ(generated.error().code, ErrorCode::kConfig);
    EXPECT_THAT(generated.error().message, HasSubstr(folder.path() + "/" + name));
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      EXPECT_EQ(entry.path().filename(), name);  // And makes none of the others.
    }
  }
}

TEST(Generate, SaysWhereItMayNotWrite) {
  const Result<> generated = Generate("/proc/nowhere/else", {});
  ASSERT_FALSE(generated.ok());
  EXPECT_EQ(generated.error().code, ErrorCode::kConfig);
  EXPECT_THAT(generated.error().message, HasSubstr("/proc/nowhere/else"));
}

TEST(Generate, TakesNoIdThatJsonWouldSpoil) {
  const TempFolder folder;
  GenerateOptions options;
  options.ring_id = "a\"b";
  EXPECT_FALSE(Generate(folder.path(), options).ok());
}

}  // namespace
}  // namespace bauta::keys
