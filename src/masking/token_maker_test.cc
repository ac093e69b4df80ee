#include "masking/token_maker.h"

#include <gtest/gtest.h>

namespace bauta::masking {
namespace {

// The masks and the opener test the rest.
TEST(TokenMakers, AppendToWhatIsThere) {
  H1Maker h1 = H1Maker::Make(crypto::SecretBytes(32), 16).value();
  S1Maker s1 = S1Maker::Make(crypto::SecretBytes(64), "ip", Form::kStr1).value();
  std::string token = "h1:k1:";
  h1.Append("value", token);
  EXPECT_TRUE(token.starts_with("h1:k1:"));
  EXPECT_EQ(token.size(), 6u + 26);
  token = "s1:k1:";
  s1.Append("value", token);
  EXPECT_TRUE(token.starts_with("s1:k1:"));
  EXPECT_EQ(token.size(), 6u + 52);
}

// Other domains and forms have other keys; this is what is left of a mistake with them.
TEST(S1Maker, OpensNoAddressAsText) {
  const crypto::SecretBytes key(64);
  S1Maker address = S1Maker::Make(key, "ip", Form::kIp1).value();
  S1Maker text = S1Maker::Make(key, "ip", Form::kStr1).value();
  EXPECT_FALSE(text.Open(std::string(32, 'x')));
  EXPECT_FALSE(address.Open(std::string(33, 'x')));
}

}  // namespace
}  // namespace bauta::masking
