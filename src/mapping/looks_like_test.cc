#include "mapping/looks_like.h"

#include <gtest/gtest.h>

#include <string>

namespace bauta::mapping {
namespace {

using enum LooksLike;

TEST(InspectTest, FindsWhatNamesAPersonOrAMachine) {
  const struct {
    const char* text;
    LooksLike expected;
  } kCases[] = {
      {"192.0.2.111", kAddress},
      {" 198.51.100.7 ", kAddress},
      {"from 203.0.113.9.", kAddress},
      {"203.0.113.9:8080", kAddress},
      {"http://203.0.113.9/a", kAddress},
      {"10.1.2.200", kAddress},
      {"[198.51.100.7]", kAddress},
      {R"({"note":"198.51.100.7"})", kAddress},
      {"2001:db8::1", kAddress},
      {"2001:0DB8:0:0:0:0:0:1", kAddress},
      {"[2001:db8::1]:443", kAddress},
      {"::ffff:192.0.2.1", kAddress},
      {"fd00::17", kAddress},
      {"somebody@example.com", kEmail},
      {"mail some.body+x@mail.example.org please", kEmail},
      {"<somebody@example.com>", kEmail},
      {"+49 30 901820", kPhone},
      {"+493090182000", kPhone},
      {"call +1-555-010-1234", kPhone},
      {"555-010-1234", kPhone},
      {"(555) 010-1234", kPhone},
      {"555.010.1234", kPhone},
      {"4111 1111 1111 1111", kCard},
      {"card 4111-1111-1111-1111.", kCard},
      {"3782 822463 10005", kCard},
      {"4111111111111111", kBareCard},
      {"378282246310005", kBareCard},
      {"5555555555554444", kBareCard},
  };
  for (const auto& c : kCases) EXPECT_EQ(Inspect(c.text), c.expected) << c.text;
}

TEST(InspectTest, RaisesNoAlarmOverWhatOnlyLooksSimilar) {
  for (const char* text :
       {"", "android", "DE", "en-US", "de_DE.UTF-8",
        // versions
        "2.3.0", "2.3.0.1", "10.15.7.1", "v1.200.3.4", "1.200.3.4-beta", "Chrome/119.0.0.100",
        "4.0.30319.42000", "119.0.6045.199", "1.2.3.4.5", "17.0.9+9", "2026.11.22.1",
        // ids
        "424cdd21-063a-43a7-b91b-7ca1a833afae", "11111111-2222-3333-4444-555555555555",
        "593-47-5928", "123-45-6789", "user-12345678", "A1B2C3D4E5F6", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "0x4111111111111111", "h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy",
        "arn:aws:sqs:us-east-1:123456789012:login-queue", "AROAEXAMPLE:session",
        "00:1b:44:11:3a:b7",
        // numbers
        "1700000000", "1700000000000", "1700000000.123", "18446744073709551615",
        "1541815603606036480", "12345678901234567890", "-12345678", "+12345", "3.14159265358979",
        "1,234,567.89", "123456789012",
        // times
        "2026-11-22", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00.123+02:00", "12:30:45",
        "Sun Nov 22 09:18:37 UTC 2026", "20261122091837",
        // nobody's addresses
        "0.0.0.0", "127.0.0.1", "255.255.255.0", "::", "::1", "fe80::1", "256.1.1.300",
        "01.100.200.3",
        // words with colons and ats
        "std::string", "a::b", "dead::beef", "@scope/package@1.2.3", "user@host", "@", "a@b.1",
        "x@.com",
        // cards that are none: the check digit, the issuer, groups of another kind
        "4111 1111 1111 1112", "1234 5678 9012 3452", "41-1111-1111-1111-11", "4111111111111111x",
        "phone 555-0101", "555-0101", "055-010-1234"}) {
    const LooksLike what = Inspect(text);
    EXPECT_TRUE(Name(what).empty()) << text << " as " << Name(what);
  }
}

TEST(InspectTest, TellsALongNumberThatIsNoCard) {
  EXPECT_EQ(Inspect("4111111111111112"), kLongNumber);
  EXPECT_EQ(Inspect("1541815603606036"), kLongNumber);
}

TEST(InspectTest, TakesAnyBytesOfAnyLength) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += "0123456789.:-+(@ abcdefX\x80"[(i * 7919 + i / 13) % 25];
    Inspect(text);
  }
  EXPECT_EQ(Inspect(std::string(5000, '1')), kNothing);
  EXPECT_EQ(Inspect(std::string(5000, ':')), kNothing);
}

}  // namespace
}  // namespace bauta::mapping
