#include "crypto/secret_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);

TEST(SecretBytes, BeginsAsZeros) {
  const SecretBytes secret(100);
  EXPECT_TRUE(std::ranges::all_of(secret.bytes(), [](unsigned char c) { return c == 0; }));
}

TEST(SecretBytes, MovingLeavesNothingBehind) {
  SecretBytes from = SecretBytes::CopyOf("secret");
  const SecretBytes to = std::move(from);
  EXPECT_EQ(AsText(to.bytes()), "secret");
  EXPECT_EQ(from.size(), 0u);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(from.bytes().empty());
}

TEST(SecretBytes, ReadsBase64Strictly) {
  const struct {
    const char *text, *bytes;
  } good[] = {{"", ""}, {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYmFy", "foobar"}};
  for (const auto& c : good) {
    const std::optional<SecretBytes> secret = SecretBytes::FromBase64(c.text);
    ASSERT_TRUE(secret) << c.text;
    EXPECT_EQ(AsText(secret->bytes()), c.bytes);
    std::string text;
    AppendBase64(text, *secret);
    EXPECT_EQ(text, c.text);
  }
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Zm9v ", "Zm9v\n", "Zm9-", "====", "Z"}) {
    EXPECT_FALSE(SecretBytes::FromBase64(bad)) << bad;
  }
}

TEST(Wipe, OverwritesBeforeItEmpties) {
  std::string text = "a secret that is longer than the small string buffer";
  const char* const first = text.data();
  Wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.data(), first);
}

TEST(RandomSecret, DiffersEveryTime) {
  EXPECT_NE(AsText(RandomSecret(32).bytes()), AsText(RandomSecret(32).bytes()));
}

}  // namespace
}  // namespace bauta::crypto
