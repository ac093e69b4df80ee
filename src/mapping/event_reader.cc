#include "mapping/event_reader.h"

#include <algorithm>

namespace bauta::mapping {
namespace {

constexpr std::string_view kJsonSpace = " \t\r\n";

}  // namespace

EventReader::EventReader(std::span<const ColumnRule> rules) : found_(rules.size()) {
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    // To a pointer the empty one is the whole event; to a rule it is a constant, never found.
    if (rules[i].from.empty() || rules[i].origin != Origin::kPointer) continue;
    (void)tree_.Add(rules[i].from, i);  // CheckRules has refused what is no pointer.
  }
  entered_.resize(tree_.size());
}

std::optional<Reason> EventReader::Read(std::string_view body) {
  const auto read = ReadJson(body);
  if (const auto* reason = std::get_if<Reason>(&read)) return *reason;
  if (std::get<Json>(read).kind != Json::Kind::kObject) return Reason::kNotObject;
  return std::nullopt;
}

std::variant<Json, Reason> EventReader::ReadJson(std::string_view text) {
  ++read_;
  has_unknown_key_ = false;
  std::fill(found_.begin(), found_.end(), Found());
  Json value;
  if (!ScanWhole(text, Enter(0), &value)) return failure_;
  return value;
}

std::optional<Json> EventReader::ParseText(std::string_view text) {
  Json value;
  if (!ScanWhole(text, {Place::kNowhere, true}, &value)) return std::nullopt;
  return value;
}

bool EventReader::ScanWhole(std::string_view text, Place root, Json* value) {
  text_ = text;
  at_ = 0;
  switch (index_.Scan(text)) {
    case JsonIndex::Outcome::kNotJson:
      return Fail(Reason::kNotJson);
    case JsonIndex::Outcome::kBadUtf8:
      return Fail(Reason::kBadUtf8);
    case JsonIndex::Outcome::kOk:
      break;
  }
  tokens_ = index_.tokens();
  if (!WalkValue(root, 0, value)) return false;
  return at_ + 1 == tokens_.size() || Fail(Reason::kNotJson);
}

bool EventReader::WalkValue(Place place, int depth, Json* value) {
  const std::size_t begin = at_;
  switch (Peek()) {
    case '{':
      if (!WalkObject(place, depth + 1)) return false;
      value->kind = Json::Kind::kObject;
      break;
    case '[':
      if (!WalkArray(place, depth + 1)) return false;
      value->kind = Json::Kind::kArray;
      break;
    case '"':
      if (!WalkString(value)) return false;
      break;
    default:
      if (!WalkScalar(value)) return false;
  }
  if (value->kind == Json::Kind::kObject || value->kind == Json::Kind::kArray) {
    value->raw = text_.substr(tokens_[begin], tokens_[at_ - 1] + 1 - tokens_[begin]);
  }
  if (place.node != Place::kNowhere) Keep(place.node, *value);
  return true;
}

bool EventReader::WalkObject(Place place, int depth) {
  if (depth > kMaxDepth) return Fail(Reason::kTooDeep);
  ++at_;
  if (Peek() == '}') {
    ++at_;
    return true;
  }
  std::uint32_t hint = 0;
  while (true) {
    if (!WalkMember(place, depth, hint)) return false;
    const char next = Peek();
    if (next != ',' && next != '}') return Fail(Reason::kNotJson);
    ++at_;
    if (next == '}') return true;
  }
}

bool EventReader::WalkMember(Place place, int depth, std::uint32_t& hint) {
  if (Peek() != '"') return Fail(Reason::kNotJson);
  Json key;
  if (!WalkString(&key)) return false;
  if (Peek() != ':') return Fail(Reason::kNotJson);
  ++at_;
  Json value;
  if (!key.escaped) return WalkValue(MemberPlace(place, key.raw, hint), depth, &value);
  key_.resize(key.raw.size());
  const std::optional<std::size_t> size = Unescape(key.raw, key_.data());
  // A key that no UTF-8 can hold is a key that no pointer names.
  const std::string_view plain = size ? std::string_view(key_).substr(0, *size) : key.raw;
  return WalkValue(MemberPlace(place, plain, hint), depth, &value);
}

