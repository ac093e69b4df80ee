#include "mapping/gunzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "base/text.h"

namespace bauta::mapping {
namespace {

// `window`: 15 + 16 is gzip, 15 zlib, -15 neither.
std::string Packed(std::string_view text, int window = 15 + 16) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string in(text), out(deflateBound(&stream, in.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Text that hardly shrinks.
std::string Noise(std::size_t size) {
  std::string text;
  for (std::uint32_t state = 1; text.size() < size; state = state * 1664525 + 1013904223) {
    text += static_cast<char>('!' + (state >> 24) % 90);
  }
  return text;
}

TEST(Gunzip, OpensWhatWasPacked) {
  std::string out = "what was there";
  for (const std::string& text : {std::string(), std::string("{}"), Noise(1000), Noise(100'000)}) {
    ASSERT_TRUE(Gunzip(Base64Encode(Packed(text)), out)) << text.size();
    EXPECT_EQ(out, text);
  }
  EXPECT_TRUE(Gunzip("\n" + Base64Encode(Packed("{}")) + " \r\n", out));
}

TEST(Gunzip, RefusesAllElse) {
  const std::string packed = Packed(Noise(500));
  std::string damaged = packed, checksum = packed;
  damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 1);
  checksum[packed.size() - 6] = static_cast<char>(checksum[packed.size() - 6] ^ 1);
  std::string out;
  for (const std::string& bytes :
       {std::string(), std::string("{}"), Packed("{}", 15), Packed("{}", -15), packed + "x",
        packed + packed, packed.substr(0, packed.size() - 1), packed.substr(0, 10), damaged,
        checksum}) {
    EXPECT_FALSE(Gunzip(Base64Encode(bytes), out)) << bytes.size();
  }
  EXPECT_FALSE(Gunzip("{\"a\":1}", out));
  EXPECT_FALSE(Gunzip(packed, out));
  EXPECT_FALSE(Gunzip(Base64Encode(packed) + "=", out));
}

// A bomb is stopped before it has gone off.
TEST(Gunzip, GrowsNoFurtherThanItMay) {
  std::string out;
  const std::string bomb = Packed(std::string(20'000'000, 'x'));
  ASSERT_LT(bomb.size(), 30'000u);
  EXPECT_FALSE(Gunzip(Base64Encode(bomb), out));
  EXPECT_LE(out.capacity(), 2 * kMostRatio * bomb.size());

  std::string most = Noise(250'000);  // So that the ratio is not what ends it.
  most.resize(kMostInflated, 'x');
  EXPECT_TRUE(Gunzip(Base64Encode(Packed(most)), out));
  EXPECT_FALSE(Gunzip(Base64Encode(Packed(most + "x")), out));
  EXPECT_LE(out.capacity(), 2 * kMostInflated);
}

}  // namespace
}  // namespace bauta::mapping
