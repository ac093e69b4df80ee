#include "keys/wrapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "keys/wrapping_json.h"

namespace bauta::keys {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kLongestId = 2048, kLongestBlob = 6144;  // What KMS takes.

bool IsKmsKeyId(std::string_view id) {
  const auto allowed = [](char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') ||
           std::string_view(":/_-.").find(c) != std::string_view::npos;
  };
  return !id.empty() && id.size() <= kLongestId && std::ranges::all_of(id, allowed);
}

bool IsBlob(std::string_view blob) { return !blob.empty() && blob.size() <= kLongestBlob; }

Result<WrapContext> ReadContext(json::Value value, std::string_view place) {
  WrapContext context;
  const simdjson::ondemand::object object = TRY(json::AsObject(value, place));
  const auto read_field = [&](std::string_view name, json::Value text,
                              std::string_view inner) -> Result<bool> {
    context[std::string(name)] = TRY(json::AsText(text, inner));
    return true;
  };
  TRY(json::ForEachField(object, place, read_field));
  return context;
}

}  // namespace

WrapContext ContextOfKey(std::string_view ring_id, std::string_view kid) {
  return {{"keyring", std::string(ring_id)}, {"kid", std::string(kid)}};
}

WrapContext ContextOfIdentity(std::string_view id) { return {{"identity", std::string(id)}}; }

Result<crypto::SecretBytes> Unwrapped(const Wrapping& wrapping, const Unwrap& unwrap) {
  if (!unwrap) return ConfigError("is wrapped by AWS KMS, which is not asked here");
  crypto::SecretBytes key = TRY(unwrap(wrapping));
  if (key.size() != kKeySize) return ConfigError("what KMS unwrapped is no key of 32 bytes");
  return key;
}

Result<WrappedKey> MakeWrappedKey(const MakeWrapped& make, const WrapContext& context) {
  WrappedKey made = TRY(make(context));
  const bool good = made.key.size() == kKeySize && IsKmsKeyId(made.wrapping.key_id) &&
                    IsBlob(made.wrapping.blob) && made.wrapping.context == context;
  if (!good) return ConfigError("what KMS made is no wrapped key of 32 bytes");
  return made;
}

bool SameKmsKey(const Wrapping& a, const Wrapping& b) {
  // Replicas of one key in several regions have the same name there.
  const auto name = [](std::string_view arn) { return arn.substr(arn.rfind('/') + 1); };
  return name(a.key_id) == name(b.key_id);
}

std::string WrappingFields(const Wrapping& wrapping) {
  return fmt::format(R"("key_id":"{}","ciphertext_blob":"{}","context":{})", wrapping.key_id,
                     Base64Encode(wrapping.blob), JsonObject(wrapping.context));
}

Result<bool> ReadWrappingField(Wrapping& wrapping, std::string_view name, json::Value value,
                               std::string_view place) {
  if (name == "key_id") {
    wrapping.key_id = TRY(json::AsText(value, place));
    if (!IsKmsKeyId(wrapping.key_id)) return json::Fault(place, "is no ARN or id of a KMS key");
  } else if (name == "ciphertext_blob") {
    const std::string text = TRY(json::AsText(value, place));
    std::optional<std::string> blob = Base64Decode(text);
    if (!blob || !IsBlob(*blob)) return json::Fault(place, "is not padded base64 of up to 6 KiB");
    wrapping.blob = std::move(*blob);
  } else if (name == "context") {
    wrapping.context = TRY(ReadContext(value, place));
  } else {
    return false;
  }
  return true;
}

Result<> CheckWrapping(const Wrapping& wrapping, const WrapContext& context,
                       std::string_view place) {
  if (wrapping.key_id.empty() || wrapping.blob.empty()) {
    return json::Fault(place, "needs key_id, ciphertext_blob and context");
  }
  if (wrapping.context != context) {
    return json::Fault(place, fmt::format("must have the context {}", JsonObject(context)));
  }
  return Ok();
}

}  // namespace bauta::keys
