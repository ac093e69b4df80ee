#include "pg/copy_buffer.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace bauta::pg {
namespace {

template <class Put>
std::string FieldHex(Put put) {
  CopyBuffer buffer;
  put(buffer);
  return HexEncode(buffer.data());
}

TEST(CopyBufferTest, FramesRowsWithHeaderAndTrailer) {
  CopyBuffer buffer;
  buffer.Begin();
  buffer.BeginRow(2);
  buffer.Int16(-2);
  buffer.Null();
  buffer.End();
  EXPECT_EQ(HexEncode(buffer.data()),
            "5047434f50590aff0d0a00"
            "00000000"
            "00000000"
            "0002"
            "00000002"
            "fffe"
            "ffffffff"
            "ffff");
  buffer.Begin();
  buffer.End();
  EXPECT_EQ(buffer.size(), 21u);
}

TEST(CopyBufferTest, EncodesNumeric) {
  const struct {
    const char* decimal;
    const char* hex;  // ndigits weight sign dscale digits...
  } kCases[] = {
      {"0",
       "0000"
       "0000"
       "0000"
       "0000"},
      {"-0.00",
       "0000"
       "0000"
       "0000"
       "0002"},
      {"1",
       "0001"
       "0000"
       "0000"
       "0000"
       "0001"},
      {"-12.340",
       "0002"
       "0000"
       "4000"
       "0003"
       "000c"
       "0d48"},
      {"10000",
       "0001"
       "0001"
       "0000"
       "0000"
       "0001"},
      {"12345.6789",
       "0003"
       "0001"
       "0000"
       "0004"
       "0001"
       "0929"
       "1a85"},
      {"0.00001",
       "0001"
       "fffe"
       "0000"
       "0005"
       "03e8"},
      {"00012.5",
       "0002"
       "0000"
       "0000"
       "0001"
       "000c"
       "1388"},
  };
  for (const auto& c : kCases) {
    const std::string hex = FieldHex([&](CopyBuffer& b) { b.Numeric(c.decimal); });
    EXPECT_EQ(hex.substr(8), c.hex) << c.decimal;
    EXPECT_EQ(std::stoul(hex.substr(0, 8), nullptr, 16), (hex.size() - 8) / 2) << c.decimal;
  }
}

TEST(CopyBufferTest, EncodesTheRest) {
  using namespace std::string_view_literals;
  EXPECT_EQ(FieldHex([](CopyBuffer& b) { b.Inet("\xc0\x00\x02\x01\x20"sv, false); }),
            "00000008"
            "02200004"
            "c0000201");
  EXPECT_EQ(FieldHex([](CopyBuffer& b) { b.Jsonb("{}"); }),
            "00000003"
            "01"
            "7b7d");
  EXPECT_EQ(FieldHex([](CopyBuffer& b) { b.Bool(true); }),
            "00000001"
            "01");
  EXPECT_EQ(FieldHex([](CopyBuffer& b) { b.Float64(1.0); }),
            "00000008"
            "3ff0000000000000");
  EXPECT_EQ(FieldHex([](CopyBuffer& b) { b.TextArray(""); }),
            "0000000c"
            "000000000000000000000019");
  EXPECT_EQ(FieldHex([](CopyBuffer& b) { b.TextArray("\1\0\0\0a\xff\xff\xff\xff"sv); }),
            "0000001d"
            "00000001"
            "00000001"
            "00000019"
            "00000002"
            "00000001"
            "00000001"
            "61"
            "ffffffff");
}

}  // namespace
}  // namespace bauta::pg
