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

struct Kdf {
  std::string alg, salt;
  std::uint64_t ops = 0, mem = 0;
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

Result<> ReadKdf(Parts& parts, Value value, Place place) {
  parts.has_kdf = true;
  const bool none = TRY(json::IsNull(value, place));
  if (none) return Ok();
  Kdf kdf;
  const simdjson::ondemand::object object = TRY(json::AsObject(value, place));
  const auto read_field = [&](Place name, Value v, Place inner) -> Result<bool> {
    if (name == "alg") {
      kdf.alg = TRY(json::AsText(v, inner));
      if (kdf.alg != "argon2id13") return Fault(inner, "is not supported: only argon2id13 is");
    } else if (name == "ops") {
      kdf.ops = TRY(json::AsNumber(v, inner));
    } else if (name == "mem") {
      kdf.mem = TRY(json::AsNumber(v, inner));
    } else if (name == "salt") {
      kdf.salt = TRY(json::AsBytes(v, inner, 16));
    } else {
      return false;
    }
    return true;
  };
  TRY(json::ForEachField(object, place, read_field));
  if (kdf.alg.empty() || kdf.salt.empty()) return Fault(place, "needs alg, ops, mem and salt");
  if (kdf.mem < kLeastMem || kdf.mem > kMostMem) {
    return Fault(place, "has a mem outside 64 MiB to 1 GiB");
  }
  if (kdf.ops < 1 || kdf.ops > kMostOps) return Fault(place, "has ops outside 1 to 100");
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
  return parts;
}

Result<crypto::SecretBytes> Decrypt(const Parts& parts, const crypto::SecretBytes& passphrase) {
  const crypto::SecretBytes key = TRY(crypto::Argon2id13(
      passphrase, ArrayOf<crypto::Argon2Salt>(parts.kdf->salt), parts.kdf->ops, parts.kdf->mem));
  crypto::SecretBytes secret(32);
  if (!crypto::XChaChaOpen(key, ArrayOf<crypto::XChaChaNonce>(parts.nonce),
                           Associated(parts.id, parts.pk), AsBytes(parts.ct), secret.writable())) {
    return ConfigError("wrong passphrase, or the file was changed");
  }
  return secret;
}

Error Named(const std::string& path, const Error& error) {
  return {error.code, fmt::format("identity {}: {}", path, error.message),
          error.hint.empty() ? kWhichOne : error.hint};
}

Result<crypto::SecretBytes> SecretOf(Parts& parts, const AskPassphrase& passphrase) {
  if (!parts.kdf) return std::move(*parts.sk);
  const crypto::SecretBytes typed = TRY(passphrase());
  return Decrypt(parts, typed);
}

std::string Base64(std::span<const unsigned char> bytes) { return Base64Encode(AsText(bytes)); }

}  // namespace

bool IsIdentity(const crypto::SecretBytes& text) { return Parse(text).ok(); }

Result<crypto::SecretBytes> OpenIdentity(const std::string& path, Purpose purpose,
                                         const AskPassphrase& passphrase, std::string* id) {
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
  Result<crypto::SecretBytes> secret = SecretOf(*parts, passphrase);
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
  const crypto::X25519Public pk = crypto::X25519PublicOf(secret);
  std::string text;
  text.reserve(1024);  // So that no copy of the key is left where the text was.
  text += fmt::format(R"({{"v":1,"id":"{}","purpose":"{}","alg":"x25519","pk":"{}","kdf":)", id,
                      PurposeName(purpose), Base64(pk));
  if (passphrase == nullptr) {
    text += R"(null,"sk":")";
    crypto::AppendBase64(text, secret);
    text += "\"}\n";
    return text;
  }
  crypto::Argon2Salt salt;
  crypto::XChaChaNonce nonce;
  crypto::FillRandom(salt);
  crypto::FillRandom(nonce);
  const crypto::SecretBytes key = TRY(crypto::Argon2id13(*passphrase, salt, cost.ops, cost.mem));
  std::array<unsigned char, kSealedSize> sealed;
  crypto::XChaChaSeal(key, nonce, Associated(id, AsText(pk)), secret.bytes(), sealed);
  text += fmt::format(
      R"({{"alg":"argon2id13","ops":{},"mem":{},"salt":"{}"}},"nonce":"{}","ct":"{}"}})", cost.ops,
      cost.mem, Base64(salt), Base64(nonce), Base64(sealed));
  text += '\n';
  return text;
}

}  // namespace bauta::keys
