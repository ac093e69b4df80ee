#include "aws/kms_answer.h"

#include <simdjson.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace bauta::aws {
namespace {

using simdjson::SUCCESS;
using simdjson::ondemand::field;
using simdjson::ondemand::value;

Error NoAnswer() {
  return ConfigError("the answer is not what KMS sends",
                     "AWS_ENDPOINT_URL_KMS and AWS_ENDPOINT_URL name its address");
}

// From our own memory to our own memory: get_string would copy it into the parser's.
std::optional<crypto::SecretBytes> SecretOf(value& json) {
  simdjson::ondemand::json_type type{};
  if (json.type().get(type) != SUCCESS || type != simdjson::ondemand::json_type::string) {
    return std::nullopt;
  }
  std::string_view token = TrimAscii(json.raw_json_token());
  if (token.size() < 2 || token.back() != '"') return std::nullopt;
  return crypto::SecretBytes::FromBase64(token.substr(1, token.size() - 2));
}

bool ReadField(field& entry, KmsAnswer& answer) {
  std::string_view name, text;
  if (entry.unescaped_key().get(name) != SUCCESS) return false;
  if (name == "Plaintext") {
    answer.plaintext = SecretOf(entry.value());
    return answer.plaintext.has_value();
  }
  std::string* const to = name == "KeyId"            ? &answer.key_id
                          : name == "CiphertextBlob" ? &answer.ciphertext_blob
                                                     : nullptr;
  if (to == nullptr) return true;
  if (entry.value().get_string().get(text) != SUCCESS) return false;
  *to = text;
  return true;
}

bool Read(const simdjson::padded_string_view& json, KmsAnswer& answer) {
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(json).get(document) != SUCCESS) return false;
  if (document.get_object().get(object) != SUCCESS) return false;
  for (auto entry : object) {
    field one;
    if (std::move(entry).get(one) != SUCCESS || !ReadField(one, answer)) return false;
  }
  return true;
}

}  // namespace

Result<KmsAnswer> ReadKmsAnswer(std::string& body) {
  const std::size_t size = body.size();
  crypto::SecretBytes padded(size + simdjson::SIMDJSON_PADDING);
  if (size > 0) std::memcpy(padded.writable().data(), body.data(), size);
  crypto::Wipe(body);
  KmsAnswer answer;
  const simdjson::padded_string_view json(reinterpret_cast<const char*>(padded.bytes().data()),
                                          size, padded.size());
  if (!Read(json, answer)) return NoAnswer();
  if (!answer.ciphertext_blob.empty()) {
    std::optional<std::string> blob = Base64Decode(answer.ciphertext_blob);
    if (!blob) return NoAnswer();
    answer.ciphertext_blob = std::move(*blob);
  }
  return answer;
}

}  // namespace bauta::aws
