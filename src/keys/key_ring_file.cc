#include "keys/key_ring_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/x25519.h"
#include "keys/json.h"
#include "keys/names.h"
#include "keys/wrapping_json.h"

namespace bauta::keys {
namespace {

using json::Fault;
using json::Value;
using Place = std::string_view;

template <class T, class Parse>
Result<T> Word(Value value, Place place, Parse parse, std::string_view allowed) {
  const std::string text = TRY(json::AsText(value, place));
  const std::optional<T> word = parse(text);
  if (!word) return Fault(place, fmt::format("must be one of {}", allowed));
  return *word;
}

Result<std::string> Checked(Value value, Place place, bool (*good)(std::string_view),
                            std::string_view shape) {
  std::string text = TRY(json::AsText(value, place));
  if (!good(text)) return Fault(place, fmt::format("must be {}", shape));
  return text;
}

// At most one of the two.
struct Material {
  std::optional<crypto::SecretBytes> raw;
  std::optional<Wrapping> wrapping;

  bool any() const { return raw || wrapping; }
};

Result<Material> ReadMaterial(Value value, Place place) {
  Material material;
  const bool absent = TRY(json::IsNull(value, place));
  if (absent) return material;
  std::string type;
  Wrapping wrapping;
  bool wrapped = false;
  const simdjson::ondemand::object object = TRY(json::AsObject(value, place));
  const auto read_field = [&](Place name, Value v, Place inner) -> Result<bool> {
    if (name == "type") {
      type = TRY(json::AsText(v, inner));
      if (type != "raw" && type != "aws-kms") {
        return Fault(inner, "is not supported: \"raw\" and \"aws-kms\" are");
      }
    } else if (name == "key") {
      material.raw = TRY(json::AsSecret(v, inner));
    } else {
      const bool known = TRY(ReadWrappingField(wrapping, name, v, inner));
      wrapped = wrapped || known;
      return known;
    }
    return true;
  };
  TRY(json::ForEachField(object, place, read_field));
  if (type == "aws-kms") {
    if (material.raw) return Fault(place, "has a key beside what KMS wrapped");
    material.wrapping = std::move(wrapping);
    return material;
  }
  if (type.empty() || !material.raw) return Fault(place, "needs type and key");
  if (wrapped) return Fault(place, "is raw, and has what only a wrapped one has");
  if (material.raw->size() != 32) return Fault(place, "must hold a key of 32 bytes");
  return material;
}

struct KeyParts {
  std::optional<std::string> kid, created, kcv;
  std::optional<KeyStatus> status;
  Material material;
};

Result<bool> ReadKeyField(KeyParts& key, Place name, Value value, Place place) {
  if (name == "kid") {
    key.kid = TRY(Checked(value, place, IsKid, "1 to 12 of a-z and 0-9"));
  } else if (name == "status") {
    key.status = TRY(Word<KeyStatus>(value, place, ParseStatus, "ENABLED, DISABLED, DESTROYED"));
  } else if (name == "created") {
    key.created = TRY(Checked(value, place, IsDate, "a date, YYYY-MM-DD"));
  } else if (name == "kcv") {
    key.kcv = TRY(json::AsText(value, place));
  } else if (name == "material") {
    key.material = TRY(ReadMaterial(value, place));
  } else {
    return false;
  }
  return true;
}

Error NotOfItsKcv(Place place, const KeyRing::Key& key) {
  return Fault(place, fmt::format("is not the key that its kcv {} was computed from", key.kcv));
}

Result<KeyRing::Key> FinishKey(const KeyParts& parts, Place place) {
  if (!parts.kid || !parts.status || !parts.created || !parts.kcv) {
    return Fault(place, "needs kid, status, created, kcv and material");
  }
  const bool destroyed = *parts.status == KeyStatus::kDestroyed;
  if (destroyed == parts.material.any()) {
    return Fault(place, destroyed ? "is DESTROYED but still has its material"
                                  : "has no material though it is not DESTROYED");
  }
  KeyRing::Key key{*parts.kid, *parts.status, *parts.created, *parts.kcv, {}};
  key.wrapping = parts.material.wrapping;
  if (key.wrapping && !IsKcv(key.kcv)) return Fault(place, "has a kcv that is not 8 digits of hex");
  if (!parts.material.raw) return key;
  key.prk = PrkOf(*parts.material.raw);
  if (KcvOf(key.prk) != key.kcv) return NotOfItsKcv(place, key);
  return key;
}

Result<> ReadKey(KeyRingText& ring, simdjson::ondemand::object object, Place place) {
  KeyParts parts;
  TRY(json::ForEachField(object, place, [&](Place name, Value value, Place inner) {
    return ReadKeyField(parts, name, value, inner);
  }));
  KeyRing::Key key = TRY(FinishKey(parts, place));
  const auto same = [&](const KeyRing::Key& other) { return other.kid == key.kid; };
  if (std::ranges::any_of(ring.keys, same)) {
    return Fault(place, fmt::format("repeats the kid {}", key.kid));
  }
  ring.keys.push_back(std::move(key));
  ring.materials.push_back(parts.material.raw ? std::move(*parts.material.raw)
                                              : crypto::SecretBytes());
  return Ok();
}

Result<PublicKey> ReadPublicKey(Value value, Place place) {
  const std::string bytes = TRY(json::AsBytes(value, place, 32));
  PublicKey pk;
  std::ranges::copy(bytes, pk.begin());
  const bool usable = crypto::X25519(crypto::RandomSecret(32), pk).ok();
  if (!usable) return Fault(place, "is no usable X25519 public key");
  return pk;
}

struct RecipientParts {
  std::optional<std::string> id, alg;
  std::optional<Purpose> purpose;
  std::optional<PublicKey> pk;
  std::optional<KeyStatus> status;
};

Result<bool> ReadRecipientField(RecipientParts& parts, Place name, Value value, Place place) {
  if (name == "id") {
    parts.id = TRY(Checked(value, place, IsId, "1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-'"));
  } else if (name == "purpose") {
    parts.purpose = TRY(Word<Purpose>(value, place, ParsePurpose, "vault, quarantine"));
  } else if (name == "alg") {
    parts.alg = TRY(json::AsText(value, place));
    if (parts.alg != "x25519-hpke") return Fault(place, "must be \"x25519-hpke\"");
  } else if (name == "pk") {
    parts.pk = TRY(ReadPublicKey(value, place));
  } else if (name == "status") {
    parts.status = TRY(Word<KeyStatus>(value, place, ParseStatus, "ENABLED, DISABLED, DESTROYED"));
  } else {
    return false;
  }
  return true;
}

Result<> ReadRecipient(KeyRingText& ring, simdjson::ondemand::object object, Place place) {
  RecipientParts parts;
  TRY(json::ForEachField(object, place, [&](Place name, Value value, Place inner) {
    return ReadRecipientField(parts, name, value, inner);
  }));
  if (!parts.id || !parts.purpose || !parts.alg || !parts.pk || !parts.status) {
    return Fault(place, "needs id, purpose, alg, pk and status");
  }
  for (const Recipient& other : ring.recipients) {
    if (other.id == *parts.id) return Fault(place, fmt::format("repeats the id {}", other.id));
    if (other.pk == *parts.pk && other.purpose != *parts.purpose) {
      return Fault(place,
                   fmt::format("has the public key of {}, which has another purpose", other.id));
    }
  }
  ring.recipients.push_back(
      {*parts.id, *parts.purpose, *parts.pk, *parts.status == KeyStatus::kEnabled});
  return Ok();
}

// Only now are both ids known.
Result<> CheckWrappings(const KeyRingText& ring) {
  for (std::size_t i = 0; i < ring.keys.size(); ++i) {
    const KeyRing::Key& key = ring.keys[i];
    if (!key.wrapping) continue;
    TRY(CheckWrapping(*key.wrapping, ContextOfKey(ring.id, key.kid),
                      fmt::format("keys[{}].material", i)));
  }
  return Ok();
}

Result<> CheckPrimary(const KeyRingText& ring) {
  const auto is_primary = [&](const KeyRing::Key& key) { return key.kid == ring.primary; };
  const auto primary = std::ranges::find_if(ring.keys, is_primary);
  if (primary == ring.keys.end()) return Fault("primary", "names no key of this ring");
  if (primary->status != KeyStatus::kEnabled) return Fault("primary", "names a key not ENABLED");
  return Ok();
}

// Names, dates and check values hold nothing that JSON would escape.
void AppendKey(std::string& text, const KeyRing::Key& key, const crypto::SecretBytes& material) {
  text += fmt::format(R"({{"kid":"{}","status":"{}","created":"{}","kcv":"{}","material":)",
                      key.kid, StatusName(key.status), key.created, key.kcv);
  if (key.wrapping) {
    text += fmt::format(R"({{"type":"aws-kms",{}}}}})", WrappingFields(*key.wrapping));
    return;
  }
  if (material.size() == 0) {
    text += "null}";
    return;
  }
  text += R"({"type":"raw","key":")";
  crypto::AppendBase64(text, material);
  text += "\"}}";
}

std::string TextOf(const Recipient& r) {
  return fmt::format(R"({{"id":"{}","purpose":"{}","alg":"x25519-hpke","pk":"{}","status":"{}"}})",
                     r.id, PurposeName(r.purpose), Base64Encode(AsText(r.pk)),
                     StatusName(r.enabled ? KeyStatus::kEnabled : KeyStatus::kDisabled));
}

std::size_t RoomFor(const KeyRingText& ring) {
  std::size_t room = 512 + 256 * (ring.keys.size() + ring.recipients.size());
  for (const KeyRing::Key& key : ring.keys) {
    if (key.wrapping) room += 256 + 2 * (key.wrapping->key_id.size() + key.wrapping->blob.size());
  }
  return room;
}

}  // namespace

