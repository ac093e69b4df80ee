#include "crypto/hmac.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <new>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "crypto/sha256.h"

namespace bauta::crypto {
namespace {

using Block = Sha256Stream::Block;
constexpr std::size_t kBlock = Sha256Stream::kBlock;

// Through `state`, so that no temporary is left behind.
void SetStateAfter(Block key, unsigned char mark, SHA256_CTX& state) {
  for (unsigned char& byte : key) byte = static_cast<unsigned char>(byte ^ mark);
  Sha256Stream stream;
  stream.Add(key);
  state = stream.state();
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(&stream, sizeof stream);
}

// What is as good as the key.
struct States {
  SHA256_CTX inner, outer;

  explicit States(std::span<const unsigned char> key) {
    Block block{};
    if (key.size() > kBlock) {
      Sha256Stream::Hash hash = Sha256(AsText(key));
      std::ranges::copy(hash, block.begin());
      OPENSSL_cleanse(hash.data(), hash.size());
    } else {
      std::ranges::copy(key, block.begin());
    }
    SetStateAfter(block, 0x36, inner);
    SetStateAfter(block, 0x5c, outer);
    OPENSSL_cleanse(block.data(), block.size());
  }
  States(const States&) = delete;
  States& operator=(const States&) = delete;
  ~States() { OPENSSL_cleanse(this, sizeof *this); }
};

// Of the copies of the states nothing is left but the hashes.
Sha256Stream::Hash Signed(const States& states, std::string_view data) {
  Sha256Stream inner(states.inner, kBlock), outer(states.outer, kBlock);
  inner.Add(AsBytes(data));
  outer.Add(inner.Finish());
  return outer.Finish();
}

}  // namespace

// SecretBytes wipes them.
Hmac::Hmac(std::span<const unsigned char> key) : states_(sizeof(States)) {
  new (states_.writable().data()) States(key);
}

void Hmac::Sign(std::string_view data, unsigned char out[32]) const {
  const void* const states = states_.bytes().data();
  std::ranges::copy(Signed(*static_cast<const States*>(states), data), out);
}

std::array<unsigned char, 32> HmacSha256(std::span<const unsigned char> key,
                                         std::string_view data) {
  return Signed(States(key), data);
}

}  // namespace bauta::crypto
