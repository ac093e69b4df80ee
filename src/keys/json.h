// JSON files read strictly and without leaving copies of secrets in ordinary memory.  For keys/
// itself: it shows simdjson.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"

namespace bauta::keys::json {

using Value = simdjson::ondemand::value;

// A secret's bytes with the room behind them that simdjson wants.
crypto::SecretBytes Padded(const crypto::SecretBytes& text);

// Place and reason, without the file's name: the reader of the file puts that.
Error Fault(std::string_view place, std::string_view why);

Result<simdjson::ondemand::object> AsObject(Value value, std::string_view place);
Result<std::string> AsText(Value value, std::string_view place);
Result<std::uint64_t> AsNumber(Value value, std::string_view place);
// True if it is null; the value is still there if it is not.
Result<bool> IsNull(Value value, std::string_view place);
// A base64 string, never copied; it must have no escapes, as base64 needs none.
Result<crypto::SecretBytes> AsSecret(Value value, std::string_view place);
// A base64 string of exactly `size` bytes that are no secret.
Result<std::string> AsBytes(Value value, std::string_view place, std::size_t size);

// Calls read(name, value) for every field; it returns Result<bool>, false for a name that it does
// not know.  Refuses unknown and repeated names.
template <class Read>
Result<> ForEachField(simdjson::ondemand::object object, std::string_view place, Read read) {
  std::vector<std::string> seen;
  for (auto entry : object) {
    simdjson::ondemand::field field;
    std::string_view name;
    Value value;
    if (std::move(entry).get(field) != simdjson::SUCCESS) return Fault(place, "is not valid JSON");
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) {
      return Fault(place, "is not valid JSON");
    }
    value = field.value();
    const std::string key(name);
    const std::string inner = place.empty() ? key : std::string(place) + "." + key;
    if (std::ranges::find(seen, key) != seen.end()) return Fault(inner, "stands there twice");
    seen.push_back(key);
    const bool known = TRY(read(std::string_view(key), value, std::string_view(inner)));
    if (!known) return Fault(inner, "is an unknown key");
  }
  return Ok();
}

// Calls read(element, "PLACE[i]") for every element of an array of objects.
template <class Read>
Result<> ForEachObject(Value value, std::string_view place, Read read) {
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return Fault(place, "is not an array");
  std::size_t i = 0;
  for (auto entry : array) {
    const std::string inner = std::string(place) + "[" + std::to_string(i++) + "]";
    Value element;
    // It is for what is about to go.  NOLINTNEXTLINE(performance-move-const-arg)
    if (std::move(entry).get(element) != simdjson::SUCCESS)
      return Fault(inner, "is not valid JSON");
    const simdjson::ondemand::object object = TRY(AsObject(element, inner));
    TRY(read(object, std::string_view(inner)));
  }
  return Ok();
}

// Calls read(root) for a document that is one object and nothing else.
template <class Read>
Result<> ReadDocument(const crypto::SecretBytes& text, Read read) {
  const crypto::SecretBytes padded = Padded(text);
  const simdjson::padded_string_view view(reinterpret_cast<const char*>(padded.bytes().data()),
                                          text.size(), padded.size());
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object root;
  if (parser.iterate(view).get(document) != simdjson::SUCCESS ||
      document.get_object().get(root) != simdjson::SUCCESS) {
    return Fault("", "is not a JSON object");
  }
  TRY(read(root));
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return Fault("", "goes on after its JSON object");
  }
  return Ok();
}

}  // namespace bauta::keys::json
