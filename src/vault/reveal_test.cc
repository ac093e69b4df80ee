#include "vault/reveal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace bauta::vault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kA = "h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy";
const std::string kB = "s1:k1:hvyb74347k4543v4kaf5betwyjihsj5ruql55phczyl52ckzt77q";

TEST(Tokens, AreReadInEitherCase) {
  EXPECT_EQ(ParseToken(kA), kA);
  EXPECT_EQ(ParseToken("H1:K1:JQNJLWEXO4UIWZ23DBSGMU2XPY"), kA);
  EXPECT_EQ(ParseToken(kB), kB);
  for (const std::string& none :
       {std::string(), std::string("192.0.2.1"), kA + " ", " " + kA, kA + "1", "x" + kA, kA + "=",
        kA.substr(0, 18), std::string("h2:k1:jqnjlwexo4uiwz23dbsgmu2xpy"),
        std::string("h1::jqnjlwexo4uiwz23dbsgmu2xpy"),
        std::string("h1:k234567890123:jqnjlwexo4uiwz23dbsgmu2xpy")}) {
    EXPECT_EQ(ParseToken(none), std::nullopt) << none;
  }
}

TEST(Tokens, OfTheVaultAreThoseWithoutAWayBack) {
  EXPECT_TRUE(IsOfVault(kA));
  EXPECT_FALSE(IsOfVault(kB));
  EXPECT_FALSE(IsOfVault("192.0.2.1"));
  EXPECT_FALSE(IsOfVault(""));
}

TEST(Tokens, AreFoundInWhatStandsAroundThem) {
  EXPECT_THAT(FindTokens(kA + "\n" + kB + "\r\n" + kA), ElementsAre(kA, kB, kA));
  EXPECT_THAT(FindTokens("id,\"" + kA + "\"," + kB + ";{\"t\":\"" + kA + "\"}|" + kB),
              ElementsAre(kA, kB, kA, kB));
  EXPECT_THAT(FindTokens(""), IsEmpty());
  EXPECT_THAT(FindTokens("masked_ip\n-----\n(0 rows)"), IsEmpty());
  EXPECT_THAT(FindTokens("x" + kA + " " + kA + "x9 h1:" + kA + " " + kA + ":2"), IsEmpty());
}

std::string TokenOf(const keys::KeyRing& ring, const std::string& domain, const std::string& canon,
                    masking::Form form, std::string_view value) {
  masking::TokenMask::Options options;
  options.kid = ring.primary().kid;
  options.form = form;
  options.keys.key = keys::KeyRing::SubKeyOf(ring.primary(), "h1", domain, canon, 32).value();
  return std::string(masking::TokenMask::Make(std::move(options)).value().Mask(value, 0).text);
}

TEST(TokenCheckTest, SaysWhetherAValueHasTheToken) {
  const keys::KeyRing ring = keys::KeyRing::ForTests();
  const std::string token = TokenOf(ring, "ip", "ip1", masking::Form::kIp1, "192.0.2.1");
  TokenCheck check(&ring);
  EXPECT_EQ(check.Check(token, "ip", "ip1", "192.0.2.1"), Verdict::kVerified);
  EXPECT_EQ(check.Check(token, "ip", "ip1", "::ffff:192.0.2.1"), Verdict::kVerified);
  EXPECT_EQ(check.Check(token, "ip", "ip1", "192.0.2.2"), Verdict::kNoMatch);
  EXPECT_EQ(check.Check(token, "ip", "str1", "192.0.2.1"), Verdict::kNoMatch);
  EXPECT_EQ(check.Check(token, "other", "ip1", "192.0.2.1"), Verdict::kNoMatch);
  EXPECT_EQ(check.Check(token, "ip", "ip1", ""), Verdict::kNoMatch);
  EXPECT_EQ(check.Check(token, "ip", "ip9", "192.0.2.1"), Verdict::kNoMatch)
      << "a form that is none";
  EXPECT_EQ(check.Check(kA, "ip", "ip1", "192.0.2.1"), Verdict::kNoKey);
  EXPECT_EQ(TokenCheck(nullptr).Check(token, "ip", "ip1", "192.0.2.1"), Verdict::kNoKey);
}

}  // namespace
}  // namespace bauta::vault
