#include "masking/token_mask.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "fakes/scheme_keys.h"
#include "fakes/vectors.h"

namespace bauta::masking {
namespace {

using fakes::SchemeKey;

TokenMask Masker(Scheme scheme, const std::string& domain, const Form& form, int bits = 128,
                 bool raw = false) {
  const std::size_t size = scheme == Scheme::kS1 ? S1Maker::kKeySize : H1Maker::kKeySize;
  TokenMask::Options options;
  options.kid = "k1";
  options.scheme = scheme;
  options.form = form;
  options.bits = bits;
  options.keys.key = SchemeKey(SchemeName(scheme), domain, FormName(form), size);
  if (raw) options.keys.raw_key = SchemeKey(SchemeName(scheme), domain, "raw1", size);
  options.keys.domain = domain;
  return TokenMask::Make(std::move(options)).value();
}
TokenMask Masker(const std::string& domain, const Form& form, int bits = 128, bool raw = false) {
  return Masker(Scheme::kH1, domain, form, bits, raw);
}

void ExpectToken(TokenMask masker, std::string_view value, std::string_view token,
                 Outcome outcome = Outcome::kMasked) {
  for (int i = 0; i < 2; ++i) {
    const Masked masked = masker.Mask(value, 0);
    EXPECT_EQ(masked.outcome, outcome);
    EXPECT_EQ(masked.text, token);
  }
}

class IpToken : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, IpToken, testing::ValuesIn(VectorsOf("scheme-ip-")), TestName);
TEST_P(IpToken, IsReproduced) {
  const std::string ip = GetParam().Str("ip");
  ExpectToken(Masker("ip", Form::kIp1), ip, GetParam().Str("token_h1"));
  ExpectToken(Masker("ip", Form::kIp1, 256), ip, GetParam().Str("token_h1_32"));
  ExpectToken(Masker(Scheme::kS1, "ip", Form::kIp1), ip, GetParam().Str("token_s1"));
}

class DeviceToken : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, DeviceToken, testing::ValuesIn(VectorsOf("scheme-device-")),
                         TestName);
TEST_P(DeviceToken, IsReproduced) {
  const std::string value = GetParam().Str("value");
  ExpectToken(Masker("device_id", Form::kStr1), value, GetParam().Str("token_h1"));
  ExpectToken(Masker(Scheme::kS1, "device_id", Form::kStr1), value, GetParam().Str("token_s1"));
}

// The other vectors with a domain, a form and a token.
std::vector<Vector> Tokens() {
  std::vector<Vector> all;
  for (const char* prefix : {"scheme-raw1-", "scheme-prefix1-", "scheme-lower1", "scheme-digits1",
                             "scheme-str1-", "scheme-bits", "scheme-time-domain"}) {
    for (const Vector& v : VectorsOf(prefix)) all.push_back(v);
  }
  return all;
}
class FormToken : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, FormToken, testing::ValuesIn(Tokens()), TestName);
TEST_P(FormToken, IsReproduced) {
  const Vector& v = GetParam();
  const int bits = v.Has("bits") ? static_cast<int>(v.Int("bits")) : 128;
  const Scheme scheme = v.Str("token").starts_with("s1:") ? Scheme::kS1 : Scheme::kH1;
  for (const Form& f : {Form::kStr1, Form::kIp1, Form::kLower1, Form::kDigits1, Form::kRaw1,
                        Form::IpPrefix1(24, 64)}) {
    if (FormName(f) != v.Str("canon")) continue;
    ExpectToken(Masker(scheme, v.Str("domain"), f, bits), v.Str("value"), v.Str("token"));
    return;
  }
  FAIL() << "unknown form";
}

TEST(FormTokens, AreAllThere) { EXPECT_EQ(Tokens().size(), 12u); }

TEST(TokenMask, FallsBackToRawOnlyWhenToldSo) {
  const std::string token = VectorNamed("scheme-raw1-h1").Str("token");
  ExpectToken(Masker("ip", Form::kIp1, 128, true), "unknown", token, Outcome::kRaw);
  ExpectToken(Masker("ip", Form::kIp1), "unknown", "", Outcome::kInvalid);
}

TEST(TokenMask, FallsBackToRawUnderAesSivToo) {
  const std::string token = VectorNamed("scheme-raw1-s1").Str("token");
  ExpectToken(Masker(Scheme::kS1, "ip", Form::kIp1, 128, true), "unknown", token, Outcome::kRaw);
  ExpectToken(Masker(Scheme::kS1, "ip", Form::kIp1), "unknown", "", Outcome::kInvalid);
}

