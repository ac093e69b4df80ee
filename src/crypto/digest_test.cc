#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

class Sha256Vector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, Sha256Vector, testing::ValuesIn(VectorsOf("sha256-")), TestName);
TEST_P(Sha256Vector, IsReproduced) {
  const std::string message = GetParam().Hex("msg_hex");
  EXPECT_EQ(AsText(Sha256(message)), GetParam().Hex("out_hex"));
  const std::string_view view = message;
  const std::size_t half = view.size() / 2;
  EXPECT_EQ(AsText(Sha256({view.substr(0, half), view.substr(half)})), GetParam().Hex("out_hex"));
}

// Around every edge of a block, and wherever a text is cut.
TEST(Sha256, IsOpensslsForEveryLengthAndCut) {
  std::string bytes;
  for (int i = 0; i < 150; ++i) bytes.push_back(static_cast<char>(i * 5 + 3));
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string_view text = std::string_view(bytes).substr(0, size);
    std::array<unsigned char, 32> expected;
    ASSERT_EQ(EVP_Digest(text.data(), size, expected.data(), nullptr, EVP_sha256(), nullptr), 1);
    for (std::size_t cut = 0; cut <= size; ++cut) {
      ASSERT_EQ(Sha256({text.substr(0, cut), text.substr(cut)}), expected) << size << ", " << cut;
    }
  }
}

TEST(Md5Hex, IsWhatSqsSends) {
  EXPECT_EQ(Md5Hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Md5Hex("This is a test message"), "fafb00f5732ab283681e124bf8747ed1");
}

// printf 'my-sso' | sha1sum
TEST(Sha1Hex, IsWhatAwsNamesFilesBy) {
  EXPECT_EQ(Sha1Hex("my-sso"), "0ad374308c5a4e22f723adf10145eafad7c4031c");
}

TEST(LedgerId, KeepsUuids) {
  EXPECT_EQ(ToString(LedgerId("219F8380-5770-4CC2-8C3E-5C715E145F5E")),
            "219f8380-5770-4cc2-8c3e-5c715e145f5e");
}

// printf 'bauta-id-v1\0message-1' | sha256sum | cut -c1-32
TEST(LedgerId, HashesWhatIsNoUuid) {
  EXPECT_EQ(ToString(LedgerId("message-1")), "d4d38d9c-9378-1070-6197-ad6a43dd38de");
  EXPECT_NE(LedgerId("message-1"), LedgerId("message-2"));
  EXPECT_NE(LedgerId(""), Uuid{});
}

}  // namespace
}  // namespace bauta::crypto
