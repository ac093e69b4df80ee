#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "config/codes.h"
#include "config/masks.h"
#include "config/pick.h"
#include "config/reader.h"

namespace bauta::config {
namespace {

ReadAs ParseAs(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, ReadAs>, 6> kWords = {
      {{"", ReadAs::kType},
       {"version", ReadAs::kVersion},
       {"version-digits", ReadAs::kVersionDigits},
       {"epoch-seconds", ReadAs::kEpochSeconds},
       {"epoch-millis", ReadAs::kEpochMillis},
       {"json", ReadAs::kJson}}};
  return Pick(word, kWords);
}

DefaultValue ParseDefault(const std::string& text) {
  if (text == "sent_at") return {DefaultValue::Kind::kSentAt, {}};
  if (text == "now") return {DefaultValue::Kind::kNow, {}};
  return {DefaultValue::Kind::kLiteral, text};
}

}  // namespace

OnLeak ParseOnLeak(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, OnLeak>, 3> kWords = {
      {{"warn", OnLeak::kWarn}, {"quarantine", OnLeak::kQuarantine}, {"ignore", OnLeak::kIgnore}}};
  return Pick(word, kWords);
}

bool IsAttributeName(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !text.empty() && text.size() <= 256 &&
         text.find_first_not_of(kPlain) == std::string_view::npos;
}

// "~" only as ~0 and ~1.
bool IsPointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
      return false;
    }
  }
  return true;
}

namespace {

// One column's rule; reports as it goes.
class ColumnReader {
 public:
  ColumnReader(Reader& reader, const std::string& column)
      : reader_(reader), path_("columns." + column) {
    rule_.column = column;
  }

  ColumnRule Read() {
    const Place place = reader_.PlaceOf(path_);
    rule_.line = place.line;
    rule_.position = place.column;
    ReadOrigin();
    rule_.required = Text("required") == "true";
    rule_.as = ParseAs(Text("as"));
    if (Valid("default")) rule_.default_value = ParseDefault(Text("default"));
    ReadMask(reader_, path_, rule_);
    ReadOnLeak();
    if (rule_.required && rule_.default_value) {
      reader_.Warn(codes::kRequiredWithDefault, At("required"),
                   "the default applies first, so only an empty value is refused",
                   "keep one of the two");
    }
    return std::move(rule_);
  }

 private:
  std::string At(std::string_view key) const { return fmt::format("{}.{}", path_, key); }
  std::string Text(std::string_view key) const { return reader_.Text(At(key)); }
  bool Valid(std::string_view key) const {
    const Scalar* const scalar = reader_.Find(At(key));
    return scalar != nullptr && scalar->valid;
  }

  void ReadOnLeak() {
    if (!Valid("on_leak")) return;
    rule_.on_leak = ParseOnLeak(Text("on_leak"));
    if (!rule_.mask) return;
    reader_.Report(codes::kContradiction, At("on_leak"), "does nothing beside a mask",
                   "it is about columns that pass in clear: leave it out");
  }

  void ReadOrigin() {
    if (!reader_.Has(At("from")) && !reader_.Has(At("default"))) {
      return reader_.Report(codes::kNoOrigin, path_, "has neither \"from\" nor \"default\"",
                            fmt::format("where is it in the event? from: /{}", rule_.column));
    }
    if (!Valid("from")) return;
    rule_.from = Text("from");
    if (IsPointer(rule_.from)) return;
    if (rule_.from == "body") {
      rule_.origin = Origin::kBody;
    } else if (Takes("attribute:", Origin::kAttribute)) {
      if (IsAttributeName(rule_.from)) return;
      reader_.Report(codes::kBadPointer, At("from"), "names no message attribute",
                     "its name is of letters, digits, '_', '-' and '.': attribute:TraceId");
    } else if (Takes("system:", Origin::kSystem)) {
      CheckSystem();
    } else {
      reader_.Report(codes::kBadPointer, At("from"), "is not a JSON Pointer",
                     "it begins with '/', and ~ is written ~0: /user/id, /devices/0/id; there are "
                     "attribute:NAME, system:NAME and body, too");
    }
  }

  bool Takes(std::string_view prefix, Origin origin) {
    if (!rule_.from.starts_with(prefix)) return false;
    rule_.origin = origin;
    rule_.from.erase(0, prefix.size());
    return true;
  }

  void CheckSystem() {
    if (std::ranges::count(kSystemAttributes, std::string_view(rule_.from)) != 0) return;
    const auto nearest = Nearest(rule_.from, kSystemAttributes);
    reader_.Report(
        codes::kBadPointer, At("from"),
        nearest ? fmt::format("names no system attribute; did you mean \"system:{}\"?", *nearest)
                : "names no system attribute",
        fmt::format("one of: {}", fmt::join(kSystemAttributes, ", ")));
  }

  Reader& reader_;
  const std::string path_;
  ColumnRule rule_;
};

}  // namespace

namespace {

// A mask is of no use where the event stands in clear beside it.
void RefuseMaskedBody(Reader& reader, const std::vector<ColumnRule>& rules) {
  const auto is_masked = [](const ColumnRule& rule) {
    return rule.mask && rule.origin == Origin::kPointer;
  };
  const auto masked = std::find_if(rules.begin(), rules.end(), is_masked);
  if (masked == rules.end()) return;
  for (const ColumnRule& rule : rules) {
    if (rule.origin != Origin::kBody || rule.mask) continue;
    reader.Report(codes::kContradiction, fmt::format("columns.{}.from", rule.column),
                  fmt::format("holds in clear what columns.{} masks", masked->column),
                  "mask this column too, or map the fields that are needed; what no column reads "
                  "goes into one by unknown_fields: column:NAME");
  }
}

}  // namespace

std::vector<ColumnRule> ReadColumns(Reader& reader) {
  std::vector<ColumnRule> rules;
  for (const std::string& column : reader.columns()) {
    rules.push_back(ColumnReader(reader, column).Read());
    if (rules.back().as == ReadAs::kVersionDigits) {
      reader.Warn(codes::kLossy, fmt::format("columns.{}.as", column),
                  "version-digits cannot tell 2.30 from 23.0", "as: version keeps them apart");
    }
  }
  RefuseMaskedBody(reader, rules);
  return rules;
}

}  // namespace bauta::config
