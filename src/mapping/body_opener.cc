#include "mapping/body_opener.h"

#include <algorithm>
#include <array>

#include "mapping/gunzip.h"
#include "mapping/json.h"

namespace bauta::mapping {
namespace {

// Where the parts of an envelope stand in kEnvelope.
enum Part : std::size_t { kType, kMessageId, kTopicArn, kMessage, kAttributes };
constexpr std::array<std::string_view, 5> kEnvelope = {"/Type", "/MessageId", "/TopicArn",
                                                       "/Message", "/MessageAttributes"};

template <class Pointers>
EventReader ReaderOf(const Pointers& pointers) {
  std::vector<ColumnRule> rules;
  for (const auto& pointer : pointers) rules.emplace_back().from = pointer;
  return EventReader(rules);
}

// The elements of an array that has been validated, by their places in `text`, which holds it;
// nothing if there are too many.
std::optional<std::vector<Sealable::Part>> Elements(std::string_view array, const char* text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<Sealable::Part> parts;
  std::size_t depth = 0;
  const char* begin = nullptr;
  const char* end = nullptr;  // Behind the last byte of the element that is no white space.
  for (array.remove_prefix(1); !array.empty();) {
    const char c = array.front();
    const char* const at = array.data();
    const bool ends = depth == 0 && (c == ',' || c == ']');
    if (ends) {
      if (begin == nullptr) break;  // Of an empty array.
      if (parts.size() == kMostEvents) return std::nullopt;
      parts.push_back(
          {static_cast<std::size_t>(begin - text), static_cast<std::size_t>(end - begin)});
      begin = nullptr;
      array.remove_prefix(1);
      if (c == ']') break;
      continue;
    }
    if (c == '"') {
      (void)TakeString(array);
    } else {
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      array.remove_prefix(1);
      if (kSpace.find(c) != std::string_view::npos) continue;
    }
    if (begin == nullptr) begin = at;
    end = array.data();
  }
  return parts;
}

}  // namespace

BodyOpener::BodyOpener(const BodyRules& rules)
    : rules_(rules),
      envelope_(ReaderOf(kEnvelope)),
      array_(ReaderOf(std::array<std::string, 1>{rules.events.value_or("")})) {}

std::variant<BodyOpener::Opened, Reason> BodyOpener::Open(std::string_view body,
                                                          std::string_view attributes) {
  Opened opened{.text = body, .attributes = attributes, .parts = std::nullopt};
  if (rules_.sns) {
    if (const auto reason = Unwrap(opened)) return *reason;
  }
  if (rules_.gzip_base64) {
    if (!Gunzip(opened.text, inflated_)) return Reason::kBadEncoding;
    opened.text = inflated_;
  }
  if (rules_.events) {
    if (const auto reason = Split(opened)) return *reason;
  }
  return opened;
}

std::optional<Reason> BodyOpener::Unwrap(Opened& opened) {
  // What is no JSON is no envelope: it may be compressed, or the event's reader says what it is.
  if (envelope_.Read(opened.text)) return std::nullopt;
  for (const Part part : {kType, kMessageId, kTopicArn, kMessage}) {
    const Found& found = envelope_.found(part);
    if (found.state == Found::State::kAmbiguous) return std::nullopt;
    if (found.json.kind != Json::Kind::kString) return std::nullopt;
  }
  if (envelope_.found(kType).json.raw != "Notification") return std::nullopt;
  const Json& attributes = envelope_.found(kAttributes).json;
  opened.attributes = attributes.kind == Json::Kind::kObject ? attributes.raw : "{}";
  const Json& message = envelope_.found(kMessage).json;
  opened.text = message.raw;
  if (!message.escaped) return std::nullopt;
  message_.resize(message.raw.size());
  const std::optional<std::size_t> size = Unescape(message.raw, message_.data());
  if (!size) return Reason::kBadUtf8;
  message_.resize(*size);
  opened.text = message_;
  return std::nullopt;
}

std::optional<Reason> BodyOpener::Split(Opened& opened) {
  const auto read = array_.ReadJson(opened.text);
  if (const auto* reason = std::get_if<Reason>(&read)) return *reason;
  Found array{Found::State::kFound, std::get<Json>(read)};
  if (!rules_.events->empty()) array = array_.found(0);
  if (array.state == Found::State::kAmbiguous) return Reason::kAmbiguousKey;
  if (array.state == Found::State::kAbsent) return Reason::kRequiredMissing;
  if (array.json.kind == Json::Kind::kNull) return Reason::kRequiredNull;
  if (array.json.kind != Json::Kind::kArray) return Reason::kWrongType;
  opened.parts = Elements(array.json.raw, opened.text.data());
  if (!opened.parts) return Reason::kOutOfRange;
  return std::nullopt;
}

}  // namespace bauta::mapping
