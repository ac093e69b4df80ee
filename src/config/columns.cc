#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

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

// RFC 6901: "~" only as ~0 and ~1.
bool IsPointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
      return false;
    }
  }
  return true;
}

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

  void ReadOrigin() {
    if (!reader_.Has(At("from")) && !reader_.Has(At("default"))) {
      return reader_.Report(codes::kNoOrigin, path_, "has neither \"from\" nor \"default\"",
                            fmt::format("where is it in the event? from: /{}", rule_.column));
    }
    if (!Valid("from")) return;
    rule_.from = Text("from");
    if (IsPointer(rule_.from)) return;
    if (IsNotBuiltValue("columns.*.from", rule_.from)) {
      return reader_.Report(codes::kNotBuilt, At("from"),
                            "only pointers into the body are in this version of Bauta",
                            "a JSON Pointer begins with '/': /user/id");
    }
    reader_.Report(codes::kBadPointer, At("from"), "is not a JSON Pointer",
                   "it begins with '/', and ~ is written ~0: /user/id, /devices/0/id");
  }

  Reader& reader_;
  const std::string path_;
  ColumnRule rule_;
};

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
  return rules;
}

}  // namespace bauta::config
