#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "crypto/openssl.h"
#include "fakes/vectors.h"

namespace bauta::crypto {
namespace {

struct Cipher {
  Vector vector;
  void (*seal)(const SecretBytes&, std::string_view nonce, std::string_view ad,
               std::span<const unsigned char> plain, std::span<unsigned char> out);
  bool (*open)(const SecretBytes&, std::string_view nonce, std::string_view ad,
               std::span<const unsigned char> sealed, std::span<unsigned char> out);
};

template <class Nonce>
Nonce NonceFrom(std::string_view bytes) {
  Nonce nonce;
  EXPECT_EQ(bytes.size(), nonce.size());
  std::ranges::copy(bytes, nonce.begin());
  return nonce;
}

void PrintTo(const Cipher& cipher, std::ostream* out) { PrintTo(cipher.vector, out); }

const Cipher kCiphers[] = {
    {VectorNamed("rfc8439-282"),
     [](const SecretBytes& key, std::string_view nonce, std::string_view ad,
        std::span<const unsigned char> plain, std::span<unsigned char> out) {
       ChaChaSeal(key, NonceFrom<ChaChaNonce>(nonce), ad, plain, out);
     },
     [](const SecretBytes& key, std::string_view nonce, std::string_view ad,
        std::span<const unsigned char> sealed, std::span<unsigned char> out) {
       return ChaChaOpen(key, NonceFrom<ChaChaNonce>(nonce), ad, sealed, out);
     }},
    {VectorNamed("xchacha20poly1305-a31"),
     [](const SecretBytes& key, std::string_view nonce, std::string_view ad,
        std::span<const unsigned char> plain, std::span<unsigned char> out) {
       XChaChaSeal(key, NonceFrom<XChaChaNonce>(nonce), ad, plain, out);
     },
     [](const SecretBytes& key, std::string_view nonce, std::string_view ad,
        std::span<const unsigned char> sealed, std::span<unsigned char> out) {
       return XChaChaOpen(key, NonceFrom<XChaChaNonce>(nonce), ad, sealed, out);
     }},
};

class Aead : public testing::TestWithParam<Cipher> {
 protected:
  const Vector v_ = GetParam().vector;
  const SecretBytes key_ = SecretBytes::CopyOf(v_.Hex("key_hex"));
  const std::string nonce_ = v_.Hex("nonce_hex"), ad_ = v_.OnlyHex("ad_hex"),
                    plain_ = v_.Hex("pt_hex");
  std::string sealed_ = v_.Hex("out_hex");

  bool Opens() const {
    std::vector<unsigned char> out(sealed_.size() < kAeadTag ? 0 : sealed_.size() - kAeadTag);
    return GetParam().open(key_, nonce_, ad_, AsBytes(sealed_), out) && AsText(out) == plain_;
  }
};
INSTANTIATE_TEST_SUITE_P(Known, Aead, testing::ValuesIn(kCiphers));

TEST_P(Aead, SealsAndOpensTheKnownAnswer) {
  std::vector<unsigned char> out(plain_.size() + kAeadTag);
  GetParam().seal(key_, nonce_, ad_, AsBytes(plain_), out);
  EXPECT_EQ(AsText(out), sealed_);
  EXPECT_TRUE(Opens());
}

TEST_P(Aead, RefusesAnyFlippedByte) {
  for (char& c : sealed_) {
    c = static_cast<char>(c ^ 1);
    EXPECT_FALSE(Opens());
    c = static_cast<char>(c ^ 1);
  }
}

TEST_P(Aead, RefusesWhatIsTooShort) {
  for (const std::size_t size : {0u, 15u, 16u}) {
    sealed_.resize(size);
    EXPECT_FALSE(Opens());
  }
}

}  // namespace
}  // namespace bauta::crypto
