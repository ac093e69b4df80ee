#include "mapping/event_id.h"

#include "base/text.h"
#include "mapping/read_value.h"

namespace bauta::mapping {

std::variant<std::string_view, Reason> ReadEventId(const Found& found, Arena& arena) {
  if (found.state == Found::State::kAmbiguous) return Reason::kAmbiguousKey;
  if (found.state == Found::State::kAbsent) return Reason::kRequiredMissing;
  if (found.json.kind == Json::Kind::kNull) return Reason::kRequiredNull;
  if (found.json.kind == Json::Kind::kNumber) return found.json.raw;
  if (found.json.kind != Json::Kind::kString) return Reason::kWrongType;
  const auto decoded = Decode(found.json, arena);
  if (const auto* reason = std::get_if<Reason>(&decoded)) return *reason;
  const std::string_view id = std::get<Text>(decoded).text;
  if (id.find('\0') != std::string_view::npos) return Reason::kHasNul;
  if (TrimAscii(id).empty()) return Reason::kRequiredEmpty;
  return id;
}

}  // namespace bauta::mapping
