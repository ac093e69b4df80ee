#include "masking/siv_opener.h"

#include <gtest/gtest.h>

#include "fakes/scheme_keys.h"
#include "fakes/vectors.h"
#include "masking/token.h"

namespace bauta::masking {
namespace {

using fakes::SchemeKey;

SivOpener Opener(const std::string& domain, const Form& form, bool raw = true) {
  return SivOpener::Make(
             SchemeKey("s1", domain, FormName(form), S1Maker::kKeySize),
             raw ? SchemeKey("s1", domain, "raw1", S1Maker::kKeySize) : crypto::SecretBytes(),
             domain, form)
      .value();
}

std::optional<SivOpener::Opened> Open(SivOpener opener, const std::string& token) {
  return opener.Open(ParseToken(token).value().bytes);
}

void ExpectOpened(const std::optional<SivOpener::Opened>& opened, const std::string& value,
                  bool raw = false) {
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->value, value);
  EXPECT_EQ(opened->raw, raw);
}

TEST(SivOpener, GivesEveryValueOfTheSchemeBack) {
  for (const Vector& v : VectorsOf("scheme-ip-")) {
    ExpectOpened(Open(Opener("ip", Form::kIp1), v.Str("token_s1")), v.Str("ip"));
  }
  for (const Vector& v : VectorsOf("scheme-device-")) {
    ExpectOpened(Open(Opener("device_id", Form::kStr1), v.Str("token_s1")), v.Str("value"));
  }
}

TEST(SivOpener, TriesRawAfterTheForm) {
  const std::string token = VectorNamed("scheme-raw1-s1").Str("token");
  ExpectOpened(Open(Opener("ip", Form::kIp1), token), "unknown", true);
  EXPECT_FALSE(Open(Opener("ip", Form::kIp1, false), token));
}

TEST(SivOpener, RefusesTokensOfAnotherDomainFormOrKey) {
  const std::string token = VectorNamed("scheme-ip-2001:db8::1").Str("token_s1");
  EXPECT_FALSE(Open(Opener("device_id", Form::kIp1), token));
  EXPECT_FALSE(Open(Opener("ip", Form::kStr1), token));
  EXPECT_FALSE(Open(Opener("ip", Form::IpPrefix1(24, 64)), token));
  SivOpener other =
      SivOpener::Make(crypto::SecretBytes(64), crypto::SecretBytes(64), "ip", Form::kIp1).value();
  EXPECT_FALSE(Open(std::move(other), token));
}

TEST(SivOpener, RefusesForgeries) {
  SivOpener opener = Opener("ip", Form::kIp1);
  std::string sealed = ParseToken(VectorNamed("scheme-ip-::1").Str("token_s1")).value().bytes;
  for (char& c : sealed) {
    c = static_cast<char>(c ^ 1);
    EXPECT_FALSE(opener.Open(sealed));
    c = static_cast<char>(c ^ 1);
  }
  EXPECT_TRUE(opener.Open(sealed));
  for (const std::size_t size : {0u, 1u, 16u, 17u, 31u}) {
    EXPECT_FALSE(opener.Open(sealed.substr(0, size))) << size;
  }
}

// Values that look like padding, or whose length is that of a block.
TEST(SivOpener, TurnsPaddingBackExactly) {
  const crypto::SecretBytes key = SchemeKey("s1", "id", "str1", S1Maker::kKeySize);
  S1Maker maker = S1Maker::Make(key, "id", Form::kStr1).value();
  using std::string_literals::operator""s;
  for (const std::string& value :
       {"x"s, std::string(15, 'x'), std::string(16, 'x'), std::string(17, 'x'),
        std::string(5000, 'x'), "\xc2\x80"s, "x\xc2\x80"s, "\xe2\x82\x80"s}) {
    std::string token = "s1:k1:";
    maker.Append(value, token);
    ExpectOpened(Open(Opener("id", Form::kStr1), token), value);
  }
}

TEST(SivOpener, WantsWholeKeysAndADomain) {
  const auto make = [](std::size_t key, std::size_t raw, const char* domain) {
    return SivOpener::Make(crypto::SecretBytes(key), crypto::SecretBytes(raw), domain, Form::kIp1);
  };
  EXPECT_TRUE(make(64, 64, "ip").ok());
  EXPECT_TRUE(make(64, 0, "ip").ok());
  EXPECT_FALSE(make(32, 0, "ip").ok());
  EXPECT_FALSE(make(64, 32, "ip").ok());
  EXPECT_FALSE(make(64, 0, "").ok());
}

}  // namespace
}  // namespace bauta::masking
