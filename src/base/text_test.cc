#include "base/text.h"

#include <gtest/gtest.h>

namespace bauta {
namespace {

using std::chrono::milliseconds;

TEST(TextTest, Base64RoundTripsAndIsStrict) {
  const struct {
    std::string bytes, text;
  } cases[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
  for (const auto& c : cases) {
    EXPECT_EQ(Base64Encode(c.bytes), c.text);
    EXPECT_EQ(Base64Decode(c.text), c.bytes);
  }
  for (const char* bad : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z g=", "=g==", "Zm\n="}) {
    EXPECT_FALSE(Base64Decode(bad)) << bad;
  }
}

TEST(TextTest, HexRoundTripsAndIsStrict) {
  EXPECT_EQ(HexEncode(std::string("\x00\xff", 2)), "00ff");
  EXPECT_EQ(HexDecode("00FF"), std::string("\x00\xff", 2));
  for (const char* bad : {"0", "0g", "+1", " 1", "0x"}) EXPECT_FALSE(HexDecode(bad)) << bad;
}

TEST(TextTest, Utf8IsCheckedAsRfc3629HasIt) {
  for (const char* good : {"", "a", "\u00e9", "\u20ac", "\U0001f600", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsValidUtf8(good)) << good;
  }
  const char* const bad[] = {
      "\x80",     "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",     "\xed\xa0\x80",
      "\xe2\x82", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3"};
  for (const char* text : bad) EXPECT_FALSE(IsValidUtf8(text)) << HexEncode(text);
  EXPECT_EQ(Utf8Length("a\u20ac\U0001f600"), 3u);
}

TEST(TextTest, TrimsOnlyAsciiSpace) {
  EXPECT_EQ(TrimAscii(" \t\r\na b\n"), "a b");
  EXPECT_EQ(TrimAscii(" \t"), "");
  EXPECT_EQ(TrimAscii("\u00a0a"), "\u00a0a");
}

// Both look at eight bytes at once where they can.
TEST(TextTest, WhatIsSpecialIsFoundAnywhere) {
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, '~');
      for (const char c : {'"', '\\', '\n', '\x1f'}) {
        text[at] = c;
        const std::string one = JsonString(std::string_view(&c, 1));
        EXPECT_EQ(JsonString(text), '"' + std::string(at, '~') + one.substr(1, one.size() - 2) +
                                        std::string(size - at - 1, '~') + '"');
      }
      text[at] = '\x80';
      EXPECT_FALSE(IsValidUtf8(text)) << size << " " << at;
      text.replace(at, 1, "\u00e9");
      EXPECT_TRUE(IsValidUtf8(text)) << size << " " << at;
      EXPECT_EQ(JsonString(text), '"' + text + '"');
    }
  }
}

TEST(TextTest, JsonStringsEscapeWhatTheyMust) {
  EXPECT_EQ(JsonString("a\"\\\n\x01\u00e9"), "\"a\\\"\\\\\\n\\u0001\u00e9\"");
}

TEST(TextTest, JsonObjectsHaveTheirFieldsInOrder) {
  EXPECT_EQ(JsonObject({}), "{}");
  EXPECT_EQ(JsonObject({{"kid", "k1"}}), R"({"kid":"k1"})");
  EXPECT_EQ(JsonObject({{"b", "x\"y"}, {"a\n", ""}}), R"({"a\n":"","b":"x\"y"})");
}

TEST(TextTest, NearestFindsSlipsOfTheKeysOnly) {
  const std::string_view names[] = {"mask", "from", "required"};
  EXPECT_EQ(Nearest("msak", names), "mask");
  EXPECT_EQ(Nearest("requird", names), "required");
  EXPECT_FALSE(Nearest("elephant", names));
}

TEST(TextTest, DurationsAndSizes) {
  EXPECT_EQ(ParseDuration("250ms"), milliseconds(250));
  EXPECT_EQ(ParseDuration("35d"), milliseconds(35LL * 86'400'000));
  EXPECT_EQ(ParseDuration("0"), milliseconds(0));
  for (const char* bad : {"", "5", "-1s", "1.5s", "s", "1 s", "99999999999999999999s",
                          "18446744073709551615d", "36501d"}) {
    EXPECT_FALSE(ParseDuration(bad)) << bad;
  }
  EXPECT_EQ(ParseBytes("256MiB"), 256u << 20);
  EXPECT_EQ(ParseBytes("17"), 17u);
  for (const char* bad : {"", "1MB", "-1", "99999999999GiB"}) EXPECT_FALSE(ParseBytes(bad)) << bad;
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(1234567), "1,234,567");
}

}  // namespace
}  // namespace bauta
