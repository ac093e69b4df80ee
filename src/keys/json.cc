#include "keys/json.h"

#include <cstring>

#include "base/text.h"

namespace bauta::keys::json {

crypto::SecretBytes Padded(const crypto::SecretBytes& text) {
  crypto::SecretBytes padded(text.size() + simdjson::SIMDJSON_PADDING);
  if (text.size() > 0) std::memcpy(padded.writable().data(), text.bytes().data(), text.size());
  return padded;
}

Error Fault(std::string_view place, std::string_view why) {
  std::string message(place);
  if (!message.empty()) message += " ";
  return ConfigError(message.append(why));
}

Result<simdjson::ondemand::object> AsObject(Value value, std::string_view place) {
  simdjson::ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) {
    return Fault(place, "is not an object");
  }
  return object;
}

Result<std::string> AsText(Value value, std::string_view place) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return Fault(place, "is not a string");
  return std::string(text);
}

Result<std::uint64_t> AsNumber(Value value, std::string_view place) {
  std::uint64_t number = 0;
  if (value.get_uint64().get(number) != simdjson::SUCCESS) {
    return Fault(place, "is not a whole number");
  }
  return number;
}

Result<bool> IsNull(Value value, std::string_view place) {
  simdjson::ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return Fault(place, "is not valid JSON");
  if (type != simdjson::ondemand::json_type::null) return false;
  if (!value.is_null()) return Fault(place, "is not valid JSON");
  return true;
}

Result<crypto::SecretBytes> AsSecret(Value value, std::string_view place) {
  simdjson::ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS ||
      type != simdjson::ondemand::json_type::string) {
    return Fault(place, "is not a string");
  }
  // The raw token, in our own memory: get_string would copy it into the parser's.
  std::string_view token = TrimAscii(value.raw_json_token());
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') {
    return Fault(place, "is not a string");
  }
  token = token.substr(1, token.size() - 2);
  std::optional<crypto::SecretBytes> secret = crypto::SecretBytes::FromBase64(token);
  if (!secret) return Fault(place, "is not padded base64");
  return std::move(*secret);
}

Result<std::string> AsBytes(Value value, std::string_view place, std::size_t size) {
  const std::string text = TRY(AsText(value, place));
  std::optional<std::string> bytes = Base64Decode(text);
  if (!bytes) return Fault(place, "is not padded base64");
  if (bytes->size() != size) {
    return Fault(place,
                 "has " + std::to_string(bytes->size()) + " bytes, not " + std::to_string(size));
  }
  return std::move(*bytes);
}

}  // namespace bauta::keys::json
