#include "crypto/hpke.h"

#include <cstring>
#include <initializer_list>
#include <utility>

#include "crypto/hkdf.h"
#include "crypto/openssl.h"

namespace bauta::crypto {
namespace {

constexpr std::uint16_t kKem = 0x0020;  // DHKEM(X25519, HKDF-SHA256)
constexpr std::uint16_t kKdf = 0x0001;  // HKDF-SHA256

std::string Be16(std::size_t n) {
  return {static_cast<char>((n >> 8) & 0xff), static_cast<char>(n & 0xff)};
}

SecretBytes Join(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  SecretBytes joined(size);
  unsigned char* to = joined.writable().data();
  for (const std::string_view part : parts) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  return joined;
}

SecretBytes LabeledExtract(std::string_view suite, std::string_view salt, std::string_view label,
                           std::string_view material) {
  return HkdfExtract(salt, Join({"HPKE-v1", suite, label, material}));
}

SecretBytes LabeledExpand(std::string_view suite, const SecretBytes& prk, std::string_view label,
                          std::string_view info, std::size_t length) {
  std::string labeled = Be16(length);
  labeled.append("HPKE-v1").append(suite).append(label).append(info);
  return HkdfExpand(prk, labeled, length);
}

// RFC 9180, section 4.1: ExtractAndExpand.
SecretBytes SharedSecret(const SecretBytes& dh, const X25519Public& enc,
                         const X25519Public& recipient) {
  const std::string suite = "KEM" + Be16(kKem);
  const SecretBytes prk = LabeledExtract(suite, "", "eae_prk", AsText(dh.bytes()));
  std::string kem_context(AsText(enc));
  kem_context.append(AsText(recipient));
  return LabeledExpand(suite, prk, "shared_secret", kem_context, 32);
}

// RFC 9180, section 5.1: KeySchedule in base mode, as far as the exporter secret.
HpkeContext Schedule(const SecretBytes& shared, std::string_view info, std::uint16_t aead) {
  std::string suite = "HPKE" + Be16(kKem) + Be16(kKdf) + Be16(aead);
  const SecretBytes psk_id_hash = LabeledExtract(suite, "", "psk_id_hash", "");
  const SecretBytes info_hash = LabeledExtract(suite, "", "info_hash", info);
  std::string context(1, '\0');  // mode_base
  context.append(AsText(psk_id_hash.bytes())).append(AsText(info_hash.bytes()));
  const SecretBytes secret = LabeledExtract(suite, AsText(shared.bytes()), "secret", "");
  SecretBytes exporter = LabeledExpand(suite, secret, "exp", context, 32);
  return {std::move(suite), std::move(exporter)};
}

}  // namespace

SecretBytes HpkeContext::Export(std::string_view context, std::size_t length) const {
  return LabeledExpand(suite_, exporter_, "sec", context, length);
}

Result<HpkeSetup> HpkeSend(const X25519Public& recipient, std::string_view info) {
  return HpkeSendWith(RandomSecret(32), recipient, info);
}

Result<HpkeSetup> HpkeSendWith(const SecretBytes& ephemeral, const X25519Public& recipient,
                               std::string_view info, std::uint16_t aead) {
  const SecretBytes dh = TRY(X25519(ephemeral, recipient));
  const X25519Public enc = X25519PublicOf(ephemeral);
  return HpkeSetup{enc, Schedule(SharedSecret(dh, enc, recipient), info, aead)};
}

Result<HpkeContext> HpkeReceive(const SecretBytes& secret, const X25519Public& enc,
                                std::string_view info, std::uint16_t aead) {
  const SecretBytes dh = TRY(X25519(secret, enc));
  return Schedule(SharedSecret(dh, enc, X25519PublicOf(secret)), info, aead);
}

}  // namespace bauta::crypto
