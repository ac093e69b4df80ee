#include "crypto/siv.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

unsigned char* Data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Siv Made(std::string_view key, std::vector<std::string> associated) {
  const std::vector<std::string_view> views(associated.begin(), associated.end());
  return Siv::Make(AsBytes(key), views).value();
}
const std::string kKey(64, 'k');

std::optional<std::string> Sealed(Siv& siv, std::string_view plain) {
  std::string out(plain.size() + kSivTag, '?');
  if (!siv.Seal(AsBytes(plain), Data(out))) return std::nullopt;
  return out;
}
std::optional<std::string> Opened(Siv& siv, std::string_view sealed) {
  std::string out(sealed.size() < kSivTag ? 0 : sealed.size() - kSivTag, '?');
  if (siv.Open(AsBytes(sealed), Data(out))) return out;
  EXPECT_EQ(out.find_first_not_of(sealed.size() > kSivTag ? '\0' : '?'), std::string::npos)
      << "what is not authentic is not left behind";
  return std::nullopt;
}

std::vector<Vector> SivVectors() {
  std::vector<Vector> all;
  for (const char* prefix : {"rfc5297-", "wycheproof-aessiv-", "tink-aessiv-"}) {
    for (const Vector& v : VectorsOf(prefix)) all.push_back(v);
  }
  return all;
}
class SivVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, SivVector, testing::ValuesIn(SivVectors()), TestName);
TEST_P(SivVector, IsReproducedAndOpened) {
  const Vector& v = GetParam();
  Siv siv = Made(v.Hex("key_hex"), v.HexList("ad_hex"));
  const std::string plain = v.Hex("pt_hex");
  std::string sealed = v.Hex("out_hex");
  if (v.Has("tink_key_id")) sealed.erase(0, 5);  // Tink's: 01 and the id of its key.
  if (plain.empty()) {
    EXPECT_FALSE(Sealed(siv, plain)) << "OpenSSL 3.0 would say zeros";
    EXPECT_FALSE(Opened(siv, sealed));
    return;
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Sealed(siv, plain), sealed);
    EXPECT_EQ(Opened(siv, sealed), plain);
  }
}

TEST(Siv, RefusesAnyFlippedBit) {
  Siv siv = Made(kKey, {"ip"});
  std::string sealed = Sealed(siv, "a text of more than one block").value();
  ASSERT_TRUE(Opened(siv, sealed));
  for (char& c : sealed) {
    for (int bit = 0; bit < 8; ++bit) {
      c = static_cast<char>(c ^ 1 << bit);
      EXPECT_FALSE(Opened(siv, sealed));
      c = static_cast<char>(c ^ 1 << bit);
    }
  }
  EXPECT_TRUE(Opened(siv, sealed)) << "a forgery spoils nothing";
}

TEST(Siv, RefusesWhatIsCutOrAnothers) {
  Siv siv = Made(kKey, {"ip"});
  const std::string sealed = Sealed(siv, "text").value();
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(Opened(siv, sealed.substr(0, size)));
  }
  Siv other_key = Made(std::string(64, 'o'), {"ip"});
  Siv other_domain = Made(kKey, {"device"});
  Siv split_domain = Made(kKey, {"i", "p"});
  Siv no_domain = Made(kKey, {""});
  for (Siv* other : {&other_key, &other_domain, &split_domain, &no_domain}) {
    EXPECT_FALSE(Opened(*other, sealed));
    EXPECT_NE(Sealed(*other, "text"), sealed);
  }
}

TEST(Siv, RefusesKeysOfOtherSizesAndNoAssociatedData) {
  const std::vector<std::string_view> domain = {"ip"};
  for (const std::size_t size : {0u, 16u, 48u, 63u, 65u}) {
    EXPECT_FALSE(Siv::Make(AsBytes(std::string(size, 'k')), domain).ok()) << size;
  }
  EXPECT_FALSE(Siv::Make(AsBytes(kKey), {}).ok());
}

TEST(Siv, GivesTheSameOnManyThreads) {
  Siv siv = Made(kKey, {"ip"});
  const std::string expected = Sealed(siv, "text").value();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      Siv own = Made(kKey, {"ip"});
      for (int i = 0; i < 300; ++i) ASSERT_EQ(Sealed(own, "text"), expected);
    });
  }
}

}  // namespace
}  // namespace bauta::crypto