std::string WriteKeyRing(const KeyRingText& ring) {
  std::string text;
  text.reserve(RoomFor(ring));  // No copies of keys.
  text += fmt::format(R"({{"v":1,"id":"{}","primary":"{}","keys":[)", ring.id, ring.primary);
  for (std::size_t i = 0; i < ring.keys.size(); ++i) {
    if (i > 0) text += ",";
    AppendKey(text, ring.keys[i], ring.materials[i]);
  }
  text += "],\"recipients\":[";
  for (const Recipient& recipient : ring.recipients) {
    if (text.back() == '}') text += ",";
    text += TextOf(recipient);
  }
  text += "]}\n";
  return text;
}

Result<KeyRingText> ParseKeyRing(const crypto::SecretBytes& text) {
  KeyRingText ring;
  std::uint64_t version = 0;
  const auto read_key = [&](simdjson::ondemand::object object, Place place) {
    return ReadKey(ring, object, place);
  };
  const auto read_recipient = [&](simdjson::ondemand::object object, Place place) {
    return ReadRecipient(ring, object, place);
  };
  const auto read_field = [&](Place name, Value value, Place place) -> Result<bool> {
    if (name == "v") {
      version = TRY(json::AsNumber(value, place));
      if (version != 1) return Fault(place, "must be 1");
    } else if (name == "id") {
      ring.id = TRY(Checked(value, place, IsId, "1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-'"));
    } else if (name == "primary") {
      ring.primary = TRY(Checked(value, place, IsKid, "1 to 12 of a-z and 0-9"));
    } else if (name == "keys") {
      TRY(json::ForEachObject(value, place, read_key));
    } else if (name == "recipients") {
      TRY(json::ForEachObject(value, place, read_recipient));
    } else {
      return false;
    }
    return true;
  };
  TRY(json::ReadDocument(text, [&](simdjson::ondemand::object root) {
    return json::ForEachField(root, "", read_field);
  }));
  if (version == 0 || ring.id.empty() || ring.primary.empty()) {
    return Fault("", "needs v, id, primary and keys");
  }
  TRY(CheckPrimary(ring));
  TRY(CheckWrappings(ring));
  return ring;
}

Result<> UnwrapKeys(KeyRingText& ring, const Unwrap& unwrap) {
  for (KeyRing::Key& key : ring.keys) {
    if (!key.wrapping) continue;
    const Result<crypto::SecretBytes> material = Unwrapped(*key.wrapping, unwrap);
    if (!material.ok()) {
      Error error = material.error();
      error.message = fmt::format("key {}: {}", key.kid, error.message);
      return error;
    }
    key.prk = PrkOf(*material);
    if (KcvOf(key.prk) != key.kcv) return NotOfItsKcv(fmt::format("key {}", key.kid), key);
  }
  return Ok();
}

}  // namespace bauta::keys
