#include <algorithm>
#include <string>

#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/aes.h"
#include "crypto/argon2id.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"
#include "crypto/hmac.h"
#include "crypto/hpke.h"
#include "crypto/openssl.h"
#include "crypto/process.h"
#include "crypto/siv.h"

namespace bauta::crypto {
namespace {

bool Is(std::span<const unsigned char> bytes, std::string_view hex) {
  return HexEncode(AsText(bytes)) == hex;
}

// 00 01 02 ... as in PRIVACY's examples.
SecretBytes Counting(std::size_t size) {
  SecretBytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes.writable()[i] = static_cast<unsigned char>(i);
  return bytes;
}

// FIPS 180-2, B.1 and B.2: padding within the block of the text, and in one more.
bool DigestsWork() {
  return Is(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") &&
         Is(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// RFC 4231, case 2.
bool HmacWorks() {
  constexpr std::string_view kKey = "Jefe";
  std::array<unsigned char, 32> out;
  Hmac(AsBytes(kKey)).Sign("what do ya want for nothing?", out.data());
  return Is(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

bool HkdfWorks() {
  const SecretBytes prk = HkdfExtract("pii-token-v1", Counting(32));
  return Is(prk.bytes(), "abd4cd0e5b287dce3210dd8fbc408808d200d4140851d7ae51e25ee170e91ba3") &&
         Is(HkdfExpand(prk, std::string_view("kcv\0\0", 5), 4).bytes(), "e8eb2e4c");
}

// RFC 9180, A.7.1, from the recipient's side: X25519 as well.
bool HpkeWorks() {
  const SecretBytes secret = SecretBytes::CopyOf(
      *HexDecode("33d196c830a12f9ac65d6e565a590d80f04ee9b19c83c87f2c170d972a812848"));
  const std::string enc =
      *HexDecode("e5e8f9bfff6c2f29791fc351d2c25ce1299aa5eaca78a757c0b4fb4bcd830918");
  X25519Public key;
  std::ranges::copy(enc, key.begin());
  const Result<HpkeContext> context =
      HpkeReceive(secret, key, *HexDecode("4f6465206f6e2061204772656369616e2055726e"));
  return context.ok() && Is(context->Export("", 32).bytes(),
                            "7a36221bd56d50fb51ee65edfd98d06a23c4dc87085aa5866cb7087244bd2a36");
}

bool AeadsWork() {
  const SecretBytes key = Counting(32);
  std::array<unsigned char, 3 + kAeadTag> sealed;
  std::array<unsigned char, 3> plain{'a', 'b', 'c'};
  ChaChaSeal(key, ChaChaNonce{}, "ad", plain, sealed);
  if (!Is(sealed, "79da21dff090393e171ca8026f86e58dcf1ffe")) return false;
  if (!ChaChaOpen(key, ChaChaNonce{}, "ad", sealed, plain)) return false;
  if (ChaChaOpen(key, ChaChaNonce{}, "other", sealed, plain)) return false;
  plain = {'a', 'b', 'c'};
  XChaChaSeal(key, XChaChaNonce{}, "ad", plain, sealed);
  return Is(sealed, "f464efd47180cbd84ff03de576c4c03f1461cb") &&
         XChaChaOpen(key, XChaChaNonce{}, "ad", sealed, plain);
}

bool Argon2Works() {
  Argon2Salt salt;
  std::ranges::copy(Counting(salt.size()).bytes(), salt.begin());
  const Result<SecretBytes> key = Argon2id13(SecretBytes::CopyOf("bauta"), salt, 1, 8192);
  return key.ok() &&
         Is(key->bytes(), "d269bb75a0f3e212762813f73fb737c8c702189c7dc3b92afce2deaff341cea7");
}

// FIPS 197, both ways.
bool AesWorks() {
  const std::string plain = *HexDecode("00112233445566778899aabbccddeeff");
  std::array<unsigned char, kAesBlock> out, back;
  const SecretBytes key = Counting(16);
  Result<AesBlocks> encrypt = AesBlocks::Make(key.bytes(), AesBlocks::Direction::kEncrypt);
  Result<AesBlocks> decrypt = AesBlocks::Make(key.bytes(), AesBlocks::Direction::kDecrypt);
  if (!encrypt.ok() || !decrypt.ok()) return false;
  encrypt->Apply(AsBytes(plain), out.data());
  decrypt->Apply(out, back.data());
  return Is(out, "69c4e0d86a7b0430d8cdb78070b4c55a") && AsText(back) == plain;
}

// Twice, since a context that is used again is where OpenSSL's goes wrong; and a forgery after a
// good text.
bool SivWorks() {
  const std::string plain = *HexDecode("112233445566778899aabbccddee");
  const std::string key =
      *HexDecode("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  const std::string associated = *HexDecode("101112131415161718191a1b1c1d1e1f2021222324252627");
  const std::array<std::string_view, 1> elements = {associated};
  Result<Siv> siv = Siv::Make(AsBytes(key), elements);  // RFC 5297, A.1
  std::array<unsigned char, 14 + kSivTag> sealed;
  std::array<unsigned char, 14> opened;
  for (int i = 0; i < 2; ++i) {
    if (!siv.ok() || !siv->Seal(AsBytes(plain), sealed.data())) return false;
    if (!Is(sealed, "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c")) return false;
    if (!siv->Open(sealed, opened.data()) || AsText(opened) != plain) return false;
    sealed.back() ^= 1;
    if (siv->Open(sealed, opened.data())) return false;
  }
  return true;
}

}  // namespace

std::span<const KnownAnswer> KnownAnswers() {
  static constexpr KnownAnswer kAnswers[] = {{"SHA-256", DigestsWork},
                                             {"HMAC-SHA-256", HmacWorks},
                                             {"HKDF-SHA-256", HkdfWorks},
                                             {"AES", AesWorks},
                                             {"AES-SIV", SivWorks},
                                             {"HPKE over X25519", HpkeWorks},
                                             {"ChaCha20-Poly1305", AeadsWork},
                                             {"Argon2id", Argon2Works}};
  return kAnswers;
}

Result<> SelfTest(std::span<const KnownAnswer> answers) {
  for (const KnownAnswer& answer : answers) {
    if (answer.is_given()) continue;
    return ConfigError(std::string("the self-test of ") + answer.primitive + " failed",
                       "the installed OpenSSL or libsodium gives wrong answers: mend it first");
  }
  return Ok();
}

}  // namespace bauta::crypto
