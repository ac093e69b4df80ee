#include "vault/token_parts.h"

#include <gtest/gtest.h>

namespace bauta::vault {
namespace {

TEST(TokenParts, OfAToken) {
  const std::string h1 = "h1:k12:" + std::string(26, 'a');
  EXPECT_EQ(KidOfToken(h1), "k12");
  EXPECT_EQ(KidOfToken("s1:a:" + std::string(52, 'b')), "a");
  EXPECT_EQ(BitsOfToken(h1), 128);
  EXPECT_EQ(BitsOfToken("h1:k1:" + std::string(52, 'a')), 256);
}

TEST(TokenParts, OfWhatIsNone) {
  for (const char* const text : {"", "h", "h1", "h1:", "198.51.100.7", "::"}) {
    EXPECT_EQ(KidOfToken(text), "") << text;
  }
}

}  // namespace
}  // namespace bauta::vault
