#include "keys/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/argon2id.h"
#include "crypto/x25519.h"
#include "keys/json.h"
#include "keys/key_file.h"
#include "keys/key_ring_file.h"
#include "keys/names.h"
#include "keys/wrapping_json.h"

namespace bauta::keys {
namespace {

using json::Fault;
using json::Value;
using Place = std::string_view;

constexpr std::uint64_t kLeastMem = 64ull << 20, kMostMem = 1ull << 30, kMostOps = 100;
constexpr const char* kWhichOne =
    "name the right one with --identity: `bauta keys generate` made identity-v1.json for the vault "
    "and identity-q1.json for the quarantine, and they may have been moved to where they are used";
constexpr std::size_t kSealedSize = 32 + crypto::kAeadTag;

constexpr std::string_view kByPassphrase = "argon2id13", kByKms = "aws-kms";

// How the key under which the secret key is sealed is had.
struct Kdf {
  std::string alg;
  // Of argon2id13.
  std::string salt;
  std::uint64_t ops = 0, mem = 0;
  // Of aws-kms.
  Wrapping wrapping;
};

struct Parts {
  std::uint64_t version = 0;
  std::string id, alg, pk, nonce, ct;
  std::optional<Purpose> purpose;
  bool has_kdf = false;  // The field is there, be it null.
  std::optional<Kdf> kdf;
  std::optional<crypto::SecretBytes> sk;
};

template <class Array>
Array ArrayOf(std::string_view bytes) {
  Array array;
  std::ranges::copy_n(bytes.begin(), array.size(), array.begin());
  return array;
}

std::string Associated(std::string_view id, std::string_view pk) {
  const std::string nul(1, '\0');
  std::string out = "bauta-identity-v1" + nul;
  return out.append(id).append(nul).append(pk);
}

// All fields of its alg and none of the other's; the context is looked at when the id is known.
Result<> CheckKdf(const Kdf& kdf, Place place) {
  const bool wrapped =
      !kdf.wrapping.key_id.empty() || !kdf.wrapping.blob.empty() || !kdf.wrapping.context.empty();
  const bool typed = !kdf.salt.empty() || kdf.ops != 0 || kdf.mem != 0;
  if (kdf.alg == kByKms) {
    return typed ? Result<>(Fault(place, "has what only argon2id13 has beside aws-kms")) : Ok();
  }
  if (kdf.alg.empty() || kdf.salt.empty()) return Fault(place, "needs alg, ops, mem and salt");
  if (wrapped) return Fault(place, "has what only aws-kms has beside argon2id13");
  if (kdf.mem < kLeastMem || kdf.mem > kMostMem) {
    return Fault(place, "has a mem outside 64 MiB to 1 GiB");
  }
  if (kdf.ops < 1 || kdf.ops > kMostOps) return Fault(place, "has ops outside 1 to 100");
  return Ok();
}

Result<> ReadKdf(Parts& parts, Value value, Place place) {
  parts.has_kdf = true;
  const bool none = TRY(json::IsNull(value, place));
  if (none) return Ok();
  Kdf kdf;
  const simdjson::ondemand::object object = TRY(json::AsObject(value, place));
  const auto read_field = [&](Place name, Value v, Place inner) -> Result<bool> {
    if (name == "alg") {
      kdf.alg = TRY(json::AsText(v, inner));
      if (kdf.alg != kByPassphrase && kdf.alg != kByKms) {
        return Fault(inner, "is not supported: argon2id13 and aws-kms are");
      }
    } else if (name == "ops") {
      kdf.ops = TRY(json::AsNumber(v, inner));
    } else if (name == "mem") {
      kdf.mem = TRY(json::AsNumber(v, inner));
    } else if (name == "salt") {
      kdf.salt = TRY(json::AsBytes(v, inner, 16));
    } else {
      return ReadWrappingField(kdf.wrapping, name, v, inner);
    }
    return true;
  };
  TRY(json::ForEachField(object, place, read_field));
  TRY(CheckKdf(kdf, place));
  parts.kdf = std::move(kdf);
  return Ok();
}

Result<bool> ReadField(Parts& parts, Place name, Value value, Place place) {
  if (name == "v") {
    parts.version = TRY(json::AsNumber(value, place));
    if (parts.version != 1) return Fault(place, "must be 1");
  } else if (name == "id") {
    parts.id = TRY(json::AsText(value, place));
    if (!IsId(parts.id)) return Fault(place, "must be 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-'");
  } else if (name == "purpose") {
    parts.purpose = ParsePurpose(TRY(json::AsText(value, place)));
    if (!parts.purpose) return Fault(place, "must be vault or quarantine");
  } else if (name == "alg") {
    parts.alg = TRY(json::AsText(value, place));
    if (parts.alg != "x25519") return Fault(place, "must be \"x25519\"");
  } else if (name == "pk") {
    parts.pk = TRY(json::AsBytes(value, place, 32));
  } else if (name == "kdf") {
    TRY(ReadKdf(parts, value, place));
  } else if (name == "nonce") {
    parts.nonce = TRY(json::AsBytes(value, place, std::tuple_size_v<crypto::XChaChaNonce>));
  } else if (name == "ct") {
    parts.ct = TRY(json::AsBytes(value, place, kSealedSize));
  } else if (name == "sk") {
    parts.sk = TRY(json::AsSecret(value, place));
    if (parts.sk->size() != 32) return Fault(place, "must hold 32 bytes");
  } else {
    return false;
  }
  return true;
}

Result<Parts> Parse(const crypto::SecretBytes& text) {
  Parts parts;
  TRY(json::ReadDocument(text, [&](simdjson::ondemand::object root) {
    return json::ForEachField(root, "", [&](Place name, Value value, Place place) {
      return ReadField(parts, name, value, place);
    });
  }));
  if (parts.version == 0 || parts.id.empty() || !parts.purpose || parts.alg.empty() ||
      parts.pk.empty() || !parts.has_kdf) {
    return Fault("", "needs v, id, purpose, alg, pk and kdf");
  }
  const bool sealed = !parts.nonce.empty() && !parts.ct.empty() && !parts.sk;
  const bool clear = parts.nonce.empty() && parts.ct.empty() && parts.sk;
  if (parts.kdf && !sealed) return Fault("", "needs nonce and ct, and no sk, with a kdf");
  if (!parts.kdf && !clear) return Fault("", "needs sk, and no nonce or ct, without a kdf");
  if (parts.kdf && parts.kdf->alg == kByKms) {
    TRY(CheckWrapping(parts.kdf->wrapping, ContextOfIdentity(parts.id), "kdf"));
  }
  return parts;
}

Result<crypto::SecretBytes> OpenUnder(const crypto::SecretBytes& key, const Parts& parts,
                                      std::string_view why_not) {
  crypto::SecretBytes secret(32);
  if (!crypto::XChaChaOpen(key, ArrayOf<crypto::XChaChaNonce>(parts.nonce),
                           Associated(parts.id, parts.pk), AsBytes(parts.ct), secret.writable())) {
    return ConfigError(std::string(why_not));
  }
  return secret;
}

Error Named(const std::string& path, const Error& error) {
  return {error.code, fmt::format("identity {}: {}", path, error.message),
          error.hint.empty() ? kWhichOne : error.hint};
}

Result<crypto::SecretBytes> SecretOf(Parts& parts, const AskPassphrase& passphrase,
                                     const Unwrap& unwrap) {
  if (!parts.kdf) return std::move(*parts.sk);
  if (parts.kdf->alg == kByKms) {
    const crypto::SecretBytes key = TRY(Unwrapped(parts.kdf->wrapping, unwrap));
    return OpenUnder(key, parts, "the file was changed: the key that KMS unwrapped does not fit");
  }
  const crypto::SecretBytes typed = TRY(passphrase());
  const crypto::SecretBytes key = TRY(crypto::Argon2id13(
      typed, ArrayOf<crypto::Argon2Salt>(parts.kdf->salt), parts.kdf->ops, parts.kdf->mem));
  return OpenUnder(key, parts, "wrong passphrase, or the file was changed");
}

std::string Base64(std::span<const unsigned char> bytes) { return Base64Encode(AsText(bytes)); }

// Up to the value of kdf.
std::string Head(const std::string& id, Purpose purpose, const crypto::SecretBytes& secret) {
  std::string text;
  text.reserve(1024);  // So that no copy of a key that follows is left where the text was.
  text += fmt::format(R"({{"v":1,"id":"{}","purpose":"{}","alg":"x25519","pk":"{}","kdf":)", id,
                      PurposeName(purpose), Base64(crypto::X25519PublicOf(secret)));
  return text;  // Moved, not copied, as `return text += ...` would be.
}

std::string SealedText(const std::string& id, Purpose purpose, const crypto::SecretBytes& secret,
                       const crypto::SecretBytes& key, std::string_view kdf) {
  crypto::XChaChaNonce nonce;
  crypto::FillRandom(nonce);
  std::array<unsigned char, kSealedSize> sealed;
  crypto::XChaChaSeal(key, nonce, Associated(id, AsText(crypto::X25519PublicOf(secret))),
                      secret.bytes(), sealed);
  return Head(id, purpose, secret) + fmt::format("{{{}}},\"nonce\":\"{}\",\"ct\":\"{}\"}}\n", kdf,
                                                 Base64(nonce), Base64(sealed));
}

}  // namespace

bool IsIdentity(const crypto::SecretBytes& text) { return Parse(text).ok(); }

Result<crypto::SecretBytes> OpenIdentity(const std::string& path, Purpose purpose,
                                         const AskPassphrase& passphrase, std::string* id,
                                         const Unwrap& unwrap) {
  const crypto::SecretBytes text = TRY(ReadKeyFile(path, kWhichOne));
  Result<Parts> parts = Parse(text);
  if (!parts.ok() && ParseKeyRing(text).ok()) {
    return Named(path, ConfigError("is a key ring, not an identity"));
  }
  if (!parts.ok()) return Named(path, parts.error());
  if (*parts->purpose != purpose) {
    return Named(
        path, ConfigError(fmt::format("is for the {}, not for the {}", PurposeName(*parts->purpose),
                                      PurposeName(purpose))));
  }
  Result<crypto::SecretBytes> secret = SecretOf(*parts, passphrase, unwrap);
  if (!secret.ok()) return Named(path, secret.error());
  if (AsText(crypto::X25519PublicOf(*secret)) != parts->pk) {
    return Named(path, ConfigError("pk is not the public key of the secret key"));
  }
  if (id != nullptr) *id = parts->id;
  return secret;
}

Result<std::string> IdentityText(const std::string& id, Purpose purpose,
                                 const crypto::SecretBytes& secret,
                                 const crypto::SecretBytes* passphrase, PassphraseCost cost) {
  if (passphrase == nullptr) {
    std::string text = Head(id, purpose, secret);
    text += R"(null,"sk":")";
    crypto::AppendBase64(text, secret);
    text += "\"}\n";
    return text;
  }
  crypto::Argon2Salt salt;
  crypto::FillRandom(salt);
  const crypto::SecretBytes key = TRY(crypto::Argon2id13(*passphrase, salt, cost.ops, cost.mem));
  const std::string kdf = fmt::format(R"("alg":"{}","ops":{},"mem":{},"salt":"{}")", kByPassphrase,
                                      cost.ops, cost.mem, Base64(salt));
  return SealedText(id, purpose, secret, key, kdf);
}

std::string WrappedIdentityText(const std::string& id, Purpose purpose,
                                const crypto::SecretBytes& secret, const WrappedKey& key) {
  const std::string kdf = fmt::format(R"("alg":"{}",{})", kByKms, WrappingFields(key.wrapping));
  return SealedText(id, purpose, secret, key.key, kdf);
}

}  // namespace bauta::keys
