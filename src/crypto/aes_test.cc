#include "crypto/aes.h"

#include <gtest/gtest.h>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

using Direction = AesBlocks::Direction;

std::string Applied(std::string_view key, Direction direction, std::string_view blocks) {
  std::string out(blocks.size(), '\0');
  AesBlocks aes = AesBlocks::Make(AsBytes(key), direction).value();
  // Twice: nothing of the first may be left in the second.
  for (int i = 0; i < 2; ++i) {
    aes.Apply(AsBytes(blocks), reinterpret_cast<unsigned char*>(out.data()));
  }
  return out;
}

class AesVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, AesVector, testing::ValuesIn(VectorsOf("fips197-")), TestName);
TEST_P(AesVector, IsReproducedAndTurnedBack) {
  const std::string key = GetParam().Hex("key_hex");
  const std::string plain = GetParam().Hex("msg_hex"), sealed = GetParam().Hex("out_hex");
  EXPECT_EQ(Applied(key, Direction::kEncrypt, plain), sealed);
  EXPECT_EQ(Applied(key, Direction::kDecrypt, sealed), plain);
  EXPECT_EQ(Applied(key, Direction::kEncrypt, plain + plain), sealed + sealed);
}

TEST(AesBlocks, RefusesKeysOfOtherSizes) {
  for (const std::size_t size : {0u, 15u, 24u, 64u}) {
    EXPECT_FALSE(AesBlocks::Make(AsBytes(std::string(size, 'k')), Direction::kEncrypt).ok());
  }
}

}  // namespace
}  // namespace bauta::crypto
