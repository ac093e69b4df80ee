#include "mapping/read_array.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace bauta::mapping {
namespace {

constexpr std::size_t kHead = sizeof(std::uint32_t);

// The elements of a validated JSON array, one after the other.
class Elements {
 public:
  explicit Elements(std::string_view array) : rest_(array.substr(1, array.size() - 2)) {}

  // Of a nested object or array only its kind; nothing after it or after the last one.
  std::optional<Json> Next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n,"), rest_.size()));
    if (rest_.empty()) return std::nullopt;
    Json json;
    switch (rest_.front()) {
      case '"':
        json.kind = Json::Kind::kString;
        json.raw = TakeString(rest_);
        json.escaped = json.raw.find('\\') != std::string_view::npos;
        return json;
      case '[':
      case '{':
        json.kind = Json::Kind::kArray;
        rest_ = {};
        return json;
      case 'n':
        json.kind = Json::Kind::kNull;
        break;
      case 't':
      case 'f':
        json.kind = Json::Kind::kTrue;
        break;
      default:
        json.kind = Json::Kind::kNumber;
    }
    json.raw = rest_.substr(0, rest_.find_first_of(" \t\r\n,"));
    rest_.remove_prefix(json.raw.size());
    return json;
  }

 private:
  std::string_view rest_;
};

void PutHead(char* to, std::uint32_t head) { std::memcpy(to, &head, kHead); }

// Writes one element and returns how many bytes it took.
std::variant<std::size_t, Reason> Put(const Json& element, char* to) {
  if (element.kind == Json::Kind::kNull) {
    PutHead(to, 0xffffffff);
    return kHead;
  }
  if (element.kind != Json::Kind::kString && element.kind != Json::Kind::kNumber) {
    return Reason::kWrongType;
  }
  const std::optional<std::size_t> size = Unescape(element.raw, to + kHead);
  if (!size) return Reason::kBadUtf8;
  if (std::string_view(to + kHead, *size).find('\0') != std::string_view::npos) {
    return Reason::kHasNul;
  }
  PutHead(to, static_cast<std::uint32_t>(*size));
  return kHead + *size;
}

}  // namespace

std::variant<Value, Reason> ReadTextArray(const Json& json, Arena& arena) {
  if (json.kind != Json::Kind::kArray) return Reason::kWrongType;
  std::size_t most = 0;
  Elements sizes(json.raw);
  while (const std::optional<Json> element = sizes.Next()) most += kHead + element->raw.size();
  const std::span<char> room = arena.AllocateArray<char>(most);
  std::size_t used = 0;
  Elements elements(json.raw);
  while (const std::optional<Json> element = elements.Next()) {
    const auto put = Put(*element, room.data() + used);
    if (const auto* reason = std::get_if<Reason>(&put)) return *reason;
    used += std::get<std::size_t>(put);
  }
  Value value;
  value.kind = Value::Kind::kTextArray;
  value.text = std::string_view(room.data(), used);
  return value;
}

}  // namespace bauta::mapping