// Sealing hides no length but that within 16 bytes.
TEST(TokenMask, OfAesSivGrowsWithItsValue) {
  TokenMask masker = Masker(Scheme::kS1, "id", Form::kStr1);
  for (const auto& [length, characters] : {std::pair{1, 58},
                                           {15, 58},
                                           {16, 83},
                                           {31, 83},
                                           {127, 237},
                                           {128, 262},
                                           {100'000, 160'058}}) {
    EXPECT_EQ(masker.Mask(std::string(static_cast<std::size_t>(length), 'x'), 0).text.size(),
              static_cast<std::size_t>(characters))
        << length;
  }
}

TEST(TokenMask, WhatRawRefusesTooIsInvalid) {
  using std::string_view_literals::operator""sv;
  ExpectToken(Masker("ip", Form::kIp1, 128, true), "192.0.2.1\0x"sv, "", Outcome::kInvalid);
  ExpectToken(Masker("ip", Form::kIp1, 128, true), "\xff", "", Outcome::kInvalid);
}

TEST(TokenMask, NeverHashesTheEmptyString) {
  for (const char* text : {"", "  ", "\t\n"}) {
    ExpectToken(Masker("ip", Form::kIp1, 128, true), text, "", Outcome::kEmpty);
    ExpectToken(Masker("id", Form::kRaw1), text, "", Outcome::kEmpty);
  }
}

TEST(TokenMask, SpellingsOfOneAddressShareAToken) {
  TokenMask masker = Masker("ip", Form::kIp1);
  const std::string token(masker.Mask("192.0.2.1", 0).text);
  for (const char* same : {" 192.0.2.1\n", "::ffff:192.0.2.1", "::FFFF:C000:0201"}) {
    EXPECT_EQ(masker.Mask(same, 0).text, token) << same;
  }
  EXPECT_NE(masker.Mask("::192.0.2.1", 0).text, token);
}

TEST(TokenMask, AnInvalidValueDoesNotSpoilTheNext) {
  TokenMask masker = Masker("ip", Form::kIp1, 128, true);
  const std::string token(masker.Mask("2001:db8::1", 0).text);
  masker.Mask("unknown", 0);
  masker.Mask("", 0);
  EXPECT_EQ(masker.Mask("2001:db8::1", 0).text, token);
}

TokenMask MonthlyMasker(int& derived) {
  TokenMask::Options options;
  options.kid = "k1";
  options.form = Form::kIp1;
  options.keys_of_month = [&derived](std::string_view month) -> Result<TokenMask::Keys> {
    ++derived;
    const std::string domain = "ip@" + std::string(month);
    return TokenMask::Keys{SchemeKey("h1", domain, "ip1", 32), SchemeKey("h1", domain, "raw1", 32)};
  };
  return TokenMask::Make(std::move(options)).value();
}

// Tokens computed by another program, from PRIVACY's text.
TEST(TokenMask, TakesTheDomainOfTheMonthInUtc) {
  const struct {
    std::int64_t sent_ms;
    const char *token, *raw;
  } cases[] = {
      {-1, "h1:k1:jfxzhgenm6ohyjcrkhi2vw5nu4", "h1:k1:ewek3wpoaw3ueemmd7djobpb7a"},
      {0, "h1:k1:yyhpc5kyxkzbx4ewehksasn2k4", "h1:k1:6uhbbj6ortybowrqpvxkravvlu"},
      {1709208000000, "h1:k1:whpvthlcqs7k3bt543dpd6he3q", "h1:k1:ptyt5726dyl42tbjgpza2wmc6m"},
      {1769903999999, "h1:k1:zgo3fzafysxhoq3uxcrrmitx7a", "h1:k1:zpmxy53vw7ea6tfaxuhy3eywba"},
      {1769904000000, "h1:k1:v4xqgy7z7f7kmm2j4aeoqpfjy4", "h1:k1:wzhyk64fbv7adrpemzggv5cdva"},
      {1798761599999, "h1:k1:vchafezhebdsrtst7rb3ek525e", "h1:k1:ehfbgcdnqsto2pxgiiciodwzle"},
      {1798761600000, "h1:k1:4vifej7sncqbtl5fo2h2ici7uy", "h1:k1:6y47syeufya4uxp25ldvoq3scm"},
  };
  int derived = 0;
  TokenMask masker = MonthlyMasker(derived);
  for (int i = 0; i < 2; ++i) {
    for (const auto& c : cases) {
      EXPECT_EQ(masker.Mask("192.0.2.1", c.sent_ms).text, c.token) << c.sent_ms;
      EXPECT_EQ(masker.Mask("unknown", c.sent_ms).text, c.raw) << c.sent_ms;
    }
  }
  EXPECT_EQ(derived, 7) << "each month's keys are derived once; Make tries January 1970";
}