bool EventReader::WalkArray(Place place, int depth) {
  if (depth > kMaxDepth) return Fail(Reason::kTooDeep);
  ++at_;
  if (Peek() == ']') {
    ++at_;
    return true;
  }
  for (std::uint32_t i = 0;; ++i) {
    Json value;
    if (!WalkValue(ElementPlace(place, i), depth, &value)) return false;
    const char next = Peek();
    if (next != ',' && next != ']') return Fail(Reason::kNotJson);
    ++at_;
    if (next == ']') return true;
  }
}

bool EventReader::WalkString(Json* value) {
  const std::string_view token = TakeToken();
  if (token.size() < 2 || token.back() != '"') return Fail(Reason::kNotJson);
  value->kind = Json::Kind::kString;
  value->raw = token.substr(1, token.size() - 2);
  value->escaped = value->raw.find('\\') != std::string_view::npos;
  if (value->escaped && !AreEscapesValid(value->raw)) return Fail(Reason::kNotJson);
  return true;
}

bool EventReader::WalkScalar(Json* value) {
  if (Peek() == '\0') return Fail(Reason::kNotJson);  // The end of the text, or a NUL in it.
  value->raw = TakeToken();
  if (value->raw == "null") {
    value->kind = Json::Kind::kNull;
  } else if (value->raw == "true") {
    value->kind = Json::Kind::kTrue;
  } else if (value->raw == "false") {
    value->kind = Json::Kind::kFalse;
  } else if (ParseNumber(value->raw)) {
    value->kind = Json::Kind::kNumber;
  } else {
    return Fail(Reason::kNotJson);
  }
  return true;
}

EventReader::Place EventReader::Enter(std::uint32_t node) {
  if (entered_[node] == read_) {
    MarkAmbiguous(node);
    return {Place::kNowhere, true};
  }
  entered_[node] = read_;
  return {node, !tree_.node(node).rules.empty()};
}

EventReader::Place EventReader::MemberPlace(Place object, std::string_view key,
                                            std::uint32_t& hint) {
  if (object.node != Place::kNowhere) {
    // Producers write their keys in the same order every time: begin behind the last one found.
    const std::vector<std::uint32_t>& children = tree_.node(object.node).children;
    const auto count = static_cast<std::uint32_t>(children.size());
    for (std::uint32_t n = 0; n < count; ++n) {
      if (hint >= count) hint = 0;
      const std::uint32_t child = children[hint++];
      if (tree_.node(child).token != key) continue;
      const Place place = Enter(child);
      return {place.node, place.inside || object.inside};
    }
  }
  if (!object.inside) has_unknown_key_ = true;
  return {Place::kNowhere, object.inside};
}

EventReader::Place EventReader::ElementPlace(Place array, std::uint32_t index) {
  if (array.node == Place::kNowhere) return array;
  for (const std::uint32_t child : tree_.node(array.node).children) {
    if (tree_.node(child).index != index) continue;
    const Place place = Enter(child);
    return {place.node, place.inside || array.inside};
  }
  return {Place::kNowhere, array.inside};
}

void EventReader::Keep(std::uint32_t node, const Json& json) {
  for (const std::uint32_t rule : tree_.node(node).rules) {
    if (found_[rule].state == Found::State::kAbsent) found_[rule] = {Found::State::kFound, json};
  }
}

void EventReader::MarkAmbiguous(std::uint32_t node) {
  for (const std::uint32_t rule : tree_.node(node).rules) {
    found_[rule].state = Found::State::kAmbiguous;
  }
  for (const std::uint32_t child : tree_.node(node).children) MarkAmbiguous(child);
}

char EventReader::Peek() const {
  const std::size_t offset = tokens_[at_];
  return offset < text_.size() ? text_[offset] : '\0';
}

// The string or scalar that begins here: up to the next token, less the white space.
std::string_view EventReader::TakeToken() {
  const std::size_t begin = tokens_[at_];
  std::string_view token = text_.substr(begin, tokens_[at_ + 1] - begin);
  while (!token.empty() && kJsonSpace.find(token.back()) != std::string_view::npos) {
    token.remove_suffix(1);
  }
  ++at_;
  return token;
}

bool EventReader::Fail(Reason reason) {
  failure_ = reason;
  return false;
}

}  // namespace bauta::mapping
