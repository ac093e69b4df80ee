#include "mapping/json.h"

#include <gtest/gtest.h>

#include <string>

namespace bauta::mapping {
namespace {

TEST(ParseNumber, RefusesWhatRfc8259Refuses) {
  for (const char* text : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e5", "0x1", "1 ",
                           " 1", "NaN", "Infinity", "1_000", "--1", "1e5.5", "1,5"}) {
    EXPECT_FALSE(ParseNumber(text)) << text;
  }
}

TEST(ParseNumber, TakesTheNumberApart) {
  const std::optional<Number> number = ParseNumber("-12.50E-3");
  ASSERT_TRUE(number);
  EXPECT_TRUE(number->negative);
  EXPECT_EQ(number->integer, "12");
  EXPECT_EQ(number->fraction, "50");
  EXPECT_EQ(number->exponent, -3);
}

TEST(ParseNumber, ClampsAHugeExponent) {
  EXPECT_EQ(ParseNumber("1e99999999999999999999999")->exponent, 1'000'000'000'000'000);
  EXPECT_EQ(ParseNumber("1e-99999999999999999999999")->exponent, -1'000'000'000'000'000);
}

TEST(AreEscapesValid, KnowsTheGrammar) {
  for (const char* raw : {R"(\)", R"(\x)", R"(\u)", R"(\u12)", R"(\u12g4)", R"(\U0041)", R"(\0)",
                          R"(\')", R"(a\\\)"}) {
    EXPECT_FALSE(AreEscapesValid(raw)) << raw;
  }
  for (const char* raw : {"", "plain", R"(\"\\\/\b\f\n\r\t)", R"(\u00e9)", R"(\uD800)"}) {
    EXPECT_TRUE(AreEscapesValid(raw)) << raw;
  }
}

std::string Unescaped(std::string_view raw) {
  std::string room(raw.size(), '?');
  const std::optional<std::size_t> size = Unescape(raw, room.data());
  return size ? room.substr(0, *size) : "none";
}

TEST(Unescape, GivesUtf8) {
  EXPECT_EQ(Unescaped(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(Unescaped(R"(\u0041\u00e9\u20ac\ud83d\ude00.)"), "A\u00e9\u20ac\U0001F600.");
  EXPECT_EQ(Unescaped(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(Unescaped(R"(\uDBFF\uDFFF)"), "\U0010FFFF");
}

TEST(Unescape, RefusesAnUnpairedSurrogate) {
  for (const char* raw : {R"(\ud800)", R"(\udc00)", R"(\ud800x)", R"(\ud800\n)", R"(\ud800\u0041)",
                          R"(\ud800\ud800)", R"(\udc00\ud800)"}) {
    EXPECT_EQ(Unescaped(raw), "none") << raw;
  }
}

TEST(JsonTrouble, FindsWhatPostgresRefuses) {
  const struct {
    const char* text;
    std::optional<Reason> want;
  } kCases[] = {
      {R"({"a":"\u0000"})", Reason::kHasNul},
      {R"({"\u0000":1})", Reason::kHasNul},
      {R"(["\\u0000"])", std::nullopt},
      {R"(["\\\u0000"])", Reason::kHasNul},
      {R"(["\ud800"])", Reason::kBadUtf8},
      {R"(["\ud83d\ude00"])", std::nullopt},
      {R"([1e1001])", Reason::kOutOfRange},
      {R"([1e-1001])", Reason::kOutOfRange},
      {R"({"a":1e999,"b":[-0.5,true,null,"1e99999"]})", std::nullopt},
      {R"(1e5000)", Reason::kOutOfRange},
  };
  for (const auto& c : kCases) EXPECT_EQ(JsonTrouble(c.text), c.want) << c.text;
}

}  // namespace
}  // namespace bauta::mapping