TEST(TokenMask, MonthsWithoutEndTakeNoMemoryWithoutEnd) {
  int derived = 0;
  TokenMask masker = MonthlyMasker(derived);
  constexpr std::int64_t kMonthMs = 31LL * 86'400'000;
  const std::string first(masker.Mask("192.0.2.1", 0).text);
  for (int i = 0; i < 100; ++i) masker.Mask("192.0.2.1", i * kMonthMs);
  EXPECT_EQ(masker.Mask("192.0.2.1", 0).text, first);
  EXPECT_GT(derived, 100) << "old months were given up";
}

// The month is part of the key and of the associated data.
TEST(TokenMask, OfAesSivTakesTheDomainOfTheMonth) {
  TokenMask::Options options;
  options.kid = "k1";
  options.scheme = Scheme::kS1;
  options.form = Form::kIp1;
  options.keys_of_month = [](std::string_view month) -> Result<TokenMask::Keys> {
    const std::string domain = "ip@" + std::string(month);
    return TokenMask::Keys{SchemeKey("s1", domain, "ip1", 64), {}, domain};
  };
  TokenMask monthly = TokenMask::Make(std::move(options)).value();
  TokenMask january = Masker(Scheme::kS1, "ip@2026-01", Form::kIp1);
  const std::string token(january.Mask("192.0.2.1", 0).text);
  EXPECT_EQ(monthly.Mask("192.0.2.1", 1769903999999).text, token);
  EXPECT_NE(monthly.Mask("192.0.2.1", 1769904000000).text, token);
}

// One stream through 1 thread and through 16, each with a mask of its own.
TEST(TokenMask, GivesTheSameOnManyThreads) {
  for (const Scheme scheme : {Scheme::kH1, Scheme::kS1}) {
    std::vector<std::string> expected;
    TokenMask alone = Masker(scheme, "id", Form::kStr1, 128, true);
    const auto value = [](int i) { return "value-" + std::to_string(i % 97); };
    for (int i = 0; i < 500; ++i) expected.emplace_back(alone.Mask(value(i), 0).text);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        TokenMask own = Masker(scheme, "id", Form::kStr1, 128, true);
        for (int k = 0; k < 500; ++k) {
          const int i = (k * 7 + t * 31) % 500;  // Each in an order of its own.
          ASSERT_EQ(own.Mask(value(i), 0).text, expected[static_cast<std::size_t>(i)]);
        }
      });
    }
  }
}

TEST(TokenMask, RefusesOptionsThatMakeNoSense) {
  const struct {
    const char* kid;
    int bits;
    std::size_t key, raw_key;
  } bad[] = {
      {"", 128, 32, 0},   {"K1", 128, 32, 0}, {"k1:", 128, 32, 0}, {"abcdefghijklm", 128, 32, 0},
      {"k1", 0, 32, 0},   {"k1", 264, 32, 0}, {"k1", 129, 32, 0},  {"k1", 128, 0, 0},
      {"k1", 128, 31, 0}, {"k1", 128, 32, 16}};
  for (const auto& c : bad) {
    TokenMask::Options options;
    options.kid = c.kid;
    options.bits = c.bits;
    options.keys.key = crypto::SecretBytes(c.key);
    options.keys.raw_key = crypto::SecretBytes(c.raw_key);
    EXPECT_FALSE(TokenMask::Make(std::move(options)).ok()) << c.kid << " " << c.bits;
  }
  for (const std::size_t size : {0u, 32u, 63u, 65u}) {
    TokenMask::Options options;
    options.kid = "k1";
    options.scheme = Scheme::kS1;
    options.keys = {crypto::SecretBytes(size), {}, "ip"};
    EXPECT_FALSE(TokenMask::Make(std::move(options)).ok()) << size;
  }
  TokenMask::Options options;
  options.kid = "k1";
  options.scheme = Scheme::kS1;
  options.keys = {crypto::SecretBytes(64), {}, ""};
  EXPECT_FALSE(TokenMask::Make(std::move(options)).ok()) << "no domain";
}

}  // namespace
}  // namespace bauta::masking
