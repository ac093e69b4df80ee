#include "config/event_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "config/codes.h"

namespace bauta::config {
namespace {

constexpr std::string_view kPath = "target.exactly_once.key";
constexpr std::string_view kField = "field:", kAttribute = "attribute:";

// One leads to the other, or through it.
bool Overlap(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '/');
}

}  // namespace

std::optional<ColumnRule> ReadEventKey(Reader& reader, const std::vector<ColumnRule>& columns) {
  const std::string text = reader.Text(kPath);
  ColumnRule rule;
  if (text.starts_with(kField)) {
    rule.from = text.substr(kField.size());
    if (!IsPointer(rule.from)) {
      reader.Report(codes::kBadPointer, kPath, "what follows field: is not a JSON Pointer",
                    "it begins with '/', and ~ is written ~0: field:/event/id");
      return std::nullopt;
    }
  } else if (text.starts_with(kAttribute)) {
    rule.origin = Origin::kAttribute;
    rule.from = text.substr(kAttribute.size());
    if (!IsAttributeName(rule.from)) {
      reader.Report(codes::kBadPointer, kPath, "names no message attribute",
                    "its name is of letters, digits, '_', '-' and '.': attribute:EventId");
      return std::nullopt;
    }
  } else {
    return std::nullopt;
  }
  const auto masks_it = [&](const ColumnRule& column) {
    if (!column.mask || column.from.empty() || column.origin != rule.origin) return false;
    return rule.origin == Origin::kPointer ? Overlap(column.from, rule.from)
                                           : column.from == rule.from;
  };
  const auto masked = std::find_if(columns.begin(), columns.end(), masks_it);
  if (masked != columns.end()) {
    reader.Report(codes::kContradiction, kPath,
                  fmt::format("column {} masks {}, so it can't be the key of its event",
                              masked->column, masked->from),
                  "a key is an id that the producer gives the event, not something about a person");
    return std::nullopt;
  }
  return rule;
}

}  // namespace bauta::config
