#include "masking/token.h"

#include <gtest/gtest.h>

namespace bauta::masking {
namespace {

TEST(ParseToken, TakesItApart) {
  const std::optional<Token> h1 = ParseToken("h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy");
  ASSERT_TRUE(h1);
  EXPECT_EQ(h1->scheme, Scheme::kH1);
  EXPECT_EQ(h1->kid, "k1");
  EXPECT_EQ(h1->bytes.size(), 16u);
  const std::optional<Token> s1 =
      ParseToken("s1:abcdefghij12:HVYB74347K4543V4KAF5BETWYJIHSJ5RUQL55PHCZYL52CKZT77Q");
  ASSERT_TRUE(s1) << "in capitals, as some tool may have made them";
  EXPECT_EQ(s1->scheme, Scheme::kS1);
  EXPECT_EQ(s1->kid, "abcdefghij12");
  EXPECT_EQ(s1->bytes.size(), 32u);
}

TEST(ParseToken, RefusesWhatIsNone) {
  for (const char* text :
       {"", "h1", "h1:", "h1:k1", "h1:k1:", "h1::my", "h2:k1:my", "H1:k1:my", "h1:K1:my",
        "h1:abcdefghijklm:my", "h1:k1:my:my", "h1:k1:mz", "h1:k1:my=", "h1:k1: my", " h1:k1:my",
        "h1k1:my", "192.0.2.1", "c0ea:aac6:3de1:528:11fd:45a9:bfc5:ffa5"}) {
    EXPECT_FALSE(ParseToken(text)) << text;
  }
}

}  // namespace
}  // namespace bauta::masking
